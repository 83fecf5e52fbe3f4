"""Boxes for masks."""

import numpy as np
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask, tight
from noisers import noiser


@noiser("mask", example={})
def as_box(mask: Mask, rng: Generator) -> Mask:
    """Take all of the mask's box for the mask: the smallest upright rectangle around all its parts.

    Draws nothing. A disc has an IoU of π / 4 with its box.

    Source: SNOW (Foucart et al., 2019), its weak annotations.
    """
    box = tight(mask)
    return box._replace(pixels=np.ones_like(box.pixels))
