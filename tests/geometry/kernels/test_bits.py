"""Bit images: what goes in comes out, counts, boxes, and words that lie upon each other."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry import masks
from annotation_noise.geometry.kernels import bits
from annotation_noise.geometry.masks import Mask
from tests.geometry.kernels.shapes import some_mask, two_masks
from tests.geometry.kernels.trials import Trial, same_pixels, trial


@trial
def common(rng: np.random.Generator) -> Trial:
    """Pixels of both of two masks."""
    a, b = two_masks(rng)
    bits_a, bits_b = bits.from_mask(a), bits.from_mask(b)
    return Trial(lambda: bits.common(*bits_a, *bits_b), lambda: masks.overlap_px(a, b), lambda x, y: x == y)


@trial
def tight(rng: np.random.Generator) -> Trial:
    """The tight box of a mask in a loose window."""
    mask = some_mask(rng)
    loose = masks.padded(mask, int(rng.integers(0, 80)))
    words, grid = bits.from_mask(loose)

    def kernel() -> tuple[bits.Words, bits.Grid]:
        bits.tighten(words, grid)
        return bits.recropped(words, grid)

    def same(ours: tuple[bits.Words, bits.Grid], theirs: Mask) -> bool:
        return same_pixels(ours, theirs) and bits.to_mask(*ours, *mask[3:])[1:] == theirs[1:]

    return Trial(kernel, lambda: masks.tight(loose), same)
