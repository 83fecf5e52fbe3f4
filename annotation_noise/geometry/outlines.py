"""The border of a mask, to be drawn: along the edges of its pixels, holes included.

Unlike the polygons of `polygons`, which must not have holes and are cut open there, these rings
follow the border and nothing else.
"""

import cv2
import numpy as np

from annotation_noise.geometry.masks import Mask
from annotation_noise.geometry.polygons import Corners, edges_passed


def outlines(mask: Mask) -> list[Corners]:
    """Closed rings along the border between a mask and the rest, in no overlap with each other.

    Each (n, 2) int32, x and y of corners of pixels in the frame, 0 to its width and height, the
    first not repeated at the end. Around instance the rings run one way and around holes the other,
    so that both fill rules of drawing programs fill exactly the mask. Empty for an empty mask.
    """
    if not mask.pixels.any():
        return []
    offset = (0, mask.top)
    contours, _ = cv2.findContours(mask.pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=offset)
    rings = edges_passed(contours, np.arange(mask.left, mask.left + mask.pixels.shape[1] + 1))
    return np.split(rings.corners, rings.ends[:-1])
