"""Scenes for the tests of instances noises."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation_noise.core.calls import frozen
from annotation_noise.geometry.masks import box, from_frame
from noisers import Box, Instance, Scene

Frame = NDArray[np.uint8]


def scene_of(frames: Sequence[Frame], categories: Sequence[int] = (), ids: Sequence[int] = ()) -> Scene:
    """Instances of these whole frames, ids from 1 and category 3 unless given."""
    masks = [frozen(from_frame(frame)) for frame in frames]
    numbers, classes = ids or range(1, len(frames) + 1), categories or [3] * len(frames)
    rows = zip(numbers, classes, masks, strict=True)
    instances = sorted(Instance(number, category, mask, Box(*box(mask))) for number, category, mask in rows)
    height, width = frames[0].shape
    return Scene(7, height, width, tuple(instances))


def square(left: float, top: float, side: float) -> list[list[float]]:
    """A polygon."""
    return [[left, top, left + side, top, left + side, top + side, left, top + side]]


def dataset(
    polygons_of_images: Sequence[Sequence[Any]], width: int = 64, height: int = 48, **more: Any
) -> dict[str, Any]:
    """A COCO dataset with an annotation for each polygon, ids from 1; more: other fields that they all have."""
    polygons = [(image, polygon) for image, polygons in enumerate(polygons_of_images, 1) for polygon in polygons]
    return {
        "images": [{"id": number + 1, "width": width, "height": height} for number in range(len(polygons_of_images))],
        "categories": [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog"}],
        "annotations": [
            {"id": number, "image_id": image, "category_id": 3, "segmentation": polygon, "iscrowd": 0, **more}
            for number, (image, polygon) in enumerate(polygons, 1)
        ],
    }
