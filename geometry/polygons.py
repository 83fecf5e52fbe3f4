"""Polygons that give back exactly the mask.

A pixel in column x and row y covers the square from (x, y) to (x + 1, y + 1) of COCO's continuous
coordinates. The polygons here run along the edges of the pixels, so that as shapes they are the
mask: same area, same box, and still right when a training pipeline scales or crops them. COCO's mask
API rasterises them exactly: it samples the outline where it passes the centre of a column, and there
these outlines are level and lie on the border between two rows.

findContours goes from pixel to pixel along the border, 8-connected, with the outside always on the
same hand. On its way through a pixel it passes the sides of that pixel that face the outside: those
between where it came from and where it goes, turning over the outside. Side after side
they make the outline, and its corners are where the next side faces another way.

A polygon has no holes and COCO's parts are united, so a piece with a hole is cut in two through the
hole: from the hole's top up, and from its bottom down, to where the mask ends or the next hole
begins. A cut has no width. To let findContours see it, the mask gets one more column there, without
width, which stands for the border between two columns of pixels and is empty along the cut.

Source: the rasterisation of polygons in COCO's mask API, rleFrPoly in common/maskApi.c.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from geometry.masks import Mask, Pixels

Corners = NDArray[np.int32]


class Rings(NamedTuple):
    """Closed rings of corners of pixels.

    corners: (n, 2) int32, x and y in the frame, 0 to its width and height; ring after ring, the
        first corner of a ring not repeated at its end.
    ends: where in `corners` each ring ends.
    """

    corners: Corners
    ends: list[int]

    def each(self) -> list[Corners]:
        """The rings one by one, each (n, 2)."""
        return [self.corners[start:end] for start, end in pairwise([0, *self.ends])]


def exact_polygons(mask: Mask) -> Rings:
    """Rings whose union, rasterised by pycocotools, is the mask, pixel for pixel.

    Each ring has at least four corners, and each of its sides is level or upright. Rings may touch,
    and a ring itself where pixels meet at a corner, but no two overlap: their areas add up to the
    mask's. No rings for an empty mask.
    """
    pixels, x_of = mask.pixels, np.arange(mask.pixels.shape[1] + 1)
    contours, hierarchy = cv2.findContours(pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE) if pixels.size else ((), None)
    if not contours:
        return Rings(np.zeros((0, 2), np.int32), [])
    holes = [contour for contour, parent in zip(contours, hierarchy[0, :, 3].tolist(), strict=True) if parent >= 0]
    if holes:
        pixels, x_of = _cut(pixels, holes)
        contours, _ = cv2.findContours(pixels, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return _outlines(contours, x_of + mask.left, mask.top)


def _cut(pixels: Pixels, holes: Sequence[NDArray[np.integer]]) -> tuple[Pixels, NDArray[np.intp]]:
    """The mask with a cut from the top of each hole upwards and from its bottom downwards.

    holes: their contours; they lie on the pixels around the hole, so that the uppermost has the hole
    right below it, and the lowest right above. Returns the mask with a column without width for
    every border that is cut, and the x of the left edge of each column, and of the right edge of the last.
    """
    width = pixels.shape[1]
    places = np.concatenate(holes)[:, 0] @ (1, width)
    starts = np.cumsum([0, *(len(hole) for hole in holes[:-1])])
    tops, bottoms = np.minimum.reduceat(places, starts), np.maximum.reduceat(places, starts)
    row, border = np.divmod(np.concatenate((tops, bottoms)), width)
    joined = pixels[:, border - 1] & pixels[:, border]

    # A cut goes on while there is mask on both its sides: to the nearest row where there is not.
    height, rows, cuts = len(pixels), np.arange(len(pixels))[:, None], np.arange(len(row))
    above = np.maximum.accumulate(np.where(joined, -1, rows), axis=0)[row, cuts]
    below = np.minimum.accumulate(np.where(joined, height, rows)[::-1], axis=0)[height - 1 - row, cuts]
    up = cuts < len(holes)
    joined[(rows > np.where(up, above, row - 1)) & (rows < np.where(up, row + 1, below))] = 0

    in_order = np.argsort(border)  # several cuts may share a border
    border, first = np.unique(border[in_order], return_index=True)
    cut = np.bitwise_and.reduceat(joined[:, in_order], first, axis=1)
    return np.insert(pixels, border, cut, axis=1), np.insert(np.arange(width + 1), border, border)


# Directions, clockwise from the right: the steps to the neighbours of a pixel. Even ones are its
# sides too, odd ones its corners.
_STEPS = np.array([(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)])
_DIRECTION = np.zeros((3, 3), np.intp)  # by y + 1 and x + 1 of a step
_DIRECTION[_STEPS[:, 1] + 1, _STEPS[:, 0] + 1] = range(8)
_ALONE = 64  # the way of a contour of one pixel, which goes nowhere


def _sides_passed(way: int) -> list[int]:
    """The sides that the outline has between coming into a pixel and leaving it, in their order.

    way: 8 * direction of the step into the pixel + direction of the step out of it, or _ALONE.
    """
    if way == _ALONE:
        return [6, 4, 2, 0]
    back, out = (way // 8 + 4) % 8, way % 8
    turns = (back - out - 1) % 8 + 1  # anticlockwise, from where it came from to where it goes; at an end all round
    return [side % 8 for side in range(back - 1, back - turns, -1) if side % 2 == 0]


_PASSED = [_sides_passed(way) for way in range(65)]
_COUNT = np.array([len(sides) for sides in _PASSED])
_SIDES = np.array([sides + [0] * (4 - len(sides)) for sides in _PASSED])
_END = (_STEPS[np.arange(8) - 1] + 1) // 2  # the corner where a side ends: of the left side, the lower left


def _outlines(contours: Sequence[NDArray[np.integer]], x_of: NDArray[np.intp], top: int) -> Rings:
    """The outlines of what findContours goes round, as corners of pixels.

    contours: with all their pixels. x_of: the left edge of each column, and the right edge of the last.
    """
    pixels = np.concatenate(contours)[:, 0]
    ends = np.cumsum([len(contour) for contour in contours])
    after, before = _neighbours(ends)
    step = pixels[after] - pixels + 1
    out = _DIRECTION[step[:, 1], step[:, 0]]
    way = 8 * out[before] + out
    way[ends[np.diff(ends, prepend=0) == 1] - 1] = _ALONE

    count = _COUNT[way]
    passed = np.repeat(np.arange(len(way)), count)
    side = _SIDES[way[passed], np.arange(len(passed)) - np.repeat(np.cumsum(count) - count, count)]
    ends = np.cumsum(count)[ends - 1]
    turns = side != side[_neighbours(ends)[0]]
    corner = pixels[passed[turns]] + _END[side[turns]]
    corners = np.empty(corner.shape, np.int32)
    corners[:, 0] = x_of[corner[:, 0]]
    corners[:, 1] = corner[:, 1] + top
    return Rings(corners, np.cumsum(turns)[ends - 1].tolist())


def _neighbours(ends: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For rings one after the other, ending at `ends`: the places after and before each place, round the ring."""
    starts = np.concatenate(([0], ends[:-1]))
    after, before = np.arange(1, ends[-1] + 1), np.arange(-1, ends[-1] - 1)
    after[ends - 1], before[starts] = starts, ends - 1
    return after, before
