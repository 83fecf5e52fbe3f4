import time

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.contours import Contour, contours, every_pixel, fill
from annotation_noise.geometry.masks import from_frame, to_frame
from tests.reference import has_holes
from tests.strategies import frames, full_frames

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


def plainly_filled(rings: list[Contour], height: int, width: int) -> NDArray[np.uint8]:
    """Every piece on a canvas of its own, less the inside of its holes; the union of all."""
    union = np.zeros((height, width), np.uint8)
    for index, ring in enumerate(rings):
        if ring.piece == index:
            piece = np.zeros_like(union)
            cv2.fillPoly(piece, [ring.points], 1)
            for other in rings:
                if other.piece == index and other is not ring:
                    inside = np.zeros_like(union)
                    cv2.fillPoly(inside, [other.points], 1)
                    cv2.polylines(inside, [other.points], isClosed=True, color=0)
                    piece[inside == 1] = 0
            union |= piece
    return union


@given(full_frames, st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1.0, 5.0]))
def test_holes_are_taken_out_of_their_own_piece_alone_wherever_they_have_moved(
    frame: NDArray[np.uint8], seed: int, std_px: float
) -> None:
    mask, rng = from_frame(frame), np.random.default_rng(seed)
    moved = [
        ring._replace(points=np.rint(ring.points + rng.normal(0, std_px, ring.points.shape)).astype(np.int32))
        for ring in contours(mask)
    ]
    # Everything on the whole frame: a line that is cut off elsewhere would take other pixels.
    assert np.array_equal(to_frame(fill(moved, like=mask)), plainly_filled(moved, *frame.shape))


def test_ten_thousand_holes_take_as_long_as_they_are_large() -> None:
    frame = np.ones((1000, 1000), np.uint8)
    frame[3::10, 3::10] = 0
    mask = from_frame(frame)
    rings = contours(mask)
    assert len(rings) == 10_001
    begun = time.process_time()
    filled = fill(rings, like=mask)
    assert time.process_time() - begun < 2  # 3.5 s and more where each hole takes the whole window
    assert np.array_equal(to_frame(filled), frame)
