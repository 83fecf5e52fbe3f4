"""Instances labelled as what people take them for."""

import math

from numpy.random import Generator

from noisers import Classes, Table, noiser

ROUNDING = 1e-6


@noiser("category", example={"table": {}})
def flip_confusion(category_id: int, rng: Generator, *, classes: Classes, table: Table) -> int:
    """Draw the category from the row that it has in a confusion matrix.

    table: true category → what it is called → probability; categories by name or id. Each row sums to 1, the true
    category included; a category without a row stays. One number is drawn, and the categories share out 0 to 1 in the
    order of their ids.

    Raises ValueError where the table names a category that the file does not have, or a row does not sum to 1 within
    a millionth.

    Source: ours; class-conditional noise as of Patrini et al., CVPR 2017, section 2.
    """
    numbers = classes.by_name
    for name in table.rows:
        if name not in numbers:
            raise ValueError(f"table: there is no category called {name!r}")
    row = table.rows.get(classes.names[category_id]) or table.rows.get(str(category_id))
    if row is None:
        return category_id
    shares = {}
    for name, share in row.items():
        if name not in numbers:
            raise ValueError(f"table: there is no category called {name!r}")
        if share < 0:
            raise ValueError(f"table[{classes.names[category_id]}][{name}] must not be negative, but is {share:g}")
        shares[numbers[name]] = share
    if abs(math.fsum(shares.values()) - 1) > ROUNDING:
        raise ValueError(
            f"table[{classes.names[category_id]}] must sum to 1, but sums to {math.fsum(shares.values()):g}"
        )
    at, reached = rng.random(), 0.0
    for number, share in sorted(shares.items()):
        reached += share
        if at < reached:
            return number
    return max(number for number, share in shares.items() if share)  # rounding left a gap at the end
