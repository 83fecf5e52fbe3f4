"""Hausdorff-95 of two masks, as `measures.overlap.hausdorff95_px` defines it.

Source: D. P. Huttenlocher et al., "Comparing Images Using the Hausdorff Distance", 1993; the larger of the two directed
95th percentiles, as in A. Reinke et al., "Metrics Reloaded", 2024.

1. The outline of a mask is its pixels that have one of their four neighbours off the mask or off the image.
2. Of each pixel of one outline, the nearest of the other is looked for row by row, upwards and downwards at once, until
   a row is farther away than what has been found; in a row, the nearest bit to the right and to the left.
3. Squares of distances are whole numbers, so that their order is exact. The percentile is numpy's: between the two
   distances about the place 0.95 (n - 1) of the sorted ones, reckoned from the nearer of both.
"""

import math

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.bits import (
    ALL,
    BOTTOM,
    LEFT,
    ONE,
    RIGHT,
    ROWS,
    STRIDE,
    TOP,
    Grid,
    Words,
    X,
    Y,
    area,
    highest,
    lowest,
)
from annotation_noise.geometry.kernels.compiled import compiled

SHARE = 0.95
FARTHEST = 2**62


@compiled
def hausdorff95_px(words: Words, grid: Grid, other: Words, other_grid: Grid) -> float:
    """The larger of the 95th percentiles of the distances from each outline to the other, in pixels.

    Both masks are of one frame, not empty, and their boxes are tight.
    """
    outline, other_outline = outlined(words, grid), outlined(other, other_grid)
    there = _squares(outline, grid, other_outline, other_grid)
    back = _squares(other_outline, other_grid, outline, grid)
    return max(_percentile(there), _percentile(back))


@compiled
def outlined(words: Words, grid: Grid) -> Words:
    """The outline of a mask, of the same grid."""
    stride = grid[STRIDE]
    outline = np.zeros_like(words)
    for word in range(stride, len(words) - stride):
        here = words[word]
        if here:
            inner = (here << ONE | words[word - 1] >> np.uint64(63)) & (here >> ONE | words[word + 1] << np.uint64(63))
            outline[word] = here & ~(inner & words[word - stride] & words[word + stride])
    return outline


@compiled
def _squares(outline: Words, grid: Grid, other: Words, other_grid: Grid) -> NDArray[np.int64]:
    """The squared distance of each pixel of an outline to the nearest of another."""
    squares = np.empty(area(outline), np.int64)
    count = 0
    for row in range(1, grid[ROWS] - 1):
        for word in range(grid[STRIDE]):
            pixels = outline[row * grid[STRIDE] + word]
            while pixels:
                x = grid[X] + 64 * word + lowest(pixels)
                squares[count] = _nearest(other, other_grid, x, grid[Y] + row)
                count += 1
                pixels &= pixels - ONE
    return squares


@compiled
def _nearest(outline: Words, grid: Grid, x: int, y: int) -> int:
    """The squared distance from a place of the frame to the nearest pixel of an outline."""
    best = FARTHEST
    down = max(grid[TOP] - y, y - grid[BOTTOM] + 1, 0)
    while down * down < best and (y - down >= grid[TOP] or y + down < grid[BOTTOM]):
        if grid[TOP] <= y + down < grid[BOTTOM]:
            across = _nearest_in_row(outline, grid, y + down, x, best - down * down)
            best = min(best, across + down * down)
        if down and grid[TOP] <= y - down < grid[BOTTOM]:
            across = _nearest_in_row(outline, grid, y - down, x, best - down * down)
            best = min(best, across + down * down)
        down += 1
    return best


@compiled
def _nearest_in_row(outline: Words, grid: Grid, y: int, x: int, limit: int) -> int:
    """The squared distance from a column to the nearest pixel of a row; `limit` where it is not below that."""
    row, stride, bit = (y - grid[Y]) * grid[STRIDE], grid[STRIDE], x - grid[X]
    start = min(max(bit, grid[LEFT] - grid[X]), grid[RIGHT] - grid[X] - 1)
    best = limit
    if bit <= start:
        word = start >> 6
        pixels = outline[row + word] & (ALL << np.uint64(start & 63))
        while not pixels and word + 1 < stride and (64 * (word + 1) - bit) ** 2 < best:
            word += 1
            pixels = outline[row + word]
        if pixels:
            best = min(best, (64 * word + lowest(pixels) - bit) ** 2)
    if bit >= start:
        word = start >> 6
        pixels = outline[row + word] & (ALL >> np.uint64(63 - (start & 63)))
        while not pixels and word > 0 and (bit - 64 * word + 1) ** 2 < best:
            word -= 1
            pixels = outline[row + word]
        if pixels:
            best = min(best, (bit - 64 * word - highest(pixels)) ** 2)
    return best


@compiled
def _percentile(squares: NDArray[np.int64]) -> float:
    """The 95th percentile of the square roots of numbers, which change places, as numpy interpolates it linearly."""
    place = SHARE * (len(squares) - 1)
    before = int(place)
    share = place - before
    after = min(before + 1, len(squares) - 1)
    _put_in_place(squares, before)
    _put_in_place(squares, after)
    low, high = math.sqrt(squares[before]), math.sqrt(squares[after])
    return low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share)


@compiled
def _put_in_place(numbers: NDArray[np.int64], place: int) -> None:
    """Exchange numbers until the one at a place is that of the sorted numbers, and none after it is smaller.

    Source: C. A. R. Hoare, "Algorithm 65: Find", CACM 4, 1961.
    """
    first, last = np.int64(0), len(numbers) - 1
    while first < last:
        middle, low, high = numbers[(first + last) >> 1], first, last
        while low <= high:
            while numbers[low] < middle:
                low += 1
            while numbers[high] > middle:
                high -= 1
            if low <= high:
                numbers[low], numbers[high] = numbers[high], numbers[low]
                low += 1
                high -= 1
        if place <= high:
            last = high
        elif place >= low:
            first = low
        else:
            return
