"""Masks grown and shrunk by a disc, as `geometry.discs` has them: by Euclidean distance, of any radius.

A disc is a pile of level lines, the longest in the middle: of the pixels at most r away from one, those `down` rows
below or above it lie at most sqrt(r² - down²) to its left or right. From the top of the disc to its middle the lines
grow, so that a row is spread a little further each time, and set in the two rows so far from it. Shrinking is growing
the background: beyond the border of the frame there is none. Distances are compared as whole squares.
"""

import math

import numpy as np

from annotation_noise.geometry.kernels.bits import (
    BOTTOM,
    LEFT,
    RIGHT,
    STRIDE,
    TOP,
    ZERO,
    Grid,
    Words,
    X,
    Y,
    blank,
    clear_beside_box,
    layout,
    row_start,
)
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.squares import background, spread_row, window_with_rim, without


@compiled
def square_of(radius_px: float, frame_height: int, frame_width: int) -> int:
    """The largest whole square of a distance within a radius; one over the frame's diagonal counts as that."""
    return int(min(radius_px, math.hypot(frame_height, frame_width)) ** 2)


@compiled
def grown(words: Words, grid: Grid, radius_px: float, frame_height: int, frame_width: int) -> tuple[Words, Grid]:
    """The mask with all pixels at most `radius_px`, 0 or more, away from it.

    The box of the grid must be tight, and so is the new one. An empty mask stays empty.
    """
    if not grid[RIGHT]:
        return words, grid
    square = square_of(radius_px, frame_height, frame_width)
    reach = int(math.sqrt(square))
    left, top = max(grid[LEFT] - reach, 0), max(grid[TOP] - reach, 0)
    right, bottom = min(grid[RIGHT] + reach, frame_width), min(grid[BOTTOM] + reach, frame_height)
    new_grid = layout(left, top, right, bottom, 1)
    return _spread(words, grid, square, new_grid), new_grid


@compiled
def shrunk(words: Words, grid: Grid, radius_px: float, frame_height: int, frame_width: int) -> tuple[Words, Grid]:
    """The mask without its pixels at most `radius_px`, 0 or more, away from background.

    May come out empty; its box is the given one.
    """
    if not grid[RIGHT]:
        return words, grid
    window = window_with_rim(grid, frame_height, frame_width)
    outside = background(words, grid, window)
    near = _spread(outside, window, square_of(radius_px, frame_height, frame_width), window)
    return without(words, grid, near, window)


@compiled
def _spread(words: Words, grid: Grid, square: int, new_grid: Grid) -> Words:
    """The words of an image of `new_grid`, which contains `grid`, with all set that is near enough to a mask."""
    new_words = blank(new_grid)
    stride, reach = new_grid[STRIDE], int(math.sqrt(square))
    row, other_way = np.empty(stride, np.uint64), np.empty(stride, np.uint64)
    for y in range(grid[TOP], grid[BOTTOM]):
        if not _copy_row(row, new_grid, words, grid, y):
            continue
        half = 0
        for down in range(reach, -1, -1):
            wider = int(math.sqrt(square - down * down))
            spread_row(row, other_way, wider - half)
            half = wider
            for there in (y - down, y + down):
                if new_grid[TOP] <= there < new_grid[BOTTOM]:
                    begin = (there - new_grid[Y]) * stride
                    for word in range(stride):
                        new_words[begin + word] |= row[word]
    clear_beside_box(new_words, new_grid)
    return new_words


@compiled
def _copy_row(row: Words, new_grid: Grid, words: Words, grid: Grid, y: int) -> bool:
    """Copy a row of the frame out of an image, to lie as it would in another; returns whether a pixel is set."""
    start, first = row_start(grid, y), grid[X] >> 6
    is_set = False
    for place in range(len(row)):
        word = place + (new_grid[X] >> 6)
        row[place] = words[start + word] if first <= word < first + grid[STRIDE] else ZERO
        is_set = is_set or row[place] != ZERO
    return is_set
