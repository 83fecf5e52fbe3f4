"""Hausdorff-95 is the project's, to the last digit."""

import numpy as np
import pytest
from numpy.random import Generator

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry.kernels import bits, hausdorff
from annotation_noise.geometry.masks import Mask, from_frame
from annotation_noise.measures import overlap
from tests.geometry.kernels.shapes import LONG_PX, many_holes, two_masks
from tests.geometry.kernels.trials import Trial, trial


@trial
def hausdorff95(rng: Generator) -> Trial:
    """Two masks of one frame."""
    a, b = two_masks(rng)
    bits_a, bits_b = bits.from_mask(a), bits.from_mask(b)
    return Trial(
        lambda: hausdorff.hausdorff95_px(*bits_a, *bits_b),
        lambda: overlap.hausdorff95_px(a, b),
        lambda ours, theirs: bool(ours == theirs),
    )


def test_two_pixels_by_hand() -> None:
    frames = np.zeros((2, 9, 200), np.uint8)
    frames[0, 1, 2] = frames[1, 5, 5] = 1
    a, b = (bits.from_mask(from_frame(frame)) for frame in frames)
    assert hausdorff.hausdorff95_px(*a, *b) == 5.0
    assert hausdorff.hausdorff95_px(*a, *a) == 0.0


def test_the_percentile_is_numpys_to_the_last_bit() -> None:
    rng = np.random.default_rng(1)
    for number in range(5_000):
        squares = rng.integers(0, rng.choice([3, 900, 10**9]), 1 + number % 90)
        expected = np.percentile(np.sqrt(squares), 95)
        assert hausdorff._percentile(squares) == expected


def test_ten_thousand_holes_and_long_sides() -> None:
    holes = many_holes()
    solid = holes._replace(pixels=np.ones_like(holes.pixels))
    a = Mask(np.ones((3, LONG_PX), np.uint8), 0, 0, LONG_PX, LONG_PX)
    b = Mask(np.ones((500, 1), np.uint8), 7, LONG_PX - 500, LONG_PX, LONG_PX)
    for one, other in ((holes, solid), (a, b)):
        ours = hausdorff.hausdorff95_px(*bits.from_mask(one), *bits.from_mask(other))
        assert ours == overlap.hausdorff95_px(one, other)
