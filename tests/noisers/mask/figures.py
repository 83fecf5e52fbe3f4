"""Masks that are easily reckoned with, in a frame of 50 x 40 pixels unless said."""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, area_px, from_frame, overlap_px


def rectangle(rows: slice, columns: slice, height: int = 40, width: int = 50) -> Mask:
    frame = np.zeros((height, width), np.uint8)
    frame[rows, columns] = 1
    return from_frame(frame)


def disc(radius_px: float, side: int = 101) -> Mask:
    """About the middle of a square frame of an odd side."""
    offsets = np.arange(side) - side // 2
    return from_frame((offsets**2 + offsets[:, np.newaxis] ** 2 <= radius_px**2).astype(np.uint8))


def iou(a: Mask, b: Mask) -> float:
    common = overlap_px(a, b)
    return common / (area_px(a) + area_px(b) - common)


def picture(text: str) -> NDArray[np.uint8]:
    """A frame drawn as text: # is the mask."""
    return np.array([[letter == "#" for letter in line.strip()] for line in text.split()], np.uint8)
