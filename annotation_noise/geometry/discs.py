"""Masks grown and shrunk by Euclidean distance: by a disc of any radius, not only a whole one.

The distance of two pixels is that of their centres. What lies beyond the frame is not background, so nothing
shrinks away from the image border.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, padded


def grown(mask: Mask, radius_px: float) -> Mask:
    """The mask with all pixels at most `radius_px` away from it; 0 or more, a loose window.

    More than the frame is wide and high changes nothing further.
    """
    if not mask.pixels.size:
        return mask
    radius_px = min(radius_px, math.hypot(mask.frame_height, mask.frame_width))
    window = padded(mask, math.floor(radius_px))
    return window._replace(pixels=(_distance_px(1 - window.pixels) <= radius_px).astype(np.uint8))


def shrunk(mask: Mask, radius_px: float) -> Mask:
    """The mask without its pixels at most `radius_px` away from the background; 0 or more, may come out empty."""
    if not mask.pixels.size or not radius_px:
        return mask
    window = padded(mask, 1)  # a rim of background where the window is not at the image border
    if window.pixels.all():
        return mask  # there is no background
    return window._replace(pixels=(_distance_px(window.pixels) > radius_px).astype(np.uint8))


def gap_px(a: Mask, b: Mask, most_px: float) -> float:
    """Background between two masks of one frame at the narrowest place, in pixels; infinite where it is over `most_px`.

    The distance of their nearest pixels less 1, and 0 where they overlap or share a side. a, b: not empty.
    """
    window = padded(a, math.floor(most_px) + 1)
    rows, columns = b.pixels.shape
    left, top = max(window.left, b.left), max(window.top, b.top)
    right = min(window.left + window.pixels.shape[1], b.left + columns)
    bottom = min(window.top + window.pixels.shape[0], b.top + rows)
    if right <= left or bottom <= top:
        return math.inf
    distances = _distance_px(1 - window.pixels)[
        top - window.top : bottom - window.top, left - window.left : right - window.left
    ]
    there = b.pixels[top - b.top : bottom - b.top, left - b.left : right - b.left] == 1
    gap = max(float(distances[there].min(initial=math.inf)) - 1, 0.0)
    return gap if gap <= most_px else math.inf


def union(a: Mask, b: Mask) -> Mask:
    """The pixels of either of two masks of one frame; the smallest window that holds both."""
    if not a.pixels.size or not b.pixels.size:
        return a if a.pixels.size else b
    left, top = min(a.left, b.left), min(a.top, b.top)
    right = max(mask.left + mask.pixels.shape[1] for mask in (a, b))
    bottom = max(mask.top + mask.pixels.shape[0] for mask in (a, b))
    pixels = np.zeros((bottom - top, right - left), np.uint8)
    for mask in (a, b):
        rows, columns = mask.pixels.shape
        pixels[mask.top - top : mask.top - top + rows, mask.left - left : mask.left - left + columns] |= mask.pixels
    return Mask(pixels, left, top, a.frame_height, a.frame_width)


def _distance_px(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of each pixel that is 1, how far the nearest 0 is."""
    return np.asarray(cv2.distanceTransform(pixels, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
