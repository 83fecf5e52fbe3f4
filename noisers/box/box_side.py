"""Boxes of which one side is in the wrong place."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from noisers import Box, noiser


@noiser("box", example={"length_share": 0.25}, levels={"length_share": (0.1, 0.25, 0.5)})
def box_side(box: Box, rng: Generator, *, length_share: Annotated[float, Meta(ge=0)]) -> Box:
    """Move one of the four sides, in or out.

    length_share: how far, as a share of the width or the height; above 1 an inward move leaves nothing.

    Three fair coins say whether the width or the height changes, whether it grows or shrinks, and at which of its two
    ends. The mask is not touched.

    Source: an error script for BDD100K, with shares of uniform 0.2 to 0.3.
    """
    is_width, is_growing, is_start = (rng.integers(2, size=3) == 1).tolist()
    length = box.width if is_width else box.height
    longer = length_share * length if is_growing else -min(length_share, 1) * length
    moved = -longer if is_start else 0.0
    if is_width:
        return box._replace(left=box.left + moved, width=box.width + longer)
    return box._replace(top=box.top + moved, height=box.height + longer)
