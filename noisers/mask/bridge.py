"""Objects with something thin sticking out, as if leading to another."""

import math
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.discs import shrunk
from annotation_noise.geometry.masks import Mask, padded, tight, union
from annotation_noise.geometry.shapes import band, ellipse, without
from noisers import Noised, noiser

_AROUND_PX = 3


@noiser(
    "mask",
    example={"length_px": 30.0, "width_px": 4.0, "blob_px": 0.0},
    levels={"length_px": (10.0, 30.0, 60.0)},
)
def bridge(
    mask: Mask,
    rng: Generator,
    *,
    length_px: Annotated[float, Meta(ge=0)],
    width_px: Annotated[float, Meta(ge=0)],
    blob_px: Annotated[float, Meta(ge=0)],
) -> Noised:
    """Add a band that leads outward from a random pixel of the mask's border.

    length_px: of the band in pixels, 0 or more; 0 changes nothing.
    width_px: of the band in pixels; less than 1 counts as 1, so that it is connected.
    blob_px: radius of a disc about the far end of the band in pixels; 0 for none.

    The border are the mask's pixels that share a side with background. Outward is toward the middle of the background
    that is at most 3 px away from the pixel to each side; from there the band turns by up to 45 degrees either way,
    uniformly. What lies beyond the image is cut off. A mask that fills its image stays. The log gets `direction_deg`,
    in degrees from the right towards below.

    Source: ours; the bridges of a mask augmentor for SAM refinement (Ultra-Refiner).
    """
    border = np.argwhere(without(mask, shrunk(mask, 1)).pixels)
    place, turn = rng.random(), rng.uniform(-math.pi / 4, math.pi / 4)
    if not length_px or not len(border):
        return Noised(mask, {})
    clean = tight(mask)
    y, x = border[int(place * len(border))].tolist()
    x, y = x + mask.left, y + mask.top
    angle = _outward(clean, x, y) + turn
    far_px = 2.0 * max(mask.frame_height, mask.frame_width)
    length, width, radius = min(length_px, far_px), min(max(width_px, 1.0), far_px), min(blob_px, far_px)
    noisy = union(clean, band(mask, x, y, length, width, angle))
    if radius:
        end_x, end_y = x + length * math.cos(angle), y + length * math.sin(angle)
        noisy = union(noisy, ellipse(mask, end_x, end_y, (radius, radius), 0))
    return Noised(noisy, {"direction_deg": round(math.degrees(angle) % 360, 6)})


def _outward(mask: Mask, x: int, y: int) -> float:
    """The direction from a pixel to the middle of the background around it, in radians."""
    window = padded(mask, _AROUND_PX)
    top, left = max(y - window.top - _AROUND_PX, 0), max(x - window.left - _AROUND_PX, 0)
    around = window.pixels[top : y - window.top + _AROUND_PX + 1, left : x - window.left + _AROUND_PX + 1]
    rows, columns = np.nonzero(around == 0)
    return math.atan2(rows.mean() + top + window.top - y, columns.mean() + left + window.left - x)
