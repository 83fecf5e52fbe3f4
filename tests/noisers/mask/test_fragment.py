from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, area_px, from_frame, to_frame
from noisers.mask.fragment import fragment
from tests.noisers.mask.figures import disc, holds, rectangle, text
from tests.strategies import full_frames


class Strip:
    """Stands in for a generator whose direction and offset are given."""

    def __init__(self, angle: float, offset_px: float) -> None:
        self.drawn = iter((angle, offset_px))

    def uniform(self, low: float, high: float) -> float:
        return next(self.drawn)


def with_strip(mask: Mask, angle: float, offset_px: float, width_px: float) -> Mask:
    return fragment(mask, cast(Generator, Strip(angle, offset_px)), count=1, width_px=width_px, offset_px=20)


def test_an_upright_strip_by_hand() -> None:
    square = text(*["#######"] * 5)
    for offset_px, width_px, row in (
        (0, 1, "###.###"),
        (0, 3, "##...##"),
        (1.2, 2, "####..#"),  # from 0.2 to 2.2 px right of the middle
        (-3, 2, ".######"),  # from 4 to 2 px left of it, of which the first belongs to it
        (0, 0, "#######"),
        (9, 4, "#######"),
    ):
        assert np.array_equal(to_frame(with_strip(square, 0, offset_px, width_px)), to_frame(text(*[row] * 5)))


@pytest.mark.parametrize("angle", [0, 0.4, 1.5, 3])
def test_a_disc_loses_a_strip_as_wide_as_asked_for(angle: float) -> None:
    """Through the middle: the width times 90 px, a little less as its ends are round."""
    for width_px in (2, 5, 11):
        lost = area_px(disc(45)) - area_px(with_strip(disc(45), angle, 0, width_px))
        assert abs(lost - 90 * width_px) < 8 + width_px


@given(
    frame=full_frames,
    count=st.integers(0, 5),
    width_px=st.floats(0, 50),
    offset_px=st.floats(0, 50),
    seed=st.integers(0, 2**32),
)
def test_it_only_removes(frame: NDArray[np.uint8], count: int, width_px: float, offset_px: float, seed: int) -> None:
    noisy = fragment(from_frame(frame), stream(seed, "test", 1), count=count, width_px=width_px, offset_px=offset_px)
    assert holds(from_frame(frame), noisy)


def test_more_strips_go_on_from_fewer() -> None:
    few, more = (fragment(disc(40), stream(1, "test", 1), count=count, width_px=4, offset_px=10) for count in (1, 3))
    assert holds(few, more) and area_px(more) < area_px(few)


def test_the_strips_stay_within_their_offset() -> None:
    wide = rectangle(np.s_[0:40], np.s_[0:40])
    y, x = np.mgrid[:40, :40] - 19.5
    near = np.hypot(x, y) < 8
    for number in range(100):
        noisy = to_frame(fragment(wide, stream(1, "test", number), count=1, width_px=6, offset_px=10))[:, :40]
        assert not noisy[near].all()
