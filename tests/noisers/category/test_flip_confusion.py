from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.random import Generator
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.errors import InputError
from noise_annotations import noise
from noisers.category.flip_confusion import flip_confusion
from noisers.kinds import classes, table

PETS = classes({2: "cat", 5: "dog", 9: "cow", 30: "hen"}, {})
ODDS = {
    "cat": {"cat": 0.7, "dog": 0.3},
    "dog": {"cat": 0.1, "dog": 0.4, "cow": 0.2, "hen": 0.3},
    "hen": {"cat": 0.0, "hen": 0.25, "cow": 0.75},
}


class At:
    """Stands in for a generator that draws this number, once."""

    def __init__(self, number: float) -> None:
        self.numbers = [number]

    def random(self) -> float:
        return self.numbers.pop()


def at(number: float, category_id: int, rows: dict[str, dict[str, float]]) -> int:
    return flip_confusion(category_id, cast(Generator, At(number)), classes=PETS, table=table(rows))


@pytest.mark.parametrize("name", ODDS)
def test_each_row_is_a_distribution(name: str) -> None:
    """Nobody's last class is left out, and none that has no share is drawn."""
    category_id = PETS.id_of(name)
    drawn = [
        flip_confusion(category_id, stream(1, "test", number), classes=PETS, table=table(ODDS))
        for number in range(6000)
    ]
    numbers, counts = np.unique(drawn, return_counts=True)
    shares = {PETS.id_of(column): share for column, share in ODDS[name].items() if share}
    assert numbers.tolist() == sorted(shares)
    assert chisquare(counts, [6000 * shares[number] for number in numbers.tolist()]).pvalue > 1e-4


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0.0, 2), (0.09, 2), (0.11, 5), (0.49, 5), (0.51, 9), (0.69, 9), (0.71, 30), (1 - 2**-53, 30)],
)
def test_categories_share_out_0_to_1_in_the_order_of_their_ids(number: float, expected: int) -> None:
    backwards = {"dog": dict(reversed(ODDS["dog"].items()))}
    assert at(number, 5, ODDS) == at(number, 5, backwards) == expected


def test_names_and_ids_are_alike() -> None:
    by_id = {"5": {"2": 0.1, "5": 0.4, "cow": 0.2, "30": 0.3}}
    assert [at(number / 100, 5, by_id) for number in range(100)] == [at(number / 100, 5, ODDS) for number in range(100)]


@pytest.mark.parametrize("rows", [{}, {name: {name: 1.0} for name in PETS.names.values()}, {"hen": ODDS["hen"]}])
def test_a_category_stays_without_a_row_or_with_all_of_it(rows: dict[str, dict[str, float]]) -> None:
    kept = [number for number in PETS.ids if not (number == 30 and rows.get("hen") == ODDS["hen"])]
    assert [at(0.99, number, rows) for number in kept] == kept


def test_no_gap_is_left_by_rounding() -> None:
    """Three thirds of seven digits leave a gap, which belongs to the last that has a share."""
    third = {"cat": 0.3333333, "dog": 0.3333333, "cow": 0.3333333, "hen": 0.0}
    assert at(0.99999995, 2, {"cat": third}) == 9
    assert at(0.0, 5, {"dog": {"cat": 0.0, "dog": 1.0}}) == 5


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"cat": {"cat": 0.7, "bee": 0.3}}, "table: there is no category called 'bee'"),
        ({"bee": {"cat": 1.0}}, "table: there is no category called 'bee'"),
        ({"cat": {"cat": 0.7, "dog": 0.2}}, r"table\[cat\] must sum to 1, but sums to 0.9"),
        ({"cat": {"cat": 0.7, "dog": 0.30001}}, r"table\[cat\] must sum to 1, but sums to 1.00001"),
        ({"cat": {}}, r"table\[cat\] must sum to 1, but sums to 0"),
        ({"2": {"cat": 0.5}}, r"table\[cat\] must sum to 1, but sums to 0.5"),
        ({"cat": {"cat": 1.5, "5": -0.5}}, r"table\[cat\]\[5\] must not be negative, but is -0.5"),
        ({"cat": {"cat": 0.5, "2": 0.5}}, "table: category '2' is there twice, by its name and by its id"),
        ({"cat": {"cat": 1.0}, "2": {"dog": 1.0}}, "table: category '2' is there twice, by its name and by its id"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(rows: dict[str, dict[str, float]], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        at(0.5, 2, rows)


def test_a_file_is_read_and_every_row_tried_before_any_work(tmp_path: Path, tiny: dict[str, Any]) -> None:
    path = tmp_path / "odds.csv"
    path.write_text(",ant,cat,dog\ncat,0.5,0.5,0\ndog,0,0.5,0.4\n")  # there is no dog among the annotations
    with pytest.raises(InputError, match=r"^flip_confusion: table\[dog\] must sum to 1, but sums to 0\.9$"):
        noise(tiny, corruption_values={"flip_confusion": [1, str(path)]})
    path.write_text(",ant,cat,dog\ncat,1,0,0\n")
    noisy = noise(tiny, corruption_values={"flip_confusion": [1, str(path)]}).dataset["annotations"]
    assert {annotation["category_id"] for annotation in noisy} == {1}
