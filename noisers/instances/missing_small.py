"""Small instances that were overlooked."""

import math
from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import area_px
from noisers import Instance, Remove, Scene, noiser


@noiser("instances", example={"size_px": 32.0, "exponent": 1.0})
def missing_small(
    scene: Scene,
    rng: Generator,
    *,
    instance: Instance,
    size_px: Annotated[float, Meta(gt=0)],
    exponent: Annotated[float, Meta(ge=0)],
) -> list[Remove]:
    """Leave out the chosen instance, the more likely the smaller it is.

    size_px: up to this size, the root of the mask's area in pixels, each chosen one goes; so the share is that of the
        small ones.
    exponent: one that is n times as large goes with probability 1 / n ** exponent; 0 is for all alike.

    One without a mask counts as a pixel. One number is drawn.

    Source: ours; a guess at annotators, who overlook what is small.
    """
    ratio = min(size_px / math.sqrt(max(area_px(instance.mask), 1)), 1)
    return [Remove(instance.id)] if rng.random() < ratio**exponent else []
