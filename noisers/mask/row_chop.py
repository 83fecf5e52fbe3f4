"""Masks that end elsewhere in every row."""

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask, tight
from noisers import noiser


@noiser("mask", example={"std_px": 3.0}, levels={"std_px": (1.0, 3.0, 10.0)})
def row_chop(mask: Mask, rng: Generator, *, std_px: Annotated[float, Meta(ge=0)]) -> Mask:
    """Move both ends of every run of pixels in every row by an independent normal number.

    std_px: its standard deviation in pixels, 0 or more; 0 changes nothing.

    Ends move by whole pixels, to the nearest, halves to the even one. A run that is turned inside out vanishes, runs
    that meet are one, and what leaves the image is cut off. May leave no pixel. Draws row by row and run by run, its
    left end before its right one.

    Source: Heller, Dean and Papanikolopoulos, arXiv 1806.04618, "choppy", which leaves out rows near the image's upper
    and lower border and goes wrong where a row has several runs.
    """
    clean = tight(mask)
    edges = np.diff(np.pad(clean.pixels.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, first = np.nonzero(edges == 1)
    after = np.nonzero(edges == -1)[1]  # the column behind a run's last
    limit_px = 2 * mask.frame_width
    offsets = np.clip(np.rint(rng.normal(0.0, std_px, (len(rows), 2))), -limit_px, limit_px).astype(np.intp)
    begin = np.clip(clean.left + first + offsets[:, 0], 0, mask.frame_width)
    end = np.clip(clean.left + after + offsets[:, 1], 0, mask.frame_width)
    left = int(begin.min(initial=mask.frame_width))
    width = max(int(end.max(initial=0)) - left, 0)
    kept = begin < end
    covering = np.zeros((len(clean.pixels), width + 1), np.intp)
    np.add.at(covering, (rows[kept], begin[kept] - left), 1)
    np.add.at(covering, (rows[kept], end[kept] - left), -1)
    pixels = (covering.cumsum(axis=1)[:, :width] > 0).astype(np.uint8)
    return clean._replace(pixels=pixels, left=left)
