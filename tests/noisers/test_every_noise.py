"""What holds for every noise, whoever wrote it: found by itself, pure, reproducible, blind to the window."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geometry.masks import Mask, from_frame, padded, tight, to_frame
from noisers import Noised, Noiser, load
from pipeline.draws import stream
from tests.strategies import full_frames

MASK_NOISES = [noise for noise in load().values() if noise.kind == "mask"]
CATEGORY_NOISES = [noise for noise in load().values() if noise.kind == "category"]


def noised(noise: Noiser, mask: Mask, seed: int) -> NDArray[np.uint8]:
    result = noise.function(mask, stream(seed, "test", 1), **noise.example)
    return to_frame(tight(result.mask if isinstance(result, Noised) else result))


def test_every_file_is_found() -> None:
    assert list(load()) == ["approximation", "flip_class", "localization", "rand"]


@pytest.mark.parametrize("noise", load().values(), ids=lambda noise: noise.name)
def test_it_has_its_own_file_and_its_source(noise: Noiser) -> None:
    assert noise.function.__module__ == f"noisers.{noise.name}"
    assert "Source: " in (inspect.getdoc(noise.function) or "")


@pytest.mark.parametrize("noise", load().values(), ids=lambda noise: noise.name)
def test_it_has_no_default_strength(noise: Noiser) -> None:
    parameters = inspect.signature(noise.function).parameters.values()
    assert all(p.default is p.empty for p in parameters)
    assert set(noise.strengths.values()) <= {int, float}


@pytest.mark.parametrize("noise", MASK_NOISES, ids=lambda noise: noise.name)
@given(frame=full_frames, seed=st.integers(0, 2**64 - 1), margin_px=st.integers(1, 60))
def test_noise_on_the_crop_is_noise_on_the_whole_image(
    noise: Noiser, frame: NDArray[np.uint8], seed: int, margin_px: int
) -> None:
    crop = from_frame(frame)
    expected = noised(noise, padded(crop, 100), seed)  # a window of the whole frame
    assert np.array_equal(noised(noise, crop, seed), expected)
    assert np.array_equal(noised(noise, padded(crop, margin_px), seed), expected)


@pytest.mark.parametrize("noise", MASK_NOISES, ids=lambda noise: noise.name)
@given(frame=full_frames, seed=st.integers(0, 2**64 - 1))
def test_it_leaves_its_mask_alone_and_can_be_repeated(noise: Noiser, frame: NDArray[np.uint8], seed: int) -> None:
    mask = from_frame(frame)
    once = noised(noise, mask, seed)
    assert np.array_equal(to_frame(mask), frame)
    assert np.array_equal(noised(noise, mask, seed), once)


@pytest.mark.parametrize("noise", CATEGORY_NOISES, ids=lambda noise: noise.name)
def test_it_gives_a_category_that_exists(noise: Noiser) -> None:
    categories = (1, 4, 90)
    given = {noise.function(4, categories, stream(seed, "test", 1), **noise.example) for seed in range(100)}
    assert given <= set(categories)
