"""Whether a feature tells which of many things are of one kind: tried, without training anything."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHUFFLES = 2000


def p_values(
    features: Sequence[dict[str, Any]], labels: Sequence[bool], alike: Sequence[Hashable] = ()
) -> dict[str, float]:
    """By feature, how often labels that are shuffled agree with it at least as well as the real ones do.

    alike: what is known of each besides; labels are shuffled among those of whom the same is known.

    Agreement is the sum, over the values of a feature, of how far the label's share there is from what it is on
    average, squared and weighed; numbers of many values are put into ten groups of one size.
    """
    rng, truth = np.random.default_rng(0), np.array(labels, float)
    strata = _numbers(alike or [0] * len(labels))
    at = np.argsort(strata, kind="stable")
    shuffled = np.empty((SHUFFLES + 1, len(truth)))
    shuffled[0] = truth
    for row in shuffled[1:]:
        row[at] = truth[np.lexsort((rng.random(len(truth)), strata))]
    result = {}
    for name in features[0]:
        groups = _groups([values[name] for values in features])
        sums = np.stack([np.bincount(groups, row) for row in shuffled])
        sizes, expected = np.bincount(groups), sums[1:].mean(0)
        scores = ((sums - expected) ** 2 / sizes).sum(1)
        result[name] = float(np.mean(scores >= scores[0] * (1 - 1e-9)))
    return result


def _groups(values: Sequence[Hashable]) -> NDArray[np.intp]:
    if len(set(values)) > 10 and all(isinstance(value, int | float) for value in values):
        ranks = np.argsort(np.argsort(np.array(values, float), kind="stable"), kind="stable")
        return ranks * 10 // len(values)
    return _numbers(values)


def _numbers(values: Sequence[Hashable]) -> NDArray[np.intp]:
    number = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return np.array([number[value] for value in values])
