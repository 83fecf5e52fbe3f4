"""Objects with a piece missing at the border, as if bitten off."""

import math
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.discs import shrunk
from annotation_noise.geometry.masks import Mask, area_px
from annotation_noise.geometry.shapes import ellipse, without
from noisers import noiser


@noiser("mask", example={"area_share": 0.2}, levels={"area_share": (0.05, 0.2, 0.4)})
def bite(mask: Mask, rng: Generator, *, area_share: Annotated[float, Meta(ge=0, le=1)]) -> Mask:
    """Leave out an ellipse about a random pixel of the mask's border.

    area_share: area of the ellipse as a share of the mask's, 0 to 1; where the border is straight half of it is
        missing. One of less than half a pixel is left out.

    The ellipse has a random direction, and one axis uniformly half to twice as long as the other. The border are the
    mask's pixels that share a side with background; a mask that fills its image stays. May leave no pixel.

    Source: ours; the missing chunk of a mask augmentor for SAM refinement (Ultra-Refiner).
    """
    border = np.argwhere(without(mask, shrunk(mask, 1)).pixels)
    ratio, angle, place = rng.uniform(0.5, 2), rng.uniform(0, math.pi), rng.random()
    bite_px = area_share * area_px(mask)
    if bite_px < 0.5 or not len(border):
        return mask
    y, x = border[int(place * len(border))].tolist()
    half_axes_px = math.sqrt(bite_px / math.pi * ratio), math.sqrt(bite_px / math.pi / ratio)
    return without(mask, ellipse(mask, x + mask.left, y + mask.top, half_axes_px, angle))
