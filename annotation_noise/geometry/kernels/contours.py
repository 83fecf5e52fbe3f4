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


def _neighbours(nine: int) -> int:
    """Bit d is set where the neighbour in direction d is; nine: of the rows above, here, below, three bits of each."""
    return sum((nine >> (3 * (y + 1) + x + 1) & 1) << direction for direction, (x, y) in enumerate(_STEPS))


def _next(neighbours: int, direction: int) -> int:
    """The first direction after this one, anticlockwise, in which there is a neighbour; 0 where there is none."""
    turned = ((direction + turns) % 8 for turns in range(1, 9))
    return next((way for way in turned if neighbours >> way & 1), 0)


_NEIGHBOURS = np.array([_neighbours(nine) for nine in range(512)])
_NEXT = np.array([[_next(neighbours, direction) for direction in range(8)] for neighbours in range(256)])


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
    points = np.empty((4 * touches + 2 * len(runs), 2), np.int64)
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
    neighbours = _around(words, grid[STRIDE], first_row, first_bit)
    row, bit, come = first_row, first_bit, (behind - 1) & 7
    if neighbours == 0:
        points[end, 0], points[end, 1] = grid[X] + bit, grid[Y] + row
        return end + 1
    while not neighbours >> come & 1:
        come = (come - 1) & 7
    last_row, last_bit = row + _STEP_Y[come], bit + _STEP_X[come]
    while True:
        # `come` is the direction back to where the contour came from
        go = _NEXT[neighbours, come]
        if go != (come + 4) & 7:
            points[end, 0], points[end, 1] = grid[X] + bit, grid[Y] + row
            end += 1
        was_last = row == last_row and bit == last_bit
        row, bit, come = row + _STEP_Y[go], bit + _STEP_X[go], (go + 4) & 7
        if was_last and row == first_row and bit == first_bit:
            return end
        neighbours = _around(words, grid[STRIDE], row, bit)


@compiled
def _around(words: Words, stride: int, row: int, bit: int) -> int:
    """In which directions a pixel has neighbours, as bits."""
    at = row * stride
    above, below = _three(words, at - stride, bit), _three(words, at + stride, bit)
    return int(_NEIGHBOURS[above | _three(words, at, bit) << 3 | below << 6])


@compiled
def _three(words: Words, row_start: int, bit: int) -> int:
    """A pixel of a row, the one before it and the one after it, as three bits."""
    at, shift = row_start + (bit - 1 >> 6), bit - 1 & 63
    three = words[at] >> np.uint64(shift)
    if shift > 61:
        three |= words[at + 1] << np.uint64(64 - shift)
    return int(np.int64(three & np.uint64(7)))
