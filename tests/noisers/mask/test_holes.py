import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare, kstest

from annotation_noise.core.draws import stream
from annotation_noise.geometry.discs import shrunk
from annotation_noise.geometry.masks import area_px, from_frame, to_frame
from annotation_noise.geometry.shapes import without
from noisers.mask.holes import holes
from tests.noisers.mask.figures import disc, holds, rectangle
from tests.strategies import full_frames


def test_a_hole_of_a_pixel_by_hand() -> None:
    """Of 5 x 5 pixels the 3 x 3 in the middle are not at the border, and each is a hole's centre alike often."""
    square = rectangle(np.s_[10:15], np.s_[20:25])
    places = []
    for number in range(900):
        noisy, drawn = holes(square, stream(1, "test", number), count=1, least_area_share=0.02, most_area_share=0.03)
        (y, x), *others = np.argwhere(to_frame(square) - to_frame(noisy)).tolist()
        assert not others and drawn == {"holes": 1}
        places.append(3 * (y - 11) + x - 21)
    assert chisquare(np.bincount(places, minlength=9)).pvalue > 1e-4


@given(
    frame=full_frames, count=st.integers(0, 5), most=st.floats(0, 1), share=st.floats(0, 1), seed=st.integers(0, 2**32)
)
def test_it_takes_from_within_and_no_more_than_it_may(
    frame: NDArray[np.uint8], count: int, most: float, share: float, seed: int
) -> None:
    clean = from_frame(frame)
    noisy, drawn = holes(
        clean, stream(seed, "test", 1), count=count, least_area_share=share * most, most_area_share=most
    )
    assert holds(clean, noisy) and holds(noisy, without(clean, shrunk(clean, 1)))
    assert 0 <= int(drawn["holes"]) <= count
    hole_px = most * area_px(clean)
    # A convex shape has fewer pixels than its area, half of its perimeter and 1; an ellipse twice as long as it is wide
    # has the longest perimeter, less than that of the rectangle around it.
    most_px = hole_px + math.sqrt(hole_px / math.pi) * 4.25 + 1
    assert area_px(clean) - area_px(noisy) <= int(drawn["holes"]) * most_px


def test_the_area_is_uniform() -> None:
    """Of small holes, which mostly lie wholly within, but for what the pixels round."""
    clean = disc(45)
    areas = []
    for number in range(400):
        noisy = holes(clean, stream(2, "test", number), count=1, least_area_share=0.01, most_area_share=0.02).mask
        areas.append((area_px(clean) - area_px(noisy)) / area_px(clean))
    whole = np.array(areas)[np.array(areas) > 0.0095]  # the others are cut off at the border
    assert len(whole) > 350
    assert kstest(whole, "uniform", args=(0.01, 0.01)).statistic < 0.1


def test_a_mask_too_thin_for_a_hole_stays() -> None:
    line = rectangle(np.s_[10:12], np.s_[5:45])
    noisy, drawn = holes(line, stream(1, "test", 1), count=3, least_area_share=0.5, most_area_share=0.5)
    assert np.array_equal(to_frame(noisy), to_frame(line)) and drawn == {"holes": 0}


def test_more_holes_go_on_from_fewer() -> None:
    few, more = (
        holes(disc(40), stream(1, "test", 1), count=count, least_area_share=0.01, most_area_share=0.1).mask
        for count in (2, 4)
    )
    assert holds(few, more) and area_px(more) < area_px(few)


def test_the_lesser_share_comes_first() -> None:
    with pytest.raises(ValueError, match=r"least_area_share must not be above most_area_share, as 0\.3 is"):
        holes(disc(5), stream(1, "test", 1), count=1, least_area_share=0.3, most_area_share=0.2)
