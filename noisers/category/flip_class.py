"""Instances labelled as something else."""

from numpy.random import Generator

from noisers import Classes, noiser


@noiser("category", example={})
def flip_class(category_id: int, rng: Generator, *, classes: Classes) -> int:
    """Draw the category anew, uniformly from all there are, the true one included.

    classes: all classes of the file, K of them. At share p the category
    really changes with probability p * (1 - 1/K). In an image of an LVIS file of which n of the K are known
    to be absent, one of these is drawn again (`annotation_noise.core.apply`): uniform over K - n.

    Source: arXiv 2406.10891, the class noise of COCO-N: (1 - p) * identity + p * uniform.
    """
    return classes.ids[rng.integers(len(classes.ids))]
