"""Polygons to masks, as COCO's mask API rasterises them.

Source: rleFrPoly in pycocotools' common/maskApi.c. Its rules:

1. Coordinates times 5, plus 0.5, are cut towards zero: corners in whole fifths of a pixel.
2. An edge is walked in steps of a fifth along its longer direction, to the right or down (an edge that is as wide as
   high to the right); the other coordinate is interpolated, 0.5 is added, and it is cut towards zero.
3. The middle of column c lies between the fifths 5 c + 2 and 5 c + 3. Where the walk goes from one to the other, column
   c changes between outside and inside: at the row (v + 2) div 5, kept within 0 and the frame's height, where v is the
   upper of the fifths before and after that step.
4. A pixel is inside where the changes of its column, at its row and above, are odd in number. Parts are united.

The API keeps every step of every walk. Here only those that pass the middle of a column are computed, and a change
toggles a bit: once each row is XORed with the row above it, the bits are the mask.
"""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.bits import (
    BOTTOM,
    LEFT,
    ONE,
    RIGHT,
    STRIDE,
    TOP,
    Grid,
    Words,
    X,
    Y,
    blank,
    layout,
    nowhere,
    unite,
)
from annotation_noise.geometry.kernels.compiled import compiled

FINE = 5  # steps a pixel


@compiled
def rasterised(
    numbers: NDArray[np.float64], ends: NDArray[np.int64], frame_height: int, frame_width: int
) -> tuple[Words, Grid]:
    """The bit image of a polygon; its box may be loose, and is 0, 0, 0, 0 where no ring crosses a column in the frame.

    numbers: (n,) x0, y0, x1, y1, ... in pixels, ring after ring, at most 2^26 from 0. ends: (rings,) where in `numbers`
    each ring ends. Rings of fewer than three points add nothing.
    """
    fifths = np.empty(len(numbers), np.int64)
    for place in range(len(numbers)):
        fifths[place] = int(FINE * numbers[place] + 0.5)
    if len(ends) == 1:
        return _ring(fifths, frame_height, frame_width)
    box = layout(frame_width, frame_height, 0, 0, 1)
    start = 0
    for end in ends:
        ring = _ring_grid(fifths[start:end], frame_height, frame_width)
        if ring[RIGHT]:
            box[LEFT], box[TOP] = min(box[LEFT], ring[LEFT]), min(box[TOP], ring[TOP])
            box[RIGHT], box[BOTTOM] = max(box[RIGHT], ring[RIGHT]), max(box[BOTTOM], ring[BOTTOM])
        start = end
    if not box[RIGHT]:
        box[:] = 0
    grid = layout(box[LEFT], box[TOP], box[RIGHT], box[BOTTOM], 1)
    words = blank(grid)
    start = 0
    for end in ends:
        part, part_grid = _ring(fifths[start:end], frame_height, frame_width)
        unite(words, grid, part, part_grid)
        start = end
    return words, grid


@compiled
def _ring(fifths: NDArray[np.int64], frame_height: int, frame_width: int) -> tuple[Words, Grid]:
    """The bit image of one ring."""
    grid = _ring_grid(fifths, frame_height, frame_width)
    words = blank(grid)
    if grid[RIGHT]:
        x0, y0 = fifths[-2], fifths[-1]
        for place in range(0, len(fifths), 2):
            x1, y1 = fifths[place], fifths[place + 1]
            _toggle_crossings(words, grid, x0, y0, x1, y1, frame_height, frame_width)
            x0, y0 = x1, y1
        for word in range(grid[STRIDE], len(words)):
            words[word] ^= words[word - grid[STRIDE]]
    return words, grid


@compiled
def _ring_grid(fifths: NDArray[np.int64], frame_height: int, frame_width: int) -> Grid:
    """Where in the frame a ring changes columns; the box is 0, 0, 0, 0 where it does not."""
    if len(fifths) < 6:
        return nowhere()
    left = right = fifths[0]
    top = bottom = fifths[1]
    for place in range(2, len(fifths), 2):
        left, right = min(left, fifths[place]), max(right, fifths[place])
        top, bottom = min(top, fifths[place + 1]), max(bottom, fifths[place + 1])
    left, right = max(_after_middle(left), 0), min(_after_middle(right), frame_width)
    top, bottom = max(_after_middle(top), 0), min(_after_middle(bottom), frame_height)
    if right <= left or bottom <= top:
        return nowhere()
    return layout(left, top, right, bottom, 1)


@compiled
def _after_middle(fifth: int) -> int:
    """The first column, or row, of which a fifth does not lie beyond the middle."""
    return (fifth + 2) // FINE


@compiled
def _toggle_crossings(
    words: Words, grid: Grid, x0: int, y0: int, x1: int, y1: int, frame_height: int, frame_width: int
) -> None:
    """Toggle the bits where an edge passes the middle of a column."""
    steep = abs(x1 - x0) < abs(y1 - y0)
    if (y0 > y1) if steep else (x0 > x1):
        x0, y0, x1, y1 = x1, y1, x0, y0
    first, after = max(_after_middle(min(x0, x1)), 0), min(_after_middle(max(x0, x1)), frame_width)
    if after <= first:
        return
    slope = (x1 - x0) / (y1 - y0) if steep else (y1 - y0) / (x1 - x0)
    for column in range(first, after):
        middle = FINE * column + 2
        if steep:
            fifth = y0 + _steps_across(x0, slope, middle) - 1
        else:
            step = middle - x0
            fifth = min(int(y0 + slope * step + 0.5), int(y0 + slope * (step + 1) + 0.5))
        row = min(max(_after_middle(fifth), 0), frame_height)
        bit = column - grid[X]
        words[(row - grid[Y]) * grid[STRIDE] + (bit >> 6)] ^= ONE << np.uint64(bit & 63)


@compiled
def _steps_across(x0: int, slope: float, middle: int) -> int:
    """How many steps down a steep edge takes until it is on the other side of a column's middle."""
    rising = slope > 0
    steps = max(int((middle + 0.5 - x0) / slope), 1)  # nearly; what follows rounds as the walk does
    while steps > 1 and (x0 + slope * (steps - 1) + 0.5 >= middle + 1) == rising:
        steps -= 1
    while (x0 + slope * steps + 0.5 >= middle + 1) != rising:
        steps += 1
    return steps
