"""Neighbours annotated as one instance."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

import numpy as np
import shapely
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.discs import closed
from annotation_noise.geometry.discs import gap_px as gap_between
from annotation_noise.geometry.masks import area_px, union
from noisers import Add, Instance, Remove, Scene, noiser


@noiser("instances", example={"gap_px": 2.0, "same_class": True, "closing": False})
def merge(
    scene: Scene,
    rng: Generator,
    *,
    chosen: Sequence[Instance],
    gap_px: Annotated[float, Meta(ge=0)],
    same_class: bool,
    closing: bool,
) -> list[Add | Remove]:
    """Make one instance of a chosen one and its neighbour.

    gap_px: how much background may lie between them at the narrowest place, in pixels; 0 is for those that overlap or
        share a side of a pixel.
    same_class: only instances of one class.
    closing: fill what a disc does not fit into whose radius is half of `gap_px`, rounded up: gaps up to this width.

    Pairs are formed by their gaps, the narrowest first and then by ids; each instance is in one pair. The new instance
    is the union, of the class and the other fields of the larger one. Draws nothing: the share chooses. The log gets
    the gap as `narrowest_px`.

    Source: ours; merged instances as in Löffler et al., PLoS ONE 2021, and of Mask-refiner.
    """
    ids = {instance.id for instance in chosen}
    pairs = sorted(
        (gap, a.id, b.id, a, b)
        for a, b in _near([instance for instance in scene.instances if instance.mask.pixels.size], gap_px)
        if (a.id in ids or b.id in ids) and (a.category_id == b.category_id or not same_class)
        if (gap := gap_between(a.mask, b.mask, gap_px)) < math.inf
    )
    edits: list[Add | Remove] = []
    merged = set[int]()
    for gap, _, _, a, b in pairs:
        if a.id in merged or b.id in merged:
            continue
        merged |= {a.id, b.id}
        first, second = sorted((a, b), key=lambda instance: (-area_px(instance.mask), instance.id))
        mask = union(a.mask, b.mask)
        mask = closed(mask, math.ceil(gap_px / 2)) if closing else mask
        drawn = {"narrowest_px": round(gap, 6)}
        edits += [Remove(a.id, drawn), Remove(b.id, drawn), Add(mask, first.category_id, (first.id, second.id), drawn)]
    return edits


def _near(instances: Sequence[Instance], gap_px: float) -> Iterator[tuple[Instance, Instance]]:
    """The pairs whose masks can be as near as that, by their windows; each once, in the order of the instances."""
    masks = [instance.mask for instance in instances]
    left, top = (np.array([mask[side] for mask in masks], float) for side in (1, 2))
    height, width = np.array([mask.pixels.shape for mask in masks], float).reshape(-1, 2).T
    windows = shapely.box(left, top, left + width, top + height)
    reach = gap_px + 1
    grown = shapely.box(left - reach, top - reach, left + width + reach, top + height + reach)
    for first, second in shapely.STRtree(windows).query(grown).T.tolist():
        if first < second:
            yield instances[first], instances[second]
