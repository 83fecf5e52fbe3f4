"""Instances that nobody has annotated."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from noisers import Instance, Remove, Scene, noiser


@noiser("instances", example={"min_instances_per_image": 1})
def missing(
    scene: Scene, rng: Generator, *, chosen: Sequence[Instance], min_instances_per_image: Annotated[int, Meta(ge=0)]
) -> list[Remove]:
    """Leave out the chosen instances, but never so many that an image has too few.

    min_instances_per_image: how many instances an image keeps at least, or all where it has no more; 0 may empty it.
    Where not all chosen ones can go, those stay that were chosen last, so that what is missing at a share is missing at
    every higher one. Draws nothing: the share chooses.

    Source: UNA (arXiv 2312.13822) and DN-TOD (arXiv 2401.08056), which have no minimum; the later generators of COCO-N
    (arXiv 2406.10891) delete only in images with at least two annotations.
    """
    room = max(len(scene.instances) - min_instances_per_image, 0)
    return [Remove(instance.id) for instance in chosen[:room]]
