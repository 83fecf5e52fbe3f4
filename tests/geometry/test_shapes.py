import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, area_px, from_frame, is_sound, padded, to_frame
from annotation_noise.geometry.shapes import band, ellipse, without
from tests.strategies import frames

FRAME = Mask(np.zeros((0, 0), np.uint8), 0, 0, 60, 80)
places = st.floats(-100, 150)
lengths = st.floats(0.01, 200)
angles = st.floats(-7, 7)


def test_an_ellipse_by_hand() -> None:
    """Half axes of 3 to the right and 1 down: the middle row is 7 wide, the rows beside it are a pixel."""
    upright = to_frame(ellipse(FRAME, 40, 30, (3, 1), 0))
    assert upright[30, 37:44].all() and upright.sum() == 9
    assert upright[29, 40] and upright[31, 40]
    assert np.array_equal(to_frame(ellipse(FRAME, 40, 30, (1, 3), math.pi / 2)), upright)
    assert np.array_equal(to_frame(ellipse(FRAME, 40, 30, (1, 3), 0))[20:41, 30:51], upright[20:41, 30:51].T)


def test_a_band_by_hand() -> None:
    """10 px to the right and 2.2 wide: three rows of 11, and at either end a pixel of the middle row."""
    drawn = to_frame(band(FRAME, 40, 30, 10, 2.2, 0))
    assert drawn[29:32, 40:51].all() and drawn[30, 39] and drawn[30, 51] and drawn.sum() == 35
    down = to_frame(band(FRAME, 40, 30, 10, 2.2, math.pi / 2))
    assert down[30:41, 39:42].all() and down.sum() == 35


def test_an_ellipse_has_its_area() -> None:
    for half_axes_px in ((20, 20), (10, 25), (27.5, 5)):
        drawn = ellipse(FRAME, 40.3, 29.6, half_axes_px, 0.7)
        assert abs(area_px(drawn) - math.pi * half_axes_px[0] * half_axes_px[1]) < 0.03 * area_px(drawn)


@given(x=places, y=places, first=lengths, second=lengths, angle=angles)
def test_ellipses_are_what_their_definition_says(x: float, y: float, first: float, second: float, angle: float) -> None:
    down, right = np.mgrid[:60, :80] - np.array([y, x])[:, None, None]
    turned = (right + 1j * down) * np.exp(-1j * angle)
    sum_of_squares = (turned.real / first) ** 2 + (turned.imag / second) ** 2
    drawn = ellipse(FRAME, x, y, (first, second), angle)
    assert is_sound(drawn)
    clear = abs(sum_of_squares - 1) > 1e-9
    assert np.array_equal(to_frame(drawn)[clear], sum_of_squares[clear] < 1)


@given(x=places, y=places, length=st.floats(0, 200), width=st.floats(0, 100), angle=angles)
def test_bands_are_what_their_definition_says(x: float, y: float, length: float, width: float, angle: float) -> None:
    down, right = np.mgrid[:60, :80] - np.array([y, x])[:, None, None]
    turned = (right + 1j * down) * np.exp(-1j * angle)
    far = np.minimum(abs(turned), abs(turned - length))
    beside = (turned.real > 0) & (turned.real < length)
    far[beside] = abs(turned.imag)[beside]
    drawn = band(FRAME, x, y, length, width, angle)
    assert is_sound(drawn)
    clear = abs(far - width / 2) > 1e-9
    assert np.array_equal(to_frame(drawn)[clear], far[clear] < width / 2)


@given(a=frames, b=frames, margin_px=st.integers(0, 5))
def test_without_is_the_difference(a: NDArray[np.uint8], b: NDArray[np.uint8], margin_px: int) -> None:
    height, width = max(len(a), len(b)), max(len(a[0]), len(b[0]))
    a, b = (np.pad(frame, ((0, height - len(frame)), (0, width - len(frame[0])))) for frame in (a, b))
    left = without(padded(from_frame(a), margin_px), from_frame(b))
    assert is_sound(left)
    assert np.array_equal(to_frame(left), a & (1 - b))
