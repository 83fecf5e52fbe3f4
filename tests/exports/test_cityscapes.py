from collections import Counter
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.errors import InputError
from annotation_noise.exports.cityscapes import check_categories, file_name, label_image, png


def square(left: int, top: int, side: int) -> list[list[float]]:
    right, bottom = left + side, top + side
    return [[left, top, right, top, right, bottom, left, bottom]]


def page(annotations: list[dict[str, Any]]) -> tuple[Image, list[Annotation]]:
    return Image(1, 12, 8, "ulm/x_leftImg8bit.png"), msgspec.convert(annotations, list[Annotation])


def test_smaller_over_larger_crowds_below_and_numbers_by_id() -> None:
    labels, told = label_image(
        *page(
            [
                {"id": 9, "image_id": 1, "category_id": 26, "segmentation": square(1, 1, 3)},
                {"id": 5, "image_id": 1, "category_id": 26, "segmentation": square(0, 0, 6)},
                {"id": 7, "image_id": 1, "category_id": 24, "segmentation": square(5, 0, 2)},
                {"id": 8, "image_id": 1, "category_id": 25, "segmentation": square(5, 0, 2)},
                {"id": 2, "image_id": 1, "category_id": 33, "segmentation": square(0, 0, 8), "iscrowd": 1},
                {"id": 3, "image_id": 1, "category_id": 24, "segmentation": None},
            ]
        )
    )
    expected = np.zeros((8, 12), np.uint16)
    expected[:8, :8] = 33
    expected[:6, :6] = 26000  # id 5
    expected[1:4, 1:4] = 26001  # id 9
    expected[0:2, 5:7] = 25000  # of two that are equal the later id is on top
    assert np.array_equal(labels, expected)
    assert told == Counter(instances=5, pixels=36 + 9 + 4 + 4, overlapped=9 + 2 + 4, covered=1)


def test_the_file_is_sixteen_bit_grey() -> None:
    labels = np.array([[0, 65535], [24000, 33]], np.uint16)
    content = png(labels)
    assert (content[24], content[25]) == (16, 0)
    found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    assert np.array_equal(found, labels)


def test_names_follow_the_image() -> None:
    assert file_name(Image(1, 1, 1, "ulm/x_leftImg8bit.png")) == "ulm/x_gtFine_instanceIds.png"
    assert file_name(Image(1, 1, 1, "img/001/001_00010.jpg")) == "img/001/001_00010_gtFine_instanceIds.png"
    assert file_name(Image(1, 1, 1, coco_url="http://x.org/val2017/7.jpg")) == "val2017/7_gtFine_instanceIds.png"


def test_ids_that_do_not_fit_are_said() -> None:
    check_categories([1, 64])
    for number in (0, 65, 90):
        with pytest.raises(InputError, match=f"between 1 and 64, not {number}"):
            check_categories([number])
    many = [{"id": n, "image_id": 1, "category_id": 1, "segmentation": square(0, 0, 1)} for n in range(1001)]
    assert label_image(*page(many[1:]))[1]["instances"] == 1000
    with pytest.raises(InputError, match="image 1 has 1001 instances of category 1"):
        label_image(*page(many))
