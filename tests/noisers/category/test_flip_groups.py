import time
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.core.step_values import step_of
from noisers import Table, load
from noisers.category.flip_groups import flip_groups
from noisers.kinds import classes, table

SPORTS = classes({34: "frisbee", 35: "skis", 36: "snowboard", 37: "ball", 41: "skateboard", 62: "chair", 70: ""}, {})
BLOCKS = {"sports": {"34": 1.0, "skis": 0.0, "36": 2.0, "ball": 1.0, "41": 0.0}, "seats": {"chair": 1.0}}


def drawn(category_id: int, with_self: bool, count: int = 4000, rows: Any = BLOCKS) -> list[int]:
    return [
        flip_groups(category_id, stream(1, "test", n), classes=SPORTS, groups=table(rows), with_self=with_self)
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("category_id", "with_self", "odds"),
    [
        (34, True, {34: 1, 36: 2, 37: 1}),
        (34, False, {36: 2, 37: 1}),
        (36, False, {34: 1, 37: 1}),
        (35, True, {34: 1, 36: 2, 37: 1}),  # of weight 0: never drawn, and flips
        (41, False, {34: 1, 36: 2, 37: 1}),
    ],
)
def test_members_are_drawn_by_their_weights(category_id: int, with_self: bool, odds: dict[int, int]) -> None:
    ids, counts = np.unique(drawn(category_id, with_self), return_counts=True)
    assert ids.tolist() == list(odds)
    assert chisquare(counts, 4000 * np.array([*odds.values()]) / sum(odds.values())).pvalue > 1e-4


def test_who_is_alone_or_in_no_group_stays() -> None:
    for with_self in (True, False):
        assert drawn(62, with_self, 5) == [62] * 5
        assert drawn(70, with_self, 5) == [70] * 5
        assert drawn(34, with_self, 5, {}) == [34] * 5
        assert drawn(34, with_self, 5, {"none": {"34": 0.0, "35": 0.0}}) == [34] * 5


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"a": {"34": 1.0, "bee": 1.0}}, "there is no category called 'bee'"),
        ({"a": {"34": 1.0}, "b": {"frisbee": 1.0}}, r"groups\[a\]: a category is there twice.*"),
        ({"a": {"34": 1.0, "frisbee": 1.0}}, r"groups\[a\]: a category is there twice.*"),
        ({"a": {"34": 1.0, "36": -1.0}}, r"groups\[a\]: a weight is negative"),
    ],
)
def test_groups_that_do_not_fit_are_refused(rows: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        drawn(34, True, 1, rows)


def test_the_super_classes_of_noisy_lvis() -> None:
    """25 of 28 are ever used, one of them `others`, whose 176 classes never flip; instrumentality alone has 522."""
    lvis = classes({number: f"thing {number}" for number in range(1, 1204)}, {})
    groups = step_of("flip_groups", [0.2, "noisy_lvis", True], load()).strengths["groups"]
    assert isinstance(groups, Table) and groups.file == "noisy_lvis"
    sizes = {name: len(row) for name, row in groups.rows.items()}
    assert len(sizes) == 24 and sum(sizes.values()) == 1203 - 176
    assert (sizes["instrumentality"], sizes["food"], sizes["living_thing"], sizes["float"]) == (522, 123, 113, 2)
    stay = {5, 1019, 1194}
    for number in lvis.ids:
        noisy = flip_groups(number, stream(1, "test", number), classes=lvis, groups=groups, with_self=False)
        assert number not in stay or noisy == number
        own = next((row for row in groups.rows.values() if str(number) in row), {str(number): 1})
        assert str(noisy) in own and (noisy != number or number in stay or len(own) == 1)


def test_as_many_classes_as_lvis_has_take_less_than_three_milliseconds() -> None:
    many = classes({number: f"thing {number}" for number in range(1, 1204)}, {})
    groups = table(
        {f"{first}": {f"{n}": 1.0 for n in range(first, min(first + 43, 1204))} for first in range(1, 1204, 43)}
    )
    start = time.process_time()
    for number in range(1, 101):
        flip_groups(number, stream(1, "test", number), classes=many, groups=groups, with_self=True)
    assert time.process_time() - start < 100 * 0.003
