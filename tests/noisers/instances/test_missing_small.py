import numpy as np
import pytest

from annotation_noise.core.draws import stream
from noise_annotations import noise
from noisers import Remove
from noisers.instances.missing_small import missing_small
from tests.noisers.instances.scenes import dataset, scene_of, square

COUNT = 4000


def rate(side: int, size_px: float, exponent: float) -> float:
    """How often a square of that side goes."""
    scene = scene_of([np.ones((side, side), np.uint8)])
    gone = 0
    for number in range(COUNT):
        rng, instance = stream(1, "test", number), scene.instances[0]
        edits = missing_small(scene, rng, instance=instance, size_px=size_px, exponent=exponent)
        assert edits in ([], [Remove(1)])
        gone += len(edits)
    return gone / COUNT


@pytest.mark.parametrize(
    ("side", "exponent", "expected"),
    [(8, 1, 1), (32, 1, 1), (32, 7, 1), (64, 1, 0.5), (64, 2, 0.25), (96, 1, 1 / 3), (64, 0, 1), (33, 1e6, 0)],
)
def test_by_size_by_hand(side: int, exponent: float, expected: float) -> None:
    """At 32 px all that are chosen go, at twice that one in two, or in four."""
    assert abs(rate(side, 32, exponent) - expected) <= 4 * np.sqrt(expected * (1 - expected) / COUNT)


def test_one_without_a_mask_counts_as_a_pixel() -> None:
    scene = scene_of([np.zeros((5, 5), np.uint8)])
    rng = np.random.default_rng(0)
    assert missing_small(scene, rng, instance=scene.instances[0], size_px=1, exponent=9) == [Remove(1)]


def test_in_a_dataset_the_share_is_that_of_the_small_ones() -> None:
    source = dataset([[square(0, 0, 10), square(0, 0, 40)]] * 2000)
    values = {"missing_small": {"share": 0.3, "size_px": 20, "exponent": 1}}
    left = [a["id"] % 2 for a in noise(source, corruption_values=values).dataset["annotations"]]
    assert abs(left.count(1) - 1400) < 4 * np.sqrt(2000 * 0.3 * 0.7)
    assert abs(left.count(0) - 1700) < 4 * np.sqrt(2000 * 0.15 * 0.85)
