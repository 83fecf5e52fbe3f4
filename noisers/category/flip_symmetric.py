"""Instances labelled as something else, never as what they are."""

from numpy.random import Generator

from noisers import Classes, noiser


@noiser("category", example={})
def flip_symmetric(category_id: int, rng: Generator, *, classes: Classes) -> int:
    """Draw another category, uniformly.

    classes: all classes of the file. At share p the category changes with probability p, where there is another one.

    Source: symmetric noise of DN-TOD (arXiv 2401.08056), Schubert et al. (arXiv 2303.06999) and ODFI (ISSRE 2023).
    """
    others = [number for number in classes.ids if number != category_id]
    return others[rng.integers(len(others))] if others else category_id
