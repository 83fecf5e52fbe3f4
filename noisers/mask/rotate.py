"""Masks that are turned against their object."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask
from annotation_noise.geometry.moves import rotated
from noisers import Noised, noiser


@noiser("mask", example={"angle_deg": 15.0}, levels={"angle_deg": (5.0, 15.0, 45.0)})
def rotate(mask: Mask, rng: Generator, *, angle_deg: Annotated[float, Meta(ge=0, le=180)]) -> Noised:
    """Turn the mask about its centroid, one way or the other as a fair coin falls.

    angle_deg: by how much, 0 to 180.

    Each pixel takes what is nearest to where it comes from, so that nothing is blurred and the area stays within that
    rounding. What leaves the image is cut off. The log gets `clockwise_deg`, as one sees it.

    Source: the rotations of AIO2 (there about the middle of the box, and linear) and Ultra-Refiner.
    """
    clockwise = angle_deg if rng.random() < 0.5 else -angle_deg
    return Noised(rotated(mask, clockwise), {"clockwise_deg": clockwise})
