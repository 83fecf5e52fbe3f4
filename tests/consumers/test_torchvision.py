"""torchvision's dataset and its wrapper for transforms, and a step of training Mask R-CNN on what they give."""

from typing import Any

import pytest

from tests.consumers.expected import (
    ByImage,
    Files,
    Instance,
    annotations_by_image,
    assert_same,
    from_corners,
    read,
)

pytest.importorskip("torchvision", reason="needs torchvision: make consumers")
import torch
from torchvision.datasets import CocoDetection, wrap_dataset_for_transforms_v2
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.transforms.v2 import functional

KEYS = ("image_id", "boxes", "labels", "masks", "iscrowd")


def datasets_of(files: Files) -> tuple[Any, Any]:
    """The dataset as it is, and wrapped."""
    plain = CocoDetection(str(files.images), str(files.noisy))
    return plain, wrap_dataset_for_transforms_v2(plain, target_keys=KEYS)


def test_masks_boxes_classes_and_counts(files: Files) -> None:
    plain, wrapped = datasets_of(files)
    names = {number: category["name"] for number, category in plain.coco.cats.items()}
    seen = ByImage()
    for _, target in wrapped:
        seen[plain.coco.imgs[target["image_id"]]["file_name"]] = [
            Instance(names[label], bool(crowd), from_corners(*box), mask.numpy().astype(bool))
            for label, crowd, box, mask in zip(
                target["labels"].tolist(),
                target["iscrowd"],
                target["boxes"].tolist(),
                target["masks"],
                strict=True,
            )
        ]
    assert_same(seen, read(files.noisy))


def test_the_dataset_keeps_ids_and_marks_and_its_wrapper_drops_them(files: Files) -> None:
    plain, _ = datasets_of(files)
    assert [target for _, target in plain] == list(annotations_by_image(files.noisy).values())
    everything = wrap_dataset_for_transforms_v2(plain, target_keys="all")
    assert not {"id", "boundary_type", "class_noise"} & set(everything[0][1])


def test_a_step_of_training_mask_rcnn(files: Files) -> None:
    """Without crowd regions; its losses are finite, and the step moves the head of the masks."""
    torch.manual_seed(1)
    _, wrapped = datasets_of(files)
    images, targets = [], []
    for image, target in (wrapped[0], wrapped[1]):
        single = torch.tensor([not crowd for crowd in target["iscrowd"]])
        images.append(functional.to_dtype(functional.to_image(image), torch.float32, scale=True))
        targets.append({key: target[key][single] for key in ("boxes", "labels", "masks")})
    backbone = resnet_fpn_backbone(backbone_name="resnet18", weights=None)
    model = MaskRCNN(backbone, num_classes=10, min_size=128, max_size=160)  # the highest id is 9
    weights = model.roi_heads.mask_predictor.mask_fcn_logits.weight
    before = weights.detach().clone()
    losses = model(images, targets)
    assert "loss_mask" in losses and all(torch.isfinite(loss) for loss in losses.values())
    sum(losses.values()).backward()
    torch.optim.SGD(model.parameters(), lr=0.001).step()
    assert not torch.equal(before, weights)
