"""Outlines scaled about the middle of the object."""

from typing import Literal

import numpy as np
from numpy.random import Generator

from annotation_noise.geometry.contours import contours, fill
from annotation_noise.geometry.masks import Mask, tight
from annotation_noise.geometry.rings import middle, moved
from noisers import Noised, noiser


@noiser(
    "mask",
    example={"farthest_px": 3.0, "direction": "coin"},
    levels={"farthest_px": (1.0, 3.0, 10.0)},
)
def radial_scale(mask: Mask, rng: Generator, *, farthest_px: float, direction: Literal["fixed", "coin"]) -> Noised:
    """Scale all contours about the middle of the mask's box, so that the farthest vertex moves by a given distance.

    farthest_px: that distance in pixels, above 0 outward, below 0 inward; 0 changes nothing.
    direction: fixed, as the number says; or its sign, or the other one, as a fair coin falls.

    Vertices are the centres of the contours' pixels, and come out at the nearest one, halves at the even one. All
    contours of the mask, holes too, are scaled about one middle by one factor. Inward by the distance of the farthest
    vertex or more, no pixel is left; outward, one vertex alone stays where it is, and twice the longer side of the
    image is the most. Cut off at the image border. Draws one number, of the coin, whichever the direction. The log gets
    `outward_px`.

    Source: the `polygon` scale of COCO-N's second generator (noise_annotations_v2.py), there about the middle of each
    part.
    """
    outward_px = farthest_px if rng.random() < 0.5 or direction == "fixed" else -farthest_px
    rings, centre = contours(mask), np.array(middle(tight(mask)))
    reach_px = max(float(np.hypot(*(ring.points - centre).T).max()) for ring in rings)
    drawn = {"outward_px": outward_px}
    if outward_px < 0 and -outward_px >= reach_px:
        return Noised(fill([], like=mask), drawn)
    most_px = 2 * max(mask.frame_height, mask.frame_width)
    growth = min(outward_px, most_px) / reach_px if reach_px else 0.0
    scaled = [moved(ring, ring.points, (ring.points - centre) * growth, like=mask) for ring in rings]
    return Noised(fill(scaled, like=mask), drawn)
