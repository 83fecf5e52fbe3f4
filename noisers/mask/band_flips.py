"""Masks with single pixels flipped, along the border or everywhere."""

from typing import Annotated, Literal

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.discs import grown, shrunk
from annotation_noise.geometry.masks import Mask, area_px, tight, union
from annotation_noise.geometry.shapes import without
from noisers import noiser


@noiser(
    "mask",
    example={"flip_share": 0.3, "band_px": 4.0, "rate": "even"},
    levels={"flip_share": (0.1, 0.3, 0.45)},
)
def band_flips(
    mask: Mask,
    rng: Generator,
    *,
    flip_share: Annotated[float, Meta(ge=0, le=1)],
    band_px: Annotated[float, Meta(ge=0)],
    rate: Literal["even", "balanced", "by area"],
) -> Mask:
    """Flip each pixel near the border with a probability of its own.

    flip_share: that probability, 0 to 1, as `rate` has it.
    band_px: how far from the border a pixel may lie, in pixels: a pixel of the mask from background, one of the
        background from the mask, centre to centre. Less than 1 is none; more than the image is wide and high is all
        of it.
    rate: even, the same for all; balanced, flip_share for pixels of the mask and for the others so much that as many
        are flipped each way on average, at most 1; by area, flip_share times the mask's share of the image.

    What lies beyond the image is not background, and a mask that fills its image stays. Pixels are drawn row by row.
    May leave no pixel. For all of an image of 640 x 480 it needs about 7 ms.

    Source: HQ-SAM (sam-hq), even with Φ(-0.5) = 0.3085 in a band that is about a 32nd of the image wide; Heller et
    al., arXiv 1806.04618, `random`, balanced in all of the image, by the whole dataset's share of mask pixels;
    MP-Former, by area with 0.2 in all of the image.
    """
    clean = tight(mask)
    band = without(grown(clean, band_px), shrunk(clean, band_px))
    outside = without(band, clean).pixels[band.pixels == 1] == 1
    outside_px = int(np.count_nonzero(outside))
    inside_share = outside_share = flip_share
    if rate == "balanced":
        outside_share = min(flip_share * (len(outside) - outside_px) / max(outside_px, 1), 1.0)
    elif rate == "by area":
        inside_share = outside_share = flip_share * area_px(clean) / (mask.frame_height * mask.frame_width)
    flips = band.pixels.copy()
    flips[band.pixels == 1] = rng.random(len(outside)) < np.where(outside, outside_share, inside_share)
    flipped = band._replace(pixels=flips)
    return union(without(clean, flipped), without(flipped, clean))
