"""Objects cut into fragments."""

import math
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask
from noisers import noiser


@noiser(
    "mask",
    example={"count": 2, "width_px": 4.0, "offset_px": 10.0},
    levels={"count": (1, 2, 5)},
)
def fragment(
    mask: Mask,
    rng: Generator,
    *,
    count: Annotated[int, Meta(ge=0, le=1000)],
    width_px: Annotated[float, Meta(ge=0)],
    offset_px: Annotated[float, Meta(ge=0)],
) -> Mask:
    """Take strips out of the mask that run past its centroid, each in a random direction.

    count: how many strips, 0 to 1000.
    width_px: of each in pixels, 0 or more.
    offset_px: how far from the centroid the middle of a strip may run in pixels; it is uniform up to this on either
        side.

    The directions are uniform. A pixel is taken out if its centre lies in a strip, of whose two sides one belongs to
    it. May leave no pixel.

    Source: ours; the fragmentation of a mask augmentor for SAM refinement (Ultra-Refiner).
    """
    rows, columns = np.nonzero(mask.pixels)
    if not len(rows):
        return mask
    down, right = rows - rows.mean(), columns - columns.mean()
    far_px = 2.0 * max(mask.frame_height, mask.frame_width)
    half_px, most_px = min(width_px, 2 * far_px) / 2, min(offset_px, far_px)
    pixels = mask.pixels.copy()
    for _ in range(count):
        angle, offset = rng.uniform(0, math.pi), rng.uniform(-most_px, most_px)
        across = right * math.cos(angle) + down * math.sin(angle) - offset
        gone = (across >= -half_px) & (across < half_px)
        pixels[rows[gone], columns[gone]] = 0
    return mask._replace(pixels=pixels)
