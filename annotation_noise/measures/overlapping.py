"""Which truths and detections of some images overlap, and what becomes of them in average precision."""

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np

from annotation_noise.coco.schema import Annotation
from annotation_noise.measures import precision
from annotation_noise.measures.precision import Outcomes, Pairs
from annotation_noise.measures.ways import Way

MOST_DETECTIONS = 100  # per image and category; COCOeval's maxDets


class MaskedAnnotation(NamedTuple):
    """An annotation with its mask and its boundary region, or None, as a `Way` has them.

    pixels: of the mask. area_px: COCO's `area`, or else these.
    """

    annotation: Annotation
    mask: Any
    region: Any
    pixels: int
    area_px: float


class Compared(NamedTuple):
    """What average precision takes: all truths and detections of some images, and which of them overlap by half.

    truths, detections: with areas and categories. pairs, ious: of each kind.
    """

    truths: list[MaskedAnnotation]
    detections: list[MaskedAnnotation]
    pairs: list[list[tuple[int, int, float]]]


def compare(way: Way, clean: list[MaskedAnnotation], noisy: list[MaskedAnnotation], compared: Compared) -> int:
    """Add an image's truths and detections to `compared`; returns how many detections are too many to count."""
    truths_of: dict[int, list[int]] = defaultdict(list)
    for place, masked in enumerate(clean, len(compared.truths)):
        truths_of[masked.annotation.category_id].append(place)
    compared.truths.extend(clean)
    detections_of: dict[int, list[MaskedAnnotation]] = defaultdict(list)
    for masked in noisy:
        detections_of[masked.annotation.category_id].append(masked)
    for category, detected in detections_of.items():
        first = len(compared.detections)
        compared.detections.extend(detected[:MOST_DETECTIONS])
        if category not in truths_of:
            continue
        truths = [compared.truths[place] for place in truths_of[category]]
        crowd = [bool(masked.annotation.iscrowd) for masked in truths]
        detected = detected[:MOST_DETECTIONS]
        ious = way.ious([masked.mask for masked in detected], [masked.mask for masked in truths], crowd)
        for a, b in np.argwhere(ious >= precision.THRESHOLDS[0]).tolist():
            pair = first + a, truths_of[category][b]
            iou = float(ious[a, b])
            compared.pairs[0].append((*pair, iou))
            if len(compared.pairs) > 1:
                if not crowd[b]:  # of which COCO's Boundary AP compares no boundaries
                    iou = min(iou, way.iou(detected[a].region, truths[b].region))
                if iou >= precision.THRESHOLDS[0]:
                    compared.pairs[1].append((*pair, iou))
    return sum(max(len(detected) - MOST_DETECTIONS, 0) for detected in detections_of.values())


def outcomes(compared: Compared) -> Outcomes:
    """What became of the detections of some images."""
    areas_px, truth_areas_px = (
        np.array(areas, np.float64)
        for areas in (
            [masked.pixels for masked in compared.detections],
            [masked.area_px for masked in compared.truths],
        )
    )
    crowd = np.array([bool(masked.annotation.iscrowd) for masked in compared.truths], bool)
    counted = precision.inside(truth_areas_px) & ~crowd[:, np.newaxis]
    states = [precision.states(_as_arrays(pairs), areas_px, counted, crowd) for pairs in compared.pairs]
    categories, truth_categories = (
        np.array([masked.annotation.category_id for masked in entries], np.int64)
        for entries in (compared.detections, compared.truths)
    )
    return Outcomes(categories, np.stack(states), truth_categories, counted)


def _as_arrays(pairs: list[tuple[int, int, float]]) -> Pairs:
    detection, truth, iou = zip(*pairs, strict=True) if pairs else ((), (), ())
    return Pairs(np.array(detection, np.int64), np.array(truth, np.int64), np.array(iou, np.float64))
