"""The contours of a bit image: what cv2.findContours gives with RETR_CCOMP and CHAIN_APPROX_SIMPLE.

Source: Suzuki and Abe, "Topological structural analysis of digitized binary images by border following" (CVGIP 30,
1985), as OpenCV follows borders. Its rules:

1. Each piece (pixels that touch by a side or a corner) has an outer contour, which begins at its first pixel, row by
   row. Each hole (background pixels that touch by a side, out of which no way leads) has a contour that begins at the
   pixel left of its first one.
2. From the first pixel look round clockwise, from the left one for an outer contour and from the right one for a hole:
   the first neighbour that is set is the contour's last pixel. A pixel without neighbours is a contour alone.
3. At each pixel look round anticlockwise, beginning behind the pixel that the contour came from: the first neighbour
   that is set is the next. The contour ends when it would go from its last pixel to its first one.
4. Only pixels are kept at which it leaves in another direction than it came in.
5. Pieces come in the reverse of the order of their first pixels, each followed by its holes, also in reverse.

Where pieces and holes begin, and which hole is in which piece, their runs tell; OpenCV marks the pixels that it has
passed instead, which comes to the same.
"""

import numpy as np

from annotation_noise.geometry.kernels.bits import STRIDE, ZERO, Grid, Words, X, Y
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.pieces import FIRST, LAST, ROW, connected, holes, row_runs
from annotation_noise.geometry.kernels.simplify import Whole

# Directions, anticlockwise from the right: the steps to the neighbours of a pixel.
_STEPS = [(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)]
_STEP_X, _STEP_Y = np.array(_STEPS).T.copy()
_RIGHT, _LEFT = 0, 4
_ALONE = 16  # a pixel without neighbours
_THREE = np.uint64(7)


def _next(nine: int, come: int) -> int:
    """The first direction after `come`, anticlockwise, in which a pixel has a neighbour.

    nine: the pixel and those around it, as bits, row by row. Where it is alone, `come` itself comes out.
    """
    turned = [(come + turns) % 8 for turns in range(1, 9)]
    places = {way: 4 + _STEPS[way][0] + 3 * _STEPS[way][1] for way in turned}
    return next((way for way in turned if nine >> places[way] & 1), come)


_NEXT = np.array([[_next(nine, come) for come in range(8)] for nine in range(512)], np.uint8)


@compiled
def contours(words: Words, grid: Grid) -> tuple[Whole, Whole, Whole]:
    """All contours of a bit image, outer ones and holes, in OpenCV's order.

    Returns points (n, 2), x and y in the frame, contour after contour, none repeated at its end; ends (k,), where in
    `points` each contour ends; and pieces (k,): of each the number of the outer contour of its piece, for outer ones
    their own.
    """
    runs = row_runs(words, grid, ZERO, np.zeros(len(words), np.uint64))
    piece, touches = connected(runs, 1, np.zeros(grid[STRIDE], np.uint64))
    count = 0
    for run in range(len(runs)):
        count += piece[run] == run
    hole_starts = holes(words, grid, touches - len(runs) + count)
    newest, older = _by_piece(runs, piece, hole_starts)
    # For each touch a contour goes once from row to row and once back, with two points each; and lines have ends.
    points = np.empty((4 * touches + 2 * len(runs) + 1, 2), np.int64)
    ends, pieces = np.empty(count + len(hole_starts), np.int64), np.empty(count + len(hole_starts), np.int64)
    ring = end = 0
    for run in range(len(runs) - 1, -1, -1):
        if piece[run] != run:
            continue
        end = _follow(words, grid, runs[run, ROW], runs[run, FIRST], _LEFT, points, end)
        outer, hole = ring, newest[run]
        ends[ring], pieces[ring] = end, outer
        ring += 1
        while hole >= 0:
            end = _follow(words, grid, hole_starts[hole, 0], hole_starts[hole, 1] - 1, _RIGHT, points, end)
            ends[ring], pieces[ring] = end, outer
            ring += 1
            hole = older[hole]
    return points[:end], ends, pieces


@compiled
def _by_piece(runs: Whole, piece: Whole, hole_starts: Whole) -> tuple[Whole, Whole]:
    """Of each piece, at the number of its first run, the last of its holes; of each hole the one before; or -1."""
    newest, older = np.full(len(runs), -1), np.empty(len(hole_starts), np.int64)
    run = 0
    for hole in range(len(hole_starts)):
        row, bit = hole_starts[hole, 0], hole_starts[hole, 1]
        while runs[run, ROW] < row or runs[run, LAST] < bit - 1:
            run += 1  # up to the one that ends where the hole begins
        older[hole], newest[piece[run]] = newest[piece[run]], hole
    return newest, older


@compiled
def _follow(words: Words, grid: Grid, first_row: int, first_bit: int, behind: int, points: Whole, end: int) -> int:
    """Write a contour to `points` from `end` on; returns where it ends. behind: the direction of the background."""
    stride, row, bit = grid[STRIDE], first_row, first_bit
    nine = _nine(words, stride, row, bit)
    if nine == _ALONE:
        points[end, 0], points[end, 1] = grid[X] + bit, grid[Y] + row
        return end + 1
    come = (behind - 1) & 7
    while _NEXT[nine, (come - 1) & 7] != come:
        come = (come - 1) & 7
    last_row, last_bit = row + _STEP_Y[come], bit + _STEP_X[come]
    while True:  # `come` is the direction back to where the contour came from
        go = int(_NEXT[nine, come])
        points[end, 0], points[end, 1] = grid[X] + bit, grid[Y] + row
        end += go != (come + 4) & 7  # a point is written over where it is none, as branches take longer
        was_last = row == last_row and bit == last_bit
        row, bit, come = row + _STEP_Y[go], bit + _STEP_X[go], (go + 4) & 7
        if was_last and row == first_row and bit == first_bit:
            return end
        nine = _nine(words, stride, row, bit)


@compiled
def _nine(words: Words, stride: int, row: int, bit: int) -> int:
    """A pixel and those around it as bits, row by row."""
    at, shift = row * stride + (bit - 1 >> 6), np.uint64(bit - 1 & 63)
    above, here, below = words[at - stride] >> shift, words[at] >> shift, words[at + stride] >> shift
    if shift > 61:
        rest = np.uint64(64) - shift
        above |= words[at - stride + 1] << rest
        here |= words[at + 1] << rest
        below |= words[at + stride + 1] << rest
    return int(np.int64(above & _THREE | (here & _THREE) << np.uint64(3) | (below & _THREE) << np.uint64(6)))
