"""The fifth stage: the rows of the noise log, and what annotations count as, as `core.log` has them."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.running.compiled.choice import NO_NOISE, Chosen
from annotation_noise.running.compiled.masks import LEFT_ALONE, NO_MASK, NOISED, NOT_DRAWN, OUTCOMES, UNMOVED, Shaped
from annotation_noise.running.compiled.plan import OPERATIONS, Plan
from annotation_noise.running.compiled.text import (
    COMMA,
    LINE_FEED,
    Bytes,
    Pieces,
    Places,
    pieces,
    put,
    put_piece,
    put_whole,
    with_room,
)

IOU_BYTES = 8  # 0.123456
MOST_BYTES = 150  # of a row but its names and parameters

_OUTCOMES, _OUTCOME_ENDS = pieces([name.encode() for name in OUTCOMES])
_WORDS, _WORD_ENDS = pieces([b"false", b"true"])


def iou_texts(ious: NDArray[np.float64]) -> Bytes:
    """IoUs, 0 to 1, as the log has them, one after the other; by Python, as a product of floats would round twice."""
    return np.frombuffer("".join([f"{iou:.6f}" for iou in ious.tolist()]).encode(), np.uint8)


@compiled
def log_rows(ids: Places, known: NDArray[np.bool_], chosen: Chosen, shaped: Shaped, ious: Bytes, plan: Plan) -> Pieces:
    """The row of each known annotation of which something is to be told; nothing of the others."""
    result, ends, at = np.empty(100 * len(ids), np.uint8), np.zeros(len(ids), np.int64), 0
    longest = MOST_BYTES + len(plan.names.text) + len(plan.parameters.text)
    for index in range(len(ids)):
        flipped = chosen.given[index] != chosen.own[index]
        if known[index] and (flipped or (shaped.outcomes[index] not in (NOT_DRAWN, LEFT_ALONE))):
            room = longest
            for place in (chosen.own[index], chosen.given[index]):
                if place >= 0:
                    room += plan.class_names.ends[place] - (plan.class_names.ends[place - 1] if place else 0)
            result = with_room(result, at, room)
            at = _put_row(result, at, ids[index], index, chosen, shaped, ious, plan)
        ends[index] = at
    return Pieces(result[:at], ends)


@compiled
def _put_row(
    text: Bytes, at: int, ids: Places, index: int, chosen: Chosen, shaped: Shaped, ious: Bytes, plan: Plan
) -> int:
    """Write a row, whose cells are those of `core.log.Row`; returns where it ends."""
    outcome, noise, has_classes = shaped.outcomes[index], chosen.noises[index], len(plan.class_ids) > 0
    own, given = chosen.own[index], chosen.given[index]
    at = _next_cell(text, put_whole(text, at, ids[0]))
    if has_classes:
        at = put_whole(text, at, ids[1])
    at = _next_cell(text, at)
    if noise != NO_NOISE:
        at = put_piece(text, at, plan.names.text, plan.names.ends, noise)
    at = _next_cell(text, at)
    at = _next_cell(text, put_piece(text, at, _OUTCOMES, _OUTCOME_ENDS, outcome))
    if noise != NO_NOISE and outcome != NO_MASK:
        parameters = len(OPERATIONS) * noise + shaped.operations[index]
        at = put_piece(text, at, plan.parameters.text, plan.parameters.ends, parameters)
    at = _next_cell(text, at)
    if outcome in (NOISED, UNMOVED):
        at = put(text, at, ious, IOU_BYTES * index, IOU_BYTES * (index + 1))
    at = _next_cell(text, at)
    at = _next_cell(text, put_piece(text, at, _WORDS, _WORD_ENDS, 1 if own != given else 0))
    for place in (own, given):
        if has_classes:
            at = put_whole(text, at, plan.class_ids[place])
        at = _next_cell(text, at)
    for place in (own, given):
        if has_classes:
            at = put_piece(text, at, plan.class_names.text, plan.class_names.ends, place)
        at = _next_cell(text, at)
    text[at - 1] = LINE_FEED
    return at


@compiled
def _next_cell(text: Bytes, at: int) -> int:
    text[at] = COMMA
    return at + 1


def counted(part: slice, names: list[str], chosen: Chosen, shaped: Shaped, plan: Plan) -> Counter[str]:
    """How many of the annotations of a part, all known, have which label, in the order in which labels first occur.

    names: of the noises of masks.
    """
    outcomes, noises = shaped.outcomes[part], chosen.noises[part]
    flipped = chosen.given[part] != chosen.own[part]
    is_carried = (outcomes == NOISED) | (outcomes == UNMOVED)
    to_new = flipped & plan.is_new[chosen.given[part]] if len(plan.is_new) else flipped
    labels = [("annotations", np.ones(len(outcomes), np.bool_))]
    labels += [(name, outcomes == outcome) for outcome, name in enumerate(OUTCOMES)]
    labels += [(f"mask_noise {name}", is_carried & (noises == noise)) for noise, name in enumerate(names)]
    labels += [("class_noise", flipped), ("unannotated", to_new)]
    met = [(int(has.argmax()), label, int(has.sum())) for label, has in labels if has.any()]
    return Counter({label: count for _, label, count in sorted(met, key=lambda label: label[0])})
