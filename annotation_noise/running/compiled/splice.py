"""The fourth stage: the new values put into each annotation's own bytes, as `coco.splice` and `core.edits` do it."""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.running.compiled.choice import Chosen
from annotation_noise.running.compiled.fields import (
    AREA,
    BBOX,
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
)

EDITED = CLASS_NOISE + 1  # of NAMES, those up to it
MOST_BYTES = 200  # of all new values but the segmentation, without the name of the noise

_KEYS, _KEY_ENDS = pieces([f'"{name}"'.encode() for name in NAMES[:EDITED]])
_WORDS, _WORD_ENDS = pieces([b"false", b"true"])


@compiled
def splice(text: Bytes, places: Places, known: NDArray[np.bool_], chosen: Chosen, shaped: Shaped, plan: Plan) -> Pieces:
    """The bytes of each known annotation after the noise, with those of the gap before it; nothing of the others."""
    values, spans = _new_values(places, known, chosen, shaped, plan)
    longest = len(text) + len(shaped.segmentations.text) + len(values)
    for index in range(len(places)):  # and what is around the keys that one lacks
        longest += len(_KEYS) + EDITED * (places[index, COLON_END] - places[index, COLON_AT])
        longest += EDITED * (places[index, COMMA_END] - places[index, COMMA_AT])
    result, ends, at = np.empty(longest, np.uint8), np.zeros(len(places), np.int64), 0
    order = np.empty(EDITED, np.int64)
    for index in range(len(places)):
        if known[index]:
            at = _spliced(result, at, text, places[index], shaped.segmentations.text, values, spans[index], order)
        ends[index] = at
    return Pieces(result[:at], ends)


@compiled
def _new_values(
    places: Places, known: NDArray[np.bool_], chosen: Chosen, shaped: Shaped, plan: Plan
) -> tuple[Bytes, Places]:
    """The new values as JSON, one after the other, and where each is: (n, EDITED, 2), without extent where none is new.

    The segmentation's is where it is in `shaped`.
    """
    spans = np.zeros((len(places), EDITED, 2), np.int64)
    values, at = np.empty(len(places) * (MOST_BYTES + len(plan.names.text)), np.uint8), 0
    for index in range(len(places)):
        of_annotation, outcome = spans[index], shaped.outcomes[index]
        flipped, carries = chosen.given[index] != chosen.own[index], outcome in (NOISED, UNMOVED)
        of_annotation[SEGMENTATION, 0] = shaped.segmentations.ends[index - 1] if index else 0
        of_annotation[SEGMENTATION, 1] = shaped.segmentations.ends[index]
        for name in range(AREA, EDITED):
            of_annotation[name] = at
            is_there = places[index, FIRST + 2 * name] >= 0
            if (name in (AREA, BBOX)) and plan.refit and is_there and outcome == NOISED:
                at = (
                    put_float(values, at, shaped.areas_px[index])
                    if name == AREA
                    else _put_box(values, at, shaped.boxes[index])
                )
            elif name == CATEGORY_ID and flipped:
                at = put_whole(values, at, plan.class_ids[chosen.given[index]])
            elif name == BOUNDARY_TYPE and (carries or not is_there):  # a mark from an earlier run stays true otherwise
                values[at] = QUOTE
                noise = chosen.noises[index] if carries else len(plan.kinds)
                at = put_piece(values, at + 1, plan.names.text, plan.names.ends, noise)
                values[at] = QUOTE
                at += 1
            elif name == CLASS_NOISE and (flipped or not is_there):
                at = put_piece(values, at, _WORDS, _WORD_ENDS, 1 if flipped else 0)
            of_annotation[name, 1] = at
    return values[:at], spans


@compiled
def _put_box(values: Bytes, at: int, box: Places) -> int:
    """Write a box; returns where it ends."""
    values[at] = LIST
    for side in range(4):
        at = put_float(values, at + 1, box[side])
        values[at] = COMMA if side < 3 else LIST_END
    return at + 1


@compiled
def _spliced(
    result: Bytes,
    at: int,
    text: Bytes,
    of_object: Places,
    segmentations: Bytes,
    values: Bytes,
    spans: Places,
    order: Places,
) -> int:
    """Write one annotation; returns where it ends. order: for what is of no use afterwards."""
    count = _in_order(of_object, order)
    written = of_object[GAP]
    for name in order[:count]:
        if spans[name, 1] > spans[name, 0]:
            at = put(result, at, text, written, of_object[FIRST + 2 * name])
            source = segmentations if name == SEGMENTATION else values
            at = put(result, at, source, spans[name, 0], spans[name, 1])
            written = of_object[FIRST + 2 * name + 1]
    at = put(result, at, text, written, of_object[LAST_END])
    for name in range(AREA, EDITED):
        if of_object[FIRST + 2 * name] < 0 and spans[name, 1] > spans[name, 0]:
            at = put(result, at, text, of_object[COMMA_AT], of_object[COMMA_END])
            at = put_piece(result, at, _KEYS, _KEY_ENDS, name)
            at = put(result, at, text, of_object[COLON_AT], of_object[COLON_END])
            at = put(result, at, values, spans[name, 0], spans[name, 1])
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
