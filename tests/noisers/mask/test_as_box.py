import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, area_px, box, from_frame, padded, tight, to_frame
from noisers.mask.as_box import as_box
from tests.noisers.mask.figures import disc, iou, text
from tests.strategies import full_frames

RNG = np.random.default_rng(0)


def test_two_parts_by_hand() -> None:
    noisy = as_box(text("......", ".#....", "......", "...##.", "......"), RNG)
    assert np.array_equal(to_frame(noisy), to_frame(text("......", ".####.", ".####.", ".####.", "......")))


@given(frame=full_frames, margin_px=st.integers(0, 5))
def test_it_holds_the_mask_and_is_its_own_box(frame: NDArray[np.uint8], margin_px: int) -> None:
    clean = from_frame(frame)
    noisy = as_box(padded(clean, margin_px), RNG)
    assert noisy.pixels.all() and box(tight(noisy)) == box(clean)
    assert np.array_equal(to_frame(as_box(noisy, RNG)), to_frame(noisy))


def test_of_a_disc() -> None:
    assert abs(iou(disc(45), as_box(disc(45), RNG)) - math.pi / 4) < 0.02


def test_nothing_stays_nothing() -> None:
    assert area_px(as_box(Mask(np.zeros((3, 4), np.uint8), 1, 1, 9, 9), RNG)) == 0
