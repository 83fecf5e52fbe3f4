"""Objects annotated as two."""

from typing import Annotated, Literal

import cv2
import numpy as np
from msgspec import Meta
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, Pixels, area_px, tight
from noisers import Add, Instance, Remove, Scene, Unable, noiser

TRIES = 50
STEEPEST = 0.1  # of the squared slope of the distance to the background: less is along the middle


@noiser("instances", example={"way": "seeds", "least_share": 0.1})
def split(
    scene: Scene,
    rng: Generator,
    *,
    instance: Instance,
    way: Literal["seeds", "line"],
    least_share: Annotated[float, Meta(ge=0, le=0.5)],
) -> list[Add | Remove | Unable]:
    """Make two instances of one, of the same class, that share out its pixels.

    way: "seeds": two different pixels along the middle of the mask are drawn, and each pixel goes to the nearer one, to
        the first where both are as near. Along the middle the distance to the background hardly changes: the squared
        slope is below 0.1, by central differences. Where fewer than two pixels lie there, all of the mask count.
        "line": a line along the rows or the columns, as a coin falls, at a uniform place in the box.
    least_share: of the area that each part has at least.

    Only such cuts count as leave a mask of one piece in two pieces, and one of several with at most one more; pieces
    are connected by sides or corners. After 50 tries nothing happens, and the log says so. What lies beyond the image
    is background.

    Source: Löffler et al., PLoS ONE 2021 (seeds); Mask-refiner (lines).
    """
    clean = instance.mask.pixels
    pieces, middle = _pieces(clean), _middle(clean) if way == "seeds" else np.zeros((0, 2), np.int64)
    least_px = max(least_share * area_px(instance.mask), 1)
    for _ in range(TRIES if area_px(instance.mask) > 1 else 0):
        is_first = _nearer(clean, middle, rng) if way == "seeds" else _beyond(clean, rng)
        parts = [clean * is_first, clean * ~is_first]
        if min(map(np.count_nonzero, parts)) >= least_px and sum(map(_pieces, parts)) <= pieces + 1:
            larger, smaller = sorted((instance.mask._replace(pixels=part) for part in parts), key=_size, reverse=True)
            added = [Add(tight(part), instance.category_id, (instance.id,)) for part in (larger, smaller)]
            return [Remove(instance.id), *added]
    return [Unable(instance.id, "no_cut")]


def _size(mask: Mask) -> int:
    return area_px(mask)


def _pieces(pixels: Pixels) -> int:
    """How many pieces a mask has."""
    return cv2.connectedComponents(pixels, connectivity=8)[0] - 1 if pixels.size else 0


def _middle(pixels: Pixels) -> NDArray[np.int64]:
    """The pixels along the middle of a mask, or all of them: (n, 2), row and column."""
    if not pixels.size:
        return np.zeros((0, 2), np.int64)
    distance_px = cv2.distanceTransform(np.pad(pixels, 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float64)
    down, right = np.gradient(distance_px)
    slope = np.asarray(down**2 + right**2)[1:-1, 1:-1]
    flat = (slope < STEEPEST) & (pixels == 1)
    return np.argwhere(flat if np.count_nonzero(flat) > 1 else pixels)


def _nearer(pixels: Pixels, middle: NDArray[np.int64], rng: Generator) -> NDArray[np.bool_]:
    """Which pixels of the window are not farther from the first of two seeds than from the second."""
    first, second = middle[rng.choice(len(middle), 2, replace=False)]
    rows, columns = map(np.arange, pixels.shape)
    farther = [(rows - seed[0])[:, None] ** 2 + (columns - seed[1]) ** 2 for seed in (first, second)]
    return np.asarray(farther[0] <= farther[1])


def _beyond(pixels: Pixels, rng: Generator) -> NDArray[np.bool_]:
    """Which pixels of the window lie before a line across it."""
    axis = int(rng.integers(2))
    before = np.arange(pixels.shape[axis]) < rng.integers(pixels.shape[axis])
    return np.broadcast_to(before if axis else before[:, None], pixels.shape)
