"""Outlines drawn with an unsteady hand."""

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.contours import FARTHEST_PX, contours, fill
from annotation_noise.geometry.masks import Mask
from noisers import noiser


@noiser("mask", example={"std_px": 2.0}, levels={"std_px": (1.0, 2.0, 4.0)})
def localization(mask: Mask, rng: Generator, *, std_px: Annotated[float, Meta(ge=0)]) -> Mask:
    """Move every contour vertex by an independent normal step in x and in y.

    std_px: standard deviation of the steps in pixels, 0 or more; 0 changes nothing, and what is over twice
    the frame's larger side counts as that. Vertices are rounded to the nearest pixel, halves to the even one. Holes
    move like outer contours. The steps are drawn contour by contour and vertex by vertex, x before y. Contours may
    cross themselves then (filled by the even-odd rule), leave the image (cut off) or come out empty.

    Source: arXiv 2406.10891, the localization noise of COCO-N.
    """
    std_px = min(std_px, 2.0 * max(mask.frame_height, mask.frame_width))
    moved = []
    for ring in contours(mask):
        steps = rng.normal(0.0, std_px, ring.points.shape)
        points = np.clip(np.rint(ring.points + steps), -FARTHEST_PX, FARTHEST_PX)
        moved.append(ring._replace(points=points.astype(np.int32)))
    return fill(moved, like=mask)
