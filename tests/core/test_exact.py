"""Exact counts: so many of all that a step may meet, neither more nor fewer, whatever else there is."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation_noise.core import in_memory
from annotation_noise.core.outcome import Options
from annotation_noise.core.recipe import recipe
from annotation_noise.core.requested import setting_of
from annotation_noise.core.scenes import counted, rounds
from annotation_noise.core.steps import Exact, Step
from noisers import load
from noisers.registry import described
from tests.scattered import Dataset, frame_of, met_by_hand, noised, scattered, shuffled


def following(category_id: int, rng: Any, *, classes: Any) -> int:
    ids: tuple[int, ...] = classes.ids
    return ids[(ids.index(category_id) + 1) % len(ids)]


NOISES = {"following": described(following, "category", {})}
EACH: dict[str, dict[str, Any]] = {
    "rand": {"kernel_px": 3},
    "following": {},
    "box_shift_scale": {"centre_share": 0.2, "size_share": 0.2},
    "missing": {"min_instances_per_image": 0},
}
FILTERS: list[tuple[dict[str, Any], Callable[[Dataset], bool]]] = [
    ({}, lambda annotation: True),
    ({"min_area_px": 30}, lambda annotation: area_of(annotation) >= 30),
    ({"min_area_px": 12, "max_area_px": 60}, lambda annotation: 12 <= area_of(annotation) <= 60),
    ({"categories": ["cat"]}, lambda annotation: annotation["category_id"] == 3),
    ({"categories": [7, "ant"]}, lambda annotation: annotation["category_id"] in (1, 7)),
    ({"max_area_px": 70, "categories": ["1", 3]}, lambda a: area_of(a) <= 70 and a["category_id"] in (1, 3)),
]


def area_of(annotation: Dataset) -> int:
    return int(frame_of(annotation).sum())


def met(clean: Dataset, name: str, values: Any, **options: Any) -> set[int]:
    """Whom a step has met, by the log."""
    _, changes = noised(clean, values, NOISES, **options)
    return {row.annotation_id for row in changes if name in [step.noise for step in row.steps]}


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize(("where", "may_meet"), FILTERS)
def test_an_exact_count_is_exact(clean: Dataset, name: str, where: Any, may_meet: Callable[[Dataset], bool]) -> None:
    previous = set[int]()
    able = [a["id"] for a in clean["annotations"] if not a.get("iscrowd") and may_meet(a)]
    for tenths in (0, 2, 3, 7, 10):
        share = {"exact": tenths / 10}
        values = {name: {"share": share, **EACH[name], **({"where": where} if where else {})}}
        for dataset in (clean, shuffled(clean)):
            found = met(dataset, name, values)
            assert len(found) == tenths * len(able) // 10
            assert found == met_by_hand(clean, name, share, (), 1, may_meet)
        assert previous <= found <= set(able)
        previous = found
    assert previous == set(able)


@pytest.mark.parametrize("name", EACH)
def test_an_exact_count_is_the_share_with_the_chance_taken_out(clean: Dataset, name: str) -> None:
    """Whom the share meets are the first of those whom a larger count meets, and the other way round."""
    for share in (0.1, 0.4, 0.8):
        by_chance = met(clean, name, {"all_of": [{name: {"share": share, **EACH[name]}}]})
        exact = met(clean, name, {"all_of": [{name: {"share": {"exact": share}, **EACH[name]}}]})
        assert by_chance <= exact or exact <= by_chance
        assert by_chance and exact


@pytest.mark.parametrize("name", EACH)
def test_a_later_count_is_a_share_of_all_taken_among_those_left(clean: Dataset, name: str) -> None:
    able = [a["id"] for a in clean["annotations"] if not a.get("iscrowd")]
    first = {"missing": {"share": {"exact": 0.5}, "min_instances_per_image": 0}}
    gone = met(clean, "missing", first)
    assert len(gone) == len(able) // 2
    for share in (0.3, 0.9):
        later = {name: {"share": {"exact": share}, **EACH[name]}}
        found = met(clean, name, {"all_of": [first, later]}) - gone
        assert len(found) == min(int(share * 10) * len(able) // 10, len(able) - len(gone))
        label = f"{name} 2" if name == "missing" else name
        assert found == met_by_hand(clean, label, {"exact": share}, gone, 1)


def test_crowd_regions_count_where_they_are_instances(clean: Dataset) -> None:
    found = met(clean, "rand", {"rand": {"share": {"exact": 0.5}, "kernel_px": 3}}, crowd="noise")
    assert len(found) == len(clean["annotations"]) // 2
    assert any(a["id"] in found and a.get("iscrowd") for a in clean["annotations"])


@pytest.fixture(scope="module")
def clean() -> Dataset:
    return scattered(12)


def step_of(share: Any, number: int = 1) -> Step:
    return Step(load()["missing"], share, {"min_instances_per_image": 0}, f"missing {number}")


def test_an_exact_count_begins_another_round() -> None:
    kinds: list[Any] = [0.5, Exact(0.5), 0.5, Exact(0.1), Exact(0.1), 0.5]
    steps = [step_of(share, number) for number, share in enumerate(kinds)]
    chosen = recipe({"missing": [1, 0]}, load())._replace(nodes=tuple(steps))
    assert [[step.label[-1] for step in each] for each in rounds(chosen)] == [["0"], ["1", "2"], ["3"], ["4", "5"]]


def test_the_last_that_an_exact_step_meets() -> None:
    """7 of 10 is 0.7, which is a little less than 7 tenths as a floating-point number."""
    setting = setting_of(
        in_memory.tables_of(scattered(1)), recipe({"missing": [{"exact": 0.7}, 0]}, load()), 1, Options()
    )
    coins = {number: (number * 3 % 10) / 10 for number in range(10)}  # 0 7 4 1 8 5 2 9 6 3
    for gone, last in (
        (set[int](), (0.6, 2)),
        ({0, 7}, (0.8, 6)),
        (set(range(9)), (0.7, 9)),
        (set(range(10)), (-1.0, 0)),
    ):
        (step,) = counted(setting, setting.recipe.steps[0], coins, gone).recipe.steps
        assert step.share == Exact(0.7, last)
