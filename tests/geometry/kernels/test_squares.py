"""Dilation and erosion by a square are cv2's."""

import numpy as np
import pytest
from numpy.random import Generator

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry import masks
from annotation_noise.geometry.kernels import bits, squares
from annotation_noise.geometry.masks import Mask
from tests.geometry.kernels.shapes import LONG_PX, many_holes, some_mask
from tests.geometry.kernels.trials import Trial, same_pixels, trial


@trial
def dilated(rng: Generator) -> Trial:
    """By squares of 1 to 15 px, and now and then of 401."""
    mask, reach = some_mask(rng), int(rng.choice([0, 1, 2, 3, 7, 200], p=[0.05, 0.3, 0.3, 0.3, 0.04, 0.01]))
    image = bits.from_mask(mask)
    return Trial(
        lambda: squares.dilated(*image, reach, *mask[3:]), lambda: masks.dilate(mask, 2 * reach + 1), same_pixels
    )


@trial
def eroded(rng: Generator) -> Trial:
    """Likewise."""
    mask, reach = some_mask(rng), int(rng.choice([0, 1, 2, 3, 7, 200], p=[0.05, 0.3, 0.3, 0.3, 0.04, 0.01]))
    image = bits.from_mask(mask)
    return Trial(
        lambda: squares.eroded(*image, reach, *mask[3:]), lambda: masks.erode(mask, 2 * reach + 1), same_pixels
    )


@pytest.mark.parametrize("reach", [1, 2, 3, 63, 64, 65, 130, 19_999, 10**9])
def test_every_length_of_shift(reach: int) -> None:
    frame = np.zeros((3, 300), np.uint8)
    frame[1, 150] = 1
    mask = masks.from_frame(frame)
    ours = squares.dilated(*bits.from_mask(mask), min(reach, 300), 3, 300)
    expected = np.zeros((3, 300), np.uint8)
    expected[:, max(150 - reach, 0) : 151 + reach] = 1
    assert same_pixels(ours, Mask(expected, 0, 0, 3, 300))


@pytest.mark.parametrize("kernel", [squares.dilated, squares.eroded])
def test_an_empty_mask_stays_empty(kernel: object) -> None:
    assert callable(kernel)
    words, grid = kernel(*bits.from_mask(Mask(np.zeros((0, 0), np.uint8), 0, 0, 5, 5)), 2, 5, 5)
    assert not words.any() and not grid[bits.RIGHT]


@pytest.mark.parametrize(("kernel", "library"), [(squares.dilated, masks.dilate), (squares.eroded, masks.erode)])
def test_ten_thousand_holes_and_long_sides(kernel: object, library: object) -> None:
    assert callable(kernel) and callable(library)
    long = Mask(np.ones((40, LONG_PX - 7), np.uint8), 3, LONG_PX - 40, LONG_PX, LONG_PX)
    for mask in (many_holes(), long):
        words, grid = kernel(*bits.from_mask(mask), 2, *mask[3:])
        back, theirs = masks.tight(bits.to_mask(words, grid, *mask[3:])), masks.tight(library(mask, 5))
        assert back[1:] == theirs[1:] and np.array_equal(back.pixels, theirs.pixels)
