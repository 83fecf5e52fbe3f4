"""datumaro gives polygons part by part, keeps ids, and of the marks only those in `attributes`."""

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.consumers.conftest import HARD, noised
from tests.consumers.expected import ByImage, Files, Instance, annotations_by_image, assert_same, read

datumaro = pytest.importorskip("datumaro", reason="needs datumaro: make consumers")


def dataset_of(path: Path, images: Path, folder: Path) -> Any:
    """The dataset, laid out as datumaro wants it."""
    (folder / "annotations").mkdir(parents=True)
    (folder / "annotations" / path.name).symlink_to(path)
    (folder / "images").mkdir()
    (folder / "images" / images.name).symlink_to(images)
    return datumaro.Dataset.import_from(str(folder), "coco_instances")


def instance_of(parts: list[Any], names: list[str]) -> Instance:
    """The instance that datumaro gives as a box, and as a mask for each part of it."""
    (box,) = [part for part in parts if part.type == datumaro.AnnotationType.bbox]
    drawn = [part.image.astype(bool) for part in parts if part.type == datumaro.AnnotationType.mask]
    return Instance(names[box.label], box.attributes["is_crowd"], tuple(box.get_bbox()), np.logical_or.reduce(drawn))


def read_theirs(path: Path, images: Path, folder: Path) -> tuple[ByImage, dict[str, list[int]]]:
    """Its reading, and the ids; sorted by them, since its order is another than the file's."""
    dataset = dataset_of(path, images, folder).transform("polygons_to_masks")
    names = [category.name for category in dataset.categories()[datumaro.AnnotationType.label]]
    seen, ids = ByImage(), {}
    for item in dataset:
        annotations = sorted(item.annotations, key=lambda annotation: annotation.id)
        groups = [list(parts) for _, parts in groupby(annotations, lambda annotation: annotation.id)]
        name = Path(item.media.path).name
        seen[name] = [instance_of(parts, names) for parts in groups]
        ids[name] = [parts[0].id for parts in groups]
    return seen, ids


def test_masks_boxes_classes_counts_and_ids(files: Files, tmp_path: Path) -> None:
    """It rounds points, and so moves pixels of polygons that no noise has met; ours run along whole numbers."""
    seen, ids = read_theirs(files.noisy, files.images, tmp_path / "noisy")
    clean, _ = read_theirs(files.clean, files.images, tmp_path / "clean")
    expected, in_file = read(files.noisy), annotations_by_image(files.noisy)
    assert ids == {name: [annotation["id"] for annotation in annotations] for name, annotations in in_file.items()}
    if files.form == "polygon":
        for name, annotations in in_file.items():
            for place, annotation in enumerate(annotations):
                if annotation["boundary_type"] == "none" and not annotation["iscrowd"]:
                    expected[name][place] = expected[name][place]._replace(mask=clean[name][place].mask)
    assert_same(seen, expected)


def test_marks_are_kept_in_attributes_alone(sample: Path, files: Files, tmp_path: Path) -> None:
    noised(sample, tmp_path / "out", *HARD, "--segmentation", files.form, "--attributes")
    with_attributes = tmp_path / "out" / files.noisy.name
    for path, keys in [(files.noisy, {"is_crowd"}), (with_attributes, {"is_crowd", "boundary_type", "class_noise"})]:
        dataset = dataset_of(path, files.images, tmp_path / f"coco_{len(keys)}")
        assert all(set(part.attributes) == keys for item in dataset for part in item.annotations)
