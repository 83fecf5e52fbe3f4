"""Boxes put down beside the object, too large or too small."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from noisers import Box, noiser


@noiser(
    "box",
    example={"centre_share": 0.2, "size_share": 0.2},
    levels={"centre_share": (0.1, 0.2, 0.4), "size_share": (0.1, 0.2, 0.4)},
)
def box_shift_scale(
    box: Box, rng: Generator, *, centre_share: Annotated[float, Meta(ge=0)], size_share: Annotated[float, Meta(ge=0)]
) -> Box:
    """Shift the box and change its sides, by uniform shares of them.

    centre_share: the centre moves by a uniform share of the width in x and of the height in y, from minus to plus this.
    size_share: width and height are each multiplied by 1 plus such a share; a factor below 0 counts as 0.

    The draws are independent, in the order centre x, centre y, width, height. What reaches beyond the image is cut off
    afterwards (`annotation_noise.core.apply`); a box of which nothing is left stays clean. The mask is not touched.

    Source: arXiv 2207.09697 (OA-MIL), where both shares are the same, 0.1 to 0.4; DN-DETR has 0.2 and 0.4.
    """
    x, y, width, height = rng.uniform(-1, 1, 4).tolist()
    wider, higher = max(size_share * width, -1) * box.width, max(size_share * height, -1) * box.height
    left = box.left + centre_share * x * box.width - wider / 2
    top = box.top + centre_share * y * box.height - higher / 2
    return Box(left, top, box.width + wider, box.height + higher)
