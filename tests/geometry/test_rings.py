import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.stats import kstest, norm

from annotation_noise.core.draws import stream
from annotation_noise.geometry.contours import Contour, contours, every_pixel
from annotation_noise.geometry.masks import from_frame
from annotation_noise.geometry.rings import away, middle, moved, normals, smoothed, spline
from tests.noisers.mask.figures import disc, picture, rectangle
from tests.strategies import full_frames


def numbers(length_px: float, count: int = 200, rings: int = 4000) -> NDArray[np.float64]:
    return smoothed(stream(1, "test", 1).standard_normal((rings, count)), length_px)


@pytest.mark.parametrize("length_px", [0, 0.05, 0.3, 1, 8, 40, 200, 1e9])
def test_every_number_is_standard_normal(length_px: float) -> None:
    """Those of different rings at one place: neighbours are not independent."""
    assert kstest(numbers(length_px)[:, 17], norm.cdf).pvalue > 1e-4


@pytest.mark.parametrize("length_px", [0, 1, 3, 8])
def test_the_correlation_falls_with_the_distance(length_px: float) -> None:
    ring = numbers(length_px)
    for apart in (1, 2, 5, 10, 25):
        expected = math.exp(-((apart / length_px) ** 2) / 2) if length_px else 0
        correlation = (ring * np.roll(ring, apart, axis=1)).mean()
        assert correlation == pytest.approx(expected, abs=0.02)


def test_the_ends_of_a_ring_are_neighbours() -> None:
    ring = numbers(8)
    assert (ring[:, 0] * ring[:, -1]).mean() == pytest.approx(math.exp(-1 / 128), abs=0.05)


def test_in_the_end_all_numbers_are_one() -> None:
    ring = numbers(1e6, rings=50)
    assert np.abs(ring - ring[:, :1]).max() < 1e-6
    assert ring[:, 0].std() > 0.5


def test_normals_lead_out_of_the_mask_and_into_its_holes() -> None:
    frame = np.zeros((60, 60), np.uint8)
    frame[10:50, 10:50] = 1
    frame[25:36, 25:36] = 0
    outer, hole = contours(from_frame(frame))
    for ring, sign in ((outer, 1), (hole, -1)):
        points = every_pixel(ring.points)
        directions = normals(points)
        assert np.allclose(np.hypot(*directions.T), 1)
        assert (sign * (directions * (points - 29.5)).sum(axis=1) > 0).all()
        left = (points[:, 0] == points[:, 0].min()) & (np.abs(points[:, 1] - 30) < 3)
        assert (directions[left] == (-sign, 0)).all()


def test_normals_of_a_disc_lead_away_from_its_middle() -> None:
    (ring,) = contours(disc(40))
    points = every_pixel(ring.points)
    assert ((normals(points) * away(points, (50, 50))).sum(axis=1) > 0.95).all()


def test_where_there_is_no_direction_there_is_none() -> None:
    pixel = np.array([[5, 5]], np.int32)
    assert normals(pixel).tolist() == away(pixel, (5, 5)).tolist() == [[0, 0]]
    (line,) = contours(from_frame(picture("........ .######. ........")))
    points = every_pixel(line.points)
    tips = (points[:, 0] == 1) | (points[:, 0] == 6)
    assert (normals(points)[tips] == 0).all()
    assert (np.abs(normals(points)[points[:, 0] == 3][:, 1]) == 1).all()


def test_the_middle_is_that_of_the_box() -> None:
    assert middle(rectangle(np.s_[10:20], np.s_[20:31])) == (25, 14.5)


@given(full_frames)
def test_unmoved_rings_are_as_they_were(frame: NDArray[np.uint8]) -> None:
    mask = from_frame(frame)
    for ring in contours(mask):
        assert np.array_equal(moved(ring, ring.points, np.zeros(ring.points.shape), mask).points, ring.points)


def test_points_go_no_farther_than_twice_the_frame() -> None:
    mask = rectangle(np.s_[10:20], np.s_[20:30])  # in a frame of 50 x 40
    points = np.array([[20, 10], [29, 19]], np.int32)
    ring = moved(Contour(points, 3), points, np.array([[-1e300, 1e300], [0.5, 1.5]]), mask)
    assert ring.points.tolist() == [[-100, 200], [30, 20]] and ring.piece == 3


@given(values=st.lists(st.floats(-10, 10), min_size=3, max_size=9))
def test_the_spline_is_scipys_periodic_one(values: list[float]) -> None:
    turns = np.linspace(0, 1, 50, endpoint=False)
    knots = np.linspace(0, 1, len(values) + 1)
    expected = CubicSpline(knots, [*values, values[0]], bc_type="periodic")(turns)
    assert np.allclose(spline(np.array(values), turns), expected, rtol=0, atol=1e-9)


def test_the_spline_meets_its_values() -> None:
    values = np.array([3.0, -1, 4, 1, -5])
    assert np.allclose(spline(values, np.arange(5) / 5), values)
    assert np.allclose(spline(np.full(5, 2.5), np.linspace(0, 0.99, 30)), 2.5)
