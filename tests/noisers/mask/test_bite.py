import math
from typing import cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, area_px, from_frame, to_frame
from noisers.mask.bite import bite
from tests.noisers.mask.figures import disc, holds, rectangle, text
from tests.strategies import full_frames


class Drawn:
    """Stands in for a generator whose ratio of the axes, direction and place on the border are given."""

    def __init__(self, ratio: float, angle: float, place: float) -> None:
        self.uniforms, self.place = iter((ratio, angle)), place

    def uniform(self, low: float, high: float) -> float:
        return next(self.uniforms)

    def random(self) -> float:
        return self.place


def bitten(mask: Mask, area_share: float, ratio: float = 1, angle: float = 0, place: float = 0) -> Mask:
    return bite(mask, cast(Generator, Drawn(ratio, angle, place)), area_share=area_share)


def test_a_round_bite_of_a_square_by_hand() -> None:
    """An eighth of 49 px is a disc of a radius of 1.4 px; the first pixel of the border is the upper left corner."""
    square = text(".........", *[".#######."] * 7, ".........")
    round_bite = text(".........", "...#####.", "..######.", *[".#######."] * 5, ".........")
    assert np.array_equal(to_frame(bitten(square, 1 / 8)), to_frame(round_bite))
    flat_bite = text(".........", "....####.", *[".#######."] * 6, ".........")  # 2.8 px to the right, 0.7 down
    assert np.array_equal(to_frame(bitten(square, 1 / 8, ratio=4)), to_frame(flat_bite))


def test_at_a_straight_border_half_of_it_is_missing() -> None:
    half = rectangle(np.s_[:], np.s_[:100], 200, 200)
    for ratio, angle in ((1, 0), (2, 0.7), (0.5, 2)):
        missing = area_px(half) - area_px(bitten(half, 0.1, ratio, angle, 0.5))
        assert abs(missing / area_px(half) - 0.05) < 0.004


@given(frame=full_frames, area_share=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_it_only_removes_and_no_more_than_it_may(frame: NDArray[np.uint8], area_share: float, seed: int) -> None:
    clean = from_frame(frame)
    noisy = bite(clean, stream(seed, "test", 1), area_share=area_share)
    assert holds(clean, noisy)
    bite_px = area_share * area_px(clean)  # and half of its perimeter, which is below that of the rectangle around it
    assert area_px(clean) - area_px(noisy) <= bite_px + math.sqrt(bite_px / math.pi) * 4.25 + 1


def test_all_of_the_border_is_bitten_alike_often() -> None:
    square = rectangle(np.s_[20:25], np.s_[20:25])  # with 16 pixels at its border
    noisy = [bite(square, stream(1, "test", number), area_share=0.025) for number in range(1600)]
    places = [tuple(np.argwhere(to_frame(square) - to_frame(mask))[0].tolist()) for mask in noisy]
    assert len(set(places)) == 16
    assert chisquare([places.count(place) for place in set(places)]).pvalue > 1e-4


def test_it_bites_more_as_its_share_rises() -> None:
    areas = [area_px(bitten(disc(30), share, place=0.4)) for share in (0, 0.05, 0.2, 0.5, 1)]
    assert areas[0] == area_px(disc(30)) and areas == sorted(areas, reverse=True)
    assert to_frame(bitten(rectangle(np.s_[:], np.s_[:]), 0.5)).all()
