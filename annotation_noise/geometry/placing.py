"""A shape put somewhere else: moved, of another size, in another frame."""

import numpy as np

from annotation_noise.geometry.masks import Mask, Pixels, tight


def placed(pixels: Pixels, left: int, top: int, frame_height: int, frame_width: int) -> Mask:
    """The mask of these pixels with their first one at that place, which may lie beyond the frame.

    pixels: (height, width) uint8. What reaches over the frame is cut off; tight, and may come out empty.
    """
    inside = pixels[max(-top, 0) : max(frame_height - top, 0), max(-left, 0) : max(frame_width - left, 0)]
    left, top = max(left, 0) if inside.size else 0, max(top, 0) if inside.size else 0
    return tight(Mask(np.ascontiguousarray(inside), left, top, frame_height, frame_width))


def resampled(pixels: Pixels, rows: int, columns: int) -> Pixels:
    """The pixels stretched to another size: each of the new ones is the old one under its centre.

    pixels: (height, width) uint8, not of size 0. rows, columns: at least 1. Thin parts may get lost where it shrinks.
    """
    height, width = pixels.shape
    y, x = ((2 * np.arange(rows) + 1) * height // (2 * rows)), ((2 * np.arange(columns) + 1) * width // (2 * columns))
    return np.ascontiguousarray(pixels[np.ix_(y, x)])
