from typing import cast

import numpy as np
import pytest
from numpy.random import Generator
from scipy.stats import kstest

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, area_px, from_frame, padded, to_frame
from noisers.mask.wedge import wedge
from tests.noisers.mask.figures import disc, holds, rectangle, text


class Direction:
    """Stands in for a generator whose direction is given."""

    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def uniform(self, low: float, high: float) -> float:
        return self.degrees


def without_wedge(mask: Mask, start_deg: float, angle_deg: float) -> Mask:
    return wedge(mask, cast(Generator, Direction(start_deg)), angle_deg=angle_deg).mask


def test_a_wedge_of_a_square_by_hand() -> None:
    """From 30 to 95 degrees: the pixels at 45, 63 and 90 degrees below the right; those at 27 and at 117 stay."""
    square = text(*["#####"] * 5)
    expected = text("#####", "#####", "#####", "##..#", "##...")
    assert np.array_equal(to_frame(without_wedge(square, 30, 65)), to_frame(expected))


@pytest.mark.parametrize("angle_deg", [30, 90, 180, 300])
def test_a_disc_loses_its_share(angle_deg: float) -> None:
    for start_deg in (0.1, 77, 200, 359):
        left = area_px(without_wedge(disc(45), start_deg, angle_deg)) / area_px(disc(45))
        assert abs(left - (1 - angle_deg / 360)) < 0.01


def test_its_tip_is_in_the_centroid() -> None:
    """Half a turn from 180 degrees on is all that lies above it, here of a square with a tail to the right."""
    frame = np.zeros((40, 50), np.uint8)
    frame[10:20, 5:15] = frame[15, 15:45] = 1
    y = np.nonzero(frame)[0].mean()
    noisy = to_frame(without_wedge(from_frame(frame), 180, 180))
    assert not noisy[: int(np.ceil(y))].any() and np.array_equal(noisy[int(np.ceil(y)) :], frame[int(np.ceil(y)) :])


def test_a_whole_turn_leaves_nothing_and_none_everything() -> None:
    mask = rectangle(np.s_[10:20], np.s_[20:32])
    assert area_px(without_wedge(mask, 5, 360)) == 0
    assert np.array_equal(to_frame(without_wedge(padded(mask, 3), 5, 0)), to_frame(mask))


def test_all_directions_are_alike() -> None:
    mask = rectangle(np.s_[10:20], np.s_[20:30])
    noisy = [wedge(mask, stream(1, "test", number), angle_deg=60) for number in range(2000)]
    assert all(holds(mask, result.mask) for result in noisy)
    assert kstest(np.array([result.drawn["direction_deg"] for result in noisy]) / 360, "uniform").pvalue > 1e-4
