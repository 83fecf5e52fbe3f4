from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from noisers import Box
from noisers.box.box_side import box_side
from tests.noisers.box.boxes import ious

BOX = Box(100.0, 200.0, 40.0, 20.0)


def test_the_eight_ways_of_a_quarter_by_hand() -> None:
    drawn = Counter(box_side(BOX, stream(1, "test", number), length_share=0.25) for number in range(8000))
    assert set(drawn) == {
        Box(90, 200, 50, 20),
        Box(100, 200, 50, 20),
        Box(110, 200, 30, 20),
        Box(100, 200, 30, 20),
        Box(100, 195, 40, 25),
        Box(100, 200, 40, 25),
        Box(100, 205, 40, 15),
        Box(100, 200, 40, 15),
    }
    assert chisquare([*drawn.values()]).pvalue > 1e-4


@given(st.floats(0.2, 0.3), st.integers(0, 2**64 - 1))
def test_iou_is_that_of_bdd(share: float, seed: int) -> None:
    noisy = box_side(BOX, stream(seed, "test", 1), length_share=share)
    (iou,) = ious(BOX, [noisy])
    is_larger = noisy.width * noisy.height > 800
    assert iou == pytest.approx(1 / (1 + share) if is_larger else 1 - share)


def test_an_inward_move_of_all_of_it_leaves_nothing() -> None:
    drawn = {box_side(BOX, stream(1, "test", number), length_share=3.0) for number in range(100)}
    assert {box.width for box in drawn} == {0, 40, 160} and {box.height for box in drawn} == {0, 20, 80}
