"""mmdetection's dataset class and its loading of masks.

They need none of mmcv's compiled operators, which PyPI has as source only, but importing them does: a module stands in
for those, and each of its operators fails.
"""

import sys
from types import ModuleType
from typing import Any

import pytest

from tests.consumers.expected import ByImage, Files, Instance, assert_same, from_corners, read

pytest.importorskip("mmdet", reason="needs mmdet: make consumers")


@pytest.fixture(scope="module")
def mmdet_datasets() -> Any:
    def operator(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def fail(*_: Any, **__: Any) -> None:
            raise AssertionError(f"mmcv's operator {name} is not here")

        return fail

    module = ModuleType("mmcv._ext")
    module.__getattr__ = operator  # type: ignore[method-assign]
    sys.modules["mmcv._ext"] = module
    import mmdet.datasets
    from mmdet.utils import register_all_modules

    register_all_modules()
    return mmdet.datasets


def dataset_of(library: Any, files: Files, *, poly2mask: bool) -> Any:
    """The dataset, with mmdetection's own first steps of training; poly2mask is True there too."""
    steps = [
        {"type": "LoadImageFromFile"},
        {"type": "LoadAnnotations", "with_bbox": True, "with_mask": True, "poly2mask": poly2mask},
    ]
    prefix, classes = {"img": f"{files.images}/"}, ("ball", "ring", "box", "star", "leaf", "flower")
    return library.CocoDataset(
        ann_file=str(files.noisy), data_prefix=prefix, metainfo={"classes": classes}, pipeline=steps
    )


def test_masks_boxes_classes_and_counts(mmdet_datasets: Any, files: Files) -> None:
    dataset = dataset_of(mmdet_datasets, files, poly2mask=True)
    seen = ByImage()
    for item in dataset:
        seen[item["img_path"].rpartition("/")[2]] = [
            Instance(dataset.metainfo["classes"][label], bool(ignored), from_corners(*box), mask.astype(bool))
            for label, ignored, box, mask in zip(
                item["gt_bboxes_labels"],
                item["gt_ignore_flags"],
                item["gt_bboxes"].tensor.tolist(),
                item["gt_masks"].masks,
                strict=True,
            )
        ]
    assert_same(seen, read(files.noisy))


def test_without_poly2mask_run_lengths_are_ignored(mmdet_datasets: Any, files: Files) -> None:
    """Which leaves a training on them without a word."""
    dataset = dataset_of(mmdet_datasets, files, poly2mask=False)
    ignored = {bool(flag) for item in dataset for flag in item["gt_ignore_flags"]}
    assert ignored == ({True} if files.form == "rle" else {True, False})


def test_marks_and_ids_are_dropped(mmdet_datasets: Any, files: Files) -> None:
    dataset = dataset_of(mmdet_datasets, files, poly2mask=True)
    assert set(dataset.get_data_info(0)["instances"][0]) == {"ignore_flag", "bbox", "bbox_label", "mask"}
