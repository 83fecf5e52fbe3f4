"""Rasterising rings that are long: with very many vertices, or with vertices far out.

COCO's mask API goes along a ring in fifths of a pixel and keeps every step, which for 200,000 vertices anywhere on an
image, or a few a million pixels away, takes gigabytes. Of all these steps only those matter that cross the middle of a
column of the image. Here only those are computed, some edges at a time, and to the same pixels.

Source: the rasterisation of polygons in COCO's mask API, rleFrPoly in common/maskApi.c.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rlemasklib import RLEMask

LONG_PX = 2_000_000
CROSSINGS_AT_A_TIME = 2**20
_FINE = 5  # steps a pixel; the middle of column k lies between the steps 5 k + 2 and 5 k + 3


def is_long(ring: list[float]) -> bool:
    """Whether a ring, x0, y0, x1, y1, ..., may be longer than `LONG_PX`."""
    return len(ring) > 4 and len(ring) * (max(ring) - min(ring)) > LONG_PX


def rasterised_long(ring: NDArray[np.float64], height: int, width: int) -> RLEMask:
    """The run lengths of a ring, (n, 2) of x and y in pixels, on an image of this size; n at least 3."""
    points = np.trunc(_FINE * ring + 0.5).astype(np.int64)
    begin, end = points, np.roll(points, -1, axis=0)
    steep = np.abs(end - begin)[:, 0] < np.abs(end - begin)[:, 1]
    backward = np.where(steep, begin[:, 1] > end[:, 1], begin[:, 0] > end[:, 0])[:, np.newaxis]
    begin, end = np.where(backward, end, begin), np.where(backward, begin, end)
    left, right = np.minimum(begin[:, 0], end[:, 0]), np.maximum(begin[:, 0], end[:, 0])
    first = np.maximum(-((2 - left) // _FINE), 0)  # the columns whose middle an edge crosses
    after = np.minimum((right - 3) // _FINE + 1, width)
    counts = np.maximum(after - first, 0)
    turns = np.zeros(0, np.int64)  # where, down the columns one after the other, inside and outside change
    parts = np.searchsorted(np.cumsum(counts), np.arange(0, counts.sum(), CROSSINGS_AT_A_TIME), "right")
    for start, stop in pairwise([*parts.tolist(), len(counts)]):
        edge = np.repeat(np.arange(start, stop), counts[start:stop])
        nth = np.arange(len(edge)) - np.repeat(np.cumsum(counts[start:stop]) - counts[start:stop], counts[start:stop])
        column = first[edge] + nth
        rows = _rows(begin[edge], end[edge], steep[edge], _FINE * column + 2)
        place, times = np.unique(column * height + np.clip(rows, 0, height), return_counts=True)
        turns = np.setxor1d(turns, place[times % 2 == 1], assume_unique=True)
    turns = turns[turns < height * width]
    return RLEMask.from_counts(np.diff(turns, prepend=0, append=height * width), (height, width))


def _rows(
    begin: NDArray[np.int64], end: NDArray[np.int64], steep: NDArray[np.bool_], step: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The row at whose top an edge crosses the middle of a column, between `step` and the next; each (n, ...)."""
    (x, y), (width, height) = begin.T, (end - begin).T
    slope = np.where(steep, width, height) / np.maximum(np.where(steep, height, width), 1)
    # A level edge takes a step to the right at a time: the upper of its ends before and after.
    at = step - x
    level = np.minimum(np.trunc(y + slope * at + 0.5), np.trunc(y + slope * (at + 1) + 0.5))
    # A steep one takes a step down at a time: the last before it is on the other side.
    with np.errstate(divide="ignore", invalid="ignore"):
        guess = np.nan_to_num((step + 0.5 - x) / slope, posinf=0, neginf=0).astype(np.int64)
    down = np.full(len(x), np.iinfo(np.int64).max)
    for near in (2, 1, 0, -1, -2):
        over = x + slope * (guess + near) + 0.5 >= step + 1
        down = np.where(over == (slope > 0), guess + near, down)
    fine = np.where(steep, y + down - 1, level)
    return np.asarray(np.ceil((fine + 0.5) / _FINE - 0.5), np.int64)
