import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from annotation_noise.core.draws import stream
from annotation_noise.geometry.contours import contours
from annotation_noise.geometry.masks import Mask, from_frame, overlap_px, to_frame
from noise_annotations import noise
from noisers.mask.elastic import elastic
from tests.noisers.mask.figures import disc, iou, rectangle
from tests.strategies import full_frames


def stretched(mask: Mask, std_px: float, length_px: float, number: int = 1) -> Mask:
    return elastic(mask, stream(1, "test", number), std_px=std_px, length_px=length_px)


def plainly(frame: NDArray[np.uint8], key: int, std_px: float, length_px: float) -> NDArray[np.int64]:
    """The same by the definition, number by number: 1 and 0, and -1 where a place falls between two pixels."""
    height, width = frame.shape
    reach = math.ceil(3 * length_px)
    weights = [math.exp(-((apart / length_px) ** 2) / 2) if length_px else 1.0 for apart in range(-reach, reach + 1)]
    size = sum(weight**2 for weight in weights)  # of a sum with weights w of numbers of variance v it is v · Σ w²

    def raw(x: int, y: int) -> tuple[float, float]:
        """SplitMix64 at a place, low half and high half as numbers from -1 to 1."""
        number = (key + 0x9E3779B97F4A7C15 * ((y % 2**32) * 2**32 + x % 2**32)) % 2**64
        number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        number = (number ^ number >> 27) * 0x94D049BB133111EB % 2**64
        number ^= number >> 31
        return (number % 2**32 + 0.5) / 2**31 - 1, (number // 2**32 + 0.5) / 2**31 - 1

    noise = {(x, y): raw(x, y) for y in range(-reach, height + reach) for x in range(-reach, width + reach)}
    result = np.zeros(frame.shape, np.int64)
    for y, x in np.ndindex(height, width):
        place = []
        for axis, at, side in ((0, x, width), (1, y, height)):
            total = sum(
                weights[down + reach] * weights[right + reach] * noise[x + right, y + down][axis]
                for down in range(-reach, reach + 1)
                for right in range(-reach, reach + 1)
            )
            ways = min(max(total * math.sqrt(3) / size, -4), 4)  # their variance is 1/3 · (Σ w²)²
            place.append(min(max(at + std_px * ways, 0), side - 1))
        near = any(abs(number % 1 - 0.5) < 1e-9 for number in place)
        result[y, x] = -1 if near else frame[round(place[1]), round(place[0])]
    return result


@pytest.mark.parametrize(("std_px", "length_px"), [(0.7, 0), (1.5, 0.8), (2, 2), (6, 1.3)])
def test_it_is_what_its_definition_says(std_px: float, length_px: float) -> None:
    frame = np.zeros((22, 26), np.uint8)
    frame[3:16, 0:18] = 1  # it touches the left border
    frame[7:11, 6:12] = 0
    frame[12:20, 15:22] |= np.tri(8, 7, dtype=np.uint8)
    key = int(stream(1, "test", 1).integers(2**64, dtype=np.uint64))
    expected = plainly(frame, key, std_px, length_px)
    noisy = to_frame(stretched(from_frame(frame), std_px, length_px))
    assert np.array_equal(noisy[expected >= 0], expected[expected >= 0])
    assert (expected >= 0).mean() > 0.99
    assert (noisy != frame).any()


@pytest.mark.parametrize(("alpha", "sigma", "std_px"), [(100, 3, 5.43), (50, 5, 1.63), (15, 10, 0.24)])
def test_the_std_of_nsegment(alpha: float, sigma: float, std_px: float) -> None:
    """The docstring's formula against the field as NSegment makes it."""
    raw = np.random.default_rng(0).uniform(-1, 1, (1500, 1500)) * alpha
    assert gaussian_filter(raw, sigma, mode="reflect").std() == pytest.approx(std_px, rel=0.03)
    assert alpha / (2 * sigma * math.sqrt(3 * math.pi)) == pytest.approx(std_px, abs=0.006)


def test_what_is_far_below_half_a_pixel_changes_nothing() -> None:
    mask = disc(30)
    for number in range(20):
        assert np.array_equal(to_frame(stretched(mask, 0.12, 5, number)), to_frame(mask))


def test_the_whole_image_stays_whole() -> None:
    assert to_frame(stretched(rectangle(np.s_[:], np.s_[:]), 9, 3)).all()


def test_a_long_field_moves_a_small_mask_as_a_whole() -> None:
    mask = disc(6, 401)
    for number in range(10):
        noisy = to_frame(stretched(mask, 8, 50, number))
        rows, columns = np.nonzero(noisy)
        shift = round(columns.mean()) - 200, round(rows.mean()) - 200
        moved = np.roll(to_frame(mask), shift[::-1], axis=(0, 1))
        assert iou(from_frame(noisy), from_frame(moved)) > 0.75


def test_folding_tears_a_mask_to_pieces() -> None:
    mask = disc(35)
    assert max(len(contours(stretched(mask, 2, 10, number))) for number in range(10)) == 1
    assert min(len(contours(stretched(mask, 10, 2, number))) for number in range(10)) > 20


@given(frame=full_frames, others=st.integers(0, 2**32), seed=st.integers(0, 2**32))
def test_under_one_field_disjoint_masks_stay_disjoint_and_their_union_is_that_of_the_noisy(
    frame: NDArray[np.uint8], others: int, seed: int
) -> None:
    part = np.random.default_rng(others).random(frame.shape) < 0.5
    a, b = frame * part, frame * ~part
    if a.any() and b.any():
        whole, first, second = (stretched(from_frame(pixels), 2, 1.5, seed) for pixels in (frame, a, b))
        assert overlap_px(first, second) == 0
        assert np.array_equal(to_frame(whole), to_frame(first) + to_frame(second))


@pytest.mark.parametrize(("draws_per", "shapes"), [("image", 2), ("annotation", 5)])
def test_an_image_has_one_field_if_asked(tiny: dict[str, Any], draws_per: str, shapes: int) -> None:
    """Five squares at one place of two images."""
    values = {"elastic": {"share": 1, "std_px": 3, "length_px": 3, "draws_per": draws_per}}
    noisy = noise(tiny, corruption_values=values).dataset["annotations"]
    assert len({(annotation["image_id"], str(annotation["segmentation"])) for annotation in noisy}) == shapes
