"""A few categories that somebody never learnt to tell apart."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from noisers import Classes, noiser


@noiser("category", example={"count": 3, "which": 0.5})
def flip_among(
    category_id: int,
    rng: Generator,
    *,
    classes: Classes,
    count: Annotated[int, Meta(ge=1)],
    which: Annotated[float, Meta(ge=0, le=1)],
) -> int:
    """Draw another of a few categories, uniformly; one that is not among these stays.

    count: how many they are.
    which: a number that says which: below 1/K the first of the K classes by id, and so on, and its place within its
        Kth says likewise which the next one is. To draw them once for a whole file, write
        {"which": {"uniform": [0, 1]}, "per": "annotator", "annotators": 1}.

    Source: swaps of NoisyCocoDetection (named after cleanlab's ObjectLab), where a label may change twice.
    """
    left, among = list(classes.ids), set[int]()
    while left and len(among) < count:
        place, which = divmod(which * len(left), 1)
        among.add(left.pop(min(int(place), len(left) - 1)))
    others = sorted(among - {category_id})
    return others[rng.integers(len(others))] if others and category_id in among else category_id
