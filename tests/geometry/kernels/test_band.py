"""The boundary region is that of the project's measures."""

import numpy as np
import pytest
from numpy.random import Generator

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry.kernels import band, bits
from annotation_noise.geometry.masks import Mask
from annotation_noise.measures import boundaries
from tests.geometry.kernels.shapes import many_holes, some_mask
from tests.geometry.kernels.trials import Trial, same_pixels, trial


@trial
def boundary(rng: Generator) -> Trial:
    """Of masks in their own frame, and in frames of 4,000 px whose boundary regions are wide."""
    mask = some_mask(rng)
    if rng.random() < 0.3:
        mask = mask._replace(frame_height=mask.frame_height + 4_000)
    image = bits.from_mask(mask)
    distance = boundaries.distance_px(*mask[3:])
    return Trial(lambda: band.boundary(*image, distance), lambda: boundaries.boundary(mask), same_pixels)


def test_a_square_by_hand() -> None:
    frame = np.ones((9, 9), np.uint8)  # to the frame's border, which counts as the mask's
    expected = np.ones((9, 9), np.uint8)
    expected[2:7, 2:7] = 0
    assert same_pixels(band.boundary(*bits.from_mask(Mask(frame, 0, 0, 9, 9)), 2), Mask(expected, 0, 0, 9, 9))


def test_ten_thousand_holes() -> None:
    mask = many_holes()
    distance = boundaries.distance_px(*mask[3:])
    assert same_pixels(band.boundary(*bits.from_mask(mask), distance), boundaries.boundary(mask))
    expected = mask.pixels.copy()  # at a distance of 1, the middles between rows and columns of holes are farther in
    expected[4:-1:4, 1:-1] = expected[1:-1, 4:-1:4] = 0
    assert same_pixels(band.boundary(*bits.from_mask(mask), 1), mask._replace(pixels=expected))
