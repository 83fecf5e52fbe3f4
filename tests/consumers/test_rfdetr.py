"""RF-DETR's loader, which leaves crowd regions out."""

import pytest

from tests.consumers.expected import ByImage, Files, Instance, assert_same, from_corners, read, without_crowds

pytest.importorskip("rfdetr", reason="needs rfdetr: make consumers")
from rfdetr.datasets.coco import CocoDetection


def test_masks_boxes_classes_and_counts(files: Files) -> None:
    dataset = CocoDetection(files.images, files.noisy, None, include_masks=True, remap_category_ids=True)
    coco = dataset.coco
    seen = ByImage()
    for _, target in dataset:
        seen[coco.imgs[target["image_id"].item()]["file_name"]] = [
            Instance(coco.cats[dataset.label2cat[label]]["name"], bool(crowd), from_corners(*box), mask.numpy())
            for label, crowd, box, mask in zip(
                target["labels"].tolist(), target["iscrowd"], target["boxes"].tolist(), target["masks"], strict=True
            )
        ]
        assert not {"id", "boundary_type", "class_noise"} & set(target)
    assert_same(seen, without_crowds(read(files.noisy)))
