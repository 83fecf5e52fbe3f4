"""The border of a mask, to be drawn: along the edges of its pixels, holes included.

Unlike the polygons of `polygons`, which must not have holes and are cut open there, these rings
follow the border and nothing else.
"""

import numpy as np

from annotation_noise.geometry.contours import contours, fill
from annotation_noise.geometry.masks import Mask, tight
from annotation_noise.geometry.polygons import Corners, Rings, exact_polygons


def outlines(mask: Mask) -> list[Corners]:
    """Closed rings along the border between a mask and the rest, in no overlap with each other.

    Each (n, 2) int32, x and y of corners of pixels in the frame, 0 to its width and height, the
    first not repeated at the end. Around instance the rings run one way and around holes the other,
    so that both fill rules of drawing programs fill exactly the mask. Empty for an empty mask.
    """
    rings: list[Corners] = []
    rest, turn = tight(mask), 1
    while rest.pixels.size:  # what is within the outer border, then the holes in it, then the islands in these
        filled = _filled(rest)
        rings += [ring[::turn] for ring in _apart(exact_polygons([filled])[0])]
        rest, turn = tight(filled._replace(pixels=filled.pixels - rest.pixels)), -turn
    return rings


def _filled(mask: Mask) -> Mask:
    """A tight mask with its holes filled, in the same window."""
    outer = [ring for index, ring in enumerate(contours(mask)) if ring.piece == index]
    filled = fill([ring._replace(piece=index) for index, ring in enumerate(outer)], like=mask)
    return tight(filled)


def _apart(rings: Rings) -> list[Corners]:
    return np.split(rings.corners, rings.ends[:-1]) if rings.ends else []
