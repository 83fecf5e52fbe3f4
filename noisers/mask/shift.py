"""Masks that lie beside their object."""

import math
from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask, tight
from annotation_noise.geometry.moves import shifted
from noisers import Noised, noiser


@noiser(
    "mask",
    example={"most_px": 5.0, "most_share": 0.0, "least_part": 0.0},
    levels={"most_px": (2.0, 5.0, 15.0)},
)
def shift(
    mask: Mask,
    rng: Generator,
    *,
    most_px: Annotated[float, Meta(ge=0)],
    most_share: Annotated[float, Meta(ge=0)],
    least_part: Annotated[float, Meta(ge=0, le=1)],
) -> Noised:
    """Move the whole mask by a whole number of pixels in x and another in y, each way alike.

    most_px: the longest step, in x as in y, in pixels, 0 or more.
    most_share: what is added to it, as a share of the mask's width for x and of its height for y, 0 or more.
    least_part: the shortest step, as a part of the longest, 0 to 1.

    Each step is uniform over all whole numbers, positive and negative, from the shortest to the longest; where there is
    none between the two, the longest is cut off to a whole number. The area stays but for what leaves the image, which
    is cut off; there may be nothing left. Draws x before y, one number each, along which the steps rise with the
    longest. With `draws_per: image` all instances of an image are moved alike. The log gets `right_px` and `down_px`.

    Source: the moves of BDD100K's error script, badcoco, AIO2, arctique and Ultra-Refiner (there in one direction, or
    half a pixel off centre).
    """
    clean = tight(mask)
    height, width = clean.pixels.shape
    farthest_px = 2.0 * max(mask.frame_height, mask.frame_width)
    right_px, down_px = (
        _step_px(min(most_px + most_share * side, farthest_px), least_part, rng.random()) for side in (width, height)
    )
    return Noised(shifted(clean, right_px, down_px), {"right_px": right_px, "down_px": down_px})


def _step_px(longest_px: float, least_part: float, u: float) -> int:
    """The step at the share `u`, from 0 to 1, of all those from the longest backwards to the longest forwards."""
    most = math.floor(longest_px)
    least = min(math.ceil(least_part * longest_px), most)
    if least == 0:
        return math.floor(u * (2 * most + 1)) - most
    each_way = most - least + 1
    place = math.floor(u * 2 * each_way)
    return place - most if place < each_way else place - each_way + least
