import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.contours import contours
from annotation_noise.geometry.discs import grown
from annotation_noise.geometry.masks import area_px, from_frame, to_frame
from noisers.mask import coarse_polygon as module
from noisers.mask.coarse_polygon import coarse_polygon
from tests.noisers.mask.figures import disc, holds, rectangle
from tests.strategies import full_frames

RNG = np.random.default_rng(0)


def test_the_least_triangles_go_by_hand() -> None:
    """Twice the areas: 48, 12, 16, 24, 32, so that (6, 0) goes; then 60, 52, 24, 32, so that (6, 8) goes."""
    ring = np.array([(0, 0), (6, 0), (8, 2), (6, 8), (2, 8)], np.int32)
    assert module._coarse(ring, 5).tolist() == ring.tolist()
    assert module._coarse(ring, 4).tolist() == [[0, 0], [8, 2], [6, 8], [2, 8]]
    assert module._coarse(ring, 3).tolist() == [[0, 0], [8, 2], [2, 8]]


def test_four_corners_of_a_rectangle_are_itself() -> None:
    mask = rectangle(np.s_[10:20], np.s_[20:32])
    assert np.array_equal(to_frame(coarse_polygon(mask, RNG, corners=4)), to_frame(mask))


def test_three_corners_of_a_square_are_half_of_it() -> None:
    square = rectangle(np.s_[10:20], np.s_[20:30])
    triangle = coarse_polygon(square, RNG, corners=3)
    assert holds(square, triangle)
    assert area_px(triangle) == 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10


def plainly(points: list[tuple[int, int]], corners: int) -> list[tuple[int, int]]:
    """The same by its definition: all triangles anew after each vertex that goes."""
    points = list(points)
    while len(points) > corners:
        areas = []
        for place in range(len(points)):
            (ax, ay), (bx, by), (cx, cy) = (points[(place + step) % len(points)] for step in (-1, 0, 1))
            areas.append(abs(ax * (by - cy) + bx * (cy - ay) + cx * (ay - by)))
        del points[areas.index(min(areas))]
    return points


@given(frame=full_frames, corners=st.integers(3, 20))
def test_it_is_what_its_definition_says(frame: NDArray[np.uint8], corners: int) -> None:
    for ring in contours(from_frame(frame)):
        expected = plainly([tuple(point) for point in ring.points.tolist()], corners)
        assert [tuple(point) for point in module._coarse(ring.points, corners).tolist()] == expected


def test_a_convex_shape_never_grows_but_for_pixels_on_its_sides() -> None:
    clean = disc(40)
    areas = []
    for corners in (1000, 32, 16, 8, 4, 3):
        noisy = coarse_polygon(clean, RNG, corners=corners)
        assert holds(grown(clean, 1), noisy)
        areas.append(area_px(noisy))
    assert areas[0] == area_px(clean) and areas == sorted(areas, reverse=True)


def test_holes_get_as_few_corners() -> None:
    frame = np.zeros((120, 120), np.uint8)
    frame[5:115, 5:115] = 1
    y, x = np.mgrid[:120, :120] - 60
    frame[x**2 + y**2 <= 900] = 0
    noisy = coarse_polygon(from_frame(frame), RNG, corners=4)
    hole = from_frame(1 - to_frame(noisy)[6:114, 6:114])
    assert 0.55 < area_px(hole) / (np.pi * 900) < 0.75  # a square in a circle has 2 / π of it
