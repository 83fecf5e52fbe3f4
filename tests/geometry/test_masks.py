import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from annotation_noise.geometry import masks
from tests.strategies import frames

Frame = NDArray[np.uint8]


@given(frames)
def test_a_mask_gives_its_frame_back(frame: Frame) -> None:
    mask = masks.from_frame(frame)
    assert np.array_equal(masks.to_frame(mask), frame)
    assert np.array_equal(masks.to_frame(masks.padded(mask, 3)), frame)


@given(frames)
def test_area_and_box_count_pixels(frame: Frame) -> None:
    mask = masks.from_frame(frame)
    assert masks.area_px(mask) == int(frame.sum())
    rows, columns = np.nonzero(frame)
    expected = [0.0, 0.0, 0.0, 0.0]
    if len(rows):
        expected = [columns.min(), rows.min(), columns.max() - columns.min() + 1, rows.max() - rows.min() + 1]
    assert masks.box(mask) == masks.box(masks.tight(masks.padded(mask, 5))) == expected


@given(st.data())
def test_overlap_counts_common_pixels(data: st.DataObject) -> None:
    a = data.draw(frames)
    b = data.draw(st.one_of(st.just(np.roll(a, 2, axis=1)), st.just(1 - a), st.just(np.triu(a))))
    assert masks.overlap_px(masks.from_frame(a), masks.from_frame(b)) == (a & b).sum()


@given(frames, st.integers(0, 60).map(lambda n: 2 * n + 1))
def test_dilate_and_erode_are_those_of_the_whole_image(frame: Frame, kernel_px: int) -> None:
    mask, square = masks.from_frame(frame), np.ones((kernel_px, kernel_px), np.uint8)
    assert np.array_equal(masks.to_frame(masks.dilate(mask, kernel_px)), cv2.dilate(frame, square))
    assert np.array_equal(masks.to_frame(masks.erode(mask, kernel_px)), cv2.erode(frame, square))


def test_dilate_by_hand() -> None:
    frame = np.zeros((4, 5), np.uint8)
    frame[0, 1] = 1
    grown = masks.dilate(masks.from_frame(frame), 3)
    assert masks.to_frame(grown).tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    assert masks.box(masks.tight(grown)) == [0, 0, 3, 2]


def test_erode_by_hand_does_not_shrink_away_from_the_border() -> None:
    frame = np.zeros((4, 5), np.uint8)
    frame[:3, :3] = 1
    assert masks.to_frame(masks.erode(masks.from_frame(frame), 3)).tolist() == [
        [1, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
    ]


def test_an_absurd_kernel_is_no_burden() -> None:
    mask = masks.from_frame(np.pad(np.ones((2, 2), np.uint8), 9))
    assert masks.area_px(masks.dilate(mask, 10**9 + 1)) == 400
    assert masks.area_px(masks.erode(mask, 10**9 + 1)) == 0


@given(frames)
def test_parts_are_the_pieces_that_touch_and_their_union_is_the_mask(frame: Frame) -> None:
    pieces = masks.parts(masks.from_frame(frame))
    labels, count = ndimage.label(frame, np.ones((3, 3)))
    assert len(pieces) == count
    first_pixels = [int(np.flatnonzero(masks.to_frame(piece))[0]) for piece in pieces]
    assert first_pixels == sorted(first_pixels)
    for piece, first in zip(pieces, first_pixels, strict=True):
        assert np.array_equal(masks.to_frame(piece), labels == labels.flat[first])
        assert masks.tight(piece) is piece
    if pieces:
        assert np.array_equal(masks.to_frame(masks.union(*pieces)), frame != 0)
