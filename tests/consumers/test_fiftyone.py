"""FiftyOne, with its database: masks, ids and marks."""

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.consumers.expected import ByImage, Files, Instance, annotations_by_image, assert_same, read


@pytest.fixture(scope="module")
def fiftyone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The library, with its database in a folder of the test, and nothing told to its makers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIFTYONE_DATABASE_DIR", str(tmp_path_factory.mktemp("database")))
        patch.setenv("FIFTYONE_DO_NOT_TRACK", "true")
        pytest.importorskip("fiftyone", reason="needs fiftyone: make consumers")
        yield importlib.import_module("fiftyone")


def test_masks_boxes_classes_counts_ids_and_marks(fiftyone: Any, files: Files) -> None:
    """Masks are cut at the box, which is the mask's own where it was noised; of the clean ones a row may be missing."""
    dataset = fiftyone.Dataset.from_dir(
        dataset_type=fiftyone.types.COCODetectionDataset,
        data_path=str(files.images),
        labels_path=str(files.noisy),
        label_types="segmentations",
        include_annotation_id=True,
        progress=False,
    )
    expected, in_file = read(files.noisy), annotations_by_image(files.noisy)
    seen = ByImage()
    for sample in dataset:
        annotations = in_file[sample.filename]
        seen[sample.filename] = []
        for detection, annotation in zip(sample.ground_truth.detections, annotations, strict=True):
            for key in ("boundary_type", "class_noise"):
                assert detection[key] == annotation[key]
            assert detection["coco_id"] == annotation["id"]
            mask = np.zeros((240, 320), bool)
            left, top, width, height = (detection.bounding_box * np.array([320, 240, 320, 240])).tolist()
            mask[round(top) : round(top + height), round(left) : round(left + width)] = detection.mask
            seen[sample.filename].append(
                Instance(detection.label, bool(detection["iscrowd"]), (left, top, width, height), mask)
            )
    assert_same(seen, expected)
