import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm

from annotation_noise.core.draws import stream
from annotation_noise.geometry.discs import grown, shrunk
from annotation_noise.geometry.masks import Mask, from_frame, to_frame
from noisers.mask.band_flips import band_flips
from tests.noisers.mask.figures import disc, rectangle, text
from tests.strategies import full_frames

EVERYWHERE = 1e4


def flipped(clean: Mask, number: int = 1, **strengths: Any) -> NDArray[np.bool_]:
    return np.asarray(to_frame(band_flips(clean, stream(1, "test", number), **strengths)) != to_frame(clean))


def is_likely(count: int, of: int, share: float) -> bool:
    """Whether so many of independent events of that probability lie within four standard deviations."""
    return bool(abs(count - of * share) <= 4 * math.sqrt(of * share * (1 - share)) + 1e-9)


def test_all_of_a_band_of_a_pixel_by_hand() -> None:
    clean = text(".......", ".......", "..###..", "..###..", "..###..", ".......", ".......")
    expected = text(".......", "..###..", ".#...#.", ".#.#.#.", ".#...#.", "..###..", ".......")
    noisy = band_flips(clean, stream(1, "test", 1), flip_share=1, band_px=1, rate="even")
    assert np.array_equal(to_frame(noisy), to_frame(expected))


@given(frame=full_frames, flip_share=st.floats(0, 1), band_px=st.floats(0, 20), seed=st.integers(0, 2**32))
def test_what_lies_outside_of_the_band_stays(
    frame: NDArray[np.uint8], flip_share: float, band_px: float, seed: int
) -> None:
    clean = from_frame(frame)
    noisy = to_frame(band_flips(clean, stream(seed, "test", 1), flip_share=flip_share, band_px=band_px, rate="even"))
    is_in_band = to_frame(grown(clean, band_px)) > to_frame(shrunk(clean, band_px))
    assert np.array_equal(noisy[~is_in_band], frame[~is_in_band])


def test_hq_sams_flips_are_of_a_band_and_as_many_on_either_side() -> None:
    """Normal noise of 1 on 0 or 1, cut at 1/2, flips with Φ(-0.5) = 0.3085."""
    share = float(norm.cdf(-0.5))
    assert round(share, 4) == 0.3085
    clean = disc(40)
    is_in_band = to_frame(grown(clean, 8)) > to_frame(shrunk(clean, 8))
    flips = flipped(clean, flip_share=share, band_px=8, rate="even")
    for side in (0, 1):
        place = is_in_band & (to_frame(clean) == side)
        assert is_likely(int(flips[place].sum()), int(place.sum()), share)


def test_hellers_random_flips_as_many_each_way_in_all_of_the_image() -> None:
    """A quarter of the image is mask: 0.15 of its pixels are flipped, and 0.05 of the others."""
    clean = rectangle(np.s_[:100], np.s_[:100], 200, 200)
    flips = flipped(clean, flip_share=0.15, band_px=EVERYWHERE, rate="balanced")
    inside = to_frame(clean) == 1
    assert is_likely(int(flips[inside].sum()), 10_000, 0.15)
    assert is_likely(int(flips[~inside].sum()), 30_000, 0.05)


def test_where_the_mask_is_larger_all_of_the_rest_may_be_flipped() -> None:
    flips = flipped(rectangle(np.s_[:], np.s_[:45]), flip_share=0.5, band_px=EVERYWHERE, rate="balanced")
    assert flips[:, 45:].all()


def test_mp_formers_flips_follow_the_area() -> None:
    """An object of a tenth of the frame: 2 % of all points are flipped, nine of ten outside of it."""
    clean = rectangle(np.s_[:100], np.s_[:40], 200, 200)
    flips = flipped(clean, flip_share=0.2, band_px=EVERYWHERE, rate="by area")
    inside = to_frame(clean) == 1
    assert is_likely(int(flips[inside].sum()), 4_000, 0.02)
    assert is_likely(int(flips[~inside].sum()), 36_000, 0.02)


@pytest.mark.parametrize("rate", ["even", "balanced", "by area"])
def test_a_mask_that_fills_its_image_stays(rate: str) -> None:
    everything = rectangle(np.s_[:], np.s_[:])
    assert not flipped(everything, flip_share=0.5, band_px=EVERYWHERE, rate=rate).any()


def test_flips_are_nested_in_their_share() -> None:
    few, more = (flipped(disc(30), flip_share=share, band_px=6, rate="even") for share in (0.1, 0.4))
    assert more[few].all() and more.sum() > few.sum()
