"""The fourth stage: the new values put into each annotation's own bytes, as `coco.splice` and `core.edits` do it."""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.running.compiled.choice import Chosen
from annotation_noise.running.compiled.fields import (
    AREA,
    BBOX,
    BEGIN,
    BOUNDARY_TYPE,
    CATEGORY_ID,
    CLASS_NOISE,
    COLON_AT,
    COLON_END,
    COMMA_AT,
    COMMA_END,
    END,
    FIRST,
    GAP,
    LAST_END,
    NAMES,
    SEGMENTATION,
)
from annotation_noise.running.compiled.masks import NOISED, UNMOVED, Shaped
from annotation_noise.running.compiled.plan import Plan
from annotation_noise.running.compiled.text import (
    COMMA,
    LIST,
    LIST_END,
    QUOTE,
    Bytes,
    Pieces,
    Places,
    pieces,
    put,
    put_float,
    put_piece,
    put_whole,
    with_room,
)

EDITED = CLASS_NOISE + 1  # of NAMES, those up to it
MOST_BYTES = 250  # of all new values but the segmentation, their keys and what stands around these

_KEYS, _KEY_ENDS = pieces([f'"{name}"'.encode() for name in NAMES[:EDITED]])
_WORDS, _WORD_ENDS = pieces([b"false", b"true"])


@compiled
def splice(
    text: Bytes, places: Places, known: NDArray[np.bool_], chosen: Chosen, shaped: Shaped, plan: Plan
) -> Pieces:
    """The bytes of each known annotation after the noise, with those of the gap before it; nothing of the others."""
    result, ends, at = np.empty(2 * len(text), np.uint8), np.zeros(len(places), np.int64), 0
    order = np.empty(EDITED, np.int64)
    for index in range(len(places)):
        if known[index]:
            new_bytes = shaped.segmentations.ends[index] - (shaped.segmentations.ends[index - 1] if index else 0)
            room = places[index, END] - places[index, GAP] + new_bytes + MOST_BYTES
            result = with_room(result, at, room + 4 * (places[index, COLON_END] - places[index, COMMA_AT]))
            at = _spliced(result, at, text, places[index], index, order, chosen, shaped, plan)
        ends[index] = at
    return Pieces(result[:at], ends)


@compiled
def _spliced(
    result: Bytes,
    at: int,
    text: Bytes,
    of_object: Places,
    index: int,
    order: Places,
    chosen: Chosen,
    shaped: Shaped,
    plan: Plan,
) -> int:
    """Write one annotation; returns where it ends. order: for what is of no use afterwards."""
    count = _in_order(of_object, order)
    written = of_object[GAP]
    for name in order[:count]:
        if _is_edited(name, True, index, chosen, shaped, plan):
            at = put(result, at, text, written, of_object[FIRST + 2 * name])
            at = _put_value(result, at, name, index, chosen, shaped, plan)
            written = of_object[FIRST + 2 * name + 1]
    at = put(result, at, text, written, of_object[LAST_END])
    for name in range(EDITED):
        if of_object[FIRST + 2 * name] < 0 and _is_edited(name, False, index, chosen, shaped, plan):
            at = put(result, at, text, of_object[COMMA_AT], of_object[COMMA_END])
            at = put_piece(result, at, _KEYS, _KEY_ENDS, name)
            at = put(result, at, text, of_object[COLON_AT], of_object[COLON_END])
            at = _put_value(result, at, name, index, chosen, shaped, plan)
    return put(result, at, text, of_object[LAST_END], of_object[END])


@compiled
def _in_order(of_object: Places, order: Places) -> int:
    """Put the names that are edited and that an object has into their order there; returns how many they are."""
    count = 0
    for name in range(EDITED):
        start = of_object[FIRST + 2 * name]
        if start >= 0:
            place = count
            while place and of_object[FIRST + 2 * order[place - 1]] > start:
                order[place] = order[place - 1]
                place -= 1
            order[place] = name
            count += 1
    return count


@compiled
def _is_edited(name: int, is_there: bool, index: int, chosen: Chosen, shaped: Shaped, plan: Plan) -> bool:
    """Whether an annotation gets a new value of a name, or one that it lacks."""
    outcome, flipped = shaped.outcomes[index], chosen.given[index] != chosen.own[index]
    if name == SEGMENTATION:
        return shaped.segmentations.ends[index] > (shaped.segmentations.ends[index - 1] if index else 0)
    if name == AREA or name == BBOX:
        return plan.refit and is_there and outcome == NOISED
    if name == CATEGORY_ID:
        return flipped
    if name == BOUNDARY_TYPE:  # a mark from an earlier run stays true unless this run has something to add
        return not is_there or outcome == NOISED or outcome == UNMOVED
    return not is_there or flipped


@compiled
def _put_value(result: Bytes, at: int, name: int, index: int, chosen: Chosen, shaped: Shaped, plan: Plan) -> int:
    """Write the new value of a name; returns where it ends."""
    if name == SEGMENTATION:
        return put_piece(result, at, shaped.segmentations.text, shaped.segmentations.ends, index)
    if name == AREA:
        return put_float(result, at, shaped.areas_px[index])
    if name == BBOX:
        result[at] = LIST
        for side in range(4):
            at = put_float(result, at + 1, shaped.boxes[index, side])
            result[at] = COMMA if side < 3 else LIST_END
        return at + 1
    if name == CATEGORY_ID:
        return put_whole(result, at, plan.class_ids[chosen.given[index]])
    if name == BOUNDARY_TYPE:
        carried = shaped.outcomes[index] == NOISED or shaped.outcomes[index] == UNMOVED
        result[at] = QUOTE
        noise = chosen.noises[index] if carried else len(plan.kinds)
        at = put_piece(result, at + 1, plan.names.text, plan.names.ends, noise)
        result[at] = QUOTE
        return at + 1
    flipped = 1 if chosen.given[index] != chosen.own[index] else 0
    return put_piece(result, at, _WORDS, _WORD_ENDS, flipped)
