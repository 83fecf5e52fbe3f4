"""Outlines drawn inside the object."""

import math
from typing import Annotated, Literal

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry import masks
from annotation_noise.geometry.discs import shrunk
from annotation_noise.geometry.masks import Mask
from noisers import noiser


@noiser("mask", example={"radius_px": 3.0, "shape": "disc"}, levels={"radius_px": (1.0, 3.0, 9.0)})
def erode(
    mask: Mask, rng: Generator, *, radius_px: Annotated[float, Meta(ge=0)], shape: Literal["disc", "square"]
) -> Mask:
    """Take away the pixels near the background.

    radius_px: how near, 0 or more; below 1 nothing changes.
    shape: a disc takes the distance of the centres of two pixels; a square the larger of their distances in x and in y,
    so that its side is 2r + 1, r the radius cut off to a whole number.

    What lies beyond the image is not background, so nothing shrinks away from the image border, and a mask of the whole
    image stays. May leave no pixel. Draws nothing.

    Source: cv2.erode; the erosions of arXiv 2406.10891, AIO2, Confident Learning (MICCAI 2020) and arctique.
    """
    if shape == "square":
        return masks.erode(mask, 2 * math.floor(radius_px) + 1)
    return shrunk(mask, radius_px)
