"""The compiled draws are numpy's, number for number."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the kernels need numba")

from annotation_noise.core.draws import purpose_word, stream
from annotation_noise.running.compiled.draws import STATE, below, normal, to_address, uniform

ADDRESSES = [(seed, key) for seed in (0, 1, 2**63, 2**64 - 1) for key in (0, 7, -3, 2**40, -(2**63), 2**63 - 1)]


def state_of(seed: int, purpose: str, key: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    state = np.zeros(STATE, np.uint64)
    to_address(state, np.uint64(seed), np.uint64(purpose_word(purpose)), key)
    return state


@pytest.mark.parametrize(("seed", "key"), ADDRESSES)
def test_normals(seed: int, key: int) -> None:
    """As many that the tail, one in 3,700, and the edges of layers, one in 80, are among them."""
    state = state_of(seed, "noise localization", key)
    expected = stream(seed, "noise localization", key).standard_normal(20_000)
    assert [normal(state) for _ in range(20_000)] == expected.tolist()


@pytest.mark.parametrize(("seed", "key"), ADDRESSES)
def test_numbers_of_several_sorts_in_turn(seed: int, key: int) -> None:
    """A whole number takes half of a number of 64 bits, and the next one the other half, whatever comes between."""
    state, rng = state_of(seed, "choose mask", key), stream(seed, "choose mask", key)
    for count in [1, 2, 80, 1203, 2**31 + 5, 3, 2**32 - 1] * 300:
        assert uniform(state) == rng.random()
        assert below(state, count) == rng.integers(count)
        if count == 3:
            assert normal(state) == rng.standard_normal()


def test_whole_numbers_that_are_often_drawn_again() -> None:
    """Just above half of 2^32, nearly every second draw is."""
    state, rng = state_of(5, "x", 5), stream(5, "x", 5)
    assert [below(state, 2**31 + 1) for _ in range(5000)] == [rng.integers(2**31 + 1) for _ in range(5000)]
