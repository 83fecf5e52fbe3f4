"""Shapes drawn into a frame, and one mask taken out of another.

A pixel belongs to a shape if its centre does. What lies beyond the frame is cut off.
"""

import math

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask

Offsets = tuple[NDArray[np.floating], NDArray[np.floating]]  # right and down


def ellipse(like: Mask, x: float, y: float, half_axes_px: tuple[float, float], angle: float) -> Mask:
    """The ellipse about (x, y), in the frame of `like`; may come out empty, the window may be loose.

    half_axes_px: above 0. angle: in radians, from the right to the first half axis, towards below.
    """
    window, (right, down) = _window(like, x, y, max(half_axes_px))
    first = (right * math.cos(angle) + down * math.sin(angle)) / half_axes_px[0]
    second = (down * math.cos(angle) - right * math.sin(angle)) / half_axes_px[1]
    return window._replace(pixels=(first**2 + second**2 <= 1).astype(np.uint8))


def band(like: Mask, x: float, y: float, length_px: float, width_px: float, angle: float) -> Mask:
    """The pixels at most half of `width_px` from a line of `length_px` that begins at (x, y), in the frame of `like`.

    So its ends are round. length_px, width_px: 0 or more. angle: in radians, from the right towards below. Of a width
    of at least 1 it is connected, also over corners of pixels.
    """
    window, (right, down) = _window(like, x, y, length_px + width_px)
    along = right * math.cos(angle) + down * math.sin(angle)
    across = down * math.cos(angle) - right * math.sin(angle)
    beyond = along - np.clip(along, 0, length_px)
    return window._replace(pixels=(np.hypot(beyond, across) <= width_px / 2).astype(np.uint8))


def without(mask: Mask, other: Mask) -> Mask:
    """The pixels of a mask that are not in another of the same frame, in the same window."""
    rows, columns = mask.pixels.shape
    left, top = max(mask.left, other.left), max(mask.top, other.top)
    right = min(mask.left + columns, other.left + other.pixels.shape[1])
    bottom = min(mask.top + rows, other.top + other.pixels.shape[0])
    pixels = mask.pixels.copy()
    if right > left and bottom > top:
        pixels[top - mask.top : bottom - mask.top, left - mask.left : right - mask.left] &= (
            1 - other.pixels[top - other.top : bottom - other.top, left - other.left : right - other.left]
        )
    return mask._replace(pixels=pixels)


def _window(like: Mask, x: float, y: float, reach_px: float) -> tuple[Mask, Offsets]:
    """An empty window of the frame that reaches so far from (x, y), and how far right and below of it each pixel is."""
    left, right = (int(np.clip(x + reach, -1, like.frame_width)) for reach in (-reach_px, reach_px + 1))
    top, bottom = (int(np.clip(y + reach, -1, like.frame_height)) for reach in (-reach_px, reach_px + 1))
    left, top = max(left, 0), max(top, 0)
    right, bottom = max(right, left), max(bottom, top)
    pixels = np.zeros((bottom - top, right - left), np.uint8)
    offsets = np.arange(left, right) - x, (np.arange(top, bottom) - y)[:, np.newaxis]
    return Mask(pixels, left, top, like.frame_height, like.frame_width), offsets
