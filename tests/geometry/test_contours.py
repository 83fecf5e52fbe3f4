import cv2
import numpy as np
from hypothesis import given
from numpy.typing import NDArray

from annotation_noise.geometry.contours import Contour, contours, every_pixel, fill
from annotation_noise.geometry.masks import from_frame, to_frame
from tests.reference import has_holes
from tests.strategies import frames

Frame = NDArray[np.uint8]


@given(frames)
def test_contours_enclose_their_mask(frame: Frame) -> None:
    mask = from_frame(frame)
    assert np.array_equal(to_frame(fill(contours(mask), like=mask)), frame)


@given(frames)
def test_every_pixel_is_what_opencv_finds_without_leaving_any_out(frame: Frame) -> None:
    expected, _ = cv2.findContours(frame, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    ours = [every_pixel(ring.points) for ring in contours(from_frame(frame))]
    assert [points.tolist() for points in ours] == [points[:, 0].tolist() for points in expected]
    assert all(points.dtype == np.int32 and points.flags.c_contiguous for points in ours)


@given(frames.filter(lambda frame: not has_holes(frame)))
def test_without_holes_they_are_the_external_contours_in_their_order(frame: Frame) -> None:
    expected, _ = cv2.findContours(frame, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = contours(from_frame(frame))
    assert len(found) == len(expected)
    assert all(np.array_equal(ours.points, theirs[:, 0]) for ours, theirs in zip(found, expected, strict=True))


def test_a_hole_belongs_to_its_piece() -> None:
    frame = np.zeros((9, 9), np.uint8)
    frame[1:8, 1:8] = 1
    frame[3:6, 3:6] = 0
    frame[4, 4] = 1  # an island in the hole is a piece of its own
    found = contours(from_frame(frame))
    assert sorted(len(ring.points) for ring in found) == [1, 4, 8]
    (hole,) = [ring for index, ring in enumerate(found) if ring.piece != index]
    assert found[hole.piece].points.tolist() == [[1, 1], [1, 7], [7, 7], [7, 1]]


def test_a_moved_hole_is_cut_out_where_it_has_moved_to() -> None:
    frame = np.zeros((9, 12), np.uint8)
    frame[1:8, 1:11] = 1
    frame[3:5, 3:5] = 0
    mask = from_frame(frame)
    moved = [
        ring if ring.piece == index else ring._replace(points=ring.points + 2)
        for index, ring in enumerate(contours(mask))
    ]
    expected = np.zeros((9, 12), np.uint8)
    expected[1:8, 1:11] = 1
    expected[5:7, 5:7] = 0
    assert np.array_equal(to_frame(fill(moved, like=mask)), expected)


def test_what_lies_beyond_the_frame_is_cut_off() -> None:
    mask = from_frame(np.ones((4, 5), np.uint8))
    square = np.array([(-9, -9), (1, -9), (1, 1), (-9, 1)], np.int32)
    assert np.argwhere(to_frame(fill([Contour(square, 0)], like=mask))).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert not to_frame(fill([Contour(square - 20, 0)], like=mask)).any()
    assert not to_frame(fill([], like=mask)).any()
