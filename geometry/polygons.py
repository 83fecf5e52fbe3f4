"""Polygons that give back exactly the mask.

A pixel in column x and row y covers the square from (x, y) to (x + 1, y + 1) of COCO's continuous
coordinates. The polygons here run along the edges of the pixels, so that as shapes they are the
mask: same area, same box, and still right when a training pipeline scales or crops them. COCO's mask
API rasterises them exactly: it samples the outline where it passes the centre of a column, and there
these outlines are level and lie on the border between two rows.

findContours goes through pixel centres. So each pixel is doubled to 2 x 2 first: then the
outline passes each pixel on the side that faces outside, even coordinates 2k mean the left or upper edge, k,
and odd ones 2k + 1 the right or lower edge, k + 1.

A polygon has no holes and COCO's parts are united, so a piece with a hole is cut in two through
the hole, again and again until no hole is left.

Source: the rasterisation of polygons in COCO's mask API, rleFrPoly in common/maskApi.c.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from geometry.masks import Mask, Pixels

Ring = NDArray[np.int32]


def exact_polygons(mask: Mask) -> list[Ring]:
    """Rings whose union, rasterised by pycocotools, is the mask, pixel for pixel.

    Each ring is (n, 2) int32, n >= 4, x and y of corners of pixels in the frame, 0 to its width
    and height; each side is level or upright. Rings may touch, and a ring itself where pixels
    meet at a corner, but no two overlap: their areas add up to the mask's. Empty list for an
    empty mask.
    """
    return [ring + np.array((mask.left, mask.top), np.int32) for ring in _rings(mask.pixels)]


def _rings(pixels: Pixels) -> list[Ring]:
    if not pixels.size:
        return []
    doubled = cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    found, hierarchy = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not found:
        return []
    holes = [ring for ring, parent in zip(found, hierarchy[0, :, 3].tolist(), strict=True) if parent >= 0]
    if not holes:
        return [_corners(ring[:, 0]) for ring in found]
    if len(found) - len(holes) > 1:  # only the pieces that have holes need to be cut
        return [ring + offset for piece, offset in _pieces(pixels) for ring in _rings(piece)]
    # The contour of a hole lies on the pixels around it: its middle column meets the hole.
    column = int(holes[0][:, 0, 0].min() + holes[0][:, 0, 0].max()) // 4
    left, right = np.ascontiguousarray(pixels[:, :column]), np.ascontiguousarray(pixels[:, column:])
    return _rings(left) + [ring + np.array((column, 0), np.int32) for ring in _rings(right)]


def _corners(doubled: Ring) -> Ring:
    """The corners of pixels that a contour of the doubled mask goes round.

    A diagonal step leads from one pixel to another that it meets at a corner: both its ends are
    that corner, of which one is kept.
    """
    corners = (doubled + 1) >> 1
    return corners[(corners != np.roll(corners, 1, axis=0)).any(axis=1)]


def _pieces(pixels: Pixels) -> list[tuple[Pixels, Ring]]:
    """The connected pieces of a mask, each cropped, with the (x, y) of its window."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(pixels, connectivity=8)
    pieces = []
    for label in range(1, count):
        x, y, width, height = stats[label, : cv2.CC_STAT_AREA].tolist()
        piece = (labels[y : y + height, x : x + width] == label).astype(np.uint8)
        pieces.append((piece, np.array((x, y), np.int32)))
    return pieces
