"""Filled rings are cv2's, also where they cross themselves or the border."""

import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry.contours import Contour, contours
from annotation_noise.geometry.contours import fill as by_cv2
from annotation_noise.geometry.kernels import bits, fill, lines
from annotation_noise.geometry.masks import Mask
from tests.geometry.kernels.shapes import LONG_PX, many_holes, some_frame, some_mask, some_ring
from tests.geometry.kernels.trials import Trial, same_pixels, trial


@trial
def filled_ring(rng: Generator) -> Trial:
    """One ring in and around a canvas, far beyond it now and then, by cv2.fillPoly alone."""
    height, width = some_frame(rng)
    points = np.rint(some_ring(rng, height, width)).astype(np.int32)[: rng.integers(1, 61)]
    if rng.random() < 0.2:
        far = rng.random(len(points)) < 0.3
        points[far] += rng.integers(-1_500, 1_500, (int(far.sum()), 2), np.int32)
    grid = bits.layout(0, 0, width, height, 1)
    words, canvas = bits.blank(grid), np.zeros((height, width), np.uint8)
    whole = points.astype(np.int64)

    def same(ours: object, theirs: object) -> bool:
        return same_pixels((words, grid), Mask(canvas, 0, 0, height, width))

    return Trial(lambda: fill.fill_ring(words, grid, grid, whole), lambda: cv2.fillPoly(canvas, [points], 1), same)


@trial
def filled(rng: Generator) -> Trial:
    """Contours of masks, with their holes, as they are and moved; rings alone."""
    if rng.random() < 0.3:
        height, width = some_frame(rng)
        like = Mask(np.zeros((0, 0), np.uint8), 0, 0, height, width)
        rings = [Contour(np.rint(some_ring(rng, height, width)).astype(np.int32), k) for k in range(rng.integers(1, 4))]
    else:
        like = some_mask(rng)
        std_px = rng.choice([0, 0.5, 3, 30])
        rings = [r._replace(points=_moved(rng, r.points, std_px)) for r in contours(like)]
    return Trial(_kernel(rings, like), lambda: by_cv2(rings, like), same_pixels)


@trial
def drawn_line(rng: Generator) -> Trial:
    """A line in and around a canvas, by cv2.line."""
    height, width = some_frame(rng)
    far = float(rng.choice([0, 0.2, 2, 100]))
    (x0, y0), (x1, y1) = np.rint(rng.uniform(-far, 1 + far, (2, 2)) * (width, height)).astype(int).tolist()
    grid = bits.layout(0, 0, width, height, 1)
    words, canvas = bits.blank(grid), np.zeros((height, width), np.uint8)

    def same(ours: object, theirs: object) -> bool:
        return same_pixels((words, grid), Mask(canvas, 0, 0, height, width))

    return Trial(
        lambda: lines.draw_line(words, grid, grid, x0, y0, x1, y1),
        lambda: cv2.polylines(canvas, [np.array([(x0, y0), (x1, y1)], np.int32)], False, 1),
        same,
    )


def _moved(rng: Generator, points: NDArray[np.int32], std_px: float) -> NDArray[np.int32]:
    return np.rint(points + rng.normal(0, std_px, points.shape)).astype(np.int32)


def _kernel(rings: list[Contour], like: Mask) -> Callable[[], tuple[bits.Words, bits.Grid]]:
    points = np.concatenate([ring.points for ring in rings]).astype(np.int64)
    ends = np.cumsum([len(ring.points) for ring in rings])
    pieces = np.array([ring.piece for ring in rings])
    return lambda: fill.filled(points, ends, pieces, like.frame_height, like.frame_width)


def test_a_diamond_by_hand() -> None:
    ring = np.array([(2, 0), (4, 2), (2, 4), (0, 2)], np.int32)
    like = Mask(np.zeros((0, 0), np.uint8), 0, 0, 5, 5)
    rows = ["00100", "01110", "11111", "01110", "00100"]
    expected = np.array([[*map(int, row)] for row in rows], np.uint8)
    assert same_pixels(_kernel([Contour(ring, 0)], like)(), Mask(expected, 0, 0, 5, 5))


def test_no_rings_and_rings_beyond_the_frame_enclose_nothing() -> None:
    ring = np.array([(20, 0), (40, 2), (20, 4)], np.int64)
    for points, ends in ((ring, [3]), (ring[:0], [])):
        words, grid = fill.filled(points, np.array(ends, np.int64), np.zeros(len(ends), np.int64), 9, 9)
        assert not words.any() and not grid[bits.RIGHT]


def test_ten_thousand_holes_moved() -> None:
    """In a time that does not grow with holes times window."""
    mask, rng = many_holes(), np.random.default_rng(1)
    rings = [ring._replace(points=_moved(rng, ring.points, 0.7)) for ring in contours(mask)]
    assert len(rings) == 10_001
    kernel = _kernel(rings, mask)
    kernel()
    begin = time.perf_counter()
    ours = kernel()
    assert time.perf_counter() - begin < 0.5
    assert same_pixels(ours, by_cv2(rings, mask))


def test_a_ring_of_20000_points_on_a_side_of_20000_px() -> None:
    like = Mask(np.zeros((0, 0), np.uint8), 0, 0, LONG_PX, LONG_PX)
    angles = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    reach = 9_000 + np.random.default_rng(1).normal(0, 30, len(angles))
    around = np.stack((np.cos(angles), np.sin(angles)), 1) * reach[:, np.newaxis] + 10_000
    rings = [Contour(np.rint(around).astype(np.int32), 0)]
    words, grid = _kernel(rings, like)()
    theirs = by_cv2(rings, like)
    assert bits.area(words) == cv2.countNonZero(theirs.pixels)
    assert bits.common(words, grid, *bits.from_mask(theirs)) == bits.area(words)
