"""Objects with holes that are not there."""

import math
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.discs import shrunk
from annotation_noise.geometry.masks import Mask, area_px
from annotation_noise.geometry.shapes import ellipse, without
from noisers import Noised, noiser

Share = Annotated[float, Meta(ge=0, le=1)]


@noiser(
    "mask",
    example={"count": 2, "least_area_share": 0.02, "most_area_share": 0.2},
    levels={"count": (1, 2, 6)},
)
def holes(
    mask: Mask,
    rng: Generator,
    *,
    count: Annotated[int, Meta(ge=0, le=1000)],
    least_area_share: Share,
    most_area_share: Share,
) -> Noised:
    """Make elliptic holes in the mask, away from its border.

    count: how many, 0 to 1000.
    least_area_share: the area of each hole, as a share of the clean mask's, is uniform between this, 0 to 1,
    most_area_share: and this. A hole of less than half a pixel is left out.

    Each hole is an ellipse of a random direction, with one axis uniformly half to twice as long as the other. Its
    centre is a random pixel more than the short half axis, and more than 1 px, away from the clean mask's background;
    a hole for which there is none is left out. Pixels at the clean mask's border, which share a side with background,
    stay. Holes may run into each other. The log gets `holes`, how many were made.

    Raises ValueError where the least share is above the most.

    Source: ours; the holes of a mask augmentor for SAM refinement (Ultra-Refiner), which are in a mask eroded by 6 px.
    """
    if least_area_share > most_area_share:
        raise ValueError(f"least_area_share must not be above most_area_share, as {least_area_share:g} is")
    clean_px, border, noisy, made = area_px(mask), without(mask, shrunk(mask, 1)), mask, 0
    for _ in range(count):
        hole_px = rng.uniform(least_area_share, most_area_share) * clean_px
        ratio, angle, place = rng.uniform(0.5, 2), rng.uniform(0, math.pi), rng.random()
        if hole_px < 0.5:
            continue
        half_axes_px = math.sqrt(hole_px / math.pi * ratio), math.sqrt(hole_px / math.pi / ratio)
        deep = shrunk(mask, max(min(half_axes_px), 1))
        centres = np.argwhere(deep.pixels)
        if not len(centres):
            continue
        y, x = centres[int(place * len(centres))].tolist()
        hole = ellipse(mask, x + deep.left, y + deep.top, half_axes_px, angle)
        noisy, made = without(noisy, without(hole, border)), made + 1
    return Noised(noisy, {"holes": made})
