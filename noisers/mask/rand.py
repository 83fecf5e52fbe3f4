"""Masks drawn too large or too small by a constant margin."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask, dilate, erode
from noisers import Noised, noiser


@noiser("mask", example={"kernel_px": 3}, levels={"kernel_px": (3, 7, 15)})
def rand(mask: Mask, rng: Generator, *, kernel_px: Annotated[int, Meta(ge=0)]) -> Noised:
    """Dilate or erode the mask, as a fair coin falls, once, by a square of ones.

    kernel_px: side of the square in pixels, odd and positive; the margin is (kernel_px - 1) / 2 on
    each side, and 1 changes nothing. Nothing shrinks away from the image border, as nothing is
    known of what lies beyond. Erosion may leave no pixel. The log gets `operation`: dilate or erode.

    Raises ValueError for a side that is even or not positive.

    Source: arXiv 2406.10891, the scale noise of COCO-N; cv2.dilate and cv2.erode.
    """
    if kernel_px < 1 or kernel_px % 2 == 0:
        raise ValueError(f"kernel_px must be odd and positive, not {kernel_px}")
    if rng.random() < 0.5:
        return Noised(dilate(mask, kernel_px), {"operation": "dilate"})
    return Noised(erode(mask, kernel_px), {"operation": "erode"})
