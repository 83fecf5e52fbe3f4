"""Masks that are too large or too small by a share of their area."""

from typing import Annotated

import cv2
import numpy as np
from msgspec import Meta
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, Pixels, area_px, padded
from noisers import noiser


@noiser("mask", example={"ratio": 1.5}, levels={"ratio": (1.2, 1.5, 3.0)})
def area_ratio(mask: Mask, rng: Generator, *, ratio: Annotated[float, Meta(gt=0)]) -> Mask:
    """Grow or shrink the mask to a multiple of its area.

    ratio: noisy area by clean area, above 0; 1 changes nothing, above 1 the mask grows, below it shrinks.

    It goes by steps of a cross: each adds the four neighbours of every pixel, or takes away every pixel with a
    neighbour in the background. Of all the states the one with the area nearest to the wanted one is taken, of two
    alike near the one after fewer steps. What lies beyond the image is not background. A mask can neither fill more
    than the image nor shrink to nothing. Draws nothing.

    Source: the dilations and erosions of superpixel-guided learning (SP_guided_Noisy_Label_Seg) and T-loss, whose β is
    |ratio - 1|.
    """
    wanted_px = ratio * area_px(mask)
    return _grown_to(mask, wanted_px) if ratio > 1 else _shrunk_to(mask, wanted_px)


def _grown_to(mask: Mask, wanted_px: float) -> Mask:
    margin_px = 8
    while True:
        window = padded(mask, margin_px)
        steps = _steps_to(window.pixels)
        areas = np.bincount(steps.ravel()).cumsum()  # by number of steps
        if window.pixels.shape != (mask.frame_height, mask.frame_width):
            areas = areas[: margin_px + 1]  # later states would reach beyond the window
            if areas[-1] < wanted_px:
                margin_px *= 2
                continue
        return window._replace(pixels=(steps <= np.argmin(np.abs(areas - wanted_px))).astype(np.uint8))


def _shrunk_to(mask: Mask, wanted_px: float) -> Mask:
    window = padded(mask, 1)  # a rim of background where the window is not at the image border
    if not window.pixels.size or window.pixels.all():
        return mask
    steps = _steps_to(1 - window.pixels)
    counts = np.bincount(steps.ravel())
    counts[0] = 0  # those of the background
    areas = area_px(mask) - counts[:-1].cumsum()  # by number of steps; after one more nothing would be left
    return window._replace(pixels=(steps > np.argmin(np.abs(areas - wanted_px))).astype(np.uint8))


def _steps_to(pixels: Pixels) -> NDArray[np.intp]:
    """Of each pixel how many steps from neighbour to neighbour lead to one that is 1."""
    return np.rint(cv2.distanceTransform(1 - pixels, cv2.DIST_L1, cv2.DIST_MASK_3)).astype(np.intp)
