"""Masks grown and shrunk by Euclidean distance: by a disc of any radius, not only a whole one.

The distance of two pixels is that of their centres. What lies beyond the frame is not background, so nothing
shrinks away from the image border. A radius over the frame's diagonal counts as that.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, Pixels, overlap_px, padded


def grown(mask: Mask, radius_px: float) -> Mask:
    """The mask with all pixels at most `radius_px` away from it; 0 or more, a loose window."""
    if not mask.pixels.size:
        return mask
    limit_px = _limit_px(radius_px, mask)
    window = padded(mask, math.floor(limit_px))
    return window._replace(pixels=(_distance_px(1 - window.pixels) < limit_px).astype(np.uint8))


def shrunk(mask: Mask, radius_px: float) -> Mask:
    """The mask without its pixels at most `radius_px` away from the background; 0 or more, may come out empty."""
    if not mask.pixels.size:
        return mask
    window = padded(mask, 1)  # a rim of background where the window is not at the image border
    if window.pixels.all():
        return mask  # there is no background
    return window._replace(pixels=(_distance_px(window.pixels) > _limit_px(radius_px, mask)).astype(np.uint8))


def closed(mask: Mask, radius_px: float) -> Mask:
    """The mask with the background into which no disc of `radius_px` fits; 0 or more, the same window.

    As if the frame went on for ever: what lies between the mask and the image border is not filled.
    """
    limit_px = _limit_px(radius_px, mask)
    margin_px = math.floor(limit_px) + 1
    middles = _distance_px(1 - np.pad(mask.pixels, margin_px)) < limit_px  # not those of discs that fit
    covered = _distance_px(middles.astype(np.uint8)) > limit_px
    return mask._replace(pixels=covered[margin_px:-margin_px, margin_px:-margin_px].astype(np.uint8))


def gap_px(a: Mask, b: Mask, most_px: float) -> float:
    """Background between two masks of one frame at the narrowest place, in pixels; infinite where it is over `most_px`.

    The distance of their nearest pixels less 1, and 0 where they overlap or share a side. a, b: not empty.
    """
    reach_px = min(math.floor(most_px) + 1, max(a.frame_height, a.frame_width))
    left, top = max(a.left, b.left) - reach_px, max(a.top, b.top) - reach_px
    right = min(a.left + a.pixels.shape[1], b.left + b.pixels.shape[1]) + reach_px
    bottom = min(a.top + a.pixels.shape[0], b.top + b.pixels.shape[0]) + reach_px
    if right - left <= reach_px or bottom - top <= reach_px:
        return math.inf  # the windows are too far apart
    if overlap_px(a, b):
        return 0.0  # the quick way to what follows
    near_a, near_b = (_within(mask, left, top, right, bottom) for mask in (a, b))
    nearest_px = float(_distance_px(1 - near_a)[near_b == 1].min(initial=1e9))
    gap = max(math.sqrt(round(nearest_px**2)) - 1, 0.0)  # the square is a whole number
    return gap if gap <= most_px else math.inf


def _limit_px(radius_px: float, mask: Mask) -> float:
    """Between the distances up to a radius and those above: their squares are whole, so that none rounds across it."""
    return math.sqrt(math.floor(min(radius_px, math.hypot(mask.frame_height, mask.frame_width)) ** 2) + 0.5)


def _within(mask: Mask, left: int, top: int, right: int, bottom: int) -> Pixels:
    """The pixels of a mask in another window, which may reach beyond its own and beyond the frame."""
    x, y = max(left, mask.left), max(top, mask.top)
    common = mask.pixels[y - mask.top : max(bottom - mask.top, 0), x - mask.left : max(right - mask.left, 0)]
    pixels = np.zeros((bottom - top, right - left), np.uint8)
    pixels[y - top : y - top + common.shape[0], x - left : x - left + common.shape[1]] = common
    return pixels


def _distance_px(pixels: Pixels) -> NDArray[np.float32]:
    """Of each pixel that is 1, how far the nearest 0 is."""
    return np.asarray(cv2.distanceTransform(pixels, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
