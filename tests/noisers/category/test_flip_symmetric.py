import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from noisers.category.flip_symmetric import flip_symmetric
from noisers.kinds import classes

FIVE = classes(dict.fromkeys((1, 2, 4, 5, 8), ""), {})


@pytest.mark.parametrize("category_id", FIVE.ids)
def test_all_others_are_equally_likely_and_the_true_one_is_never_drawn(category_id: int) -> None:
    drawn = [flip_symmetric(category_id, stream(1, "test", number), classes=FIVE) for number in range(4000)]
    ids, counts = np.unique(drawn, return_counts=True)
    assert ids.tolist() == [number for number in FIVE.ids if number != category_id]
    assert chisquare(counts).pvalue > 1e-4


def test_of_two_it_is_the_other_one() -> None:
    two = classes({4: "cat", 9: "dog"}, {})
    assert [flip_symmetric(number, np.random.default_rng(0), classes=two) for number in (4, 9)] == [9, 4]
