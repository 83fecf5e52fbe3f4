"""Masks read and compared by the compiled geometry."""

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import NamedTuple

import numpy as np

from annotation_noise.geometry.kernels import bits
from annotation_noise.geometry.kernels.band import boundary
from annotation_noise.geometry.kernels.compare import compared, of_rings, of_text
from annotation_noise.geometry.kernels.overlap import iou, ious
from annotation_noise.geometry.segmentations import RunLengths, Segmentation, read_mask
from annotation_noise.measures.boundaries import distance_px
from annotation_noise.measures.overlap import Overlap
from annotation_noise.measures.ways import Ious, Way


class BitMask(NamedTuple):
    """A bit image with its box tight, its pixels, and how wide boundary regions are on its image."""

    words: bits.Words
    grid: bits.Grid
    area_px: int
    boundary_px: int


def _read(segmentation: Segmentation | None, height: int, width: int) -> BitMask:
    boundary_px = distance_px(height, width)
    if isinstance(segmentation, RunLengths):
        if isinstance(segmentation.counts, str) and segmentation.size == (height, width):
            text = np.frombuffer(segmentation.counts.encode(), np.uint8)
            words, grid, area = of_text(text, height, width)
            if area >= 0:
                return BitMask(words, grid, area, boundary_px)
    elif segmentation and all(len(ring) % 2 == 0 for ring in segmentation):
        numbers = segmentation[0] if len(segmentation) == 1 else [*chain(*segmentation)]
        ends = [*accumulate(map(len, segmentation))]
        words, grid, area = of_rings(np.array(numbers, np.float64), np.array(ends), height, width)
        return BitMask(words, grid, area, boundary_px)
    mask = read_mask(segmentation, height, width)  # or its sentence of what is wrong
    return BitMask(*bits.from_mask(mask), int(mask.pixels.sum()), boundary_px)


def _boundary(mask: BitMask) -> BitMask:
    if not mask.area_px:
        return mask
    words, grid = boundary(mask.words, mask.grid, mask.boundary_px)
    return BitMask(words, grid, bits.area(words), mask.boundary_px)


def _overlap(clean: BitMask, noisy: BitMask, clean_region: BitMask | None, noisy_region: BitMask | None) -> Overlap:
    clean_px, noisy_px, common_px, boundary_iou, hausdorff95_px = compared(
        *clean[:2], *(clean_region or clean)[:2], *noisy[:2], *(noisy_region or noisy)[:2]
    )
    return Overlap(
        common_px / (clean_px + noisy_px - common_px),
        2 * common_px / (clean_px + noisy_px),
        boundary_iou if clean_region else None,
        hausdorff95_px if noisy_px else None,
        noisy_px / clean_px - 1,
    )


def _iou(a: BitMask, b: BitMask) -> float:
    return iou(*a[:2], *b[:2])


def _ious(some: Sequence[BitMask], others: Sequence[BitMask], crowd: Sequence[bool]) -> Ious:
    masks = [*some, *others]
    starts = np.array([0, *accumulate(len(mask.words) for mask in masks)])
    words, grids = np.concatenate([mask.words for mask in masks]), np.array([mask.grid for mask in masks])
    return ious(words, starts, grids, np.array(crowd, bool), len(some))


WAY = Way(_read, lambda mask: mask.area_px, _boundary, _overlap, _iou, _ious)


def load() -> None:
    """Load all that is compiled, or compile it."""
    square = _read([[0.0, 0.0, 9.0, 0.0, 9.0, 9.0, 0.0, 9.0]], 10, 10)
    text = _read(RunLengths((10, 10), "0T3"), 10, 10)
    regions = [_boundary(mask._replace(boundary_px=1)) for mask in (square, text)]
    _overlap(square, text, *regions)
    _iou(square, text)
    _ious([square], [text], [False])
