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
    Grid,
    Words,
    X,
    Y,
    blank,
    clear_span,
    layout,
    row_start,
    set_span,
    take_out,
)
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.squares import spread_row


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
    left, top = max(grid[LEFT] - 1, 0), max(grid[TOP] - 1, 0)
    right, bottom = min(grid[RIGHT] + 1, frame_width), min(grid[BOTTOM] + 1, frame_height)
    window = layout(left, top, right, bottom, 1)
    outside = blank(window)
    for y in range(top, bottom):
        set_span(outside, (y - window[Y]) * window[STRIDE], left - window[X], right - window[X] - 1)
    take_out(outside, window, words, grid)
    near = _spread(outside, window, square_of(radius_px, frame_height, frame_width), window)
    new_words, new_grid = words.copy(), grid.copy()
    take_out(new_words, new_grid, near, window)
    return new_words, new_grid


@compiled
def _spread(words: Words, grid: Grid, square: int, new_grid: Grid) -> Words:
    """The words of an image of `new_grid`, which contains `grid`, with all set that is near enough to a mask."""
    new_words = blank(new_grid)
    stride, reach = new_grid[STRIDE], int(math.sqrt(square))
    first, last = new_grid[LEFT] - new_grid[X], new_grid[RIGHT] - new_grid[X] - 1
    row = np.empty(stride, np.uint64)
    other_way = np.empty(stride, np.uint64)
    for y in range(grid[TOP], grid[BOTTOM]):
        row[:] = 0
        shift = (grid[X] - new_grid[X]) >> 6
        start = row_start(grid, y) + (grid[X] >> 6)
        for word in range(grid[STRIDE]):
            if 0 <= word + shift < stride:
                row[word + shift] = words[start + word]
        if not row.any():
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
    for begin in range(stride, len(new_words) - stride, stride):
        clear_span(new_words, begin, 0, first - 1)
        clear_span(new_words, begin, last + 1, 64 * stride - 1)
    return new_words
