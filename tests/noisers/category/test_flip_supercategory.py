import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from noisers.category.flip_supercategory import flip_supercategory
from noisers.kinds import classes

ZOO = classes(
    {1: "cat", 2: "dog", 5: "cow", 6: "bus", 7: "car", 8: "person", 9: "void", 11: "other"},
    {1: "animal", 2: "animal", 5: "animal", 6: "vehicle", 7: "vehicle", 8: "person", 9: "", 11: ""},
)


@pytest.mark.parametrize(
    ("category_id", "others"),
    [(1, [2, 5]), (2, [1, 5]), (5, [1, 2]), (6, [7]), (7, [6]), (8, [8]), (9, [9]), (11, [11])],
)
def test_it_is_one_of_the_others_of_the_group_each_alike(category_id: int, others: list[int]) -> None:
    """One that is alone, or has no group, stays."""
    drawn = [flip_supercategory(category_id, stream(1, "test", number), classes=ZOO) for number in range(2000)]
    numbers, counts = np.unique(drawn, return_counts=True)
    assert numbers.tolist() == others
    assert len(others) == 1 or chisquare(counts).pvalue > 1e-4


def test_a_single_category_stays() -> None:
    assert flip_supercategory(7, np.random.default_rng(0), classes=classes({7: "dog"}, {7: "animal"})) == 7


@pytest.mark.parametrize("supercategories", [{}, {1: "", 2: ""}])
def test_a_file_without_supercategories_is_refused(supercategories: dict[int, str]) -> None:
    with pytest.raises(ValueError, match="the categories of the file have no `supercategory`"):
        flip_supercategory(1, np.random.default_rng(0), classes=classes({1: "cat", 2: "dog"}, supercategories))
