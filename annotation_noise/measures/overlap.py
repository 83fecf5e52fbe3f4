"""How far a noisy mask is from the clean one, in the field's measures, on the window that both lie in."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from annotation_noise.geometry.masks import Mask, area_px, overlap_px

_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


class Overlap(NamedTuple):
    """Measures of a pair of masks of one frame.

    iou: common pixels by pixels of either. dice: twice the common pixels by the sum of both. boundary_iou: IoU of
        the boundary regions; None where it was not asked for. All from 0 to 1.
    hausdorff95_px: see `hausdorff95_px`; None where the noisy mask is empty.
    area_change: (noisy - clean) / clean, from -1.
    """

    iou: float
    dice: float
    boundary_iou: float | None
    hausdorff95_px: float | None
    area_change: float


SAME = Overlap(1.0, 1.0, 1.0, 0.0, 0.0)  # a mask and itself


def overlap(
    clean: Mask, noisy: Mask, clean_boundary: Mask | None = None, noisy_boundary: Mask | None = None
) -> Overlap:
    """All measures of two tight masks of one frame, of which the clean one is not empty.

    clean_boundary, noisy_boundary: their boundary regions, if Boundary IoU is wanted.
    """
    clean_px, noisy_px, common_px = area_px(clean), area_px(noisy), overlap_px(clean, noisy)
    return Overlap(
        common_px / (clean_px + noisy_px - common_px),
        2 * common_px / (clean_px + noisy_px),
        iou(clean_boundary, noisy_boundary) if clean_boundary and noisy_boundary else None,
        hausdorff95_px(clean, noisy) if noisy_px else None,
        noisy_px / clean_px - 1,
    )


def iou(a: Mask, b: Mask) -> float:
    """Common pixels of two masks by the pixels of either; 0 where both are empty."""
    common_px = overlap_px(a, b)
    return common_px / max(area_px(a) + area_px(b) - common_px, 1)


def hausdorff95_px(a: Mask, b: Mask) -> float:
    """The larger of the 95th percentiles of the distances from each outline to the other, in pixels.

    a, b: tight and not empty. The outline of a mask is its pixels that have one of their four neighbours off the mask
    or off the image. Percentiles are interpolated linearly. The distances are those of a distance transform
    (tests/measures/test_overlap.py holds them to scipy's), found with a tree of the outline's pixels, which is faster
    than cv2's exact transform and much faster than scipy's (python tests/measure_speed.py).

    Source: D. P. Huttenlocher et al., "Comparing Images Using the Hausdorff Distance", 1993; the larger of
    the two directed percentiles, as in A. Reinke et al., "Metrics Reloaded", 2024.
    """
    outline_a, outline_b = _outline(a), _outline(b)
    return max(_distance95(outline_a, outline_b), _distance95(outline_b, outline_a))


def _outline(mask: Mask) -> NDArray[np.int32]:
    """(n, 2) x and y in the frame."""
    inner = cv2.erode(mask.pixels, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=[0])
    points = cv2.findNonZero(mask.pixels - np.asarray(inner, np.uint8))
    return np.asarray(points, np.int32).reshape(-1, 2) + np.array((mask.left, mask.top), np.int32)


def _distance95(of: NDArray[np.int32], to: NDArray[np.int32]) -> float:
    distances, _ = cKDTree(to, compact_nodes=False, balanced_tree=False).query(of)
    return float(np.percentile(distances, 95))
