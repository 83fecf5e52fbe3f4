"""The boundary region of a mask: what Boundary IoU and Boundary AP compare.

It holds the pixels of the mask that are no farther from its outline than a distance, which is a
share of the image's diagonal. Two large masks that differ by a few pixels all around have nearly
the same pixels, but far fewer boundary pixels in common.

Source: B. Cheng, R. Girshick, P. Dollár, A. C. Berg, A. Kirillov, "Boundary IoU", CVPR 2021,
section 4, and the authors' implementation for how the distance is rounded and the image border counts.
"""

from functools import cache

import cv2
import numpy as np

from annotation_noise.geometry.masks import Mask

DILATION_RATIO = 0.02


@cache
def distance_px(frame_height: int, frame_width: int) -> int:
    """How wide the boundary region is on an image of this size, in whole pixels; at least 1."""
    return max(1, round(DILATION_RATIO * float(np.hypot(frame_height, frame_width))))


def boundary(mask: Mask) -> Mask:
    """The boundary region of a tight mask, in the same window.

    A pixel belongs to it that has a pixel off the mask within a square of 2d + 1 pixels around it. What lies
    beyond the image counts as off the mask, so the region runs along the image border too. Of an empty
    mask it is empty.
    """
    if not mask.pixels.size:
        return mask
    reach = distance_px(mask.frame_height, mask.frame_width)
    if 2 * reach >= min(mask.pixels.shape):
        return mask  # no pixel is farther in
    framed = cv2.copyMakeBorder(mask.pixels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    side = 2 * reach + 1
    inner = cv2.erode(framed, np.ones((side, side), np.uint8))[1:-1, 1:-1]
    return mask._replace(pixels=np.ascontiguousarray(mask.pixels - inner))
