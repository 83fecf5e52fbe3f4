"""Hausdorff-95 of two masks, as `measures.overlap.hausdorff95_px` defines it.

Source: D. P. Huttenlocher et al., "Comparing Images Using the Hausdorff Distance", 1993; the larger of the two directed
95th percentiles, as in A. Reinke et al., "Metrics Reloaded", 2024.

1. The outline of a mask is its pixels that have one of their four neighbours off the mask or off the image.
2. Of each pixel of one outline, the nearest of the other is looked for strip by strip, where a strip is one word wide,
   64 pixels: first in the pixel's own, then in those at its sides, until one is farther away than what has been found.
   Which rows of a strip have a pixel of the outline stands in bits of its own (`_occupied`), so that what is empty
   costs nothing; they are looked at from the pixel's row down and up, likewise until one is too far away.
3. Squares of distances are whole numbers, so that their order is exact. The percentile is numpy's: between the two
   distances about the place 0.95 (n - 1) of the sorted ones, reckoned from the nearer of both.
"""

import math

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.bits import (
    ALL,
    ONE,
    ROWS,
    STRIDE,
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
    occupied = _occupied(other, other_grid)
    count = 0
    for row in range(1, grid[ROWS] - 1):
        for word in range(grid[STRIDE]):
            pixels = outline[row * grid[STRIDE] + word]
            while pixels:
                bit = grid[X] + 64 * word + lowest(pixels) - other_grid[X]
                squares[count] = _nearest(other, other_grid, occupied, bit, grid[Y] + row - other_grid[Y])
                count += 1
                pixels &= pixels - ONE
    return squares


@compiled
def _occupied(outline: Words, grid: Grid) -> Words:
    """By strip, the rows that have a pixel in it: (stride * words,), 64 rows a word, lowest bit first."""
    stride = grid[STRIDE]
    words = (grid[ROWS] + 63) >> 6
    occupied = np.zeros(stride * words, np.uint64)
    for word in range(len(outline)):
        if outline[word]:
            row, strip = word // stride, word % stride
            occupied[strip * words + (row >> 6)] |= ONE << np.uint64(row & 63)
    return occupied


@compiled
def _nearest(outline: Words, grid: Grid, occupied: Words, bit: int, row: int) -> int:
    """The squared distance to the nearest pixel of an outline, from a place that may be beyond the image.

    bit, row: counted from the image's first.
    """
    strips = grid[STRIDE]
    own = min(max(bit >> 6, 0), strips - 1)
    best = _nearest_in_strip(outline, grid, occupied, own, bit, row, FARTHEST)
    left, right = own - 1, own + 1
    while left >= 0 and (bit - 64 * left - 63) ** 2 < best:
        best = _nearest_in_strip(outline, grid, occupied, left, bit, row, best)
        left -= 1
    while right < strips and (64 * right - bit) ** 2 < best:
        best = _nearest_in_strip(outline, grid, occupied, right, bit, row, best)
        right += 1
    return best


@compiled
def _nearest_in_strip(outline: Words, grid: Grid, occupied: Words, strip: int, bit: int, row: int, best: int) -> int:
    """The squared distance to the nearest pixel of a strip; `best` where none is nearer."""
    words = len(occupied) // grid[STRIDE]
    start = min(max(row, 0), grid[ROWS] - 1)
    bit -= 64 * strip
    beside = max(-bit, bit - 63, 0) ** 2
    word = start >> 6
    rows = occupied[strip * words + word] & (ALL << np.uint64(start & 63))
    while True:  # down
        if not rows:
            word += 1
            if word == words or (64 * word > row and (64 * word - row) ** 2 + beside >= best):
                break
            rows = occupied[strip * words + word]
            continue
        there = 64 * word + lowest(rows)
        square = (there - row) ** 2
        if square + beside >= best:
            break
        best = min(best, square + _across(outline[there * grid[STRIDE] + strip], bit))
        rows &= rows - ONE
    word = start >> 6
    rows = occupied[strip * words + word] & ((ONE << np.uint64(start & 63)) - ONE)
    while True:  # up
        if not rows:
            word -= 1
            if word < 0 or (64 * word + 63 < row and (row - 64 * word - 63) ** 2 + beside >= best):
                break
            rows = occupied[strip * words + word]
            continue
        there = 64 * word + highest(rows)
        square = (there - row) ** 2
        if square + beside >= best:
            break
        best = min(best, square + _across(outline[there * grid[STRIDE] + strip], bit))
        rows ^= ONE << np.uint64(there & 63)
    return best


@compiled
def _across(pixels: np.uint64, bit: int) -> int:
    """The squared distance from a bit, which may be beyond the word, to the nearest that is set in a word."""
    if bit <= 0:
        return (lowest(pixels) - bit) ** 2
    if bit >= 63:
        return (bit - highest(pixels)) ** 2
    right, left = pixels >> np.uint64(bit), pixels << np.uint64(63 - bit)
    return min(lowest(right) if right else 64, 63 - highest(left) if left else 64) ** 2


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
