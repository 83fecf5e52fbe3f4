"""How much masks have in common: IoUs, one by one or of every pair.

The IoU of two masks is their common pixels by the pixels of either. Of a crowd region it is by the pixels of the other,
as COCO's evaluation has it. Pairs whose boxes do not meet are known to have nothing in common.

Source: rleIou in pycocotools' common/maskApi.c.
"""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.bits import BOTTOM, LEFT, RIGHT, TOP, Grid, Words, area, common
from annotation_noise.geometry.kernels.compiled import compiled

Many = tuple[Words, NDArray[np.int64], NDArray[np.int64]]


@compiled
def iou(words: Words, grid: Grid, other: Words, other_grid: Grid) -> float:
    """Common pixels of two masks of one frame by the pixels of either; 0 where both are empty."""
    common_px = common(words, grid, other, other_grid)
    return float(common_px / max(area(words) + area(other) - common_px, 1))


@compiled
def boxes_meet(grid: Grid, other: Grid) -> bool:
    """Whether the boxes of two masks have a pixel in common."""
    across = min(grid[RIGHT], other[RIGHT]) > max(grid[LEFT], other[LEFT])
    return bool(across and min(grid[BOTTOM], other[BOTTOM]) > max(grid[TOP], other[TOP]))


@compiled
def ious(
    words: Words, starts: NDArray[np.int64], grids: NDArray[np.int64], crowd: NDArray[np.bool_], rows: int
) -> NDArray[np.float64]:
    """The IoU of each of the first `rows` masks with each of those after them: (rows, masks - rows).

    words: those of all masks of an image, one after the other. starts: (masks + 1,) where each mask's begin, and the
    end. grids: (masks, 8). crowd: (masks - rows,), whether a mask is a crowd region.
    """
    masks = len(grids)
    areas = np.empty(masks, np.int64)
    for place in range(masks):
        areas[place] = area(words[starts[place] : starts[place + 1]])
    result = np.zeros((rows, masks - rows))
    for one in range(rows):
        for place in range(rows, masks):
            if boxes_meet(grids[one], grids[place]):
                mine, others = words[starts[one] : starts[one + 1]], words[starts[place] : starts[place + 1]]
                common_px = common(mine, grids[one], others, grids[place])
                either_px = areas[one] if crowd[place - rows] else areas[one] + areas[place] - common_px
                result[one, place - rows] = common_px / max(either_px, 1)
    return result
