"""Objects with islands beside them that are not there."""

import math
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask, area_px, dilate, padded, tight, union
from annotation_noise.geometry.shapes import ellipse, without
from noisers import Noised, noiser

Share = Annotated[float, Meta(ge=0, le=1)]


@noiser(
    "mask",
    example={"count": 2, "least_area_share": 0.02, "most_area_share": 0.1, "reach_share": 0.5},
    levels={"count": (1, 2, 8)},
)
def islands(
    mask: Mask,
    rng: Generator,
    *,
    count: Annotated[int, Meta(ge=0, le=1000)],
    least_area_share: Share,
    most_area_share: Share,
    reach_share: Annotated[float, Meta(ge=0)],
) -> Noised:
    """Add elliptic islands near the mask, in no touch with it.

    count: how many, 0 to 1000.
    least_area_share: the area of each island, as a share of the clean mask's, is uniform between this, 0 to 1,
    most_area_share: and this. An island of less than half a pixel is left out.
    reach_share: how far beyond the clean mask's box their centres may lie, as a share of its longer side, 0 or more.

    Each island is an ellipse of a random direction, with one axis uniformly half to twice as long as the other. Its
    centre is a random background pixel within reach. Of it are left out the pixels that share a side or a corner with
    the clean mask, and what lies beyond the image. Islands may run into each other. The log gets `islands`, how many
    have a pixel.

    Raises ValueError where the least share is above the most.

    Source: ours; the islands of a mask augmentor for SAM refinement (Ultra-Refiner).
    """
    if least_area_share > most_area_share:
        raise ValueError(f"least_area_share must not be above most_area_share, as {least_area_share:g} is")
    clean = tight(mask)
    side_px = min(reach_share, 2 * max(mask.frame_height, mask.frame_width)) * max(clean.pixels.shape)
    around = padded(clean, math.floor(side_px))
    centres, beside, noisy, made = np.flatnonzero(around.pixels == 0), dilate(clean, 3), clean, 0
    for _ in range(count):
        island_px = rng.uniform(least_area_share, most_area_share) * area_px(clean)
        ratio, angle, place = rng.uniform(0.5, 2), rng.uniform(0, math.pi), rng.random()
        if island_px < 0.5 or not len(centres):
            continue
        y, x = divmod(int(centres[int(place * len(centres))]), around.pixels.shape[1])
        half_axes_px = math.sqrt(island_px / math.pi * ratio), math.sqrt(island_px / math.pi / ratio)
        island = without(ellipse(mask, x + around.left, y + around.top, half_axes_px, angle), beside)
        noisy, made = union(noisy, island), made + (area_px(island) > 0)
    return Noised(noisy, {"islands": made})
