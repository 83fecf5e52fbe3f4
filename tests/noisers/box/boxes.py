"""Boxes for the tests of box noises."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask
from noisers import Box, Instance

UNIT = Box(0.0, 0.0, 1.0, 1.0)


def instance_in(height: int, width: int, box: Box = UNIT) -> Instance:
    """An instance without a mask, with this box, in a frame of this size."""
    return Instance(1, 3, Mask(np.zeros((0, 0), np.uint8), 0, 0, height, width), box)


def ious(clean: Box, noisy: Sequence[Box]) -> NDArray[np.float64]:
    """IoU of a box with each of many, by definition."""
    left, top, width, height = np.array(noisy).T
    across = np.minimum(left + width, clean.left + clean.width) - np.maximum(left, clean.left)
    down = np.minimum(top + height, clean.top + clean.height) - np.maximum(top, clean.top)
    common = np.maximum(across, 0) * np.maximum(down, 0)
    return np.asarray(common / (width * height + clean.width * clean.height - common))
