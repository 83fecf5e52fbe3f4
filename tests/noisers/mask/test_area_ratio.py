import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, area_px, from_frame, to_frame
from noisers.mask.area_ratio import area_ratio
from tests.noisers.mask.figures import disc, iou, picture, rectangle
from tests.strategies import full_frames


def with_ratio(mask: Mask, ratio: float) -> Mask:
    return area_ratio(mask, np.random.default_rng(0), ratio=ratio)


def test_a_pixel_by_hand() -> None:
    """One step has 5 pixels, two have 13, three 25."""
    pixel = rectangle(np.s_[20:21], np.s_[20:21])
    wanted = {1: 1, 2.9: 1, 3: 1, 3.1: 5, 8.9: 5, 9: 5, 9.1: 13, 18.9: 13, 19.1: 25}
    assert {ratio: area_px(with_ratio(pixel, ratio)) for ratio in wanted} == wanted
    cross = picture("..... ..#.. .###. ..#.. .....")
    assert np.array_equal(to_frame(with_ratio(pixel, 5))[18:23, 18:23], cross)


def test_a_square_by_hand() -> None:
    """A square of 10 shrinks to 64, 36, 16 and 4 pixels, and not to nothing; of two alike near it takes the larger."""
    square = rectangle(np.s_[10:20], np.s_[20:30])
    wanted = {0.83: 100, 0.82: 100, 0.81: 64, 0.5: 64, 0.49: 36, 0.1: 16, 0.09: 4, 1e-9: 4}
    assert {ratio: area_px(with_ratio(square, ratio)) for ratio in wanted} == wanted


@pytest.mark.parametrize(("ratio", "expected"), [(1.5, 1 / 1.5), (0.5, 0.5), (1.7, 1 / 1.7), (0.3, 0.3)])
def test_the_iou_of_a_large_mask_is_the_ratio(ratio: float, expected: float) -> None:
    mask = disc(60, 301)
    assert iou(with_ratio(mask, ratio), mask) == pytest.approx(expected, abs=0.02)


def test_it_cannot_grow_beyond_the_frame_nor_shrink_to_nothing() -> None:
    mask = rectangle(np.s_[10:20], np.s_[20:30])
    assert area_px(with_ratio(mask, 1e9)) == 40 * 50
    everything = rectangle(np.s_[:], np.s_[:])
    assert area_px(with_ratio(everything, 0.5)) == 40 * 50  # there is no background to shrink from


@given(frame=full_frames, ratio=st.floats(0.01, 30))
def test_no_other_state_is_nearer(frame: NDArray[np.uint8], ratio: float) -> None:
    """All states, one step after the other, by shifting the whole frame."""

    def stepped(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        padded = np.pad(pixels, 1)
        neighbours = padded[1:-1, :-2] | padded[1:-1, 2:] | padded[:-2, 1:-1] | padded[2:, 1:-1]
        return np.asarray(pixels | neighbours, np.uint8)

    states = [frame]
    while True:
        last = states[-1]
        after = stepped(last) if ratio > 1 else 1 - stepped(1 - last)
        if not after.any() or np.array_equal(after, last):
            break
        states.append(after)
    away = [abs(int(state.sum()) - ratio * int(frame.sum())) for state in states]
    noisy = to_frame(with_ratio(from_frame(frame), ratio))
    assert np.array_equal(noisy, states[int(np.argmin(away))])
