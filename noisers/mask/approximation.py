"""Outlines drawn with too few points."""

from typing import Annotated

import numpy as np
import shapely
from msgspec import Meta
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.geometry.contours import contours, fill
from annotation_noise.geometry.masks import Mask
from noisers import noiser


@noiser("mask", example={"tolerance_px": 5.0}, levels={"tolerance_px": (2.0, 5.0, 15.0)})
def approximation(mask: Mask, rng: Generator, *, tolerance_px: Annotated[float, Meta(ge=0)]) -> Mask:
    """Simplify every contour to a polygon that strays from it by at most `tolerance_px`.

    tolerance_px: distance in pixels, 0 or more; 0 leaves out only vertices on straight lines. The
    simplified ring keeps a polygon's topology. Contours of fewer than four vertices are left as
    they are, so tiny parts are not lost. Holes are simplified like outer contours. Draws nothing.

    Source: arXiv 2406.10891, the approximation noise of COCO-N; shapely's simplify with
    preserve_topology.
    """
    simpler = [ring._replace(points=_simplified(ring.points, tolerance_px)) for ring in contours(mask)]
    return fill(simpler, like=mask)


def _simplified(points: NDArray[np.int32], tolerance_px: Annotated[float, Meta(ge=0)]) -> NDArray[np.int32]:
    if len(points) < 4:
        return points
    ring = shapely.simplify(shapely.linearrings(points), tolerance_px, preserve_topology=True)
    return np.asarray(shapely.get_coordinates(ring)[:-1], np.int32)
