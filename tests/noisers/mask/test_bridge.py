import math
from typing import cast

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, area_px, from_frame, to_frame
from annotation_noise.geometry.shapes import without
from noisers.mask.bridge import bridge
from tests.noisers.mask.figures import disc, holds, rectangle
from tests.strategies import full_frames


class Drawn:
    """Stands in for a generator whose place on the border and whose turn are given."""

    def __init__(self, place: float, turn: float) -> None:
        self.place, self.turn = place, turn

    def random(self) -> float:
        return self.place

    def uniform(self, low: float, high: float) -> float:
        return self.turn


def drawn(mask: Mask, place: float, turn: float, length_px: float, width_px: float, blob_px: float = 0) -> Mask:
    rng = cast(Generator, Drawn(place, turn))
    return bridge(mask, rng, length_px=length_px, width_px=width_px, blob_px=blob_px).mask


def test_a_bridge_by_hand() -> None:
    """Of 9 x 9 pixels 32 are at the border; the fifth, in the first row's middle, has all its background above it."""
    square = rectangle(np.s_[20:29], np.s_[20:29])
    added = to_frame(drawn(square, 4.5 / 32, 0, 10, 1)) - to_frame(square)
    assert added[10:20, 24].all() and added.sum() == 10
    added = to_frame(drawn(square, 4.5 / 32, 0, 10, 3)) - to_frame(square)
    assert added[9:20, 23:26].all() and added.sum() == 33  # its end is round: 1.5 px away are also the corners
    added = to_frame(drawn(square, 4.5 / 32, 0, 10, 1, 3)) - to_frame(square)
    assert added[7:14, 24].all() and added[10, 21:28].all() and added.sum() == 29 + 6


def test_at_a_corner_it_leads_away_from_it_by_hand() -> None:
    square = rectangle(np.s_[20:29], np.s_[20:29])
    added = to_frame(drawn(square, 0, 0, 5 * math.sqrt(2), 1)) - to_frame(square)
    assert all(added[20 - step, 20 - step] for step in range(1, 6))
    turned = to_frame(drawn(square, 0, math.pi / 4, 8, 1)) - to_frame(square)
    assert turned[12:20, 20].all() and turned.sum() == 8


@given(
    frame=full_frames,
    length_px=st.floats(0, 60),
    width_px=st.floats(0, 10),
    blob_px=st.sampled_from([0.0, 0.5, 6.0]),
    seed=st.integers(0, 2**32),
)
def test_it_only_adds_and_is_connected_with_the_mask(
    frame: NDArray[np.uint8], length_px: float, width_px: float, blob_px: float, seed: int
) -> None:
    clean = from_frame(frame)
    noisy, _ = bridge(clean, stream(seed, "test", 1), length_px=length_px, width_px=width_px, blob_px=blob_px)
    assert holds(noisy, clean)
    if blob_px == 0:  # cut off by the image border a disc may lie alone
        parts, labels = cv2.connectedComponents(to_frame(noisy), connectivity=8)
        assert len(np.unique(labels[frame == 1])) == parts - 1


def test_each_pixel_of_the_border_is_one_where_it_begins() -> None:
    """Of 5 x 5 pixels 16 are at the border. A band of hardly any length is that pixel with its neighbours."""
    square = rectangle(np.s_[20:25], np.s_[20:25])
    starts = []
    for number in range(1600):
        noisy = bridge(square, stream(1, "test", number), length_px=0.1, width_px=2.2, blob_px=0).mask
        y, x = np.argwhere(to_frame(without(noisy, square))).mean(axis=0)
        starts.append((round(2 * y), round(2 * x)))
    counts = [starts.count(start) for start in set(starts)]
    assert len(counts) == 16 and chisquare(counts).pvalue > 1e-4


def test_it_grows_with_its_length() -> None:
    areas = [area_px(drawn(disc(20), 0.3, 0.2, length_px, 4)) for length_px in (0, 5, 10, 20, 1e300)]
    assert areas[0] == area_px(disc(20)) and areas == sorted(areas)


def test_a_mask_that_fills_its_image_stays() -> None:
    everything = rectangle(np.s_[:], np.s_[:])
    assert to_frame(drawn(everything, 0.5, 0, 10, 3)).all()
