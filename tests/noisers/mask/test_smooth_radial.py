import math
from typing import cast

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import kstest, norm

from annotation_noise.core.draws import stream
from annotation_noise.geometry.discs import grown, shrunk
from annotation_noise.geometry.masks import Mask, area_px, from_frame, tight, to_frame
from noisers.mask.smooth_radial import smooth_radial
from tests.noisers.mask.figures import disc, iou


class Knots:
    """Stands in for a generator; gives the same numbers for every part."""

    def __init__(self, *of: float) -> None:
        self.of = of

    def standard_normal(self, count: int) -> NDArray[np.float64]:
        assert count == len(self.of)
        return np.array(self.of)


def with_knots(mask: Mask, *of: float) -> Mask:
    return smooth_radial(mask, cast(Generator, Knots(*of)), std_px=1)


def reach_px(mask: Mask, turn: float, x: float = 50, y: float = 50) -> float:
    """How far from a point the last pixel of the mask in a direction is; turn: 0 to the right, a quarter below."""
    frame, steps = to_frame(mask), np.arange(0, 49, 0.1)
    columns = np.rint(x + steps * math.cos(2 * math.pi * turn)).astype(int)
    rows = np.rint(y + steps * math.sin(2 * math.pi * turn)).astype(int)
    return float(steps[np.flatnonzero(frame[rows, columns])[-1]])


@pytest.mark.parametrize("offset_px", [7, -7])
def test_five_equal_numbers_grow_or_shrink_a_disc(offset_px: float) -> None:
    noisy = with_knots(disc(30), *[offset_px] * 5)
    assert iou(noisy, disc(30 + offset_px)) > 0.97
    assert iou(noisy, grown(disc(30), 7) if offset_px > 0 else shrunk(disc(30), 7)) > 0.96


def test_at_the_knots_it_moves_by_their_numbers() -> None:
    numbers = (8.0, -6, 3, 0, -9)
    noisy = with_knots(disc(30), *numbers)
    for place, number in enumerate(numbers):
        assert reach_px(noisy, place / 5) == pytest.approx(30 + number, abs=1.2)


def test_it_moves_at_most_into_the_middle() -> None:
    assert area_px(with_knots(disc(20), *[-1e6] * 5)) == 1
    everything = with_knots(disc(20), *[1e6] * 5)
    assert to_frame(everything).all()


def test_a_hole_moves_by_the_same_curve() -> None:
    frame = to_frame(disc(30)) - to_frame(disc(12))
    noisy = with_knots(from_frame(frame), *[6] * 5)
    expected = from_frame(to_frame(disc(36)) - to_frame(disc(18)))
    assert iou(noisy, expected) > 0.93
    assert not to_frame(noisy)[50, 50]


def test_each_part_has_a_middle_and_numbers_of_its_own() -> None:
    frame = np.zeros((101, 201), np.uint8)
    frame[:, :101] = to_frame(disc(30))
    frame[:, 100:] |= to_frame(disc(30))
    noisy = smooth_radial(from_frame(frame), stream(3, "test", 1), std_px=6)
    left, right = to_frame(noisy)[:, :101], to_frame(noisy)[:, 100:]
    assert (left != right).any()
    assert all(10 < reach_px(from_frame(half), turn) < 60 for half in (left, right) for turn in (0, 0.3, 0.7))


def test_the_displacement_at_a_knot_is_normal() -> None:
    mask = disc(30)
    away = []
    for number in range(400):
        noisy = smooth_radial(mask, stream(4, "test", number), std_px=4)
        away.append(reach_px(noisy, 0) - 30 + np.random.default_rng(number).uniform(-0.5, 0.5))  # whole pixels
    assert kstest(away, norm(0, math.hypot(4, math.sqrt(1 / 6))).cdf).pvalue > 1e-4


def test_it_stays_star_shaped_without_high_frequencies() -> None:
    """From the middle out there is mask, then none; and neighbouring directions reach as far, within a pixel or two."""
    for number in range(20):
        noisy = tight(smooth_radial(disc(30), stream(5, "test", number), std_px=4))
        frame = to_frame(noisy)
        reaches = []
        for turn in np.arange(0, 1, 1 / 180):
            steps = np.arange(0, 48, 0.5)
            columns = np.rint(50 + steps * math.cos(2 * math.pi * turn)).astype(int)
            rows = np.rint(50 + steps * math.sin(2 * math.pi * turn)).astype(int)
            ray = frame[rows, columns].astype(int)
            last = np.flatnonzero(ray)[-1]
            assert ray[: last - 3].all()  # but for the last pixels, which a ray grazes
            reaches.append(steps[last])
        assert np.abs(np.diff([*reaches, reaches[0]])).max() <= 3
