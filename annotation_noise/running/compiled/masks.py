"""The third stage: each mask read, noised and, where it has changed or gets another form, written."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.bits import BOTTOM, LEFT, RIGHT, TOP, area, common, recropped, tighten
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.running.compiled.choice import NO_NOISE, Chosen
from annotation_noise.running.compiled.draws import STATE, to_address
from annotation_noise.running.compiled.fields import CROWD, FIRST, SEGMENTATION
from annotation_noise.running.compiled.noise import noised
from annotation_noise.running.compiled.plan import TO_POLYGON, TO_RLE, Plan
from annotation_noise.running.compiled.read import NONE, POLYGON, RLE, UNKNOWN, read
from annotation_noise.running.compiled.text import Bytes, Pieces, Places
from annotation_noise.running.compiled.write import written

OUTCOMES = ("not_drawn", "noised", "unmoved", "would_be_empty", "no_mask", "crowd")
NOT_DRAWN, NOISED, UNMOVED, WOULD_BE_EMPTY, NO_MASK, LEFT_ALONE = range(len(OUTCOMES))
WIDEST_PX = 2**16  # side of an image; beyond, the ordinary way has had more tests


class Shaped(NamedTuple):
    """What has become of masks.

    outcomes: (n,) int64, places in OUTCOMES. operations: (n,) int64, what `rand` drew. areas_px: (n,) int64, and boxes,
    (n, 4) int64, left, top, width and height, of the noisy mask where there is one. ious: (n,) float64, likewise, with
    the clean one. segmentations: JSON where it is new, nothing elsewhere.
    """

    outcomes: Places
    operations: Places
    areas_px: Places
    boxes: Places
    ious: NDArray[np.float64]
    segmentations: Pieces


@compiled
def shape(
    text: Bytes, places: Places, ids: Places, sizes: Places, known: NDArray[np.bool_], chosen: Chosen, plan: Plan
) -> Shaped:
    """What becomes of the masks of the known annotations. One that cannot be read is not known any more.

    sizes: (n, 2), height and width of each annotation's image.
    """
    count, state = len(ids), np.zeros(STATE, np.uint64)
    outcomes, operations = np.zeros(count, np.int64), np.zeros(count, np.int64)
    areas_px, boxes, ious = np.zeros(count, np.int64), np.zeros((count, 4), np.int64), np.zeros(count)
    result, ends, at = np.empty(len(text), np.uint8), np.zeros(count, np.int64), 0
    for index in range(count):
        ends[index] = at
        height, width = sizes[index]
        if not known[index] or max(height, width) > WIDEST_PX:
            known[index] = False
            continue
        start, end = places[index, FIRST + 2 * SEGMENTATION], places[index, FIRST + 2 * SEGMENTATION + 1]
        own_form, clean, clean_grid = read(text, start, end, height, width)
        if own_form == UNKNOWN:
            known[index] = False
            continue
        words, grid, noise = clean, clean_grid, chosen.noises[index]
        is_there, is_crowd = tighten(clean, clean_grid), ids[index, CROWD] == 1
        if is_crowd and plan.keeps_crowd:
            outcomes[index] = LEFT_ALONE
        elif not is_there:
            outcomes[index] = NO_MASK
        elif noise != NO_NOISE:
            clean, clean_grid = recropped(clean, clean_grid)
            to_address(state, plan.seed, plan.mask_draws[noise], ids[index, 0])
            words, grid, operations[index] = noised(
                clean, clean_grid, plan.kinds[noise], plan.strengths[noise], state, height, width
            )
            if tighten(words, grid):
                clean_px, noisy_px, common_px = area(clean), area(words), common(clean, clean_grid, words, grid)
                outcomes[index] = UNMOVED if clean_px == noisy_px == common_px else NOISED
                ious[index] = common_px / (clean_px + noisy_px - common_px)
                areas_px[index] = noisy_px
                boxes[index, 0], boxes[index, 2] = grid[LEFT], grid[RIGHT] - grid[LEFT]
                boxes[index, 1], boxes[index, 3] = grid[TOP], grid[BOTTOM] - grid[TOP]
            else:
                outcomes[index] = WOULD_BE_EMPTY
                known[index] = plan.keeps_empty
                words, grid = clean, clean_grid
        form = own_form
        if own_form != NONE and plan.form == TO_RLE:
            form = RLE
        elif own_form != NONE and plan.form == TO_POLYGON and not is_crowd:
            form = POLYGON
        if outcomes[index] == NOISED or form != own_form:
            result, at = written(result, at, words, grid, form, height, width)
            ends[index] = at
    return Shaped(outcomes, operations, areas_px, boxes, ious, Pieces(result[:at], ends))
