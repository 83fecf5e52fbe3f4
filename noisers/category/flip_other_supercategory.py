"""Instances labelled as something of another group."""

from numpy.random import Generator

from noisers import Classes, noiser


@noiser("category", example={})
def flip_other_supercategory(category_id: int, rng: Generator, *, classes: Classes) -> int:
    """Draw a category of another supercategory, uniformly.

    classes: those of the file. A category without a supercategory is alone in one of its own. Where all are of one
    supercategory, the category stays.

    Raises ValueError where the file names no supercategories at all.

    Source: mislabel_super of ODFI (Chan et al., ISSRE 2023).
    """
    if not any(classes.supercategories.values()):
        raise ValueError("the categories of the file have no `supercategory`, so there is no other one")
    group = classes.supercategories[category_id]
    others = [
        number
        for number, own in classes.supercategories.items()
        if number != category_id and (not group or own != group)
    ]
    return others[rng.integers(len(others))] if others else category_id
