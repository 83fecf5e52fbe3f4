from typing import cast

import numpy as np
from numpy.random import Generator

from annotation_noise.geometry.masks import from_frame, to_frame
from noisers.mask.localization import localization


class Steps:
    """Stands in for a generator and gives the steps it was made with."""

    def __init__(self, steps: list[tuple[float, float]]) -> None:
        self.steps = np.array(steps)

    def normal(self, loc: float, scale: float, size: tuple[int, int]) -> np.ndarray:
        assert (loc, size) == (0, self.steps.shape)
        return self.steps * scale


def test_vertices_move_by_their_own_steps_and_round_to_the_nearest_pixel() -> None:
    frame = np.zeros((20, 20), np.uint8)
    frame[5:11, 5:11] = 1  # corners found as (5, 5), (5, 10), (10, 10), (10, 5)
    steps = cast(Generator, Steps([(-1.0, -0.7), (-1.3, 0.2), (0.24, 0.2), (0.2, -0.7)]))
    expected = np.zeros((20, 20), np.uint8)
    expected[4:11, 2:11] = 1  # (3, 3.6) (2.4, 10.4) (10.48, 10.4) (10.4, 3.6) at std 2
    moved = to_frame(localization(from_frame(frame), steps, std_px=2))
    corners = [(3, 4), (2, 10), (10, 10), (10, 4)]
    assert all(moved[y, x] for x, y in corners)
    assert not (moved & ~expected & 1).any()
    assert moved[4:11, 3:11].all()


def test_no_spread_moves_nothing() -> None:
    frame = np.pad(np.tri(9, dtype=np.uint8), 3)
    assert np.array_equal(to_frame(localization(from_frame(frame), np.random.default_rng(0), std_px=0)), frame)


def test_a_hole_moves_like_the_outline() -> None:
    frame = np.zeros((60, 60), np.uint8)
    frame[5:55, 5:55] = 1
    frame[20:40, 20:40] = 0
    noisy = to_frame(localization(from_frame(frame), np.random.default_rng(1), std_px=2))
    assert not noisy[27:33, 27:33].any()
    around_the_hole = np.s_[15:45, 15:45]  # five steps away from where the outline was
    assert (noisy[around_the_hole] != frame[around_the_hole]).any()


def test_an_absurd_spread_ends_well() -> None:
    frame = np.pad(np.ones((9, 9), np.uint8), 3)
    assert to_frame(localization(from_frame(frame), np.random.default_rng(0), std_px=1e300)).shape == frame.shape
