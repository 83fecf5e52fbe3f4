"""Contours of bit images, against OpenCV: points, their order, and which hole is in which piece."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry.contours import Contour
from annotation_noise.geometry.contours import contours as by_opencv
from annotation_noise.geometry.kernels import bits
from annotation_noise.geometry.kernels import contours as kernel
from annotation_noise.geometry.masks import Mask, from_frame
from tests.geometry.kernels.shapes import many_holes, some_mask
from tests.geometry.kernels.trials import Trial, trial

Rings = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def same_rings(ours: Rings, theirs: list[Contour]) -> bool:
    points, ends, pieces = ours
    return (
        np.array_equal(points, np.concatenate([ring.points for ring in theirs]))
        and np.array_equal(ends, np.cumsum([len(ring.points) for ring in theirs]))
        and pieces.tolist() == [ring.piece for ring in theirs]
    )


def compared(mask: Mask) -> Trial:
    image = bits.from_mask(mask)
    return Trial(lambda: kernel.contours(*image), lambda: by_opencv(mask), same_rings)


@trial
def contours(rng: np.random.Generator) -> Trial:
    """The contours of a mask."""
    return compared(some_mask(rng))


def test_a_ring_around_a_pixel() -> None:
    """By hand: a frame of one pixel's width with its hole, and a piece in the hole."""
    frame = np.zeros((5, 5), np.uint8)
    frame[[0, 4]], frame[:, [0, 4]], frame[2, 2] = 1, 1, 1
    points, ends, pieces = kernel.contours(*bits.from_mask(from_frame(frame)))
    assert np.split(points, ends[:-1])[0].tolist() == [[2, 2]]
    assert points[1:].tolist() == [
        *[[0, 0], [0, 4], [4, 4], [4, 0]],  # outside, downwards first
        *[[0, 1], [1, 0], [3, 0], [4, 1], [4, 3], [3, 4], [1, 4], [0, 3]],  # the hole, the other way round
    ]
    assert ends.tolist() == [1, 5, 13] and pieces.tolist() == [0, 1, 1]


def test_an_empty_mask_has_none() -> None:
    points, ends, pieces = kernel.contours(*bits.from_mask(from_frame(np.zeros((3, 3), np.uint8))))
    assert points.shape == (0, 2) and not ends.size and not pieces.size


@pytest.mark.parametrize("mask", [many_holes(), from_frame(np.indices((301, 301)).sum(0) % 2)])
def test_10_000_holes(mask: Mask) -> None:
    """A sieve, and a chessboard, whose white fields are holes of a single piece."""
    given = compared(mask)
    assert len(given.library()) > 10_000
    assert given.same(given.kernel(), given.library())


def test_rooms_within_rooms() -> None:
    frame = np.zeros((401, 401), np.uint8)
    for margin in range(0, 200, 4):
        cv2.rectangle(frame, (margin, margin), (400 - margin, 400 - margin), 1, 2)
    given = compared(from_frame(frame))
    assert given.same(given.kernel(), given.library())
