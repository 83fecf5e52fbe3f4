"""Rings with fewer vertices, against shapely."""

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry.contours import contours
from annotation_noise.geometry.kernels import simplify
from tests.geometry.kernels.shapes import LONG_PX, some_mask, some_ring
from tests.geometry.kernels.trials import Trial, trial

Points = NDArray[np.int64]
TOLERANCES_PX = [0.0, 0.5, 1.0, 1.4142135623730951, 2.0, 5.0, 10.0, 15.0, 40.0]


def by_shapely(points: Points, tolerance_px: float) -> Points:
    if len(points) < 4:
        return points
    ring = shapely.simplify(shapely.linearrings(points), tolerance_px, preserve_topology=True)
    return np.asarray(shapely.get_coordinates(ring)[:-1], np.int64)


def compared(points: Points, tolerance_px: float) -> Trial:
    return Trial(
        lambda: simplify.simplified(points, tolerance_px), lambda: by_shapely(points, tolerance_px), np.array_equal
    )


@trial
def simplified(rng: np.random.Generator) -> Trial:
    """Rings of every kind: crossing themselves, level, repeating points, closed already, with long sides."""
    kind, n = rng.integers(6), int(rng.integers(1, rng.choice([8, 40, 200])))
    if kind == 0:  # in few places, so that edges meet in every way
        points = rng.integers(0, rng.integers(1, 12), (n, 2))
    elif kind == 1:  # a walk from pixel to pixel
        points = np.cumsum(rng.integers(-1, 2, (n, 2)), 0)
    elif kind == 2:
        points = rng.integers(-LONG_PX, LONG_PX, (n, 2))
    elif kind == 3:  # a star with spikes
        angles, reach = np.sort(rng.uniform(0, 2 * np.pi, n)), rng.normal(60, rng.choice([1, 5, 40]), n)
        points = np.rint(np.stack((np.cos(angles), np.sin(angles)), 1) * reach[:, np.newaxis])
    elif kind == 4:
        points = np.rint(some_ring(rng, *rng.integers(1, 200, 2).tolist()))
    else:
        points = np.rint(some_ring(rng, 40, 40)).repeat(rng.integers(1, 3), 0)
    if rng.random() < 0.1:
        points = np.concatenate((points, points[:1]))
    return compared(points.astype(np.int64), float(rng.choice(TOLERANCES_PX)))


@trial
def simplified_contour(rng: np.random.Generator) -> Trial:
    """The longest contour of a mask."""
    points = max((ring.points for ring in contours(some_mask(rng))), key=len).astype(np.int64)
    return compared(points, float(rng.choice(TOLERANCES_PX)))


def test_a_dent_as_deep_as_the_tolerance_goes() -> None:
    """By hand: the ring begins at a corner of a square, and a dent of two pixels is in its lower side."""
    ring = np.array([(0, 0), (0, 20), (10, 18), (20, 20), (20, 0)])
    square = [[0, 0], [0, 20], [20, 20], [20, 0]]
    assert simplify.simplified(ring, 2.0).tolist() == square
    assert simplify.simplified(ring, 1.9).tolist() == ring.tolist()


def test_what_would_cross_stays() -> None:
    """A tongue from above reaches into a bulge below it, which is no deeper than the tolerance but cannot go."""
    ring = np.array([(0, 0), (0, 20), (10, 23), (20, 20), (20, 0), (11, 0), (10, 22), (9, 0)])
    assert simplify.simplified(ring, 4.0).tolist() == ring.tolist()
    shorter = np.array([(0, 0), (0, 20), (10, 23), (20, 20), (20, 0), (11, 0), (10, 19), (9, 0)])
    assert [10, 23] not in simplify.simplified(shorter, 4.0).tolist()


def test_one_ring_after_another() -> None:
    rings = [np.array(ring) for ring in ([(0, 0), (0, 9), (5, 9), (9, 9), (9, 0)], [(3, 3), (4, 4)], [(7, 7)])]
    ends = np.cumsum([len(ring) for ring in rings])
    points, new_ends = simplify.simplified_rings(np.concatenate(rings), ends, 1.0)
    assert [ring.tolist() for ring in np.split(points, new_ends[:-1])] == [
        by_shapely(ring, 1.0).tolist() for ring in rings
    ]


def test_a_ring_of_100_000_vertices() -> None:
    """A spiral of one-pixel steps there and back, which no vertex-by-edge search would finish."""
    turns = np.linspace(0, 2 * np.pi * 40, 50_000)
    out = np.stack((np.cos(turns), np.sin(turns)), 1) * (200 + 10 * turns[:, np.newaxis])
    back = (out + out / np.linalg.norm(out, axis=1, keepdims=True) * 20)[::-1]
    ring = np.rint(np.concatenate((out, back))).astype(np.int64)
    assert np.array_equal(simplify.simplified(ring, 3.0), by_shapely(ring, 3.0))
