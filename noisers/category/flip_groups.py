"""Instances labelled as something of the same group, where the file does not name the groups."""

import math

from numpy.random import Generator

from noisers import Classes, Table, noiser


@noiser("category", example={"groups": {}, "with_self": True})
def flip_groups(category_id: int, rng: Generator, *, classes: Classes, groups: Table, with_self: bool) -> int:
    """Draw a category of the same group, by weights.

    groups: group → category → weight; categories by name or id. A member of weight 0 is never drawn but flips too. A
        category in no group stays. "noisy_lvis" has the super-classes of Noisy-LVIS, by the ids of LVIS v1.
    with_self: whether the true category may be drawn; if not, the weights of the others count.

    One number is drawn; the members share out 0 to 1 in the order of their ids. Where nobody has a weight the category
    stays.

    Raises ValueError where the category is in two groups or in one twice, or its group names a category that the file
    does not have, one twice, or gives a negative weight.

    Source: asymmetric noise of Noisy-LVIS (arXiv 2211.13435), with itself, and of LNCIS (ECCV 2020) for COCO.
    """
    own = {str(category_id), classes.names[category_id]}
    rows = [(name, row) for name, row in groups.rows.items() if any(word in row for word in own)]
    if not rows:
        return category_id
    (name, row), *more = rows
    ids = classes.ids_of(row)
    if more or len(set(ids)) < len(row):
        raise ValueError(f"groups[{name}]: a category is there twice, in another group or by its name and by its id")
    if min(row.values()) < 0:
        raise ValueError(f"groups[{name}]: a weight is negative")
    weights = sorted(zip(ids, row.values(), strict=True))
    drawn_from = [(number, weight) for number, weight in weights if weight and (with_self or number != category_id)]
    left = rng.random() * math.fsum(weight for _, weight in drawn_from)
    for number, weight in drawn_from:
        left -= weight
        if left < 0:
            return number
    return drawn_from[-1][0] if drawn_from else category_id  # rounding left a gap at the end
