"""Masks moved as a whole: by whole pixels, or by any affine map.

What leaves the frame is cut off. A pixel's place is that of its centre.
"""

import math

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask

Matrix = NDArray[np.float64]


def shifted(mask: Mask, right_px: int, down_px: int) -> Mask:
    """The mask moved by whole pixels; may come out empty, the window may be loose."""
    height, width = mask.pixels.shape
    left, top = mask.left + right_px, mask.top + down_px
    rows = slice(min(max(-top, 0), height), max(mask.frame_height - top, 0))
    columns = slice(min(max(-left, 0), width), max(mask.frame_width - left, 0))
    pixels = np.ascontiguousarray(mask.pixels[rows, columns])
    if not pixels.size:
        return _nothing(mask)
    return mask._replace(pixels=pixels, left=max(left, 0), top=max(top, 0))


def rotated(mask: Mask, degrees: float) -> Mask:
    """The mask turned about its centroid, clockwise as one sees it; may come out empty, the window may be loose.

    Each pixel takes what is nearest to where it comes from.
    """
    if not mask.pixels.any():
        return mask
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    x, y = centroid(mask)
    height, width = mask.pixels.shape
    right, down = (
        np.array([0, width - 1, 0, width - 1]) + mask.left - x,
        np.array([0, 0, height - 1, height - 1]) + mask.top - y,
    )
    corners_x, corners_y = cos * right - sin * down + x, sin * right + cos * down + y
    left, top = max(math.floor(corners_x.min()), 0), max(math.floor(corners_y.min()), 0)
    columns = np.arange(left, min(math.ceil(corners_x.max()) + 1, mask.frame_width)) - x
    rows = (np.arange(top, min(math.ceil(corners_y.max()) + 1, mask.frame_height)) - y)[:, np.newaxis]
    if not columns.size or not rows.size:
        return _nothing(mask)
    from_x = np.floor(cos * columns + sin * rows + (x - mask.left + 0.5)).astype(np.intp)
    from_y = np.floor(cos * rows - sin * columns + (y - mask.top + 0.5)).astype(np.intp)
    framed = np.pad(mask.pixels, 1)
    pixels = framed[np.clip(from_y, -1, height) + 1, np.clip(from_x, -1, width) + 1]
    return mask._replace(pixels=pixels, left=left, top=top)


def centroid(mask: Mask) -> tuple[float, float]:
    """The mean x and y of the pixels of a mask that is not empty, in the frame."""
    count = int(mask.pixels.sum(dtype=np.int64))
    by_column, by_row = mask.pixels.sum(axis=0, dtype=np.int64), mask.pixels.sum(axis=1, dtype=np.int64)
    x = int(by_column @ np.arange(len(by_column))) / count + mask.left
    y = int(by_row @ np.arange(len(by_row))) / count + mask.top
    return x, y


def _nothing(mask: Mask) -> Mask:
    return Mask(np.zeros((0, 0), np.uint8), 0, 0, mask.frame_height, mask.frame_width)
