"""Outlines drawn by a hand that is generous or tight."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.discs import grown, shrunk
from annotation_noise.geometry.masks import Mask
from noisers import Noised, noiser


@noiser("mask", example={"mean_px": 0.0, "std_px": 2.0}, levels={"std_px": (1.0, 2.0, 5.0)})
def hand(mask: Mask, rng: Generator, *, mean_px: float, std_px: Annotated[float, Meta(ge=0)]) -> Noised:
    """Grow or shrink the mask by a disc whose signed radius is drawn from a normal distribution.

    mean_px: mean of the radius in pixels; above 0 the hand tends to be generous, below 0 to be tight.
    std_px: its standard deviation in pixels, 0 or more.

    A radius above 0 adds the pixels at most so far from the mask, one below 0 takes away those at most so far from the
    background, both from centre to centre, so that one between -1 and 1 changes nothing. What lies beyond the image is
    not background. May leave no pixel. With `draws_per: image` all instances of an image have one radius. The log gets
    `radius_px`.

    Source: ours; after SNOW (Foucart et al., 2019), whose normal radius is cut to a whole one, and Vădineanu et al.,
    MIDL 2022, who have one margin per image.
    """
    radius_px = float(rng.normal(mean_px, std_px))
    noisy = grown(mask, radius_px) if radius_px > 0 else shrunk(mask, -radius_px)
    return Noised(noisy, {"radius_px": round(radius_px, 6)})
