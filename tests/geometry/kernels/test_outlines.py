"""Polygons along pixel edges, against the project's own: ring for ring and corner for corner."""

import time

import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry.kernels import bits
from annotation_noise.geometry.kernels import outlines as kernel
from annotation_noise.geometry.masks import Mask, from_frame, to_frame
from annotation_noise.geometry.segmentations import write
from tests.geometry.kernels.shapes import many_holes, some_mask
from tests.geometry.kernels.trials import Trial, trial

Rings = tuple[NDArray[np.int64], NDArray[np.int64]]


def polygons(rings: Rings) -> list[list[int]]:
    corners, ends = rings
    return [ring.ravel().tolist() for ring in np.split(corners, ends[:-1])] if ends.size else []


def compared(mask: Mask) -> Trial:
    image = bits.from_mask(mask)
    return Trial(
        lambda: kernel.outlines(*image), lambda: write(mask, "polygon"), lambda ours, theirs: polygons(ours) == theirs
    )


@trial
def outlines(rng: np.random.Generator) -> Trial:
    """The polygons of a mask, in the order in which they are written."""
    return compared(some_mask(rng))


def test_a_hole_is_cut_open_above_and_below() -> None:
    """By hand: a square of 3 x 3 pixels around an empty one becomes two rings, the larger one first.

    The left one's first pixel has no neighbour on its right, so that it begins at its upper right corner.
    """
    frame = np.ones((3, 3), np.uint8)
    frame[1, 1] = 0
    rings = polygons(kernel.outlines(*bits.from_mask(from_frame(frame))))
    assert rings == [
        [1, 0, 1, 1, 2, 1, 2, 2, 1, 2, 1, 3, 3, 3, 3, 0],
        [1, 0, 0, 0, 0, 3, 1, 3],
    ]


def test_pycocotools_gives_the_mask_back() -> None:
    rng = np.random.default_rng(3)
    for _ in range(100):
        mask = some_mask(rng)
        if mask.frame_height * mask.frame_width > 1_000_000:
            continue
        rings = polygons(kernel.outlines(*bits.from_mask(mask)))
        runs = coco_mask.merge(coco_mask.frPyObjects(rings, mask.frame_height, mask.frame_width))
        assert np.array_equal(coco_mask.decode(runs), to_frame(mask))


def test_an_empty_mask_has_none() -> None:
    corners, ends = kernel.outlines(*bits.from_mask(from_frame(np.zeros((3, 3), np.uint8))))
    assert corners.shape == (0, 2) and not ends.size


@pytest.mark.parametrize("mask", [many_holes(), from_frame(np.indices((301, 301)).sum(0) % 2)])
def test_10_000_holes(mask: Mask) -> None:
    given = compared(mask)
    assert given.same(given.kernel(), given.library())


def test_a_million_holes_take_as_long_as_their_pixels() -> None:
    """In a square of 4,000 px, in seconds: looking at the window for each hole would take hours."""
    image = bits.from_mask(many_holes(4_000))
    kernel.outlines(*bits.from_mask(many_holes(8)))
    begun = time.process_time()
    corners, ends = kernel.outlines(*image)
    assert time.process_time() - begun < 10
    signed = corners[:, 0] * (np.roll(corners[:, 1], -1) - corners[:, 1])  # the seams between rings are set right below
    seams = ends - 1
    signed[seams] = corners[seams, 0] * (corners[np.append(0, ends[:-1]), 1] - corners[seams, 1])
    assert signed.sum() == -bits.area(image[0]) or signed.sum() == bits.area(image[0])
