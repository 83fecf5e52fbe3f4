"""Outlines with discs stuck on and bitten off."""

from typing import Annotated, Literal

import cv2
import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask, padded, tight
from noisers import noiser

Px = Annotated[float, Meta(ge=0)]


@noiser(
    "mask",
    example={"edge_share": 0.1, "least_radius_px": 1.0, "most_radius_px": 4.0, "painting": "add then remove"},
    levels={"most_radius_px": (2.0, 4.0, 8.0)},
)
def edge_discs(
    mask: Mask,
    rng: Generator,
    *,
    edge_share: Annotated[float, Meta(ge=0, le=1)],
    least_radius_px: Px,
    most_radius_px: Px,
    painting: Literal["add", "remove", "add then remove", "either"],
) -> Mask:
    """Paint discs about random pixels of the mask's edge.

    edge_share: probability that a pixel of the edge gets a disc, 0 to 1.
    least_radius_px: the radius of each disc in pixels is uniform between this, 0 or more,
    most_radius_px: and this.
    painting: add, discs of mask; remove, discs of background; add then remove, the second about the edge that the first
        leaves; either, by a fair coin for each disc, one over the other, row by row.

    The edge are the background pixels that share a side or a corner with the mask. A disc has the pixels at most its
    radius away from the middle, centre to centre. What lies beyond the image is cut off. May leave no pixel.

    Raises ValueError where the least radius is above the most.

    Source: edge-distort, a script that adds, then removes, about a tenth of the edge; Characterizing Label Errors
    (MICCAI 2020), whose discs are of either kind about half of the edge.
    """
    if least_radius_px > most_radius_px:
        raise ValueError(f"least_radius_px must not be above most_radius_px, as {least_radius_px:g} is")
    most_px = min(most_radius_px, 2 * max(mask.frame_height, mask.frame_width))
    radii_px = min(least_radius_px, most_px), most_px
    for kind in painting.split(" then "):
        mask = _painted(mask, rng, edge_share, radii_px, kind)
    return mask


def _painted(mask: Mask, rng: Generator, edge_share: float, radii_px: tuple[float, float], kind: str) -> Mask:
    window = padded(tight(mask), int(radii_px[1]) + 1)
    if not window.pixels.size:
        return window
    edge = np.argwhere(cv2.dilate(window.pixels, np.ones((3, 3), np.uint8)) > window.pixels)
    is_chosen = rng.random(len(edge)) < edge_share
    radii, coins = rng.uniform(*radii_px, len(edge)), rng.random(len(edge)) < 0.5
    values = coins if kind == "either" else np.full(len(edge), kind == "add")
    pixels = window.pixels.copy()
    rows, columns = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    discs = zip(edge[is_chosen].tolist(), radii[is_chosen].tolist(), values[is_chosen].tolist(), strict=True)
    for (y, x), radius, value in discs:
        reach = int(radius)
        around = np.s_[max(y - reach, 0) : y + reach + 1], np.s_[max(x - reach, 0) : x + reach + 1]
        is_near = (rows[around[0]] - y) ** 2 + (columns[:, around[1]] - x) ** 2 <= radius**2
        pixels[around][is_near] = value
    return window._replace(pixels=pixels)
