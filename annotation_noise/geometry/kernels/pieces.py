"""The pieces of a bit image, and its holes, by the runs of its rows.

A *run* is a stretch of pixels of one row that are all set, as long as can be. Two runs of neighbouring rows belong
together if they share a column, or, where pixels that touch at a corner do, if they are no more than a corner apart.
Runs are numbered row by row from the left, and a piece is named by its first run, so by its uppermost pixels and of
these the leftmost. That is also where whoever scans an image meets it first.

As each two runs that touch do so in one place, runs and touches are a graph with the shape of the image: it has as many
pieces, and as many rings as the image has holes. So their number is touches - runs + pieces. The holes themselves
are pieces of the background, without corners: all but the first, which is what lies around.

Source: Rosenfeld and Pfaltz, "Sequential operations in digital picture processing" (J. ACM 13, 1966), with runs for
pixels and union-find for their table of equivalences.
"""

import numpy as np

from annotation_noise.geometry.kernels.bits import ALL, ONE, ROWS, STRIDE, ZERO, Grid, Words, lowest, ones
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.simplify import Whole

ROW, FIRST, LAST = range(3)  # of a run: the row in the image, the bits of its first and of its last pixel
_LAST_BIT = np.uint64(63)


@compiled
def row_runs(words: Words, grid: Grid, flip: np.uint64, cuts: Words) -> Whole:
    """The runs of an image: (n, 3) ROW, FIRST and LAST.

    flip: ZERO, or ALL for those of the background, margins included. cuts: an image too; before each of its pixels a
    run ends and another begins.
    """
    stride, rows = grid[STRIDE], grid[ROWS]
    most, before = rows, ZERO  # one each for runs of the background that go on in the next row
    for at in range(len(words)):
        here = words[at] ^ flip
        most += ones(here & (~(here << ONE | before >> _LAST_BIT) | cuts[at]))
        before = here
    runs = np.empty((most, 3), np.int64)
    begun = ended = 0
    for row in range(rows):
        before = ZERO
        for word in range(stride):
            at = row * stride + word
            here, cut = words[at] ^ flip, cuts[at]
            after, cut_after = ZERO, ZERO
            if word + 1 < stride:
                after, cut_after = words[at + 1] ^ flip, cuts[at + 1]
            starts = here & (~(here << ONE | before >> _LAST_BIT) | cut)
            stops = here & (~(here >> ONE | after << _LAST_BIT) | cut >> ONE | cut_after << _LAST_BIT)
            before = here
            while starts != ZERO:
                runs[begun, ROW], runs[begun, FIRST] = row, 64 * word + lowest(starts)
                starts &= starts - ONE
                begun += 1
            while stops != ZERO:
                runs[ended, LAST] = 64 * word + lowest(stops)
                stops &= stops - ONE
                ended += 1
    return runs[:begun]


@compiled
def connected(runs: Whole, reach_px: int, torn: Words) -> tuple[Whole, int]:
    """Of each run the number of the first of its piece, and how many pairs of runs touch.

    reach_px: 1 if runs that meet at a corner touch, otherwise 0. torn: a row of bits; where one is set, they do not
    touch at any corner on the left side of its column.
    """
    piece = np.arange(len(runs))
    touches = above = 0
    for run in range(len(runs)):
        row, first, last = runs[run, ROW], runs[run, FIRST], runs[run, LAST]
        while runs[above, ROW] < row - 1 or (runs[above, ROW] == row - 1 and runs[above, LAST] < first - reach_px):
            above += 1
        other = above
        while runs[other, ROW] == row - 1 and runs[other, FIRST] <= last + reach_px:
            border = max(first, runs[other, FIRST])  # a corner is there, if it is but a corner
            at_corner = border > min(last, runs[other, LAST])
            if not (at_corner and torn[border >> 6] >> np.uint64(border & 63) & ONE):
                touches += 1
                _unite(piece, run, other)
            other += 1
    for run in range(len(runs)):
        piece[run] = piece[piece[run]]  # the earlier one's is known by now
    return piece, touches


@compiled
def _unite(piece: Whole, run: int, other: int) -> None:
    """Make two runs one piece; each run names an earlier one of its piece, the first itself."""
    while piece[run] != run:
        piece[run] = piece[piece[run]]
        run = piece[run]
    while piece[other] != other:
        piece[other] = piece[piece[other]]
        other = piece[other]
    piece[max(run, other)] = min(run, other)


@compiled
def holes(words: Words, grid: Grid, count: int) -> Whole:
    """The `count` holes of an image in order: (count, 4) row and bit of the first pixel and of the last."""
    found = np.empty((count, 4), np.int64)
    if not count:
        return found
    runs = row_runs(words, grid, ALL, np.zeros(len(words), np.uint64))
    piece, _ = connected(runs, 0, np.zeros(grid[STRIDE], np.uint64))
    number = np.empty(len(runs), np.int64)
    seen = 0
    for run in range(len(runs)):
        if piece[run] == 0:
            continue
        if piece[run] == run:
            number[run] = seen
            found[seen, 0], found[seen, 1] = runs[run, ROW], runs[run, FIRST]
            seen += 1
        hole = number[piece[run]]
        found[hole, 2], found[hole, 3] = runs[run, ROW], runs[run, LAST]
    return found
