import numpy as np
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from noisers.category.flip_class import flip_class
from noisers.kinds import classes


def test_all_categories_are_equally_likely_the_true_one_too() -> None:
    five = classes(dict.fromkeys((1, 2, 4, 5, 8), ""), {})
    drawn = [flip_class(4, stream(1, "test", number), classes=five) for number in range(5000)]
    ids, counts = np.unique(drawn, return_counts=True)
    assert tuple(ids.tolist()) == five.ids == (1, 2, 4, 5, 8)
    assert chisquare(counts).pvalue > 1e-4


def test_a_single_category_stays() -> None:
    assert flip_class(7, np.random.default_rng(0), classes=classes({7: "dog"}, {7: "animal"})) == 7
