"""Outlines drawn as polygons of a few corners."""

import heapq
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.geometry.contours import contours, fill
from annotation_noise.geometry.masks import Mask
from noisers import noiser


@noiser("mask", example={"corners": 8}, levels={"corners": (16, 8, 4)})
def coarse_polygon(mask: Mask, rng: Generator, *, corners: Annotated[int, Meta(ge=3)]) -> Mask:
    """Drop the vertex of every contour that matters least, one after the other, until so many are left.

    corners: of each contour, 3 or more; those with no more vertices stay as they are.

    A vertex matters as much as the triangle has area that it makes with its neighbours, those that are left; of several
    alike the first in the contour's order goes. Holes are treated like outer contours. Draws nothing.

    Source: Visvalingam and Whyatt, The Cartographic Journal 30, 1993.
    """
    coarse = [ring._replace(points=_coarse(ring.points, corners)) for ring in contours(mask)]
    return fill(coarse, like=mask)


def _coarse(points: NDArray[np.int32], corners: int) -> NDArray[np.int32]:
    if len(points) <= corners:
        return points
    vertices: list[list[int]] = points.tolist()
    count = len(vertices)
    before, after = [(i - 1) % count for i in range(count)], [(i + 1) % count for i in range(count)]

    def area(i: int) -> int:
        """Twice the area of the triangle of a vertex."""
        (ax, ay), (bx, by), (cx, cy) = vertices[before[i]], vertices[i], vertices[after[i]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))

    areas = [area(i) for i in range(count)]
    queue = [(areas[i], i) for i in range(count)]
    heapq.heapify(queue)
    left = count
    while left > corners:
        least, i = heapq.heappop(queue)
        if least != areas[i]:
            continue  # what it was worth before a neighbour went
        areas[i], left = -1, left - 1
        a, b = before[i], after[i]
        after[a], before[b] = b, a
        for neighbour in (a, b):
            areas[neighbour] = area(neighbour)
            heapq.heappush(queue, (areas[neighbour], neighbour))
    return points[[worth >= 0 for worth in areas]]
