"""Annotations of something that is not there."""

from typing import Annotated, Literal

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.boxes import box_iou
from annotation_noise.geometry.masks import Mask, Pixels, area_px, box, overlap_px
from annotation_noise.geometry.placing import placed
from noisers import Add, Box, Classes, Instance, Scene, Unable, noiser

TRIES = 50
Shape = Literal["own_shape", "box", "ellipse", "any_box"]


@noiser("instances", example={"shape": "own_shape", "same_class": False, "iou_below": 0.2})
def bogus(
    scene: Scene,
    rng: Generator,
    *,
    instance: Instance,
    classes: Classes,
    shape: Shape,
    same_class: bool,
    iou_below: Annotated[float, Meta(ge=0, le=1)],
) -> list[Add | Unable]:
    """Add an instance somewhere in the image, about as large as the one that is chosen.

    shape: that of the chosen one, a rectangle or an ellipse of its width and height, each at a uniform place where it
        lies in the image; or any rectangle, between two uniform points of the image.
    same_class: of the class of the chosen one; else of any class, uniformly.
    iou_below: the IoU with every instance of the scene stays below this, of the masks and of the boxes; 0 lets nothing
        pass.

    After 50 places, or where the chosen one has no mask to take the size from, nothing is added and the log says so.

    Source: DN-TOD (arXiv 2401.08056), rectangles with 0.2; UNA (arXiv 2312.13822), any rectangle without a limit.
    """
    own = instance.mask.pixels
    if shape != "any_box" and not own.size:
        return [Unable(instance.id, "no_mask")]
    pixels = {"box": np.ones_like(own), "ellipse": _ellipse(own)}.get(shape, own)
    for _ in range(TRIES):
        mask = _any_box(scene, rng) if shape == "any_box" else _somewhere(pixels, scene, rng)
        if mask.pixels.size and all(_iou(mask, other) < iou_below for other in scene.instances):
            category_id = instance.category_id if same_class else classes.ids[rng.integers(len(classes.ids))]
            return [Add(mask, category_id, (instance.id,))]
    return [Unable(instance.id, "no_place")]


def _somewhere(pixels: Pixels, scene: Scene, rng: Generator) -> Mask:
    height, width = pixels.shape
    left, top = rng.integers((scene.width - width + 1, scene.height - height + 1)).tolist()
    return placed(pixels, left, top, scene.height, scene.width)


def _any_box(scene: Scene, rng: Generator) -> Mask:
    left, right = sorted(rng.integers(scene.width + 1, size=2).tolist())
    top, bottom = sorted(rng.integers(scene.height + 1, size=2).tolist())
    return placed(np.ones((bottom - top, right - left), np.uint8), left, top, scene.height, scene.width)


def _ellipse(pixels: Pixels) -> Pixels:
    """The pixels whose centres lie in the ellipse that touches the four sides of the window."""
    y, x = ((2 * np.arange(length) + 1) / max(length, 1) - 1 for length in pixels.shape)
    return np.asarray(y[:, None] ** 2 + x**2 <= 1, np.uint8)


def _iou(mask: Mask, other: Instance) -> float:
    """The larger one of the IoUs of the masks and of the boxes."""
    common_px = overlap_px(mask, other.mask)
    of_masks = common_px / (area_px(mask) + area_px(other.mask) - common_px)
    return max(of_masks, box_iou(Box(*box(mask)), other.box))
