"""Instances labelled as what people take them for."""

import math
from collections.abc import Mapping
from typing import TypeVar

from numpy.random import Generator

from noisers import Classes, Table, noiser

ROUNDING = 1e-6
Value = TypeVar("Value")


@noiser("category", example={"table": {}})
def flip_confusion(category_id: int, rng: Generator, *, classes: Classes, table: Table) -> int:
    """Draw the category from the row that it has in a confusion matrix.

    table: true category → what it is called → probability; categories by name or id. Each row sums to 1, the true
        category included; a category without a row stays.

    One number is drawn, and the categories share out 0 to 1 in the order of their ids.

    Raises ValueError where the table names a category that the file does not have, or one twice, a probability is
    negative, or a row does not sum to 1 within a millionth.

    Source: ours; label noise that depends on the true class alone, as a matrix whose rows are distributions.
    """
    numbers = classes.by_name
    row = _by_id(table.rows, numbers).get(category_id)
    if row is None:
        return category_id
    shares, name = _by_id(row, numbers), classes.names[category_id]
    for column, share in row.items():
        if share < 0:
            raise ValueError(f"table[{name}][{column}] must not be negative, but is {share:g}")
    if abs(math.fsum(shares.values()) - 1) > ROUNDING:
        raise ValueError(f"table[{name}] must sum to 1, but sums to {math.fsum(shares.values()):g}")
    at, reached = rng.random(), 0.0
    for number, share in sorted(shares.items()):
        reached += share
        if at < reached:
            return number
    return max(number for number, share in shares.items() if share)  # rounding left a gap at the end


def _by_id(named: Mapping[str, Value], numbers: Mapping[str, int]) -> dict[int, Value]:
    """Rows or cells of a table by category id."""
    by_id: dict[int, Value] = {}
    for name, value in named.items():
        if name not in numbers:
            raise ValueError(f"table: there is no category called {name!r}")
        if numbers[name] in by_id:
            raise ValueError(f"table: category {name!r} is there twice, by its name and by its id")
        by_id[numbers[name]] = value
    return by_id
