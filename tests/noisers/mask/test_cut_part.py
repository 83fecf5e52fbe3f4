import math
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import kstest

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import area_px, from_frame, to_frame
from noisers.mask.cut_part import cut_part
from tests.noisers.mask.figures import disc, holds, rectangle, text
from tests.strategies import full_frames


class Direction:
    """Stands in for a generator whose direction is given."""

    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def uniform(self, low: float, high: float) -> float:
        return math.radians(self.degrees)


@pytest.mark.parametrize(
    ("degrees", "cut_share", "expected"),
    [
        (0, 0.3, ("###..", "###..", "####.", "####.")),  # 6: the last column, and of the one before those above
        (180, 0.4, ("..###", "..###", "..###", "..###")),
        (90, 0.25, ("#####", "#####", "#####", ".....")),
        (45, 0.3, ("#####", "####.", "###..", "##...")),
    ],
)
def test_parts_of_20_pixels_by_hand(degrees: float, cut_share: float, expected: tuple[str, ...]) -> None:
    noisy, drawn = cut_part(text(*["#####"] * 4), cast(Generator, Direction(degrees)), cut_share=cut_share)
    assert np.array_equal(to_frame(noisy), to_frame(text(*expected)))
    assert drawn == {"direction_deg": degrees}


@given(frame=full_frames, cut_share=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_exactly_the_share_goes_and_lies_on_one_side(frame: NDArray[np.uint8], cut_share: float, seed: int) -> None:
    noisy, drawn = cut_part(from_frame(frame), stream(seed, "test", 1), cut_share=cut_share)
    kept = to_frame(noisy) == 1
    gone = (frame == 1) & ~kept
    assert holds(from_frame(frame), noisy)
    assert gone.sum() == round(cut_share * frame.sum())
    y, x = np.mgrid[: len(frame), : len(frame[0])]
    angle = math.radians(float(drawn["direction_deg"]))
    far = x * math.cos(angle) + y * math.sin(angle)
    assert far[kept].max(initial=-np.inf) <= far[gone].min(initial=np.inf) + 1e-5


def test_all_directions_are_alike() -> None:
    mask = rectangle(np.s_[10:20], np.s_[20:30])
    directions = [cut_part(mask, stream(1, "test", n), cut_share=0.1).drawn["direction_deg"] for n in range(2000)]
    assert kstest(np.array(directions) / 360, "uniform").pvalue > 1e-4


def test_half_of_a_disc() -> None:
    noisy = cut_part(disc(40), cast(Generator, Direction(0)), cut_share=0.5).mask
    assert area_px(noisy) == area_px(disc(40)) - round(area_px(disc(40)) / 2)
    assert to_frame(noisy)[:, :50].sum() == to_frame(disc(40))[:, :50].sum()
