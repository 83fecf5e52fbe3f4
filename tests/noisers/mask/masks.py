"""Masks that the tests of mask noises put in, and what they ask of what comes out."""

import numpy as np

from annotation_noise.geometry.masks import Mask, area_px, from_frame, overlap_px


def rectangle(rows: slice, columns: slice, height: int = 40, width: int = 50) -> Mask:
    frame = np.zeros((height, width), np.uint8)
    frame[rows, columns] = 1
    return from_frame(frame)


def disc(radius_px: float, size: int = 101) -> Mask:
    """A disc in the middle of a square frame of an odd size."""
    y, x = np.mgrid[:size, :size] - size // 2
    return from_frame(x**2 + y**2 <= radius_px**2)


def text(*rows: str) -> Mask:
    """A mask drawn with characters: `#` is the instance."""
    return from_frame(np.array([[character == "#" for character in row] for row in rows]))


def iou(a: Mask, b: Mask) -> float:
    common = overlap_px(a, b)
    return common / (area_px(a) + area_px(b) - common)


def holds(a: Mask, b: Mask) -> bool:
    """Whether every pixel of b is one of a."""
    return overlap_px(a, b) == area_px(b)
