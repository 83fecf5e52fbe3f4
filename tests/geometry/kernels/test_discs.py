"""Growing and shrinking by a disc is the project's, which is by cv2's distances."""

import numpy as np
import pytest
from numpy.random import Generator

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry import discs as by_distances
from annotation_noise.geometry.kernels import bits, discs
from annotation_noise.geometry.masks import Mask, from_frame
from tests.geometry.kernels.shapes import many_holes, some_mask
from tests.geometry.kernels.trials import Trial, same_pixels, trial


@trial
def grown(rng: Generator) -> Trial:
    """By discs of up to 12 px, whole or not, and now and then of 100."""
    mask, radius = some_mask(rng), _radius(rng)
    image = bits.from_mask(mask)
    return Trial(lambda: discs.grown(*image, radius, *mask[3:]), lambda: by_distances.grown(mask, radius), same_pixels)


@trial
def shrunk(rng: Generator) -> Trial:
    """Likewise."""
    mask, radius = some_mask(rng), _radius(rng)
    image = bits.from_mask(mask)
    return Trial(
        lambda: discs.shrunk(*image, radius, *mask[3:]), lambda: by_distances.shrunk(mask, radius), same_pixels
    )


def _radius(rng: Generator) -> float:
    radius = rng.choice([0, 1, 2**0.5, 2, 5**0.5, 3, 7.2, rng.uniform(0, 12), 100], p=[0.05, *[0.13] * 7, 0.04])
    return float(radius)


def test_a_disc_by_hand() -> None:
    frame = np.zeros((7, 7), np.uint8)
    frame[3, 3] = 1
    right, down = np.meshgrid(np.arange(7) - 3, np.arange(7) - 3)
    for radius in (0, 1, 1.4, 2**0.5, 2, 2.9, 3):
        disc = (right**2 + down**2 <= radius**2 + 1e-9).astype(np.uint8)
        ours = discs.grown(*bits.from_mask(from_frame(frame)), radius, 7, 7)
        assert same_pixels(ours, Mask(disc, 0, 0, 7, 7))


def test_ten_thousand_holes() -> None:
    mask = many_holes()
    image = bits.from_mask(mask)
    assert same_pixels(discs.shrunk(*image, 2.0, *mask[3:]), by_distances.shrunk(mask, 2.0))
    assert same_pixels(discs.grown(*image, 1.0, *mask[3:]), by_distances.grown(mask, 1.0))
