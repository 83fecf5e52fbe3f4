"""Boxes that are neither right nor wholly wrong."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.boxes import box_iou, clipped
from noisers import Box, Instance, noiser

TRIES = 100


@noiser(
    "box",
    example={"std_share": 0.15, "least_iou": 0.4, "below_iou": 0.7},
    levels={"least_iou": (0.7, 0.4, 0.2), "below_iou": (0.9, 0.7, 0.4)},
)
def box_iou_window(
    box: Box,
    rng: Generator,
    *,
    instance: Instance,
    std_share: Annotated[float, Meta(ge=0)],
    least_iou: Annotated[float, Meta(ge=0, le=1)],
    below_iou: Annotated[float, Meta(ge=0, le=1)],
) -> Box:
    """Shift and resize the box by normal shares of its sides until its IoU with the clean box is as it should be.

    std_share: standard deviation of the shares, for left, top, width and height, in this order.
    least_iou: the IoU is at least this, once the box is cut to the image.
    below_iou: and below this.

    After 100 tries the box stays. The mask is not touched.

    Source: Schubert et al. (arXiv 2303.06999), 0.15 and IoUs from 0.4 to 0.7.
    """
    height_px, width_px = instance.mask.frame_height, instance.mask.frame_width
    for _ in range(TRIES):
        left, top, wider, higher = (std_share * rng.standard_normal(4)).tolist()
        width, height = box.width * (1 + wider), box.height * (1 + higher)
        if min(width, height) < 0:
            continue
        noisy = clipped(
            Box(box.left + left * box.width, box.top + top * box.height, width, height), height_px, width_px
        )
        if noisy and least_iou <= box_iou(instance.box, noisy) < below_iou:
            return noisy
    return box
