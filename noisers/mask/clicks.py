"""Outlines clicked point by point."""

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.geometry.contours import contours, every_pixel, fill
from annotation_noise.geometry.masks import Mask
from noisers import noiser


@noiser("mask", example={"spacing_px": 10.0}, levels={"spacing_px": (5.0, 10.0, 25.0)})
def clicks(mask: Mask, rng: Generator, *, spacing_px: Annotated[float, Meta(ge=0)]) -> Mask:
    """Keep of every contour only the pixels that somebody clicks who goes along it, one at each distance.

    spacing_px: from a click to the next in pixels along the contour, 0 or more; up to 1 every pixel is clicked, which
        changes nothing. It counts as at most a third of the contour's length, so that each has three clicks at least.

    Of a contour of length c, with steps of 1 from side to side and the root of 2 over corners, ceil(c / spacing_px)
    pixels are clicked; from the last to the first is what remains. Where it begins is drawn uniformly, contour by
    contour. A click that falls between two pixels is on the second. Holes are clicked like outer contours.

    Source: ours; the spacing of clicks as annotators have it in polygon tools.
    """
    clicked = []
    for ring in contours(mask):
        points = every_pixel(ring.points)
        clicked.append(ring._replace(points=_clicked(points, spacing_px, rng.random())))
    return fill(clicked, like=mask)


def _clicked(points: NDArray[np.int32], spacing_px: float, start: float) -> NDArray[np.int32]:
    """The clicked ones of a contour's pixels, in its order; start: of the first click, as a share of the length."""
    steps = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
    length = steps.sum()
    spacing = min(spacing_px, length / 3)
    if spacing <= 1:
        return points
    walked = np.cumsum(steps) - steps  # from the first pixel to each
    places = np.sort((start * length + np.arange(0, length, spacing)) % length)
    return points[np.unique(np.searchsorted(walked, places) % len(points))]
