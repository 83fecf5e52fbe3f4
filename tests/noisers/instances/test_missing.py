import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from noise_annotations import noise
from noisers import Remove
from noisers.instances.missing import missing
from tests.noisers.instances.scenes import dataset, scene_of, square

FOUR = scene_of([np.ones((5, 5), np.uint8)] * 4, ids=[2, 3, 8, 9])


@pytest.mark.parametrize(
    ("minimum", "removed"),
    [(0, [9, 2, 8]), (1, [9, 2, 8]), (2, [9, 2]), (3, [9]), (4, []), (5, []), (10**9, [])],
)
def test_those_chosen_last_stay_where_not_all_can_go(minimum: int, removed: list[int]) -> None:
    chosen = [FOUR.instances[place] for place in (3, 0, 2)]
    edits = missing(FOUR, np.random.default_rng(0), chosen=chosen, min_instances_per_image=minimum)
    assert edits == [Remove(number) for number in removed]


IMAGES = [[square(2 * place, 3, 9) for place in range(number % 6)] for number in range(300)]
MANY = dataset(IMAGES)


def removed(share: Any, minimum: int, source: dict[str, Any] = MANY, seed: int = 5) -> set[int]:
    """The ids of those that are gone."""
    values = {"missing": {"share": share, "min_instances_per_image": minimum}}
    noisy = noise(source, corruption_values=values, seed=seed)
    gone = {a["id"] for a in source["annotations"]} - {a["id"] for a in noisy.dataset["annotations"]}
    assert gone == {row.annotation_id for row in noisy.changes if row.mask_outcome == "removed"}
    return gone


@pytest.mark.parametrize("minimum", [0, 1, 2, 4])
def test_an_image_keeps_its_minimum_and_what_is_missing_stays_so_at_higher_shares(minimum: int) -> None:
    by_image = Counter(a["image_id"] for a in MANY["annotations"])
    before = set[int]()
    for share in (0, 0.1, 0.3, 0.6, 0.9, 1):
        gone = removed(share, minimum)
        assert before <= gone
        of_image = Counter(a["image_id"] for a in MANY["annotations"] if a["id"] in gone)
        assert all(left >= min(by_image[i], minimum) for i in by_image if (left := by_image[i] - of_image[i]) >= 0)
        before = gone
    assert len(before) == sum(max(count - minimum, 0) for count in by_image.values())


def test_without_a_minimum_it_is_each_ones_own_coin() -> None:
    coins = {a["id"]: stream(5, "choose instances", a["id"]).random() for a in MANY["annotations"]}
    assert removed(0.3, 0) == {number for number, coin in coins.items() if coin < 0.3}


def test_of_an_exact_count_so_many_go() -> None:
    count = len(MANY["annotations"])
    assert len(removed({"exact": 0.3}, 0)) == count * 3 // 10
    assert removed({"exact": 0.3}, 1) <= removed({"exact": 0.6}, 1)


def test_each_is_as_likely_to_be_the_one_that_stays() -> None:
    source = dataset([[square(3, 3, 9)] * 4] * 1000)
    stay = {a["id"] for a in source["annotations"]} - removed(1, 1, source)
    assert chisquare(list(Counter((number - 1) % 4 for number in stay).values())).pvalue > 1e-4
    assert len(stay) == 1000


def test_crowd_regions_stay_and_do_not_count() -> None:
    source = dataset([[square(3, 3, 9)] * 3, [square(3, 3, 9)] * 2, [square(3, 3, 9)]])
    for annotation in source["annotations"][1:5]:
        annotation["iscrowd"] = 1
    assert removed(1, 0, source) == {1, 6}  # an image may be left with crowd regions alone
    assert removed(1, 1, source) == set()


def test_one_without_a_mask_may_go_too() -> None:
    assert removed(1, 0, dataset([[[], square(3, 3, 9)]])) == {1, 2}


def test_the_log_has_all_of_what_is_gone() -> None:
    source = dataset([[square(3, 3, 9)] * 2], note={"by": ["somebody", 0.5]})
    (row,) = noise(source, corruption_values={"missing": [1, 1]}).changes
    assert json.loads(row.annotation) in source["annotations"]
