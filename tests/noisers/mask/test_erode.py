from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, area_px, from_frame, to_frame
from noisers.mask.dilate import dilate
from noisers.mask.erode import erode
from tests.noisers.mask.figures import rectangle
from tests.strategies import full_frames

RNG = np.random.default_rng(0)  # it draws nothing
Shape = Literal["disc", "square"]


def shrunk(mask: Mask, radius_px: float, shape: Shape) -> Mask:
    return erode(mask, RNG, radius_px=radius_px, shape=shape)


@pytest.mark.parametrize("shape", ["disc", "square"])
@pytest.mark.parametrize(
    ("radius_px", "area"), [(0, 120), (0.99, 120), (1, 8 * 10), (2, 6 * 8), (4.9, 2 * 4), (5, 0), (1e9, 0)]
)
def test_a_rectangle_by_hand(radius_px: float, area: int, shape: Shape) -> None:
    assert area_px(shrunk(rectangle(np.s_[10:20], np.s_[20:32]), radius_px, shape)) == area


def test_a_notch_is_widened_by_the_shape() -> None:
    frame = np.ones((11, 11), np.uint8)
    frame[5, 5] = 0
    assert area_px(shrunk(from_frame(frame), 2, "square")) == 121 - 25
    assert area_px(shrunk(from_frame(frame), 2, "disc")) == 121 - 13


@pytest.mark.parametrize("shape", ["disc", "square"])
@pytest.mark.parametrize("radius_px", [3, 1e9])
def test_what_lies_beyond_the_frame_is_not_background(shape: Shape, radius_px: float) -> None:
    assert to_frame(shrunk(rectangle(np.s_[:], np.s_[:]), radius_px, shape)).all()
    left = shrunk(rectangle(np.s_[:], np.s_[:12]), radius_px, shape)
    assert np.array_equal(to_frame(left), to_frame(rectangle(np.s_[:], np.s_[: max(12 - int(radius_px), 0)])))


@given(frame=full_frames, radius_px=st.floats(0, 50), shape=st.sampled_from(["disc", "square"]))
def test_the_clean_mask_lies_between_erosion_and_dilation(
    frame: NDArray[np.uint8], radius_px: float, shape: Shape
) -> None:
    mask = from_frame(frame)
    small = to_frame(shrunk(mask, radius_px, shape))
    large = to_frame(dilate(mask, RNG, radius_px=radius_px, shape=shape))
    assert (small <= frame).all() and (frame <= large).all()
