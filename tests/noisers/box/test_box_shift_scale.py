from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from noisers import Box
from noisers.box.box_shift_scale import box_shift_scale

COUNT = 20_000
UNIT = Box(1000.0, 1000.0, 1.0, 1.0)


class Shares:
    """Stands in for a generator that draws these four numbers."""

    def __init__(self, *shares: float) -> None:
        self.shares = shares

    def uniform(self, low: float, high: float, count: int) -> NDArray[np.float64]:
        assert (low, high, count) == (-1, 1, len(self.shares))
        return np.array(self.shares)


def ious(box: Box, centre_share: float, size_share: float, count: int = COUNT) -> NDArray[np.float64]:
    """IoU of a box with what it becomes, by definition, for many draws."""
    rng = stream(1, "test", 1)
    drawn = [box_shift_scale(box, rng, centre_share=centre_share, size_share=size_share) for _ in range(count)]
    left, top, width, height = np.array(drawn).T
    across = np.minimum(left + width, box.left + box.width) - np.maximum(left, box.left)
    down = np.minimum(top + height, box.top + box.height) - np.maximum(top, box.top)
    common = np.maximum(across, 0) * np.maximum(down, 0)
    return np.asarray(common / (width * height + box.width * box.height - common))


@pytest.mark.parametrize(("share", "mean"), [(0.1, 0.811), (0.2, 0.664), (0.3, 0.545), (0.4, 0.448)])
def test_far_from_borders_the_mean_iou_is_that_of_oa_mil(share: float, mean: float) -> None:
    """Means known to three digits, so that half of the last is allowed beside the chance."""
    drawn = ious(UNIT, share, share)
    assert abs(drawn.mean() - mean) < 4 * drawn.std() / np.sqrt(COUNT) + 0.0005
    below_half = (drawn < 0.5).mean()
    if share == 0.1:
        assert drawn.min() >= 0.668
    if share == 0.4:
        assert abs(below_half - 0.68) < 4 * np.sqrt(0.68 * 0.32 / COUNT) + 0.005


def test_it_does_not_depend_on_the_boxs_shape() -> None:
    wide = ious(Box(-300.0, 20.0, 200.0, 5.0), 0.2, 0.4, 500)
    assert np.allclose(wide, ious(UNIT, 0.2, 0.4, 500))


@pytest.mark.parametrize(
    ("shares", "centre_share", "size_share", "expected"),
    [
        ((0.5, -1, 1, -0.5), 0.2, 0.5, (4.0, 17.75, 60.0, 22.5)),  # centre (34, 29)
        ((1, 1, 0.3, 0.3), 0.25, 0, (20.0, 27.5, 40.0, 30.0)),
        ((1, 1, 1, -1), 0, 0.5, (0.0, 27.5, 60.0, 15.0)),
        ((0, 0, -1, -0.5), 0, 3, (30.0, 35.0, 0.0, 0.0)),  # factors of -2 and -0.5 count as 0
        ((0, 0, -1, 1), 0, 3, (30.0, -25.0, 0.0, 120.0)),
    ],
)
def test_centre_and_sides_by_hand(
    shares: tuple[float, ...], centre_share: float, size_share: float, expected: tuple[float, ...]
) -> None:
    rng = cast(Generator, Shares(*shares))
    noisy = box_shift_scale(Box(10, 20, 40, 30), rng, centre_share=centre_share, size_share=size_share)
    assert noisy == pytest.approx(expected)


sides = st.floats(0, 1e6)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), sides, sides, st.integers(0, 2**64 - 1))
def test_without_strength_it_is_the_box_to_the_last_digit(
    left: float, top: float, width: float, height: float, seed: int
) -> None:
    box = Box(left, top, width, height)
    assert box_shift_scale(box, stream(seed, "test", 1), centre_share=0, size_share=0) == box
