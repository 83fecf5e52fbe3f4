"""Instances taken for their look-alikes."""

from numpy.random import Generator

from noisers import Classes, noiser


@noiser("category", example={"pairs": ()})
def flip_pairs(
    category_id: int, rng: Generator, *, classes: Classes, pairs: tuple[tuple[str | int, str | int], ...]
) -> int:
    """Call a category what it is mistaken for.

    pairs: what is true, and what it is called, by name or id, like [["cat", "dog"], ["dog", "cat"]] for both ways. A
    category that is not the first of a pair stays.

    Draws nothing: the share chooses. Raises ValueError where a pair names a category that the file does not have, or
    two pairs begin with the same.

    Source: asymmetric noise of LNCIS (ECCV 2020) for Cityscapes and VOC.
    """
    numbers = classes.ids_of([name for pair in pairs for name in pair])
    called = dict(zip(numbers[::2], numbers[1::2], strict=True))
    if len(called) < len(pairs):
        raise ValueError("pairs: a category is there twice as the first of a pair")
    return called.get(category_id, category_id)
