import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.masks import from_frame, is_sound, to_frame
from annotation_noise.geometry.moves import centroid, rotated, shifted
from tests.strategies import full_frames


@given(frame=full_frames, right=st.integers(-90, 90), down=st.integers(-90, 90))
def test_a_shift_is_that_of_the_whole_frame(frame: NDArray[np.uint8], right: int, down: int) -> None:
    height, width = frame.shape
    expected = np.pad(frame, 100)[100 - down : 100 - down + height, 100 - right : 100 - right + width]
    noisy = shifted(from_frame(frame), right, down)
    assert is_sound(noisy)
    assert np.array_equal(to_frame(noisy), expected)


@given(frame=full_frames)
def test_the_centroid_is_the_mean_of_the_pixels(frame: NDArray[np.uint8]) -> None:
    rows, columns = np.nonzero(frame)
    assert centroid(from_frame(frame)) == pytest.approx((columns.mean(), rows.mean()))


@given(frame=full_frames, degrees=st.floats(-360, 360))
def test_a_turned_pixel_is_the_one_nearest_to_where_it_comes_from(frame: NDArray[np.uint8], degrees: float) -> None:
    """By complex numbers, pixel by pixel; where that falls between two pixels either may be taken."""
    mask = from_frame(frame)
    noisy = rotated(mask, degrees)
    assert is_sound(noisy)
    about, turn = complex(*centroid(mask)), np.exp(-1j * np.radians(degrees))
    expected = np.zeros(frame.shape, np.int64)
    for y, x in np.ndindex(*frame.shape):
        source = about + (complex(x, y) - about) * turn
        column, row = np.floor(source.real + 0.5), np.floor(source.imag + 0.5)
        if (
            max(abs(source.real + 0.5 - round(source.real + 0.5)), abs(source.imag + 0.5 - round(source.imag + 0.5)))
            < 1e-9
        ):
            expected[y, x] = -1
        elif 0 <= column < frame.shape[1] and 0 <= row < frame.shape[0]:
            expected[y, x] = frame[int(row), int(column)]
    assert np.array_equal(to_frame(noisy)[expected >= 0], expected[expected >= 0])


def test_no_turn_is_none() -> None:
    frame = np.pad(np.tri(9, 5, dtype=np.uint8), 3)
    assert np.array_equal(to_frame(rotated(from_frame(frame), 0)), frame)
