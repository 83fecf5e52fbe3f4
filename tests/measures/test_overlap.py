"""The measures of a pair of masks: by hand on drawn squares, and on real masks against whole frames."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.masks import from_frame, to_frame
from noise_annotations import noise
from tests.reference import decode
from tests.strategies import full_frames

pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")
from scipy import ndimage

from annotation_noise.measures.boundaries import boundary, distance_px
from annotation_noise.measures.overlap import SAME, hausdorff95_px, overlap

Frame = NDArray[np.uint8]


def square(left: int, top: int, side: int, height: int = 100, width: int = 100) -> Frame:
    frame = np.zeros((height, width), np.uint8)
    frame[top : top + side, left : left + side] = 1
    return frame


def plain_boundary(frame: Frame) -> Frame:
    """Peeled off a pixel at a time, on the whole frame with a rim of background."""
    inner = np.pad(frame, 1)
    for _ in range(max(1, round(0.02 * float(np.hypot(*frame.shape))))):
        inner = ndimage.binary_erosion(inner, np.ones((3, 3))).astype(np.uint8)
    return frame - inner[1:-1, 1:-1]


def plain_hausdorff95(a: Frame, b: Frame) -> float:
    rims = [frame.astype(bool) & ~ndimage.binary_erosion(frame) for frame in (a, b)]
    to = [ndimage.distance_transform_edt(~rim) for rim in rims]
    return max(float(np.percentile(to[1][rims[0]], 95)), float(np.percentile(to[0][rims[1]], 95)))


def plain_iou(a: Frame, b: Frame) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))


def test_a_square_and_itself_a_pixel_to_the_right() -> None:
    """10 x 10 each, 90 pixels in common, 110 in either. Every outline pixel is at most a pixel off."""
    clean, noisy = from_frame(square(20, 20, 10)), from_frame(square(21, 20, 10))
    found = overlap(clean, noisy, boundary(clean), boundary(noisy))
    assert found.iou == pytest.approx(90 / 110)
    assert found.dice == pytest.approx(180 / 200)
    assert found.area_change == 0.0
    assert found.hausdorff95_px == 1.0
    # 0.02 * sqrt(2) * 100 rounds to 3: rings three wide, 100 - 4 * 4 = 84 pixels each. Of the clean one, all but its
    # left column (10) and the inner left column of the other's hole stay: the holes are x 23-26 and x 24-27, so the
    # rings have in common the 9 x 10 overlap without the union of the holes, 5 x 4.
    assert distance_px(100, 100) == 3
    assert found.boundary_iou == pytest.approx((90 - 20) / (84 + 84 - 70))


def test_a_square_inside_another() -> None:
    """4 x 4 in the middle of 8 x 8: outlines of 12 and 28 pixels; from a corner of the larger it is sqrt(8) px."""
    clean, noisy = from_frame(square(10, 10, 8)), from_frame(square(12, 12, 4))
    found = overlap(clean, noisy, boundary(clean), boundary(noisy))
    assert (found.iou, found.dice, found.area_change) == (16 / 64, 32 / 80, -0.75)
    # Of 28 distances, 4 corners are sqrt(8), 4 x 2 beside them sqrt(5), 4 x 4 are 2. Place 0.95 * 27 = 25.65 lies
    # among the corners (the last four of places 0 to 27).
    assert found.hausdorff95_px == pytest.approx(8**0.5)


def test_a_far_pixel_counts_less_than_five_per_cent() -> None:
    """Hausdorff-95 leaves out what lies farthest; one pixel of a hundred does not show."""
    clean = square(10, 10, 26)  # an outline of 100 pixels
    noisy = clean.copy()
    noisy[22, 80] = 1
    assert hausdorff95_px(from_frame(clean), from_frame(noisy)) == 0.0
    assert hausdorff95_px(from_frame(square(10, 10, 1)), from_frame(square(13, 14, 1))) == 5.0


def test_apart_and_emptied() -> None:
    clean, apart = from_frame(square(0, 0, 5)), from_frame(square(50, 50, 5))
    assert overlap(clean, apart)[:3] == (0.0, 0.0, None)
    empty = from_frame(np.zeros((100, 100), np.uint8))
    assert overlap(clean, empty, boundary(clean), boundary(empty)) == (0.0, 0.0, 0.0, None, -1.0)
    assert overlap(clean, clean, boundary(clean), boundary(clean)) == SAME


def test_the_image_border_is_a_boundary() -> None:
    """Of a mask that fills its image, the frame remains."""
    full = from_frame(np.ones((50, 60), np.uint8))  # 0.02 * 78.1 rounds to 2
    assert to_frame(boundary(full)).sum() == 50 * 60 - 46 * 56


@given(full_frames)
def test_boundaries_of_drawn_masks(frame: Frame) -> None:
    frame = np.pad(frame, ((0, 60), (0, 90)))  # for a boundary of 2 or 3 pixels
    np.testing.assert_array_equal(to_frame(boundary(from_frame(frame))), plain_boundary(frame))


@given(full_frames, st.integers(-9, 9), st.integers(-9, 9))
def test_measures_of_drawn_masks(frame: Frame, right: int, down: int) -> None:
    clean = np.pad(frame, 10)
    other = np.roll(clean, (down, right), axis=(0, 1))[:, ::-1]
    found = overlap(from_frame(clean), from_frame(other))
    assert found.iou == pytest.approx(plain_iou(clean, other))
    assert found.dice == pytest.approx(2 * (clean & other).sum() / (clean.sum() + other.sum()))
    assert found.hausdorff95_px == pytest.approx(plain_hausdorff95(clean, other), abs=1e-9)


def test_real_masks(coco_tiny: Path) -> None:
    dataset = json.loads((coco_tiny / "instances_val2017.json").read_text())
    sizes = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
    noisy = noise(dataset, benchmark="hard", seed=2).dataset["annotations"]
    compared = 0
    for a, b in list(zip(dataset["annotations"], noisy, strict=True))[::9]:
        clean, other = (decode(one["segmentation"], *sizes[one["image_id"]]) for one in (a, b))
        if b["boundary_type"] == "none" or not clean.any():
            continue
        masks = from_frame(clean), from_frame(other)
        found = overlap(*masks, boundary(masks[0]), boundary(masks[1]))
        assert found.iou == pytest.approx(plain_iou(clean, other))
        assert found.boundary_iou == pytest.approx(plain_iou(plain_boundary(clean), plain_boundary(other)))
        assert found.hausdorff95_px == pytest.approx(plain_hausdorff95(clean, other), abs=1e-9)
        assert found.area_change == pytest.approx(int(other.sum()) / int(clean.sum()) - 1)
        compared += 1
    assert compared > 50
