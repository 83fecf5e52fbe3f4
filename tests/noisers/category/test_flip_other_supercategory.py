import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from noisers.category.flip_other_supercategory import flip_other_supercategory
from noisers.kinds import classes

ZOO = classes(
    {1: "cat", 2: "dog", 6: "bus", 7: "car", 8: "person", 9: "void", 11: "other"},
    {1: "animal", 2: "animal", 6: "vehicle", 7: "vehicle", 8: "person", 9: "", 11: ""},
)


@pytest.mark.parametrize(
    ("category_id", "others"),
    [
        (1, [6, 7, 8, 9, 11]),
        (7, [1, 2, 8, 9, 11]),
        (8, [1, 2, 6, 7, 9, 11]),  # a person becomes anything
        (9, [1, 2, 6, 7, 8, 11]),  # without a supercategory each is alone
        (11, [1, 2, 6, 7, 8, 9]),
    ],
)
def test_it_always_leaves_the_group_and_all_outside_are_equally_likely(category_id: int, others: list[int]) -> None:
    drawn = [flip_other_supercategory(category_id, stream(1, "test", number), classes=ZOO) for number in range(4000)]
    ids, counts = np.unique(drawn, return_counts=True)
    assert ids.tolist() == others
    assert chisquare(counts).pvalue > 1e-4


def test_in_a_file_of_one_group_it_stays() -> None:
    cats = classes({1: "cat", 2: "dog"}, {1: "animal", 2: "animal"})
    assert flip_other_supercategory(1, np.random.default_rng(0), classes=cats) == 1


def test_without_supercategories_it_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^the categories of the file have no `supercategory`, so there is no other one$"
    ):
        flip_other_supercategory(1, np.random.default_rng(0), classes=classes({1: "cat"}, {1: ""}))
