"""Instances that were annotated again, too small and beside the first one."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.boxes import a_step_away, resized
from annotation_noise.geometry.masks import box
from annotation_noise.geometry.placing import placed, resampled
from noisers import Add, Box, Instance, Scene, Unable, noiser


@noiser("instances", example={"size_change": -0.5, "step_share": 0.2})
def redundant(
    scene: Scene,
    rng: Generator,
    *,
    instance: Instance,
    size_change: Annotated[float, Meta(ge=-1)],
    step_share: Annotated[float, Meta(ge=0)],
) -> list[Add | Unable]:
    """Add a copy of the instance, of the same class, with another area and a step away.

    size_change: by what share the area of its box changes, of which the upper left corner stays; one that would reach
        over the right or lower border ends there. The mask is stretched likewise.
    step_share: length of the step as a share of the image's width in x and of its height in y, forward or back.

    All places that lie in the image are equally likely, but for the old one, where it stays if there is no other. Sides
    are whole pixels, one at least. Where no pixel of a thin mask is left, or there is none, nothing is added, and the
    log says so.

    Source: redundant_ann of ODFI (Chan et al., ISSRE 2023), -0.5 and 0.2, where the copy keeps the whole mask.
    """
    if not instance.mask.pixels.size:
        return [Unable(instance.id, "no_mask")]
    here = resized(Box(*box(instance.mask)), size_change, scene.height, scene.width)
    others = a_step_away(here, step_share, scene.height, scene.width)
    left, top, width, height = map(round, others[rng.integers(len(others))] if others else here)
    pixels = resampled(instance.mask.pixels, max(height, 1), max(width, 1))
    copy = placed(pixels, left, top, scene.height, scene.width)
    if not copy.pixels.size:
        return [Unable(instance.id, "would_be_empty")]
    return [Add(copy, instance.category_id, (instance.id,))]
