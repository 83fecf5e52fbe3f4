"""Masks grown here and shrunk there."""

from typing import Annotated

import cv2
import numpy as np
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask, Pixels, padded, tight
from noisers import noiser


@noiser("mask", example={"count": 20, "radius_px": 4.0}, levels={"count": (5, 20, 80)})
def local_dilate_erode(
    mask: Mask,
    rng: Generator,
    *,
    count: Annotated[int, Meta(ge=0, le=1000)],
    radius_px: Annotated[float, Meta(ge=0, le=50)],
) -> Mask:
    """Dilate or erode the mask within a random rectangle, many times over.

    count: how many times, 0 to 1000.
    radius_px: the most that an outline can move at a time, in pixels, 0 to 50, rounded down; a whole number from 1 to
        this is drawn each time.

    The rectangle lies in the mask's box widened by radius_px: its first corner is a uniform pixel, the opposite one
    uniform among those right of it and below, itself too. With a probability of 1/4 its middle pixel becomes mask or
    background, by a fair coin. Then all of it is dilated or eroded, by a fair coin, with an element that is a square,
    an ellipse, or an ellipse of half the height or half the width, each with 1/4. What is outside of the rectangle
    has no part in it. May leave no pixel. Each time takes about 0.02 ms.

    Source: CascadePSP (CVPR 2020), whose rectangles lie in all of the image and whose elements are 3 to 9 px wide,
    also of even width, which move a mask by half a pixel; SegRefiner (NeurIPS 2023).
    """
    most = int(radius_px)
    if not most or not mask.pixels.any():
        return mask
    window = padded(tight(mask), most)
    pixels = window.pixels.copy()
    height, width = pixels.shape
    for _ in range(count):
        left, top, right, bottom, speck, colour, grows, form, radius = rng.random(9)
        left, top = int(left * width), int(top * height)
        right, bottom = left + int(right * (width - left)) + 1, top + int(bottom * (height - top)) + 1
        if speck < 0.25:
            pixels[(top + bottom - 1) // 2, (left + right - 1) // 2] = colour < 0.5
        change = cv2.dilate if grows < 0.5 else cv2.erode
        element = _element(int(4 * form), 1 + int(most * radius))
        pixels[top:bottom, left:right] = change(np.ascontiguousarray(pixels[top:bottom, left:right]), element)
    return window._replace(pixels=pixels)


def _element(form: int, radius: int) -> Pixels:
    """A square, an ellipse, one of half the height, one of half the width; of a whole radius above 0."""
    if form == 0:
        return np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    high, wide = radius // 2 if form == 2 else radius, radius // 2 if form == 3 else radius
    y, x = np.ogrid[-high : high + 1, -wide : wide + 1]
    high, wide = max(high, 1), max(wide, 1)
    return np.asarray((x * high) ** 2 + (y * wide) ** 2 <= (wide * high) ** 2, np.uint8)
