"""Outlines that bulge here and give way there, without a corner."""

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.contours import contours, every_pixel, fill
from annotation_noise.geometry.masks import Mask
from annotation_noise.geometry.rings import away, moved, spline
from noisers import noiser

KNOTS = 5


@noiser("mask", example={"std_px": 4.0}, levels={"std_px": (2.0, 4.0, 10.0)})
def smooth_radial(mask: Mask, rng: Generator, *, std_px: Annotated[float, Meta(ge=0)]) -> Mask:
    """Move every outline away from its middle and towards it, by a smooth curve of the angle.

    std_px: standard deviation of the curve at its five knots in pixels, 0 or more; 0 changes nothing.

    Each part of the mask has a curve of its own: the periodic cubic spline through five independent normal numbers at
    equal angles, the first to the right of the middle of its outer contour's box, the next below. Every pixel of the
    contour moves by the curve at its angle, at most into the middle, to the nearest pixel, halves to the even one. The
    holes of a part move by the same curve. What can be seen from the middle stays so. Cut off at the image border.

    Source: Heller, Dean and Papanikolopoulos, arXiv 1806.04618, "natural", whose strengths are variances; there the
    curve goes by the number of the vertex, its ends do not meet smoothly, and holes are filled.
    """
    rings = contours(mask)
    curves = {place: std_px * rng.standard_normal(KNOTS) for place, ring in enumerate(rings) if ring.piece == place}
    bulging = []
    for ring in rings:
        points = every_pixel(ring.points)
        centre = (rings[ring.piece].points.min(axis=0) + rings[ring.piece].points.max(axis=0)) / 2
        directions = away(points, centre)
        turns = np.arctan2(directions[:, 1], directions[:, 0]) / (2 * np.pi) % 1
        outward = np.maximum(spline(curves[ring.piece], turns), -np.hypot(*(points - centre).T))
        bulging.append(moved(ring, points, outward[:, np.newaxis] * directions, like=mask))
    return fill(bulging, like=mask)
