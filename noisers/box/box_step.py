"""Boxes of another size, a fixed step away from the object."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.boxes import a_step_away, resized
from noisers import Box, Instance, noiser


@noiser("box", example={"size_change": -0.3, "step_share": 0.3}, levels={"size_change": (-0.1, -0.3, -0.5)})
def box_step(
    box: Box,
    rng: Generator,
    *,
    instance: Instance,
    size_change: Annotated[float, Meta(ge=-1)],
    step_share: Annotated[float, Meta(ge=0)],
) -> Box:
    """Give the box another area and move it by a step of fixed length in x, in y or in both.

    size_change: by what share the area changes; both sides are multiplied by the same factor, rounded to two decimals
        where it changes, and cut off at the right and lower border. The upper left corner stays.
    step_share: length of the step as a share of the image's width in x and of its height in y, forward or back.

    All places that lie in the image are equally likely, but for the old one, where it stays if there is no other. The
    mask is not touched.

    Source: incorrect_bb of ODFI (Chan et al., ISSRE 2023), -0.3 and 0.3.
    """
    frame = (instance.mask.frame_height, instance.mask.frame_width)
    here = resized(box, size_change, *frame)
    others = a_step_away(here, step_share, *frame)
    return others[rng.integers(len(others))] if others else here
