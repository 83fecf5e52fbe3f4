import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, uniform

from annotation_noise.geometry.fields import smooth, white


def test_it_is_splitmix64() -> None:
    """The first numbers of its sequence from the state 1234567, as its users publish them; halves to x and to y."""
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    expected = [[(half + 0.5) / 2**31 - 1 for half in (number % 2**32, number // 2**32)] for number in published]
    assert white(1234567, 1, 0, 5, 1).tolist() == [expected]


def test_it_is_uniform_and_symmetric() -> None:
    field = white(5, -100, -50, 300, 200)
    assert field.shape == (200, 300, 2)
    for axis in (0, 1):
        assert kstest(field[..., axis].ravel(), uniform(-1, 2).cdf).pvalue > 1e-4
    assert abs(field).max() < 1
    assert field.var() == pytest.approx(1 / 3, rel=0.02)


@pytest.mark.parametrize(("down", "right"), [(0, 1), (1, 0), (1, 1), (7, 3)])
def test_no_place_knows_of_another(down: int, right: int) -> None:
    field = white(6, 0, 0, 300, 300)
    a, b = field[down:, right:], field[: 300 - down, : 300 - right]
    assert abs((a * b).mean()) < 0.005
    assert abs((a[..., 0] * b[..., 1]).mean()) < 0.005
    assert abs((field[..., 0] * field[..., 1]).mean()) < 0.005
    assert abs((field * white(7, 0, 0, 300, 300)).mean()) < 0.005


@given(
    key=st.integers(0, 2**64 - 1),
    left=st.integers(-50, 50),
    top=st.integers(-50, 50),
    length_px=st.sampled_from([0, 0.7, 2, 5]),
)
def test_a_window_is_a_part_of_the_whole(key: int, left: int, top: int, length_px: float) -> None:
    whole = smooth(key, left - 3, top - 5, 20, 20, length_px)
    assert np.allclose(smooth(key, left, top, 4, 6, length_px), whole[5:11, 3:7], rtol=0, atol=1e-12)


@pytest.mark.parametrize("length_px", [0, 0.2, 0.5, 1, 3, 6])
def test_a_smooth_field_has_the_std_and_the_correlation_that_it_says(length_px: float) -> None:
    field = smooth(8, 0, 0, 900, 700, length_px)
    assert field.std() == pytest.approx(1, rel=0.02)
    for apart in (1, 2, 4, 8):
        expected = math.exp(-((apart / length_px) ** 2) / 4) if length_px >= 1 else None
        for a, b in ((field[apart:], field[:-apart]), (field[:, apart:], field[:, :-apart])):
            if expected is not None:
                assert (a * b).mean() == pytest.approx(expected, abs=0.03)
            elif length_px == 0:
                assert abs((a * b).mean()) < 0.01
