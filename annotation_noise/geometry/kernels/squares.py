"""Masks grown and shrunk by a square, as cv2.dilate and cv2.erode do it with a kernel of ones.

Source: R. van den Boomgaard and R. van Balen, "Methods for fast morphological image transforms using bitmapped binary
images", CVGIP: Graphical Models and Image Processing 54, 1992, for whole words and for doubling.

A square is a line along x and then one along y. A line of 1, 2, 4, ... pixels from each pixel on is the OR of two of
half its length, so that any length takes a few passes; one to the right and one to the left make a line about the
pixel. Shrinking is growing the background: beyond the border of the frame there is none.
"""

import numpy as np

from annotation_noise.geometry.kernels.bits import (
    BOTTOM,
    LEFT,
    RIGHT,
    STRIDE,
    TOP,
    Grid,
    Words,
    blank,
    clear_beside_box,
    fill_box,
    layout,
    take_out,
    unite,
)
from annotation_noise.geometry.kernels.compiled import compiled


@compiled
def dilated(words: Words, grid: Grid, reach: int, frame_height: int, frame_width: int) -> tuple[Words, Grid]:
    """The mask with all pixels within `reach`, 0 or more, in x and in y.

    The box of the grid must be tight, and so is the new one. reach: half the side of the square, in pixels, without the
    middle.
    """
    if not grid[RIGHT]:
        return words, grid
    left, top = max(grid[LEFT] - reach, 0), max(grid[TOP] - reach, 0)
    right, bottom = min(grid[RIGHT] + reach, frame_width), min(grid[BOTTOM] + reach, frame_height)
    new_grid = layout(left, top, right, bottom, 1)
    new_words = blank(new_grid)
    unite(new_words, new_grid, words, grid)
    _spread(new_words, new_grid, reach)
    return new_words, new_grid


@compiled
def eroded(words: Words, grid: Grid, reach: int, frame_height: int, frame_width: int) -> tuple[Words, Grid]:
    """The mask without the pixels that have background within `reach` in x and in y.

    What lies beyond the frame is no background. May come out empty; its box is the given one.
    """
    if not grid[RIGHT]:
        return words, grid
    return without_rim(words, grid, reach, window_with_rim(grid, frame_height, frame_width))


@compiled
def window_with_rim(grid: Grid, frame_height: int, frame_width: int) -> Grid:
    """The grid of a box and one pixel more at each side that is not at the border of the frame."""
    left, top = max(grid[LEFT] - 1, 0), max(grid[TOP] - 1, 0)
    right, bottom = min(grid[RIGHT] + 1, frame_width), min(grid[BOTTOM] + 1, frame_height)
    return layout(left, top, right, bottom, 1)


@compiled
def background(words: Words, grid: Grid, window: Grid) -> Words:
    """An image of the grid `window`: what is not mask in its box."""
    outside = blank(window)
    fill_box(outside, window)
    take_out(outside, window, words, grid)
    return outside


@compiled
def without(words: Words, grid: Grid, other: Words, other_grid: Grid) -> tuple[Words, Grid]:
    """A new image of a mask without the pixels of another."""
    new_words = words.copy()
    take_out(new_words, grid, other, other_grid)
    return new_words, grid.copy()


@compiled
def without_rim(words: Words, grid: Grid, reach: int, window: Grid) -> tuple[Words, Grid]:
    """The mask without the pixels that have, within `reach`, background that lies in the box of `window`."""
    outside = background(words, grid, window)
    _spread(outside, window, reach)
    return without(words, grid, outside, window)


@compiled
def _spread(words: Words, grid: Grid, reach: int) -> None:
    """Set, in the grid's box, all that lies within `reach` of what is set; in place."""
    stride = grid[STRIDE]
    other_way = np.empty(stride, np.uint64)
    for start in range(stride, len(words) - stride, stride):
        spread_row(words[start : start + stride], other_way, reach)
    clear_beside_box(words, grid)
    upwards = words.copy()
    inner = len(words) - stride  # the first and the last row stay empty
    length = 1
    while length <= reach:
        step = min(length, reach + 1 - length)
        for word in range(stride, inner - step * stride):
            words[word] |= words[word + step * stride]
        for word in range(inner - 1, step * stride + stride - 1, -1):
            upwards[word] |= upwards[word - step * stride]
        length += step
    for word in range(len(words)):
        words[word] |= upwards[word]


@compiled
def spread_row(row: Words, other_way: Words, reach: int) -> None:
    """Set each bit within `reach` of one that is set, on a row of words. other_way: as long, for use in here."""
    for word in range(len(row)):
        other_way[word] = row[word]
    length = 1
    while length <= reach:
        step = min(length, reach + 1 - length)
        _or_from_right(row, step)
        _or_from_left(other_way, step)
        length += step
    for word in range(len(row)):
        row[word] |= other_way[word]


@compiled
def _or_from_right(row: Words, step: int) -> None:
    """Set each bit that is set `step` to the right of it, on a row of words."""
    whole, part = step >> 6, np.uint64(step & 63)
    for word in range(len(row) - whole):
        row[word] |= row[word + whole] >> part
        if part and word + whole + 1 < len(row):
            row[word] |= row[word + whole + 1] << (np.uint64(64) - part)


@compiled
def _or_from_left(row: Words, step: int) -> None:
    """Set each bit that is set `step` to the left of it, likewise."""
    whole, part = step >> 6, np.uint64(step & 63)
    for word in range(len(row) - 1, whole - 1, -1):
        row[word] |= row[word - whole] << part
        if part and word > whole:
            row[word] |= row[word - whole - 1] >> (np.uint64(64) - part)
