"""supervision draws polygons itself, reads run lengths exactly, and keeps neither ids nor marks."""

from pathlib import Path
from typing import Any

import pytest

from tests.consumers.expected import (
    ByImage,
    Files,
    Instance,
    assert_drawn_within_a_pixel,
    assert_same,
    assert_same_labels,
    from_corners,
    read,
)

supervision = pytest.importorskip("supervision", reason="needs supervision: make consumers")


def dataset_of(path: Path, images: Path) -> Any:
    return supervision.DetectionDataset.from_coco(str(images), str(path), force_masks=True)


def read_theirs(path: Path, images: Path) -> ByImage:
    dataset = dataset_of(path, images)
    return {
        Path(name).name: [
            Instance(dataset.classes[category], bool(crowd), from_corners(*box.tolist()), mask)
            for category, crowd, box, mask in zip(
                seen.class_id, seen.data["iscrowd"], seen.xyxy, seen.mask, strict=True
            )
        ]
        for name, _, seen in dataset
    }


def test_masks_boxes_classes_and_counts(files: Files) -> None:
    seen, expected = read_theirs(files.noisy, files.images), read(files.noisy)
    if files.form == "rle":
        assert_same(seen, expected)
    else:
        assert_same_labels(seen, expected)
        assert_drawn_within_a_pixel(seen, read_theirs(files.clean, files.images), files)


def test_ids_and_marks_are_dropped(files: Files) -> None:
    for _, _, detections in dataset_of(files.noisy, files.images):
        assert set(detections.data) == {"iscrowd", "area", "class_name"}
