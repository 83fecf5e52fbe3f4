"""Random fields over the plane: two numbers at every pixel, known at any place without the rest.

So a field may belong to an image, and each of its masks takes the window that it needs.

Source: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), whose
sequence can be had at any place.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]

REACH = 3.0  # standard deviations at which a Gaussian kernel ends


def white(key: int, left: int, top: int, width: int, height: int) -> Field:
    """Independent numbers, uniform from -1 to 1, of variance 1/3 and symmetric: (height, width, 2) for a window.

    key: 0 to 2^64 - 1, which field. left, top: may be negative; a place is told from others modulo 2^32.
    """
    columns = np.arange(left, left + width).astype(np.uint64) % 2**32
    rows = np.arange(top, top + height).astype(np.uint64) % 2**32
    numbers = (rows[:, np.newaxis] << 32) + columns
    numbers *= np.uint64(0x9E3779B97F4A7C15)
    numbers += np.uint64(key)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        numbers ^= numbers >> shift
        numbers *= np.uint64(factor)
    numbers ^= numbers >> 31
    halves = np.stack((numbers & 0xFFFFFFFF, numbers >> 32), axis=-1)
    return (halves + 0.5) / 2**31 - 1


def smooth(key: int, left: int, top: int, width: int, height: int, length_px: float) -> Field:
    """A field of variance 1 whose numbers go together over `length_px`: (height, width, 2) for a window.

    It is white noise blurred by a Gaussian of that standard deviation, 0 or more, cut off at three of them, and scaled:
    the correlation of two numbers t apart is exp(-t² / (4 · length_px²)) but for that cut.
    """
    margin_px = int(np.ceil(REACH * length_px))
    noise = white(key, left - margin_px, top - margin_px, width + 2 * margin_px, height + 2 * margin_px)
    distances = np.arange(-margin_px, margin_px + 1)
    kernel = np.exp(-((distances / max(length_px, 1e-3)) ** 2) / 2)
    kernel *= 3**0.25 / np.sqrt((kernel**2).sum())  # twice, in x and in y, makes a variance of 1 out of 1/3
    blurred = np.asarray(cv2.sepFilter2D(noise, -1, kernel, kernel), np.float64)
    return blurred[margin_px : margin_px + height, margin_px : margin_px + width]
