"""The contours of a mask, and the mask that contours enclose.

A contour is a ring of pixels of the mask: an outer contour runs along the outside of a connected
piece, the contour of a hole along the pixels of the mask that border the hole. Both are part of
the mask: a filled outer contour includes its own line, and of a hole only what lies strictly
inside its line is missing. So contours that nobody has moved enclose exactly their mask.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, Pixels

# fillPoly computes in 64-bit fixed point with 16 fractional bits and takes 32-bit vertices; a vertex
# this far out is safe to add to, and beyond every image: coco.file allows no such sides.
FARTHEST_PX = 2**26


class Contour(NamedTuple):
    """A closed ring of vertices.

    points: (n, 2) int32, x and y in pixels of the frame, n >= 1, the first not repeated at the end.
    piece: index, in the list of contours, of the outer contour of the connected piece that this
        contour belongs to; an outer contour names itself, a hole the piece that it is in.
    """

    points: NDArray[np.int32]
    piece: int


def contours(mask: Mask) -> list[Contour]:
    """All contours of a mask, outer ones and holes, in the order in which OpenCV finds them.

    Only the corners of straight runs are kept (CHAIN_APPROX_SIMPLE). On a mask without holes this
    is the list of RETR_EXTERNAL, the same points in the same order. Empty for an empty mask.

    Source: cv2.findContours; arXiv 2406.10891 takes the noisy vertices from it.
    """
    if not mask.pixels.size:
        return []
    rings, hierarchy = cv2.findContours(
        mask.pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=(mask.left, mask.top)
    )
    if not rings:
        return []
    if len(rings) == 1:
        return [Contour(np.asarray(rings[0][:, 0], np.int32), 0)]
    parents = hierarchy[0, :, 3].tolist()
    return [
        Contour(np.asarray(ring[:, 0], np.int32), parent if parent >= 0 else index)
        for index, (ring, parent) in enumerate(zip(rings, parents, strict=True))
    ]


def every_pixel(points: NDArray[np.int32]) -> NDArray[np.int32]:
    """All pixels that a contour passes, in its order: (m, 2) int32, m >= n, beginning with its first vertex.

    points: a `Contour`'s, unmoved: from each to the next goes a level, upright or diagonal run, and from the last to
    the first. A pixel that the contour passes twice is there twice.
    """
    ways = np.roll(points, -1, axis=0) - points
    lengths = np.maximum(np.abs(ways).max(axis=1), 1)  # a contour of one pixel goes nowhere
    firsts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    along = (np.arange(len(firsts)) - firsts)[:, np.newaxis]
    places = np.repeat(points, lengths, axis=0) + along * np.repeat(np.sign(ways), lengths, axis=0)
    return np.asarray(places, np.int32)


def fill(rings: Sequence[Contour], like: Mask) -> Mask:
    """The mask that contours enclose, in the frame of `like`.

    Every piece is its filled outer contour less the inside of its holes; the mask is the union
    of the pieces. A ring that crosses itself is filled by the even-odd rule. Vertices may lie
    beyond the frame; what they enclose there is cut off. May come out empty; the window may be loose.

    Source: cv2.fillPoly, one call a contour.
    """
    nothing = Mask(np.zeros((0, 0), np.uint8), 0, 0, like.frame_height, like.frame_width)
    if not rings:
        return nothing
    points = np.concatenate([ring.points for ring in rings]) if len(rings) > 1 else rings[0].points
    x, y, width, height = cv2.boundingRect(points)
    left, right = max(x, 0), min(x + width, like.frame_width)
    top, bottom = max(y, 0), min(y + height, like.frame_height)
    if right <= left or bottom <= top:  # all of it beyond the image
        return nothing
    canvas = np.zeros((bottom - top, right - left), np.uint8)
    offset = (-left, -top)
    holes: dict[int, list[NDArray[np.int32]]] = {}
    for index, ring in enumerate(rings):
        if ring.piece != index:
            holes.setdefault(ring.piece, []).append(ring.points)
    piece, hole = (np.zeros_like(canvas) if holes else canvas for _ in range(2))  # 0 again after each use
    for index, ring in enumerate(rings):
        if index in holes:
            cv2.fillPoly(piece, [ring.points], 1, offset=offset)
            for points in holes[index]:
                _take_out(piece, hole, points, offset)
            box = _box(ring.points, offset)
            canvas[box] |= piece[box]
            piece[box] = 0
        elif ring.piece == index:
            cv2.fillPoly(canvas, [ring.points], 1, offset=offset)
    return Mask(canvas, left, top, like.frame_height, like.frame_width)


def _take_out(piece: Pixels, hole: Pixels, points: NDArray[np.int32], offset: tuple[int, int]) -> None:
    """Take what lies strictly inside a ring out of a piece; `hole` is a canvas of zeros, before and after."""
    cv2.fillPoly(hole, [points], 1, offset=offset)
    cv2.polylines(hole, [points + np.array(offset, np.int32)], isClosed=True, color=0)
    box = _box(points, offset)  # all else stays as it is: there may be thousands of holes
    piece[box][hole[box] == 1] = 0
    hole[box] = 0


def _box(points: NDArray[np.int32], offset: tuple[int, int]) -> tuple[slice, slice]:
    """Where on a canvas a ring is drawn."""
    x, y, width, height = cv2.boundingRect(points)
    left, top = max(x + offset[0], 0), max(y + offset[1], 0)
    return slice(top, max(y + offset[1] + height, 0)), slice(left, max(x + offset[0] + width, 0))
