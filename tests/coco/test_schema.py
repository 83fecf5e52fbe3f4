import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from annotation_noise.coco.file import annotations, read
from annotation_noise.coco.schema import Annotation, Image, convert, decoded
from annotation_noise.errors import InputError
from tests.annotation_files import AnnotationFiles

LVIS = "http://images.cocodataset.org/val2017/000000397133.jpg"


@pytest.mark.parametrize(
    ("fields", "name", "path"),
    [
        ({"file_name": "ulm/a.png", "coco_url": LVIS}, "ulm/a.png", "ulm/a.png"),
        ({"coco_url": LVIS}, LVIS, "val2017/000000397133.jpg"),
        ({"file_name": None, "coco_url": LVIS}, LVIS, "val2017/000000397133.jpg"),
        ({"file_name": "", "coco_url": "7.jpg"}, "7.jpg", "7.jpg"),
        ({"file_name": 7, "coco_url": ["http://"]}, "image 3", ""),
        ({}, "image 3", ""),
    ],
)
def test_what_an_image_is_called_and_where_it_lies(fields: dict[str, Any], name: str, path: str) -> None:
    """Whatever is no string is no name, in a file as in memory."""
    entry = {"id": 3, "width": 2, "height": 1, **fields}
    for image in (msgspec.convert(entry, Image), msgspec.json.decode(msgspec.json.encode(entry), type=Image)):
        assert (image.name, image.path) == (name, Path(path))


ANNOTATION: dict[str, Any] = {"id": 1, "image_id": 2, "category_id": 3}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"area": -0.5}, "annotations[1].area: expected float >= 0.0"),
        ({"iscrowd": -1}, "annotations[1].iscrowd: expected int >= 0"),
        ({"iscrowd": 2}, "annotations[1].iscrowd: expected int <= 1"),
        ({"iscrowd": 10**20}, "annotations[1].iscrowd: expected int <= 1"),
        (
            {"bbox": [1, 2, 3]},
            "annotations[1]: bbox must be left, top, width and height, no side negative; not [1.0, 2.0, 3.0]",
        ),
        ({"bbox": [1, 2, 3, 4, 5]}, "annotations[1]: bbox must be left, top, width and height"),
        ({"bbox": [1, 2, -3, 4]}, "annotations[1]: bbox must be left, top, width and height"),
        ({"bbox": [1, 2, 3, -0.1]}, "annotations[1]: bbox must be left, top, width and height"),
    ],
)
def test_fields_that_cannot_be(fields: dict[str, Any], message: str) -> None:
    both = [ANNOTATION, {**ANNOTATION, **fields}]
    with pytest.raises(InputError) as in_a_file:
        decoded(json.dumps(both).encode(), list[Annotation], "annotations")
    with pytest.raises(InputError) as in_memory:
        convert(both, list[Annotation], "annotations")
    assert [str(refused.value)[: len(message)] for refused in (in_a_file, in_memory)] == [message] * 2


@pytest.mark.parametrize(
    "fields",
    [
        {"area": 0, "bbox": [5, 6, 0, 0]},
        {"area": None, "bbox": None, "iscrowd": None},
        {"bbox": []},
        {"bbox": [-3.5, -1, 2, 9]},
        {"iscrowd": True},
        {"iscrowd": 1},
    ],
)
def test_fields_of_real_files(fields: dict[str, Any]) -> None:
    (annotation,) = decoded(json.dumps([{**ANNOTATION, **fields}]).encode(), list[Annotation], "annotations")
    assert {key: getattr(annotation, key) for key in fields} == fields


def test_real_annotations_are_accepted(annotation_files: AnnotationFiles) -> None:
    for path in (annotation_files.coco / "instances_train2017.json", annotation_files.lvis):
        file = read(path)
        assert len(list(annotations(file, file.places))) > 700


@pytest.mark.parametrize("part", ["images", "annotations", "categories", "info"])
def test_half_of_a_character_is_no_json(tmp_path: Path, tiny: Any, part: str) -> None:
    """Python's json takes it, and could not write it as UTF-8."""
    tiny = {"info": [{}], **tiny}
    tiny[part][0]["note"] = "\ud800"
    (tmp_path / "x.json").write_text(json.dumps(tiny))
    with pytest.raises(InputError, match=r"x\.json: not JSON: JSON is malformed"):
        read(tmp_path / "x.json")
