"""transformers: the processors of DETR, which wants polygons and no crowd regions, and of Mask2Former."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.consumers.expected import (
    ByImage,
    Files,
    Instance,
    annotations_by_image,
    assert_same,
    in_pixels,
    read,
    without_crowds,
)

pytest.importorskip("torchvision", reason="needs torchvision: make consumers")
transformers = pytest.importorskip("transformers", reason="needs transformers: make consumers")
NAMES = {1: "ball", 2: "ring", 4: "box", 5: "star", 8: "leaf", 9: "flower"}
IMAGE = np.zeros((240, 320, 3), np.uint8)


def as_detr(annotations: list[dict[str, Any]]) -> Any:
    """The labels that DETR's processor makes, at the size of the image."""
    processor = transformers.DetrImageProcessor(do_resize=False, do_pad=False)
    target = {"image_id": 1, "annotations": annotations}
    (labels,) = processor(IMAGE, annotations=target, return_segmentation_masks=True, return_tensors="pt")["labels"]
    return labels


def test_detr_reads_polygons_without_crowds(files: Files) -> None:
    """Run lengths it takes for lists of numbers."""
    single = {
        name: [annotation for annotation in annotations if not annotation["iscrowd"]]
        for name, annotations in annotations_by_image(files.noisy).items()
    }
    if files.form == "rle":
        for annotations in single.values():
            with pytest.raises(ValueError, match="invalid literal for int"):
                as_detr(annotations)
        return
    seen = ByImage()
    for name, annotations in single.items():
        labels = as_detr(annotations)
        boxes = [in_pixels(*box) for box in labels["boxes"].tolist()]
        rows = zip(labels["class_labels"].tolist(), boxes, labels["masks"].numpy(), strict=True)
        seen[name] = [Instance(NAMES[label], False, box, mask.astype(bool)) for label, box, mask in rows]
    assert_same(seen, without_crowds(read(files.noisy)))


def test_detr_fails_on_an_image_with_a_crowd(files: Files) -> None:
    """It leaves the crowd's box out and its mask in."""
    by_image = annotations_by_image(files.noisy).values()
    crowded = [annotations for annotations in by_image if any(annotation["iscrowd"] for annotation in annotations)]
    assert len(crowded) == 8
    for annotations in crowded:
        with pytest.raises(IndexError if files.form == "polygon" else ValueError):
            as_detr(annotations)


def test_mask2former_reads_a_map_of_instances(files: Files) -> None:
    """Drawn by pycocotools, later ones over earlier ones: a pixel holds one instance there."""
    processor = transformers.Mask2FormerImageProcessor(do_resize=False, ignore_index=0)
    numbers = {name: number for number, name in NAMES.items()}
    for instances in without_crowds(read(files.noisy)).values():
        drawn: NDArray[np.int32] = np.zeros((240, 320), np.int32)
        for number, instance in enumerate(instances, 1):
            drawn[instance.mask] = number
        visible = [number for number in range(1, len(instances) + 1) if (drawn == number).any()]
        classes = {number: numbers[instance.category] for number, instance in enumerate(instances, 1)}
        inputs = processor(IMAGE, drawn, instance_id_to_semantic_id=classes, return_tensors="pt")
        assert inputs["class_labels"][0].tolist() == [classes[number] for number in visible]
        for number, mask in zip(visible, inputs["mask_labels"][0].numpy(), strict=True):
            assert np.array_equal(mask[:240, :320] == 1, drawn == number)
