import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.donors import donor_ranks
from annotation_noise.core.step_values import step_of
from noisers import Scene, load
from noisers.registry import described

STEP = step_of("copy_from", 0.5, load())


def test_all_others_are_equally_likely() -> None:
    own = np.array([0, 2, 3, 9])
    ranks = [rank for number in range(1000) for rank in donor_ranks(STEP, 1, number, own, 10)]
    numbers, counts = np.unique(ranks, return_counts=True)
    assert numbers.tolist() == [1, 4, 5, 6, 7, 8]
    assert chisquare(counts).pvalue > 1e-4


def test_where_there_are_no_others_there_are_none() -> None:
    assert donor_ranks(STEP, 1, 7, np.arange(5), 5) == []
    assert set(donor_ranks(STEP, 1, 7, np.arange(4), 5)) == {4}


def test_steps_and_seeds_have_their_own() -> None:
    drawn = donor_ranks(STEP, 1, 7, np.arange(5), 1000)
    assert drawn == donor_ranks(STEP, 1, 7, np.arange(5), 1000)
    others = [(STEP._replace(label="copy_from 2"), 1, 7), (STEP, 2, 7), (STEP, 1, 8)]
    assert all(donor_ranks(step, seed, number, np.arange(5), 1000) != drawn for step, seed, number in others)


def test_a_donor_belongs_to_the_instance_of_a_call() -> None:
    def grafted(scene: Scene, rng: np.random.Generator, *, chosen: object, donor: object) -> list[object]:
        return []

    with pytest.raises(ValueError, match="the instances noise grafted cannot ask for a `donor`, which belongs to the"):
        described(grafted, "instances", {})
