"""Polygons as one ring each, and what ultralytics' rasteriser makes of them."""

import time
from collections import Counter
from itertools import pairwise
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
import shapely
import yaml
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.exports import yolo
from annotation_noise.exports.yolo import as_one_ring, data_file, label_file, polygon_of
from annotation_noise.geometry.masks import from_frame
from annotation_noise.geometry.polygons import exact_polygons
from tests.strategies import full_frames


def shoelace(ring: NDArray[np.float64]) -> float:
    x, y = ring.T
    return float(abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2)


def even_odd(ring: NDArray[np.float64], height: int, width: int) -> NDArray[np.bool_]:
    """Which pixels have their centre inside, by counting sides that pass it on the right."""
    inside = np.zeros((height, width), bool)
    rows, columns = np.mgrid[:height, :width] + 0.5
    for (x0, y0), (x1, y1) in pairwise([*ring.tolist(), ring[0].tolist()]):
        passes = (y0 <= rows) != (y1 <= rows)
        if y0 != y1:
            inside ^= passes & (columns < x0 + (rows - y0) * (x1 - x0) / (y1 - y0))
    return inside


@given(full_frames, st.sampled_from([0, 1, 2, yolo.MANY]))
def test_joined_parts_keep_area_pieces_and_holes(frame: NDArray[np.uint8], many: int) -> None:
    (rings,) = exact_polygons([from_frame(frame)])
    parts = [rings.corners[begin:end].astype(float) for begin, end in pairwise([0, *rings.ends])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yolo, "MANY", max(many, 1))
        ring = as_one_ring(parts)
    assert shoelace(ring) == frame.sum()
    assert np.array_equal(even_odd(ring, *frame.shape), frame == 1)
    assert {tuple(point) for point in ring.tolist()} == {tuple(point) for part in parts for point in part.tolist()}


def test_bridges_join_the_nearest_corners_by_hand() -> None:
    left = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    right = left + np.array([5, 1])
    ring = as_one_ring([left, right]).tolist()
    over = [[2, 0], [5, 1], [7, 1], [7, 3], [5, 3], [5, 1], [2, 0]]  # to the nearest corner, round the part, and back
    assert ring == [[0, 0], *over, [2, 2], [0, 2]]
    assert shapely.Polygon(ring).area == 8


def test_a_mask_of_random_pixels_does_not_take_minutes() -> None:
    frame = (np.random.default_rng(1).random((240, 320)) < 0.5).astype(np.uint8)
    annotation = msgspec.convert({"id": 1, "image_id": 1, "category_id": 1, "segmentation": runs(frame)}, Annotation)
    begun = time.process_time()
    points = polygon_of(annotation, *frame.shape)
    assert time.process_time() - begun < 10  # it was minutes
    assert points is not None
    assert shoelace(points) == frame.sum()


@given(full_frames)
def test_what_ultralytics_rasterises_lacks_no_pixel_but_of_holes(frame: NDArray[np.uint8]) -> None:
    """cv2.fillPoly on whole coordinates draws the outline too: a pixel more on the right and below."""
    annotation = msgspec.convert({"id": 1, "image_id": 1, "category_id": 1, "segmentation": runs(frame)}, Annotation)
    points = polygon_of(annotation, *frame.shape)
    assert points is not None
    drawn = np.zeros(np.add(frame.shape, 1), np.uint8)
    cv2.fillPoly(drawn, [points.astype(np.int32)], (1,))
    assert (drawn[:-1, :-1] >= frame).all()


def runs(frame: NDArray[np.uint8]) -> dict[str, Any]:
    flat = frame.T.ravel()
    borders = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), len(flat)]
    counts = [end - begin for begin, end in pairwise(borders)]
    return {"size": list(frame.shape), "counts": [0, *counts] if flat[0] else counts}


def page(*annotations: dict[str, Any]) -> tuple[Image, list[Annotation]]:
    plain = [{"id": index, "image_id": 1, **a} for index, a in enumerate(annotations)]
    return Image(1, 20, 10, "a/b.jpg"), msgspec.convert(plain, list[Annotation])


def test_a_line_for_each_instance_in_shares_of_the_image() -> None:
    name, content, counts = label_file(
        *page(
            {"category_id": 7, "segmentation": [[1.0, 1.0, 5.0, 1.0, 5.0, 2.5]]},
            {"category_id": 3, "segmentation": [[-4.0, 0.0, 25.0, 0.0, 25.0, 12.0]]},
            {"category_id": 3, "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2], [4, 0, 6, 0, 6, 2, 4, 2]]},
            {"category_id": 3, "segmentation": [[0, 0, 1, 1]]},
            {"category_id": 3, "segmentation": [[30, 30, 40, 30, 40, 40]]},  # beyond the image
            {"category_id": 3, "segmentation": [[2, 2, 9, 2, 5, 2]]},  # flat
            {"category_id": 3, "segmentation": None},
            {"category_id": 3, "segmentation": {"size": [10, 20], "counts": [0, 200]}, "iscrowd": 1},
        ),
        {3: 0, 7: 1},
    )
    assert name == "a/b.txt"
    first, second, third = content.decode().splitlines()
    assert first == "1 0.05 0.1 0.25 0.1 0.25 0.25"
    assert second == "0 0 0 1 0 1 1"  # nothing beyond the image: ultralytics would drop the whole file
    numbers = [float(word) for word in third.split()]
    assert numbers[0] == 0
    assert shoelace(np.array(numbers[1:]).reshape(-1, 2) * (20, 10)) == 8
    assert counts == Counter({"instances": 3, "instances without a mask left out": 4, "crowd regions left out": 1})


def test_data_yaml() -> None:
    text = data_file(["train2017", "val2017"], ["a: b", "true", "zwölf"])
    assert yaml.safe_load(text) == {
        "train": "train2017.txt",
        "val": "val2017.txt",
        "names": {0: "a: b", 1: "true", 2: "zwölf"},
    }
    assert "wants `val:`" in data_file(["train"], ["x"])
    assert "wants `val:`" not in text
    assert yaml.safe_load(data_file(["mine"], ["x"])) == {"mine": "mine.txt", "names": {0: "x"}}
    assert yaml.safe_load(data_file(["lvis_v1_train", "x_val", "train2014"], ["x"])) == {
        "train": ["lvis_v1_train.txt", "train2014.txt"],
        "val": "x_val.txt",
        "names": {0: "x"},
    }
