"""The rough dataset has what people's annotations have, and its page says how much of it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pycocotools import mask as coco_mask

from examples import rough_dataset
from tests import outline_statistics
from tests.annotation_files import AnnotationFiles, drawn, real
from tests.reference import decode


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def test_it_is_the_same_each_time(drawn: AnnotationFiles, tmp_path: Path) -> None:
    rough_dataset.make_rough(tmp_path)
    for path in (*drawn.coco.iterdir(), drawn.lvis):
        assert (tmp_path / path.parent.name / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("split", ["train2017", "val2017"])
def test_it_is_a_coco_dataset(drawn: AnnotationFiles, split: str) -> None:
    dataset = load(drawn.coco / f"instances_{split}.json")
    images = {image["id"]: image for image in dataset["images"]}
    categories = {category["id"]: category["supercategory"] for category in dataset["categories"]}
    assert len(images) == len(dataset["images"]) and len(set(categories.values())) > 1
    ids = [annotation["id"] for annotation in dataset["annotations"]]
    assert len(set(ids)) == len(ids) and ids != sorted(ids) and max(ids) > 2**32
    for image in images.values():
        assert (drawn.coco.parent / split / image["file_name"]).is_file()
    for annotation in dataset["annotations"]:
        image = images[annotation["image_id"]]
        frame = decode(annotation["segmentation"], image["height"], image["width"])
        assert frame.any() and annotation["category_id"] in categories
        assert isinstance(annotation["segmentation"], dict if annotation["iscrowd"] else list)
        if annotation["iscrowd"]:
            assert annotation["area"] == frame.sum()
            continue
        left, top, width, height = annotation["bbox"]
        for ring in annotation["segmentation"]:
            assert len(ring) >= 6
            assert all(left <= x <= left + width + 1e-6 for x in ring[::2])
            assert all(top <= y <= top + height + 1e-6 for y in ring[1::2])
        assert left >= 0 and left + width <= image["width"] + 0.01
        assert top >= 0 and top + height <= image["height"] + 0.01


def test_the_lvis_file_is_true_of_itself(drawn: AnnotationFiles) -> None:
    dataset = load(drawn.lvis)
    pairs = Counter((a["category_id"], a["image_id"]) for a in dataset["annotations"])
    for category in dataset["categories"]:
        counts = [count for (number, _), count in pairs.items() if number == category["id"]]
        assert (category["instance_count"], category["image_count"]) == (sum(counts), len(counts))
        assert category["frequency"] in "rcf"
    for image in dataset["images"]:
        there = {number for number, image_id in pairs if image_id == image["id"]}
        assert not there & set(image["neg_category_ids"])
        assert set(image["not_exhaustive_category_ids"]) <= there
    assert all(ring[:2] == ring[-2:] for a in dataset["annotations"] for ring in a["segmentation"])
    assert not any("iscrowd" in annotation for annotation in dataset["annotations"])
    assert {category["frequency"] for category in dataset["categories"]} == set("rcf")


def test_a_hole_is_cut_out_by_its_seam() -> None:
    """A square with a square hole: out along the outer one, in by the seam, round the inner one, and back."""
    outer, inner = [(1, 1), (9, 1), (9, 9), (1, 9)], [(3, 3), (3, 7), (7, 7), (7, 3)]
    ring = [float(value) for point in [*outer, outer[0], *inner, inner[0]] for value in point]
    runs = coco_mask.merge(coco_mask.frPyObjects([ring], 10, 10))
    assert coco_mask.area(runs) == 8 * 8 - 4 * 4


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["drawn", pytest.param("real", marks=pytest.mark.real)])
def test_the_figures_of_its_page_are_what_is_measured(kind: str, tmp_path: Path) -> None:
    files = real() if kind == "real" else drawn(tmp_path)
    assert files
    shown = [line[4:] for line in (rough_dataset.__doc__ or "").splitlines()]
    start = next(place for place, line in enumerate(shown) if "COCO, drawn" in line)
    cuts = [shown[start].index(title) for title in ("COCO, drawn", "COCO, real", "LVIS, drawn", "LVIS, real")]
    for title, column in outline_statistics.columns(files, kind).items():
        cut = shown[start].index(title)
        end = min((other for other in cuts if other > cut), default=None)
        assert [line[cut:end].strip() for line in shown[start + 1 : start + 1 + len(column)]] == list(column.values())
