"""Where added annotations stand in a blind file: as those that had always been there."""

import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest

from annotation_noise.core.outcome import Applied
from annotation_noise.core.scenes import Added
from annotation_noise.core.slots import renumbered, slots
from annotation_noise.geometry.masks import from_frame
from tests.guessing import p_values

MASK = from_frame(np.ones((2, 2)))


class Row(NamedTuple):
    """An annotation, as far as its place may depend on it."""

    image: int
    category: int
    number: int


def added(row: Row) -> Added:
    return Added((), row.image, "n", 0, row.category, MASK, Applied("n", "instances", "added"))


def file_of(order: Callable[[Row], Any], seed: int) -> list[Row]:
    """Many images, most with several annotations of a category, in an order of some kind."""
    rng = random.Random(seed)
    rows = [
        Row(image, category, number)
        for image in range(250)
        for category in rng.sample(range(12), rng.randint(1, 3))
        for number in range(rng.randint(1, 6))
    ]
    rng.shuffle(rows)
    return sorted(rows, key=order)


ORDERS: dict[str, Callable[[Row], Any]] = {
    "by image": lambda row: row.image,
    "by image and category": lambda row: row[:2],
    "by category": lambda row: row.category,
    "none": lambda row: 0,
}


def features(rows: list[Row]) -> list[dict[str, object]]:
    """All that the place of an annotation might tell, of each."""
    seen, of_image = Counter[tuple[int, int]](), Counter[int]()
    total, images = Counter(row[:2] for row in rows), Counter(row.image for row in rows)
    result: list[dict[str, object]] = []
    for place, row in enumerate(rows):
        before, after = rows[place - 1] if place else None, rows[place + 1] if place + 1 < len(rows) else None
        seen[row[:2]] += 1
        of_image[row.image] += 1
        result.append(
            {
                "place": place,
                "parity": place % 2,
                "image before": before is not None and before.image == row.image,
                "image after": after is not None and after.image == row.image,
                "category before": before is not None and before.category == row.category,
                "category after": after is not None and after.category == row.category,
                "between two of its own": before and after and before[:2] == row[:2] == after[:2],
                "rank among its own": seen[row[:2]] / total[row[:2]],
                "first of its own": seen[row[:2]] == 1,
                "last of its own": seen[row[:2]] == total[row[:2]],
                "rank in the image": of_image[row.image] / images[row.image],
                "first of the image": of_image[row.image] == 1,
                "last of the image": of_image[row.image] == images[row.image],
            }
        )
    return result


@pytest.mark.parametrize("order", ORDERS)
def test_one_that_is_put_back_is_not_told_from_those_that_stayed(order: str) -> None:
    """Taken out of a file are some of which another of their image and category stays, as a copy has its original."""
    whole = file_of(ORDERS[order], 3)
    rng = random.Random(4)
    chosen = {pair: rng.choice([row for row in whole if row[:2] == pair]) for pair in sorted({r[:2] for r in whole})}
    several = {pair for pair, count in Counter(row[:2] for row in whole).items() if count > 1}
    taken = [row for pair, row in chosen.items() if pair in several and rng.random() < 0.6]
    rest = [row for row in whole if row not in taken]
    found = slots(
        [(number, added(row)) for number, row in enumerate(taken)],
        np.array([row.image for row in rest]),
        np.array([row.category for row in rest]),
        7,
    )
    put_back = [(slot, 0, order, taken[index]) for order, (slot, index) in enumerate(found)]
    rows = [row for *_, row in sorted([*put_back, *((place, 1, 0, row) for place, row in enumerate(rest))])]
    assert sorted(rows) == sorted(whole)
    if order.startswith("by image"):
        assert [row.image for row in rows] == sorted(row.image for row in rows)
    if order == "by category":
        assert sum(a.category == b.category for a, b in pairwise(rows)) > 0.99 * len(rows) - 12
    pairs = {row[:2] for row in taken}  # one of each is guessed, among those of its image and category
    shown = [(values, row) for values, row in zip(features(rows), rows, strict=True) if row[:2] in pairs]
    told = p_values([values for values, _ in shown], [row in taken for _, row in shown], [row[:2] for _, row in shown])
    assert {name: p for name, p in told.items() if p < 0.001} == {}


def test_ids_count_from_one_in_the_files_order() -> None:
    """Of four annotations the second is gone; two are added before the third, and one at the end."""
    own, new = renumbered(np.array([True, False, True, True]), [2, 2, 4])
    assert own[[0, 2, 3]].tolist() == [1, 4, 5]
    assert new.tolist() == [2, 3, 6]
