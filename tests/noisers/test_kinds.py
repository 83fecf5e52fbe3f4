"""What a noise is given cannot be changed by it, and goes from one process to another."""

import pickle
from typing import Any

import pytest

from noisers.kinds import NOTHING, Classes, classes, table

PETS = classes({1: "ant", 3: "cat", 7: "7 dogs", 20: "3"}, {1: "insect", 3: "pet", 7: "pet", 20: ""})
ODDS = table({"cat": {"dog": 0.25, "cat": 0.75}, "dog": {}}, "odds.csv")


@pytest.mark.parametrize(
    "mapping",
    [PETS.names, PETS.supercategories, Classes().names, ODDS.rows, ODDS.rows["cat"], NOTHING],
)
def test_mappings_are_read_only(mapping: Any) -> None:
    with pytest.raises(TypeError):
        mapping["cat"] = 3
    assert not hasattr(mapping, "update") and not hasattr(mapping, "pop")


@pytest.mark.parametrize("value", [PETS, ODDS, Classes(), table({})])
def test_they_arrive_in_another_process_as_they_were(value: Any) -> None:
    arrived = pickle.loads(pickle.dumps(value))
    assert arrived == value and type(arrived) is type(value)
    with pytest.raises(TypeError):
        arrived[0]["new"] = {}


def test_a_row_that_arrived_is_read_only() -> None:
    row: Any = pickle.loads(pickle.dumps(ODDS)).rows["cat"]
    with pytest.raises(TypeError):
        row["dog"] = 1


def test_classes_are_found_by_name_or_by_id() -> None:
    assert PETS.ids == (1, 3, 7, 20)
    assert [PETS.id_of(name) for name in ("ant", "7 dogs", "7", "1")] == [1, 7, 7, 1]
    assert PETS.id_of("3") == 20  # a class of that name goes before the class of that id
    assert classes({-2: "void"}, {}).id_of("-2") == -2
    for name in ("bee", "2", "", "-", "1.0", "--1", "²"):
        with pytest.raises(ValueError, match=f"there is no category called '{name}'"):
            PETS.id_of(name)
