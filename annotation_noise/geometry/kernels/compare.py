"""Masks read and compared for `measure_noise.py`, in as few calls as can be: each call costs what a small mask does.

What is computed stands in the modules beside this one.
"""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.bits import BOTTOM, Grid, Words, area, blank, common, layout, tighten
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.hausdorff import hausdorff95_px
from annotation_noise.geometry.kernels.overlap import iou
from annotation_noise.geometry.kernels.polygons import rasterised
from annotation_noise.geometry.kernels.runs import are_sound, decoded, decompressed

Compared = tuple[int, int, int, float, float]


@compiled
def of_rings(
    numbers: NDArray[np.float64], ends: NDArray[np.int64], frame_height: int, frame_width: int
) -> tuple[Words, Grid, int]:
    """The tight bit image of a polygon, and its area; see `polygons.rasterised`."""
    words, grid = rasterised(numbers, ends, frame_height, frame_width)
    tighten(words, grid)
    return words, grid, area(words)


@compiled
def of_text(text: NDArray[np.uint8], frame_height: int, frame_width: int) -> tuple[Words, Grid, int]:
    """The tight bit image of compressed run lengths, and its area; -1 where they are not sound."""
    counts = decompressed(text)
    if not len(counts) or not are_sound(counts, frame_height, frame_width):
        grid = layout(0, 0, 0, 0, 1)
        return blank(grid), grid, -1
    words, grid = decoded(counts, frame_height, frame_width)
    tighten(words, grid)
    return words, grid, area(words)


@compiled
def compared(
    words: Words,
    grid: Grid,
    region: Words,
    region_grid: Grid,
    other: Words,
    other_grid: Grid,
    other_region: Words,
    other_region_grid: Grid,
) -> Compared:
    """Pixels of a mask that is not empty, of another, and of both; IoU of their boundary regions; Hausdorff-95 in px.

    Boxes are tight. Where the other mask is empty there are no distances: the last is -1.
    """
    clean_px, noisy_px = area(words), area(other)
    common_px = common(words, grid, other, other_grid)
    if common_px == clean_px == noisy_px:
        return clean_px, noisy_px, common_px, 1.0, 0.0
    distance_px = hausdorff95_px(words, grid, other, other_grid) if other_grid[BOTTOM] else -1.0
    return clean_px, noisy_px, common_px, iou(region, region_grid, other_region, other_region_grid), distance_px
