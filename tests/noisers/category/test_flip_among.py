from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from noise_annotations import noise
from noisers.category.flip_among import flip_among
from noisers.kinds import classes

FIVE = classes(dict.fromkeys((1, 2, 4, 5, 8), ""), {})


def among(count: int, which: float) -> set[int]:
    """The categories that change."""
    rng = np.random.default_rng(0)
    return {n for n in FIVE.ids if flip_among(n, rng, classes=FIVE, count=count, which=which) != n}


@pytest.mark.parametrize(
    ("count", "which", "expected"),
    [
        (3, 0.0, {1, 2, 4}),
        (3, 0.5, {1, 4, 5}),  # 2.5: the third; 0.5 of the four left, 2.0: the third, 5; 0 of the three left: 1
        (2, 1.0, {1, 8}),
        (2, 0.99, {8, 5}),  # 4.95: the last; 0.95 of four, 3.8: the last of them
        (1, 0.5, set()),
        (5, 0.3, {1, 2, 4, 5, 8}),
        (9, 0.3, {1, 2, 4, 5, 8}),
    ],
)
def test_which_by_hand(count: int, which: float, expected: set[int]) -> None:
    assert among(count, which) == expected


def test_all_trios_are_equally_likely() -> None:
    times = Counter(tuple(sorted(among(3, stream(1, "test", number).random()))) for number in range(4000))
    assert len(times) == 10
    assert chisquare([*times.values()]).pvalue > 1e-4


def test_one_of_a_trio_becomes_each_other_one_alike() -> None:
    trio = sorted(among(3, 0.7))
    drawn = [flip_among(trio[0], stream(1, "test", n), classes=FIVE, count=3, which=0.7) for n in range(4000)]
    ids, counts = np.unique(drawn, return_counts=True)
    assert ids.tolist() == trio[1:]
    assert chisquare(counts).pvalue > 1e-4


def test_drawn_once_it_is_the_same_for_a_whole_file(tiny: dict[str, Any]) -> None:
    tiny["categories"] = [{"id": number, "name": f"n{number}"} for number in range(10)]
    first = tiny["annotations"][0]
    tiny["annotations"] = [{**first, "id": number, "category_id": number % 10} for number in range(500)]
    once = {"share": 1, "count": 3, "which": {"uniform": [0, 1]}, "per": "annotator", "annotators": 1}
    trios = set()
    for seed in range(5):
        changes = noise(tiny, corruption_values={"flip_among": once}, seed=seed).changes
        trio = {row.category_id for row in changes}
        assert len(trio) == 3 and len(changes) == 150 and {row.noisy_category_id for row in changes} == trio
        trios.add(frozenset(trio))
    assert len(trios) > 1
