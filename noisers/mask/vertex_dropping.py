"""Outlines of which only every n-th point is kept."""

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.contours import contours, every_pixel, fill
from annotation_noise.geometry.masks import Mask
from noisers import noiser


@noiser("mask", example={"every": 8}, levels={"every": (4, 8, 40)})
def vertex_dropping(mask: Mask, rng: Generator, *, every: Annotated[int, Meta(ge=1)]) -> Mask:
    """Keep of every contour one pixel in so many, at equal steps.

    every: how many pixels there are to one that is kept, 1 or more; 1 changes nothing. It counts as at most a third of
        the contour's pixels, so that at least three are kept of those that have three.

    Which of the first `every` pixels is kept is drawn uniformly, contour by contour. Holes are treated like outer
    contours.

    Source: SNOW (Foucart et al., 2019), which keeps every 20th, 40th or 80th point of the first contour alone, from its
    first on, and loses what has no three left; CascadePSP (CVPR 2020), which keeps a tenth at random.
    """
    kept = []
    for ring in contours(mask):
        points = every_pixel(ring.points)
        step = max(1, min(every, len(points) // 3))
        kept.append(ring._replace(points=points[np.arange(rng.integers(step), len(points), step)]))
    return fill(kept, like=mask)
