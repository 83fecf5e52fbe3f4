"""Instances labelled as something of the same group."""

from numpy.random import Generator

from noisers import Classes, noiser


@noiser("category", example={})
def flip_supercategory(category_id: int, rng: Generator, *, classes: Classes) -> int:
    """Draw another category of the same supercategory, uniformly.

    classes: those of the file, with the supercategories that it names. A category that is alone in its supercategory,
    or has none, stays.

    Raises ValueError where the file names no supercategories at all.

    Source: arXiv 2406.10891, the later generators of COCO-N: flips within the supercategory, never to itself.
    """
    if not any(classes.supercategories.values()):
        raise ValueError("the categories of the file have no `supercategory`, so there is none to stay within")
    group = classes.supercategories[category_id]
    others = [
        number for number, own in classes.supercategories.items() if group and own == group and number != category_id
    ]
    return others[rng.integers(len(others))] if others else category_id
