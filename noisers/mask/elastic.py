"""Masks drawn on something that was stretched here and there."""

import math
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.fields import smooth
from annotation_noise.geometry.masks import Mask, padded, tight
from noisers import noiser

MOST_STDS = 4.0


@noiser("mask", example={"std_px": 3.0, "length_px": 6.0}, levels={"std_px": (1.0, 3.0, 8.0)})
def elastic(
    mask: Mask,
    rng: Generator,
    *,
    std_px: Annotated[float, Meta(ge=0)],
    length_px: Annotated[float, Meta(ge=0)],
) -> Mask:
    """Take every pixel from a place near it, neighbours from neighbouring places.

    std_px: standard deviation of the way to that place, in x and in y, in pixels, 0 or more; far below 0.5 nothing
        changes, and from about `length_px` on the mask is folded and falls to pieces. No way is longer than 4 of them.
    length_px: standard deviation in pixels of the Gaussian that has blurred the field of ways, 0 or more; over an
        eighth of the image's longer side counts as that.

    A pixel is of the mask where the nearest pixel at the end of its way is; a place beyond the image counts as the
    nearest within. May leave no pixel. The field lies over the plane of the image, so that with `draws_per: image` all
    instances are moved by one: disjoint ones stay disjoint, and a common border stays common. Draws one number.

    Source: NSegment and NSegment+ (arXiv 2504.19634, 2508.10383), whose alpha is std_px · 2 · length_px · √(3π); there
    the field is reflected at the image border.
    """
    key = int(rng.integers(2**64, dtype=np.uint64))
    clean, longer_side = tight(mask), max(mask.frame_height, mask.frame_width)
    std_px = min(std_px, 2.0 * longer_side)
    window = padded(clean, math.ceil(MOST_STDS * std_px))
    height, width = window.pixels.shape
    ways = smooth(key, window.left, window.top, width, height, min(length_px, longer_side / 8))
    ways = std_px * np.clip(ways, -MOST_STDS, MOST_STDS)
    x = np.clip(np.rint(ways[..., 0] + np.arange(window.left, window.left + width)), 0, mask.frame_width - 1)
    y = np.rint(ways[..., 1] + np.arange(window.top, window.top + height)[:, np.newaxis])
    y = np.clip(y, 0, mask.frame_height - 1)
    framed = np.pad(clean.pixels, 1)  # all that is not of its window is background
    columns = np.clip(x - (clean.left - 1), 0, framed.shape[1] - 1).astype(np.intp)
    rows = np.clip(y - (clean.top - 1), 0, framed.shape[0] - 1).astype(np.intp)
    return window._replace(pixels=framed[rows, columns])
