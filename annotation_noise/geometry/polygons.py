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
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, Pixels

Corners = NDArray[np.int32]
Number = TypeVar("Number", bound=np.generic)


class Rings(NamedTuple):
    """Closed rings of corners of pixels.

    corners: (n, 2) int32, x and y in the frame, 0 to its width and height; ring after ring, the
        first corner of a ring not repeated at its end.
    ends: where in `corners` each ring ends.
    """

    corners: Corners
    ends: list[int]


def exact_polygons(masks: Sequence[Mask]) -> list[Rings]:
    """For each mask the rings whose union, rasterised by pycocotools, is the mask, pixel for pixel.

    Each ring has at least four corners, and each of its sides is level or upright. Rings may touch,
    and a ring itself where pixels meet at a corner, but no two of a mask overlap: their areas add up to
    the mask's. No rings for an empty mask. Takes many masks, because the many small steps on the way
    cost about the same for one contour as for a hundred.
    """
    contours: list[cv2.typing.MatLike] = []
    x_of: list[NDArray[np.intp]] = []
    counts, columns = [], 0
    for mask in masks:
        of_mask, x = _contours(mask, columns) if mask.pixels.any() else ((), np.zeros(0, np.intp))
        contours += of_mask
        x_of.append(x)
        counts.append(len(of_mask))
        columns += len(x)
    if not contours:
        return [Rings(np.zeros((0, 2), np.int32), []) for _ in masks]
    corners, ends = edges_passed(contours, np.concatenate(x_of))
    result, ring, corner = [], 0, 0
    for count in counts:
        mine = ends[ring : ring + count]
        last = mine[-1] if mine else corner
        result.append(Rings(corners[corner:last], [end - corner for end in mine]))
        ring, corner = ring + count, last
    return result


def areas_px(rings: Rings) -> NDArray[np.int64]:
    """How many pixels each of at least one ring encloses: (n,)."""
    ends = np.array(rings.ends)
    x, y = rings.corners.T.astype(np.int64)
    return np.abs(np.add.reduceat(x * (_following(y, ends) - y), _starts(ends)))


def _contours(mask: Mask, columns: int) -> tuple[Sequence[cv2.typing.MatLike], NDArray[np.intp]]:
    """What findContours goes round in a mask, once its holes are cut open.

    Returns the contours, y in the frame and x as `columns` + the place of the column; and of each column the left
    edge in the frame, and the right edge of the last.
    """
    x_of = np.arange(mask.left, mask.left + mask.pixels.shape[1] + 1)
    offset = (columns, mask.top)
    contours, hierarchy = cv2.findContours(mask.pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=offset)
    if len(contours) == 1:
        return contours, x_of
    holes = [contour for contour, parent in zip(contours, hierarchy[0, :, 3].tolist(), strict=True) if parent >= 0]
    if not holes:
        return contours, x_of
    pixels, cut = _cut(mask.pixels, np.concatenate(holes)[:, 0].astype(np.intp) - offset, [len(hole) for hole in holes])
    contours, _ = cv2.findContours(pixels, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=offset)
    return contours, np.insert(x_of, cut, cut + mask.left)


def _cut(pixels: Pixels, holes: NDArray[np.intp], lengths: Sequence[int]) -> tuple[Pixels, NDArray[np.intp]]:
    """The mask with a cut from the top of each hole upwards and from its bottom downwards.

    holes: (n, 2), x and y of their contours, one after the other; lengths: points of each. They lie on
    the pixels around the hole, so that the uppermost has the hole right below it, and the lowest right above.
    Returns the mask with a column without width for every border that is cut, and where those borders are.
    """
    height, width = pixels.shape
    places = holes @ (1, width)
    starts = np.cumsum([0, *lengths[:-1]])
    tops, bottoms = np.minimum.reduceat(places, starts), np.maximum.reduceat(places, starts)
    row, border = np.divmod(np.concatenate((tops, bottoms)), width)
    borders, which = np.unique(border, return_inverse=True)  # several cuts may share a border
    columns = pixels.T
    joined = columns[borders - 1] & columns[borders]

    # A cut goes on while there is mask on both its sides: to the nearest row where there is not, or out of the window.
    parted = np.ones((len(borders), height + 2), bool)
    np.equal(joined, 0, out=parted[:, 1:-1])
    ends = np.flatnonzero(parted)
    place, up = which * (height + 2) + row + 1, len(lengths)
    first, after = row.copy(), row + 1
    first[:up] = ends[np.searchsorted(ends, place[:up], "right") - 1] % (height + 2)
    after[up:] = ends[np.searchsorted(ends, place[up:])] % (height + 2) - 1
    for at, begin, end in zip(which.tolist(), first.tolist(), after.tolist(), strict=True):
        joined[at, begin:end] = 0
    return np.insert(pixels, borders, joined.T, axis=1), borders


# Directions, clockwise from the right: the steps to the neighbours of a pixel. Even ones are its
# sides too, odd ones its corners.
_STEPS = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]
_ALONE = 64  # the way of a contour of one pixel, which goes nowhere
_NONE = 8


def _sides_passed(way: int) -> list[int]:
    """The sides that the outline has between coming into a pixel and leaving it, in their order.

    way: 8 * direction of the step into the pixel + direction of the step out of it, or _ALONE.
    """
    if way == _ALONE:
        return [6, 4, 2, 0]
    back, out = (way // 8 + 4) % 8, way % 8
    turns = (back - out - 1) % 8 + 1  # anticlockwise, from where it came from to where it goes; at an end all round
    sides = [side % 8 for side in range(back - 1, back - turns, -1) if side % 2 == 0]
    return sides + [_NONE] * (4 - len(sides))


_DIRECTION = np.zeros(11, np.uint8)  # by x + 4 * y of a step, from the end where that is negative
_DIRECTION[[x + 4 * y for x, y in _STEPS]] = range(8)
_SIDES = np.array([_sides_passed(way) for way in range(65)], np.uint8)
# Where a side ends: the left one at the lower left.
_END_X, _END_Y = np.array([_STEPS[side - 1] for side in range(8)]).T > 0


def edges_passed(contours: Sequence[cv2.typing.MatLike], x_of: NDArray[np.intp]) -> Rings:
    """The outlines of what findContours goes round, as corners of pixels; of holes too, the other way round.

    contours: with all their pixels, y in the frame, x as places in `x_of`, which has left edges of columns, and
    after each right edge.
    """
    pixels = np.concatenate(contours) if len(contours) > 1 else contours[0]
    x, y = pixels[:, 0, 0], pixels[:, 0, 1]
    ends = np.array([len(contour) for contour in contours]).cumsum()
    place = x + 4 * y
    out = _DIRECTION[_following(place, ends) - place]
    way = 8 * _preceding(out, ends) + out
    way[ends[np.diff(ends, prepend=0) == 1] - 1] = _ALONE

    sides = _SIDES[way].ravel()
    passed = np.flatnonzero(sides != _NONE)
    side = sides[passed]
    ends = np.searchsorted(passed, 4 * ends)
    turns = np.flatnonzero(side != _following(side, ends))
    side, pixel = side[turns], passed[turns] >> 2
    corners = np.empty((len(turns), 2), np.int32)
    corners[:, 0] = x_of[x[pixel] + _END_X[side]]
    corners[:, 1] = y[pixel] + _END_Y[side]
    return Rings(corners, np.searchsorted(turns, ends).tolist())


def _following(values: NDArray[Number], ends: NDArray[np.intp]) -> NDArray[Number]:
    """For rings of values one after the other, ending at `ends`: the next value of each, round the ring."""
    result = np.empty_like(values)
    result[:-1] = values[1:]
    result[ends - 1] = values[_starts(ends)]
    return result


def _preceding(values: NDArray[Number], ends: NDArray[np.intp]) -> NDArray[Number]:
    """The value before each, likewise."""
    result = np.empty_like(values)
    result[1:] = values[:-1]
    result[_starts(ends)] = values[ends - 1]
    return result


def _starts(ends: NDArray[np.intp]) -> NDArray[np.intp]:
    starts = np.zeros_like(ends)
    starts[1:] = ends[:-1]
    return starts
