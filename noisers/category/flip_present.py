"""Instances labelled as something else in the same picture."""

from numpy.random import Generator

from noisers import Scene, noiser


@noiser("category", example={})
def flip_present(category_id: int, rng: Generator, *, scene: Scene) -> int:
    """Draw another category of those that are in the image, uniformly.

    A category counts once, however many instances it has. In an image of one category it stays.

    Source: semantic noise of Arctique.
    """
    others = sorted({instance.category_id for instance in scene.instances} - {category_id})
    return others[rng.integers(len(others))] if others else category_id
