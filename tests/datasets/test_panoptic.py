import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation_noise.datasets.panoptic import read
from annotation_noise.errors import InputError
from tests.folders import PALETTE, decoded, panoptic, png

CATEGORIES = [
    {"id": 1, "name": "person", "supercategory": "person", "isthing": 1, "color": [220, 20, 60]},
    {"id": 3, "name": "car", "isthing": 1},
    {"id": 200, "name": "rug", "isthing": 0},
]
BIG = 2**24 - 1
IDS = np.array([[0, 70000, 70000, BIG], [9, 70000, 300, 9], [9, 9, 0, 0]])
SEGMENTS: list[dict[str, Any]] = [
    {"id": 70000, "category_id": 3, "iscrowd": 0, "area": 3, "bbox": [1, 0, 2, 2]},
    {"id": 9, "category_id": 200, "iscrowd": 0},
    {"id": BIG, "category_id": 1, "iscrowd": 1},
    {"id": 300, "category_id": 1, "iscrowd": 0},
]


def test_things_become_annotations(tmp_path: Path) -> None:
    panoptic(tmp_path / "panoptic_val2017.json", {139: (IDS, SEGMENTS), 7: (IDS.T, SEGMENTS)}, CATEGORIES)
    (split,) = read(tmp_path)
    assert (split.name, split.categories) == ("val2017", CATEGORIES[:2])
    first, second = map(split.records, split.frames())
    assert first.image == {"id": 7, "file_name": "000000000007.jpg", "width": 3, "height": 4}
    assert second.image == {"id": 139, "file_name": "000000000139.jpg", "width": 4, "height": 3}
    expected = [(300, 1, 0), (70000, 3, 0), (BIG, 1, 1)]
    for found, ids in ((first, IDS.T), (second, IDS)):
        number = found.image["id"]
        assert [(a["id"], a["category_id"], a["iscrowd"]) for a in found.annotations] == [
            (2**24 * number + segment, kind, crowd) for segment, kind, crowd in expected
        ]
        for annotation, (segment, _, _) in zip(found.annotations, expected, strict=True):
            assert np.array_equal(decoded(annotation), ids == segment)
        assert not found.skipped


def test_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    segments = [SEGMENTS[0], {"id": 5, "category_id": 1}, {"id": 300, "category_id": 77}]
    panoptic(tmp_path / "panoptic_a.json", {1: (IDS, segments)}, CATEGORIES)
    (split,) = read(tmp_path / "panoptic_a.json")
    (found,) = map(split.records, split.frames())
    assert [a["id"] for a in found.annotations] == [2**24 + 70000]
    assert found.skipped == {
        "without a pixel": 1,
        "of the unknown class 77": 1,
        "that `segments_info` does not list": 2,
    }


def edit(file: Path, change: Callable[[Any], object]) -> None:
    table = json.loads(file.read_text())
    change(table)
    file.write_text(json.dumps(table))


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no panoptic_\*.json"):
        read(tmp_path)
    file = tmp_path / "panoptic_val.json"

    def fresh() -> None:
        panoptic(file, {139: (IDS, SEGMENTS), 7: (IDS, SEGMENTS)}, CATEGORIES)

    def frames() -> None:
        (split,) = read(tmp_path)
        list(map(split.records, split.frames()))

    fresh()
    with pytest.raises(InputError, match=r"has no panoptic_train\*.json, only panoptic_val.json"):
        read(tmp_path, ["train"])
    for change, message in (
        (lambda table: table["annotations"].pop(), "image 7 has no entry in `annotations`"),
        (lambda table: table["images"].pop(), "there is no image with id 7, which `annotations` names"),
        (lambda table: table["annotations"].append(table["annotations"][0]), "an image has two entries"),
        (lambda table: table["annotations"].clear(), "is empty: it has no annotations"),
        (lambda table: table["images"][0].update(id="x"), "not a COCO panoptic file: Expected `int`, got `str`"),
        (lambda table: table["categories"][0].pop("id"), r"categories\[0\] has no `id`"),
        (lambda table: table["annotations"][1].update(segments_info=[{"id": 1}]), "`segments_info` cannot be read"),
    ):
        fresh()
        edit(file, change)
        with pytest.raises(InputError, match=message):
            frames()
    fresh()
    (tmp_path / "panoptic_val/000000000007.png").unlink()
    with pytest.raises(InputError, match=r"panoptic_val/000000000007.png is missing, the annotation of image 7"):
        frames()
    fresh()
    extra = png(tmp_path / "panoptic_val/8.png", np.zeros((3, 3)))
    with pytest.raises(InputError, match=f"has no entry in `annotations` for {extra}"):
        frames()
    extra.unlink()
    path = png(tmp_path / "panoptic_val/000000000007.png", np.zeros((3, 3)), PALETTE, 8)
    with pytest.raises(InputError, match=f"^{path}: must be 8-bit RGB, but is 8-bit palette"):
        frames()
