"""Contours moved pixel by pixel: where outward is, and offsets that go together along a ring."""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.contours import Contour
from annotation_noise.geometry.masks import Mask

Offsets = NDArray[np.float64]
Point = tuple[float, float]

CHORD_PX = 3  # pixels of the contour before and after, between which its direction is taken


def middle(mask: Mask) -> Point:
    """The middle of the box around a tight mask, as x and y between the centres of its outermost pixels."""
    height, width = mask.pixels.shape
    return mask.left + (width - 1) / 2, mask.top + (height - 1) / 2


def normals(points: NDArray[np.int32]) -> Offsets:
    """Of each pixel of a contour the direction out of the mask, (n, 2) of length 1; points: all of a `Contour`.

    Upright on the line from the third pixel before to the third after. Where these are the same, as at the tip of a
    line, there is no such direction, and it is (0, 0).
    """
    x, y = (np.roll(points, -CHORD_PX, axis=0) - np.roll(points, CHORD_PX, axis=0)).T.astype(np.float64)
    return _of_length_1(np.stack((-y, x), axis=1))  # the mask is on the left of its contours, with y upward


def away(points: NDArray[np.int32], centre: Point) -> Offsets:
    """Of each point the direction away from a centre, (n, 2) of length 1; at the centre itself (0, 0)."""
    return _of_length_1(points.astype(np.float64) - np.array(centre))


def smoothed(white: Offsets, length_px: float) -> Offsets:
    """Independent standard normal numbers along a ring, made to go together; each is still standard normal.

    white: (..., n), one for each pixel of the ring. length_px: 0 or more; the correlation of two numbers t pixels
    apart is exp(-t² / (2 · length_px²)). Where that is not small all around the ring, it is that of the ring wrapped
    up, and in the end all numbers are one.
    """
    count = white.shape[-1]
    std_px = min(length_px / np.sqrt(2), float(count))  # of the kernel; at `count` it is as good as constant
    if std_px < 0.1:  # the neighbours have a weight below 1e-21
        return white
    distances = np.arange(count) + count * np.arange(-6, 7)[:, np.newaxis]
    kernel = np.exp(-((distances / std_px) ** 2) / 2).sum(axis=0)
    kernel /= np.sqrt((kernel**2).sum())
    return np.fft.irfft(np.fft.rfft(white) * np.fft.rfft(kernel), count)


def spline(values: Offsets, turns: Offsets) -> Offsets:
    """A smooth curve around a ring through values at equal distances: the periodic cubic spline.

    values: (k,), k >= 3, at 0, 1 / k, 2 / k, ... of a turn. turns: (n,), where to read the curve, from 0 up to 1.
    """
    count = len(values)
    unit = np.eye(count)
    bends = np.linalg.solve(
        4 * unit + np.roll(unit, 1, axis=0) + np.roll(unit, -1, axis=0),
        6 * (np.roll(values, 1) - 2 * values + np.roll(values, -1)),
    )
    before = np.floor(turns * count).astype(np.intp) % count
    after = (before + 1) % count
    near = turns * count % 1  # how far on from the knot before
    far = 1 - near
    straight = values[before] * far + values[after] * near
    return np.asarray(straight + ((far**3 - far) * bends[before] + (near**3 - near) * bends[after]) / 6, np.float64)


def moved(ring: Contour, points: NDArray[np.int32], offsets: Offsets, like: Mask) -> Contour:
    """The ring through these points once they are moved, to the nearest pixel, halves to the even one.

    offsets: (n, 2) in pixels. No point goes farther out of the frame of `like` than twice its longer side.
    """
    limit_px = 2 * max(like.frame_height, like.frame_width)
    places = np.clip(np.rint(points + offsets), -limit_px, 2 * limit_px)
    return ring._replace(points=places.astype(np.int32))


def _of_length_1(vectors: Offsets) -> Offsets:
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])[:, np.newaxis]
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
