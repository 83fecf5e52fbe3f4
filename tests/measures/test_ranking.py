"""Figures of rankings, against their definitions: pair by pair, threshold by threshold, order by order."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_noise.measures.ranking import Curve, auroc, average_precision, curve, hits_at, ranked

Items = list[tuple[int, bool, int]]  # score, whether it is wrong, how often it is there
items = st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=1, max_size=7)


def curve_of(listed: Items) -> Curve:
    scores, wrong, weights = (np.array(column, np.float64) for column in zip(*listed, strict=True))
    order, ends = ranked(scores)
    return curve(ends, wrong[order], weights[order])


def repeated(listed: Items) -> list[tuple[int, bool]]:
    return [(score, wrong) for score, wrong, times in listed for _ in range(times)]


@given(items)
def test_auroc_is_the_share_of_pairs_in_order(listed: Items) -> None:
    wrong = [score for score, is_wrong in repeated(listed) if is_wrong]
    right = [score for score, is_wrong in repeated(listed) if not is_wrong]
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in wrong for b in right]
    expected = sum(pairs) / len(pairs) if pairs else float("nan")
    assert auroc(curve_of(listed)) == pytest.approx(expected, nan_ok=True)


@given(items)
def test_average_precision_threshold_by_threshold(listed: Items) -> None:
    everything = repeated(listed)
    total = sum(is_wrong for _, is_wrong in everything)
    expected, before = 0.0, 0
    for threshold in sorted({score for score, _ in everything}, reverse=True):
        named = [is_wrong for score, is_wrong in everything if score >= threshold]
        expected += (sum(named) - before) / max(total, 1) * sum(named) / len(named)
        before = sum(named)
    assert average_precision(curve_of(listed)) == pytest.approx(expected if total else float("nan"), nan_ok=True)


@given(items, st.integers(1, 6))
def test_hits_are_the_mean_over_all_orders_of_equals(listed: Items, depth: int) -> None:
    everything = repeated(listed)[:6]  # of which there are 720 orders
    if everything:
        orders = [
            order
            for order in permutations(everything)
            if all(first[0] >= second[0] for first, second in pairwise(order))
        ]
        expected = np.mean([sum(is_wrong for _, is_wrong in order[:depth]) for order in orders])
        once = [(score, is_wrong, 1) for score, is_wrong in everything]
        assert hits_at(curve_of(once), depth) == pytest.approx(expected)


def test_a_worked_example() -> None:
    """Wrong at 5, 3 and 3; right at 4, 3 and 1."""
    reached = curve_of([(5, True, 1), (4, False, 1), (3, True, 1), (3, True, 1), (3, False, 1), (1, False, 1)])
    assert auroc(reached) == pytest.approx((3 + 2 * (0 + 0.5 + 1)) / 9)
    assert average_precision(reached) == pytest.approx(1 / 3 * 1 + 2 / 3 * 3 / 5)
    assert [hits_at(reached, depth) for depth in (1, 2, 3, 5)] == pytest.approx([1, 1, 1 + 2 / 3, 3])


def test_labels_of_which_nothing_is_said_come_last() -> None:
    assert ranked(np.array([-np.inf, 2.0, -np.inf, -1e300])).order.tolist() == [1, 3, 0, 2]
