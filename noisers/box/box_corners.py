"""Boxes whose corners are set imprecisely."""

from typing import Annotated, Literal

from msgspec import Meta
from numpy.random import Generator

from noisers import Box, noiser

TRIES = 100
SHORTEST_PX = 1


@noiser("box", example={"law": "normal", "spread_share": 0.1}, levels={"spread_share": (0.05, 0.1, 0.2)})
def box_corners(
    box: Box, rng: Generator, *, law: Literal["normal", "uniform"], spread_share: Annotated[float, Meta(ge=0)]
) -> Box:
    """Move two opposite corners of the box, each by itself, by shares of its width in x and of its height in y.

    law: of these shares, normal or uniform.
    spread_share: their standard deviation, or the largest one, up and down.

    The draws are independent, in the order left, top, right, bottom, and are made again until both sides are at least a
    pixel long, at most 100 times; else, and where the box has a shorter side, it stays. The mask is not touched.

    Source: "Add Noise to Coco Annotation", normal with 0.05 and 0.1; uniform as in arXiv 2003.01285.
    """
    if min(box.width, box.height) < SHORTEST_PX:
        return box
    for _ in range(TRIES):
        shares = rng.normal(0, spread_share, 4) if law == "normal" else rng.uniform(-spread_share, spread_share, 4)
        left, top, right, bottom = shares.tolist()
        width, height = box.width + (right - left) * box.width, box.height + (bottom - top) * box.height
        if min(width, height) >= SHORTEST_PX:
            return Box(box.left + left * box.width, box.top + top * box.height, width, height)
    return box
