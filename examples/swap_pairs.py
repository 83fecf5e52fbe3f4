"""Class noise between look-alikes of Cityscapes, as an alternative to flips over all eight classes.

    python noise_annotations.py cityscapes --from cityscapes --plugin examples/swap_pairs.py \
        --corruption_values "{'rand': [0.2, 3], 'swap_pairs': 0.2}"

The ids are Cityscapes' own. A dataset whose categories have other ids needs another table.
"""

from numpy.random import Generator

from noisers import Classes, noiser

PERSON, RIDER, TRUCK, BUS, MOTORCYCLE, BICYCLE = 24, 25, 27, 28, 32, 33
PAIRS = ((PERSON, RIDER), (TRUCK, BUS), (MOTORCYCLE, BICYCLE))
OTHER = {one: two for pair in PAIRS for one, two in (pair, pair[::-1])}


@noiser("category", example={})
def swap_pairs(category_id: int, rng: Generator, *, classes: Classes) -> int:
    """Take a person for a rider, a truck for a bus, a motorcycle for a bicycle, and the other way round.

    classes: those of the dataset. Draws nothing: an annotation that the share chooses always changes, unless it is a
    car or a train, which have no look-alike, or the dataset has no category with the other's id.
    """
    other = OTHER.get(category_id, category_id)
    return other if other in classes.names else category_id
