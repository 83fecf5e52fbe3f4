"""Objects with a wedge missing, as a cake lacks a piece."""

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask
from noisers import Noised, noiser


@noiser("mask", example={"angle_deg": 60.0}, levels={"angle_deg": (30.0, 60.0, 120.0)})
def wedge(mask: Mask, rng: Generator, *, angle_deg: Annotated[float, Meta(ge=0, le=360)]) -> Noised:
    """Leave out a wedge with its tip in the mask's centroid, in a random direction.

    angle_deg: of the wedge in degrees, 0 to 360; 360 leaves no pixel.

    A disc loses angle_deg / 360 of its area. The direction of the wedge's first side is uniform over all; from there
    it goes on towards below. A pixel in the centroid lies to its right. The log gets `direction_deg`, that direction
    from the right towards below.

    Source: ours; the missing chunk of a mask augmentor for SAM refinement (Ultra-Refiner) has its tip in the box's
    centre.
    """
    start_deg = rng.uniform(0, 360)
    rows, columns = np.nonzero(mask.pixels)
    if not len(rows):
        return Noised(mask, {"direction_deg": round(start_deg, 6)})
    down, right = (places + offset for places, offset in ((rows, mask.top), (columns, mask.left)))
    turn_deg = (np.degrees(np.arctan2(down - down.mean(), right - right.mean())) - start_deg) % 360
    pixels = mask.pixels.copy()
    pixels[rows, columns] = turn_deg >= angle_deg
    return Noised(mask._replace(pixels=pixels), {"direction_deg": round(start_deg, 6)})
