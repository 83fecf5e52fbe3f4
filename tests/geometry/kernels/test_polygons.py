"""Polygons are rasterised as pycocotools does it."""

from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray
from pycocotools import mask as coco_masks

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry.kernels import bits, polygons
from annotation_noise.geometry.masks import Mask
from annotation_noise.geometry.segmentations import read_mask
from tests.geometry.kernels.shapes import LONG_PX, some_polygon
from tests.geometry.kernels.trials import Trial, same_pixels, trial


@trial
def rasterised(rng: Generator) -> Trial:
    """Polygons, against the project's reader and pycocotools."""
    rings, height, width = some_polygon(rng)
    numbers, ends = flat(rings)

    def same(ours: tuple[bits.Words, bits.Grid], theirs: Mask) -> bool:
        return same_pixels(ours, theirs) and same_pixels(ours, by_pycocotools(rings, height, width))

    return Trial(
        lambda: polygons.rasterised(numbers, ends, height, width), lambda: read_mask(rings, height, width), same
    )


def flat(rings: list[list[float]]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    return np.array([number for ring in rings for number in ring]), np.array([*accumulate(map(len, rings))])


def by_pycocotools(rings: list[list[float]], height: int, width: int) -> Mask:
    runs: Any = coco_masks.merge(coco_masks.frPyObjects(rings, height, width))
    return Mask(np.ascontiguousarray(coco_masks.decode(runs)), 0, 0, height, width)


def test_a_square_by_hand() -> None:
    # Fifths 5..15: columns 1 and 2 have their middles, 7 and 12, between; rows likewise.
    ours = polygons.rasterised(*flat([[1.0, 1.0, 3.0, 1.0, 3.0, 3.0, 1.0, 3.0]]), 5, 5)
    expected = np.zeros((5, 5), np.uint8)
    expected[1:3, 1:3] = 1
    assert same_pixels(ours, Mask(expected, 0, 0, 5, 5))


@pytest.mark.parametrize("rings", [[], [[1.0, 1.0, 3.0, 3.0]], [[9.0, 9.0, 9.0, 12.0, 12.0, 9.0]]])
def test_nothing_in_the_frame_is_an_empty_image(rings: list[list[float]]) -> None:
    numbers, ends = np.array([n for ring in rings for n in ring], np.float64), np.array([*map(len, rings)], np.int64)
    words, grid = polygons.rasterised(numbers, ends, 5, 5)
    assert not words.any() and grid[bits.LEFT :].tolist() == [0, 0, 0, 0]


def test_thousands_of_parts_on_a_long_frame() -> None:
    places = np.random.default_rng(1).uniform(0, (LONG_PX, 60), (5_000, 2)).tolist()
    rings = [[x, y, x + 7, y + 1, x + 3, y + 6] for x, y in places]
    assert same_pixels(polygons.rasterised(*flat(rings), 60, LONG_PX), by_pycocotools(rings, 60, LONG_PX))


def test_a_long_ring() -> None:
    """Of 20,000 vertices near each other, and of 200 anywhere, on a frame with a side of 20,000 px."""
    rng = np.random.default_rng(1)
    near = np.clip(np.cumsum(rng.normal(0, 9, (20_000, 2)), 0), (-99, -99), (99, LONG_PX + 99))
    for points in (near, rng.uniform(0, (40, LONG_PX), (200, 2))):
        ring = points.ravel().tolist()
        assert same_pixels(polygons.rasterised(*flat([ring]), LONG_PX, 40), by_pycocotools([ring], LONG_PX, 40))
