"""Masks that are easily reckoned with, in a frame of 50 x 40 pixels unless said."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, area_px, from_frame, overlap_px, to_frame

Point = tuple[float, float]


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


def holds(a: Mask, b: Mask) -> bool:
    """Whether every pixel of b is one of a."""
    return overlap_px(a, b) == area_px(b)


def text(*rows: str) -> Mask:
    """A mask drawn as text: # is the mask."""
    return from_frame(picture(" ".join(rows)))


def picture(text: str) -> NDArray[np.uint8]:
    """A frame drawn as text: # is the mask."""
    return np.array([[letter == "#" for letter in line.strip()] for line in text.split()], np.uint8)


def plainly_filled(rings: Sequence[Sequence[Point]], x: float, y: float) -> tuple[bool, float]:
    """Whether a point is inside of an odd number of these rings, and how far the nearest of their sides is."""
    inside, nearest = False, math.inf
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
                inside = not inside
            length = math.hypot(bx - ax, by - ay)
            along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length**2 if length else 0.0
            along = min(max(along, 0.0), 1.0)
            nearest = min(nearest, math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)))
    return inside, nearest


def assert_encloses(mask: Mask, rings: Sequence[Sequence[Point]]) -> None:
    """A mask is what these rings enclose, but for pixels less than one away from a side of theirs."""
    frame = to_frame(mask)
    decided = 0
    for y, x in np.ndindex(*frame.shape):
        inside, away_px = plainly_filled(rings, x, y)
        if away_px >= 1:
            assert bool(frame[y, x]) == inside, (x, y)
            decided += 1
    assert decided > frame.size / 2
