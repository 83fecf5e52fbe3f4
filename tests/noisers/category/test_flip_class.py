import numpy as np
from scipy.stats import chisquare

from noisers.flip_class import flip_class
from pipeline.draws import stream


def test_all_categories_are_equally_likely_the_true_one_too() -> None:
    categories = (1, 2, 4, 5, 8)
    drawn = [flip_class(4, categories, stream(1, "test", number)) for number in range(5000)]
    found, counts = np.unique(drawn, return_counts=True)
    assert tuple(found.tolist()) == categories
    assert chisquare(counts).pvalue > 1e-4


def test_a_single_category_stays() -> None:
    assert flip_class(7, (7,), np.random.default_rng(0)) == 7
