"""Outlines that wander off step by step, as by a Markov process."""

from typing import Annotated

import cv2
import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.discs import grown
from annotation_noise.geometry.masks import Mask, area_px, padded, tight
from noisers import noiser

Share = Annotated[float, Meta(ge=0, le=1)]
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_STEPS_AT_ONCE = 8  # before the window is fitted anew
_NEAR_PX = 3


@noiser(
    "mask",
    example={
        "steps": 20,
        "relative": False,
        "grow_share": 0.8,
        "move_share": 0.05,
        "speckle_share": 0.0,
        "smooth": False,
    },
    levels={"steps": (20, 60, 180)},
)
def markov_boundary(
    mask: Mask,
    rng: Generator,
    *,
    steps: Annotated[int, Meta(ge=0, le=10_000)],
    relative: bool,
    grow_share: Share,
    move_share: Share,
    speckle_share: Share,
    smooth: bool,
) -> Mask:
    """Let the mask grow or shrink by single pixels at its edge, again and again; then speckle and smooth it.

    steps: how often, 0 to 10,000.
    relative: that many for a mask of 100 x 100 px, and others in proportion to the root of their area, rounded.
    grow_share: probability that a step grows, else it shrinks.
    move_share: in a step that grows, each pixel beside the mask becomes one of it with this probability; in one that
        shrinks, each pixel of the mask beside the background becomes background. Beside is over a side, not a corner.
    speckle_share: then each pixel of the mask and at most 3 px away from it is flipped with this probability.
    smooth: then blur by a Gaussian of 2 px in a window of 5 x 5, and keep what has more than half.

    What lies beyond the image is not background, and in the blur it mirrors what lies within. May leave no pixel. At
    a move_share of 0.05 a straight edge moves by about 0.086 px a step that grows or shrinks, whatever the mask's
    size. A step draws first which it is, then a number for each pixel of the edge, row by row.
    Takes about 5 ms at 180 steps.

    Source: Yao et al., ICLR 2023 (SpatialCorrection), whose speckles are all over the image; GSD-Net, arXiv 2509.02419,
    without speckles.
    """
    count = round(steps * area_px(mask) ** 0.5 / 100) if relative else steps
    for number in range(min(count, 10_000)):
        if number % _STEPS_AT_ONCE == 0:
            mask = padded(tight(mask), _STEPS_AT_ONCE + 1)
        mask = _stepped(mask, rng, grow_share, move_share)
    if speckle_share:
        mask = _speckled(mask, rng, speckle_share)
    return _smoothed(mask) if smooth else mask


def _stepped(mask: Mask, rng: Generator, grow_share: float, move_share: float) -> Mask:
    """After one step, in the same window, which has a rim of background where it is not at the image border."""
    if not mask.pixels.size:
        return mask
    grows = rng.random() < grow_share
    changed = (cv2.dilate if grows else cv2.erode)(mask.pixels, _CROSS)
    edge = np.flatnonzero(changed != mask.pixels)
    pixels = mask.pixels.copy()
    pixels.ravel()[edge[rng.random(len(edge)) < move_share]] = int(grows)
    return mask._replace(pixels=pixels)


def _speckled(mask: Mask, rng: Generator, speckle_share: float) -> Mask:
    near = grown(tight(mask), _NEAR_PX)
    pixels = padded(tight(mask), _NEAR_PX).pixels.copy()
    places = np.flatnonzero(near.pixels)
    pixels.ravel()[places[rng.random(len(places)) < speckle_share]] ^= 1
    return near._replace(pixels=pixels)


def _smoothed(mask: Mask) -> Mask:
    window = padded(tight(mask), 5)
    if not window.pixels.size:
        return window
    share = cv2.GaussianBlur(window.pixels.astype(np.float32), (5, 5), 2)
    return window._replace(pixels=(share > 0.5).astype(np.uint8))
