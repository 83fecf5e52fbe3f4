import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.masks import is_sound, to_frame
from annotation_noise.geometry.placing import placed, resampled

PIXELS = np.array([[1, 0, 1], [0, 1, 1]], np.uint8)


def test_by_hand() -> None:
    assert resampled(PIXELS, 4, 6).tolist() == np.kron(PIXELS, np.ones((2, 2))).tolist()
    assert resampled(PIXELS, 2, 2).tolist() == [[1, 1], [0, 1]]  # centres at 0.75 and 2.25
    assert resampled(PIXELS, 1, 1).tolist() == [[1]]  # the lower of the middle rows
    assert np.array_equal(resampled(PIXELS, 2, 3), PIXELS)


@given(st.integers(-7, 9), st.integers(-7, 9), st.integers(1, 6), st.integers(1, 6))
def test_what_reaches_over_the_frame_is_cut_off(left: int, top: int, height: int, width: int) -> None:
    expected: NDArray[np.uint8] = np.zeros((height, width), np.uint8)
    for y, x in np.argwhere(PIXELS).tolist():
        if 0 <= top + y < height and 0 <= left + x < width:
            expected[top + y, left + x] = 1
    mask = placed(PIXELS, left, top, height, width)
    assert is_sound(mask) and np.array_equal(to_frame(mask), expected)
