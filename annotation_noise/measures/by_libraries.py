"""Masks read and compared by cv2, scipy and rlemasklib."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rlemasklib import RLEMask

from annotation_noise.geometry.masks import Mask, area_px
from annotation_noise.geometry.segmentations import Segmentation, cropped, rasterised
from annotation_noise.measures.boundaries import boundary
from annotation_noise.measures.overlap import SAME, Overlap, iou, overlap
from annotation_noise.measures.ways import Ious, Way


class BothForms(NamedTuple):
    """A mask as pixels and as run lengths; of a boundary region the run lengths are those of its mask."""

    window: Mask
    runs: RLEMask


def _read(segmentation: Segmentation | None, height: int, width: int) -> BothForms:
    runs = rasterised(segmentation, height, width)
    return BothForms(cropped(runs), runs)


def _boundary(mask: BothForms) -> BothForms:
    region = boundary(mask.window)
    return BothForms(region, mask.runs)


def _overlap(
    clean: BothForms, noisy: BothForms, clean_region: BothForms | None, noisy_region: BothForms | None
) -> Overlap:
    if clean.window[1:] == noisy.window[1:] and np.array_equal(clean.window.pixels, noisy.window.pixels):
        return SAME if clean_region else SAME._replace(boundary_iou=None)
    regions = [None if region is None else region.window for region in (clean_region, noisy_region)]
    return overlap(clean.window, noisy.window, *regions)


def _ious(some: Sequence[BothForms], others: Sequence[BothForms], crowd: Sequence[bool]) -> Ious:
    ious = np.nan_to_num(RLEMask.iou_matrix([mask.runs for mask in some], [mask.runs for mask in others]))
    for column in np.flatnonzero(crowd).tolist():
        region = others[column].runs
        common_px = [RLEMask.intersection([mask.runs, region]).area() for mask in some]
        ious[:, column] = np.array(common_px) / np.maximum([mask.runs.area() for mask in some], 1)
    return np.asarray(ious, np.float64)


def _iou(a: BothForms, b: BothForms) -> float:
    return iou(a.window, b.window)


WAY = Way(_read, lambda mask: area_px(mask.window), _boundary, _overlap, _iou, _ious)
