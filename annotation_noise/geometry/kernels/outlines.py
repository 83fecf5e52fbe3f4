"""Polygons along the edges of pixels that give back exactly the mask: `geometry.polygons` and the order of `write`.

Source: the project's own `exact_polygons`, which says what these polygons are. Its rules, to the last corner:

1. From each hole a cut without width goes up, left of the leftmost pixel in its top row, and one down, left of the
   rightmost pixel in its bottom row, as long as there is mask on both sides.
2. Left and right of a cut, pixels do not touch. And where anything is cut between two columns, pixels of these do not
   touch at corners any more, all the way from the top of the image to its bottom. So no hole is left.
3. Each piece has one ring. It goes along the sides of pixels with the mask on its left: down a left side, and to the
   right along a lower one. Where pixels touch at a corner it goes through to the other pixel. Only corners are kept.
4. It begins at the piece's first pixel, at the upper left corner. Or at the upper right one if the pixel has no right
   neighbour but one below it or at the lower right corner; or at the lower right one, if it has only one at the lower
   left. There findContours comes back to this pixel.
5. The ring with the largest area comes first; of equal ones that whose first pixel is last, row by row.
"""

import numpy as np

from annotation_noise.geometry.kernels.bits import ONE, STRIDE, ZERO, Grid, Words, X, Y
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.pieces import FIRST, ROW, connected, holes, row_runs
from annotation_noise.geometry.kernels.simplify import Whole

_WEST, _SOUTH, _EAST, _NORTH = range(4)  # each is left of the one before
_GO_X, _GO_Y = np.array([-1, 0, 1, 0]), np.array([0, 1, 0, -1])
# The pixels at a corner, as bits: what is ahead on the left and on the right hand, by direction.
_UPPER_LEFT, _UPPER_RIGHT, _LOWER_LEFT, _LOWER_RIGHT = 1, 2, 4, 8
_AHEAD_LEFT = (_LOWER_LEFT, _LOWER_RIGHT, _UPPER_RIGHT, _UPPER_LEFT)
_AHEAD_RIGHT = (_UPPER_LEFT, _LOWER_LEFT, _LOWER_RIGHT, _UPPER_RIGHT)
_PAIR = np.uint64(3)


def _turn(way: int, seen: int) -> int:
    """Rule 3: in which direction a ring goes on from a corner at which it sees these pixels."""
    if seen & _AHEAD_RIGHT[way]:
        return (way - 1) % 4
    return way if seen & _AHEAD_LEFT[way] else (way + 1) % 4


_TURNED = np.array([[_turn(way, seen) for seen in range(16)] for way in range(4)], np.uint8)


@compiled
def outlines(words: Words, grid: Grid) -> tuple[Whole, Whole]:
    """The rings whose union is the mask.

    Returns corners (n, 2), x and y in the frame, 0 to its width and height, ring after ring, the first not repeated at
    its end; and ends (k,), where in `corners` each ring ends. Both empty for an empty mask.
    """
    cuts, torn = np.zeros(len(words), np.uint64), np.zeros(grid[STRIDE], np.uint64)
    runs = row_runs(words, grid, ZERO, cuts)
    piece, touches = connected(runs, 1, torn)
    hole_count = touches - len(runs) + _pieces(piece)
    if hole_count:
        _cut_open(words, grid[STRIDE], holes(words, grid, hole_count), cuts, torn)
        runs = row_runs(words, grid, ZERO, cuts)
        piece, _ = connected(runs, 1, torn)
    ring_count, end = _pieces(piece), 0
    corners = np.empty((4 * len(runs) + 1, 2), np.int64)  # a left and a right side for each, with two ends
    ends, areas_px = np.empty(ring_count, np.int64), np.empty(ring_count, np.int64)
    ring = 0
    for run in range(len(runs)):
        if piece[run] == run:
            start = end
            end = _follow(words, cuts, torn, grid, runs[run, ROW], runs[run, FIRST], corners, start)
            ends[ring], areas_px[ring] = end, _area_px(corners, start, end)
            ring += 1
    return _largest_first(corners, ends, areas_px)


@compiled
def _pieces(piece: Whole) -> int:
    """How many pieces there are."""
    count = 0
    for run in range(len(piece)):
        count += piece[run] == run
    return count


@compiled
def _cut_open(words: Words, stride: int, openings: Whole, cuts: Words, torn: Words) -> None:
    """Set in `cuts` the pixels left of which a cut passes, and in `torn` the columns left of which there is a cut."""
    for hole in range(len(openings)):
        for row, bit, down in (
            (openings[hole, 0] - 1, openings[hole, 1], -stride),
            (openings[hole, 2] + 1, openings[hole, 3], stride),
        ):
            at, mask = row * stride + (bit >> 6), ONE << np.uint64(bit & 63)
            torn[bit >> 6] |= mask
            while _joined(words, at, bit):
                cuts[at] |= mask
                at += down


@compiled
def _joined(words: Words, at: int, bit: int) -> bool:
    """Whether there is mask in a column, in its word `at`, and in the column left of it."""
    here, shift = words[at], np.uint64(bit & 63)
    before = here >> (shift - ONE) if shift else words[at - 1] >> np.uint64(63)
    return bool(here >> shift & before & ONE)


@compiled
def _follow(words: Words, cuts: Words, torn: Words, grid: Grid, row: int, bit: int, corners: Whole, end: int) -> int:
    """Write the ring of a piece to `corners` from `end` on; returns where it ends. row, bit: of its first pixel."""
    stride = grid[STRIDE]
    first_bit, first_row, way = _begin(words, cuts, torn, stride, row, bit)
    bit, row, first_way = first_bit, first_row, way
    while True:
        turned = int(_TURNED[way, _seen(words, cuts, torn, stride, row, bit, way)])
        corners[end, 0], corners[end, 1] = grid[X] + bit, grid[Y] + row
        end += turned != way  # a corner is written over where it is none, as branches take longer
        bit, row, way = bit + _GO_X[turned], row + _GO_Y[turned], turned
        if way == first_way and bit == first_bit and row == first_row:
            return end


@compiled
def _begin(words: Words, cuts: Words, torn: Words, stride: int, row: int, bit: int) -> tuple[int, int, int]:
    """Rule 4: the first corner of a piece, its bit and row, and in which direction it is reached."""
    seen = _seen(words, cuts, torn, stride, row + 1, bit + 1, _EAST)
    if seen & _UPPER_RIGHT:
        return bit, row, _WEST
    if seen & (_LOWER_LEFT | _LOWER_RIGHT):
        return bit + 1, row, _NORTH
    if _seen(words, cuts, torn, stride, row + 1, bit, _WEST) & _LOWER_LEFT:
        return bit + 1, row + 1, _EAST
    return bit, row, _WEST


@compiled
def _seen(words: Words, cuts: Words, torn: Words, stride: int, row: int, bit: int, way: int) -> int:
    """The pixels at the upper left corner of a pixel, but for those behind a cut, seen in a direction."""
    at, shift = row * stride + (bit - 1 >> 6), np.uint64(bit - 1 & 63)
    upper, lower = words[at - stride] >> shift, words[at] >> shift
    if shift == 63:
        upper, lower = upper | words[at - stride + 1] << ONE, lower | words[at + 1] << ONE
    seen = int(np.int64(upper & _PAIR | (lower & _PAIR) << np.uint64(2)))
    if torn[bit >> 6] >> np.uint64(bit & 63) & ONE:
        on_the_right = way in (_WEST, _SOUTH)
        from_row, both = (row, _LOWER_LEFT | _LOWER_RIGHT) if on_the_right else (row - 1, _UPPER_LEFT | _UPPER_RIGHT)
        cut = cuts[from_row * stride + (bit >> 6)] >> np.uint64(bit & 63) & ONE
        if cut or seen & both != both:
            seen &= _UPPER_RIGHT | _LOWER_RIGHT if on_the_right else _UPPER_LEFT | _LOWER_LEFT
    return seen


@compiled
def _area_px(corners: Whole, start: int, end: int) -> int:
    """How many pixels a ring encloses."""
    area = 0
    for corner in range(start, end):
        following = corner + 1 if corner + 1 < end else start
        area += corners[corner, 0] * (corners[following, 1] - corners[corner, 1])
    return abs(area)


@compiled
def _largest_first(corners: Whole, ends: Whole, areas_px: Whole) -> tuple[Whole, Whole]:
    """Rings sorted by area, and the other way round where these are equal."""
    count = len(ends)
    if count < 2:
        return corners[: ends[0] if count else 0], ends
    keys = areas_px * count + np.arange(count)
    keys.sort()
    result, new_ends = np.empty((ends[-1], 2), np.int64), np.empty(count, np.int64)
    end = 0
    for place in range(count):
        ring = keys[count - 1 - place] % count
        for corner in range(ends[ring - 1] if ring else 0, ends[ring]):
            result[end, 0], result[end, 1] = corners[corner, 0], corners[corner, 1]
            end += 1
        new_ends[place] = end
    return result, new_ends
