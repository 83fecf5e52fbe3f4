"""IoUs are pycocotools'."""

from typing import Any

import numpy as np
import pytest
from numpy.random import Generator
from pycocotools import mask as coco_masks

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry import segmentations
from annotation_noise.geometry.kernels import bits, overlap
from annotation_noise.measures import overlap as by_masks
from tests.geometry.kernels.shapes import two_masks
from tests.geometry.kernels.trials import Trial, trial


@trial
def iou(rng: Generator) -> Trial:
    """Of two masks of one frame, by the project's measures."""
    a, b = two_masks(rng)
    bits_a, bits_b = bits.from_mask(a), bits.from_mask(b)
    return Trial(lambda: overlap.iou(*bits_a, *bits_b), lambda: by_masks.iou(a, b), lambda x, y: bool(x == y))


@trial
def ious(rng: Generator) -> Trial:
    """Of each of some masks with each of others, some of them crowd regions, by pycocotools."""
    a, b = two_masks(rng)
    masks = [a, b, a._replace(pixels=a.pixels[:0, :0], left=0, top=0), b, a]
    masks = [masks[place] for place in rng.permutation(5)]
    rows, crowd = int(rng.integers(1, 5)), rng.random(5) < 0.3
    images = [bits.from_mask(mask) for mask in masks]
    words = np.concatenate([image[0] for image in images])
    starts = np.cumsum([0, *(len(image[0]) for image in images)])
    grids = np.stack([image[1] for image in images])
    runs: list[Any] = [segmentations.write(mask, "rle") for mask in masks]
    return Trial(
        lambda: overlap.ious(words, starts, grids, crowd[rows:], rows),
        lambda: coco_masks.iou(runs[:rows], runs[rows:], crowd[rows:].astype(np.uint8)),
        lambda ours, theirs: bool(np.array_equal(ours, theirs)),
    )
