"""Which annotation is which."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rlemasklib import RLEMask

from annotation_noise.measures.matching import Matches, by_id, ids_mean_the_same
from annotation_noise.measures.matching import by_overlap as by_ious


def runs(left: int, top: int, side: int) -> RLEMask:
    frame = np.zeros((60, 60), np.uint8)
    frame[top : top + side, left : left + side] = 1
    return RLEMask.from_array(frame)


def by_overlap(clean: list[RLEMask], noisy: list[RLEMask]) -> Matches:
    return by_ious(
        np.nan_to_num(RLEMask.iou_matrix(clean, noisy)) if clean and noisy else np.zeros((len(clean), len(noisy)))
    )


def same(clean: dict[int, int], noisy: dict[int, int]) -> bool:
    """Images by id of the annotation."""
    return ids_mean_the_same(*(np.array(part) for side in (clean, noisy) for part in (list(side), list(side.values()))))


def test_by_id() -> None:
    assert by_id([5, 2**40, 9], [9, 7, 5]) == ([(0, 2), (2, 0)], [1], [1])
    assert by_id([], [1]) == ([], [], [0])


def test_ids_that_agree_by_chance_are_not_ids() -> None:
    assert same({1: 10, 2: 10, 3: 20}, {1: 10, 2: 10, 3: 20})
    assert same({1: 10, 2: 10, 3: 20}, {3: 20})  # most are missing, but those there are mean the same
    assert not same({1: 10, 2: 10}, {3: 10, 4: 10})  # nothing is shared
    assert not same({1: 10, 2: 20, 3: 30}, {1: 30, 2: 10, 3: 20})  # numbered anew, in another order
    assert not same({1: 10, 2: 20, 3: 30, 4: 40}, {1: 10, 2: 10, 3: 20, 4: 20})
    assert same({1: 10, 2: 20, 3: 30}, {1: 10, 2: 20, 3: 99})  # one was moved to another image


def test_the_best_pair_may_have_to_wait() -> None:
    """The sum decides: taking the best pair first (1.0 of A and X) would leave B with nothing."""
    pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")
    a, b = runs(10, 10, 10), runs(14, 10, 10)
    x, y = runs(12, 10, 10), runs(0, 10, 11)
    # IoUs: A-X 80/120, A-Y 10/211, B-X 80/120, B-Y 0. So A-Y with B-X.
    assert by_overlap([a, b], [x, y]) == ([(0, 1), (1, 0)], [], [])


def test_apart_is_missing_and_extra() -> None:
    pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")
    assert by_overlap([runs(0, 0, 5)], [runs(20, 20, 5)]) == ([], [0], [0])
    assert by_overlap([runs(0, 0, 5), RLEMask.zeros((60, 60))], [RLEMask.zeros((60, 60))]) == ([], [0, 1], [0])
    assert by_overlap([], [runs(0, 0, 5)]) == ([], [], [0])
    assert by_overlap([runs(0, 0, 5)], []) == ([], [0], [])


squares = st.lists(st.builds(runs, st.integers(0, 30), st.integers(0, 30), st.integers(1, 20)), max_size=4)


@given(squares, squares)
def test_no_other_assignment_has_a_larger_sum(clean: list[RLEMask], noisy: list[RLEMask]) -> None:
    pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")

    def iou(a: RLEMask, b: RLEMask) -> float:
        one, other = a.to_array(), b.to_array()
        return float((one & other).sum() / (one | other).sum())

    found = by_overlap(clean, noisy)
    assert sorted([a for a, _ in found.pairs] + found.missing) == list(range(len(clean)))
    assert sorted([b for _, b in found.pairs] + found.extra) == list(range(len(noisy)))
    assert all(iou(clean[a], noisy[b]) > 0 for a, b in found.pairs)
    few, many = sorted((clean, noisy), key=len)
    best = max(sum(iou(a, b) for a, b in zip(few, order, strict=False)) for order in permutations(many))
    assert sum(iou(clean[a], noisy[b]) for a, b in found.pairs) == pytest.approx(best)
