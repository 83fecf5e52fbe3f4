import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from annotation_noise.geometry.masks import Mask, from_frame
from annotation_noise.geometry.polygons import Corners, exact_polygons
from tests.strategies import frames, full_frames

Frame = NDArray[np.uint8]


def each(mask: Mask) -> list[Corners]:
    """The rings one by one."""
    ((corners, ends),) = exact_polygons([mask])
    return np.split(corners, ends[:-1]) if ends else []


def rasterised(mask: Mask) -> Frame:
    rings = [ring.ravel().tolist() for ring in each(mask)]
    return np.asarray(
        coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(rings, mask.frame_height, mask.frame_width)))
    )


@given(full_frames)
def test_pycocotools_gives_the_mask_back(frame: Frame) -> None:
    assert np.array_equal(rasterised(from_frame(frame)), frame)


@given(frames)
def test_as_shapes_they_are_the_mask(frame: Frame) -> None:
    """Level and upright sides, and the area of all rings is the area of the mask: nothing overlaps."""
    rings = each(from_frame(frame))
    for ring in rings:
        sides = ring - np.roll(ring, 1, axis=0)
        assert len(ring) >= 4
        assert ((sides == 0).sum(axis=1) == 1).all()
    assert sum(shapely.Polygon(ring).area for ring in rings) == frame.sum()


def test_one_pixel_is_its_square() -> None:
    frame = np.zeros((5, 6), np.uint8)
    frame[2, 4] = 1
    (ring,) = each(from_frame(frame))
    assert sorted(map(tuple, ring.tolist())) == [(4, 2), (4, 3), (5, 2), (5, 3)]


def test_a_hole_cuts_only_the_piece_that_it_is_in() -> None:
    """A square frame around one pixel is cut above and below it; the box beside it stays whole."""
    frame = np.zeros((7, 16), np.uint8)
    frame[1:6, 1:6] = 1
    frame[3, 3] = 0
    frame[1:6, 8:15] = 1
    rings = each(from_frame(frame))
    assert sorted(int(shapely.Polygon(ring).area) for ring in rings) == [10, 14, 35]


@given(full_frames)
def test_they_are_simple_polygons_where_no_pixels_meet_at_a_corner(frame: Frame) -> None:
    blocks = frame[:-1, :-1] + 2 * frame[:-1, 1:] + 4 * frame[1:, :-1] + 8 * frame[1:, 1:]
    if not np.isin(blocks, (6, 9)).any():
        assert all(shapely.Polygon(ring).is_valid for ring in each(from_frame(frame)))


def test_no_mask_has_no_polygons() -> None:
    assert each(from_frame(np.zeros((3, 3), np.uint8))) == []


@given(st.lists(full_frames, max_size=5))
def test_many_masks_at_once_are_each_alone(several: list[Frame]) -> None:
    masks = [from_frame(frame) for frame in several]
    together = exact_polygons(masks)
    assert len(together) == len(masks)
    for (corners, ends), mask in zip(together, masks, strict=True):
        ((alone, alone_ends),) = exact_polygons([mask])
        assert ends == alone_ends
        assert np.array_equal(corners, alone)
