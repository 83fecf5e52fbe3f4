"""Objects of which one side is missing."""

import math
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask
from noisers import Noised, noiser


@noiser("mask", example={"cut_share": 0.3}, levels={"cut_share": (0.1, 0.3, 0.5)})
def cut_part(mask: Mask, rng: Generator, *, cut_share: Annotated[float, Meta(ge=0, le=1)]) -> Noised:
    """Cut off by a straight line in a random direction exactly so many of the mask's pixels.

    cut_share: of all its pixels, 0 to 1, rounded to whole pixels, halves to the even number; 1 leaves none.

    The direction is uniform over all. Of pixels that are alike far in it those above go first, and those on the left
    in a row. The log gets `direction_deg`, the direction of what is missing in degrees, 0 to 360, from the right
    towards below.

    Source: ours.
    """
    angle = rng.uniform(0, 2 * math.pi)
    rows, columns = np.nonzero(mask.pixels)
    far = (columns + mask.left) * math.cos(angle) + (rows + mask.top) * math.sin(angle)
    kept_px = len(far) - round(cut_share * len(far))
    pixels = mask.pixels.copy()
    if kept_px < len(far):
        limit = np.partition(far, kept_px)[kept_px]
        gone = np.append(np.flatnonzero(far > limit), np.flatnonzero(far == limit))[: len(far) - kept_px]
        pixels[rows[gone], columns[gone]] = 0
    return Noised(mask._replace(pixels=pixels), {"direction_deg": round(math.degrees(angle), 6)})
