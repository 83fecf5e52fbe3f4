"""Average precision of a whole dataset from what became of each detection, image by image.

What decides it, COCO's evaluation finds out within an image and a category: which truth a detection is matched with at
each overlap. That may be done in any process, and comes down to three states, right, wrong and not counted, for each
threshold and range of areas. `average_precision` sums them up, category by category. All detections are equally sure,
so that their order is that of the images. The numbers are those of `evaluation.evaluated`, to the last bit.

Only pairs that overlap by half can be matched, and nearly all of them are the only pair of both. Those are matched
all at once; the others by COCO's rule, which takes detections in order and gives each the truth that it overlaps most.

Source: pycocotools/cocoeval.py, evaluateImg and accumulate.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NAMES = ("AP", "AP50", "AP75", "APs", "APm", "APl")
THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
AREAS_PX = np.array([(0, 1e5**2), (0, 32**2), (32**2, 96**2), (96**2, 1e5**2)], np.float64)  # least and most
NOT_COUNTED, WRONG, RIGHT = range(3)

Whole = NDArray[np.int64]
States = NDArray[np.uint8]


class Pairs(NamedTuple):
    """Detections and truths of one image and one category that overlap, each (n,): their places, and the IoU."""

    detection: Whole
    truth: Whole
    iou: NDArray[np.float64]


class Outcomes(NamedTuple):
    """What became of detections, and which truths count.

    categories: (m,) int64, of the detections, image by image in the order of the images' ids. states: (kinds, m, 4, 10)
    uint8, NOT_COUNTED, WRONG or RIGHT, by range of areas and threshold. truth_categories: (n,) int64. counted: (n, 4)
    bool, which truths count in which range.
    """

    categories: Whole
    states: States
    truth_categories: Whole
    counted: NDArray[np.bool_]


def inside(areas_px: NDArray[np.float64]) -> NDArray[np.bool_]:
    """In which of the ranges areas lie, both ends included: (n, 4)."""
    return (areas_px[:, np.newaxis] >= AREAS_PX[:, 0]) & (areas_px[:, np.newaxis] <= AREAS_PX[:, 1])


def states(pairs: Pairs, areas_px: NDArray[np.float64], counted: NDArray[np.bool_], crowd: NDArray[np.bool_]) -> States:
    """What became of each detection of some images: (m, 4, 10).

    pairs: all that overlap by half or more, detections in order, of each the truths in order. areas_px: (m,), of the
    detections. counted: (n, 4), which truths count in which range of areas. crowd: (n,), which are crowd regions.
    """
    result = np.where(inside(areas_px), np.uint8(WRONG), np.uint8(NOT_COUNTED))
    result = np.repeat(result[:, :, np.newaxis], len(THRESHOLDS), axis=2)
    detection_pairs = np.bincount(pairs.detection, minlength=len(areas_px))
    truth_pairs = np.bincount(pairs.truth, minlength=len(crowd))
    alone = (detection_pairs[pairs.detection] == 1) & (truth_pairs[pairs.truth] == 1)
    detection, truth, iou = (values[alone] for values in pairs)
    state = np.where(counted[truth], np.uint8(RIGHT), np.uint8(NOT_COUNTED))
    matched = iou[:, np.newaxis] >= THRESHOLDS
    result[detection] = np.where(matched[:, np.newaxis], state[:, :, np.newaxis], result[detection])
    _match_others(result, Pairs(*(values[~alone] for values in pairs)), counted, crowd)
    return result


def _match_others(result: States, pairs: Pairs, counted: NDArray[np.bool_], crowd: NDArray[np.bool_]) -> None:
    """Match by COCO's rule: a truth once, unless it is a crowd region, and one that counts before one that does not."""
    found: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for detection, truth, iou in zip(*(values.tolist() for values in pairs), strict=True):
        found[detection].append((truth, iou))
    is_crowd = {truth: bool(crowd[truth]) for truth in set(pairs.truth.tolist())}
    for area in range(len(AREAS_PX)):
        counts = {truth: bool(counted[truth, area]) for truth in is_crowd}
        ordered = {each: sorted(truths, key=lambda pair: not counts[pair[0]]) for each, truths in found.items()}
        for place, threshold in enumerate(THRESHOLDS.tolist()):
            taken = set[int]()
            for detection, truths in ordered.items():
                best, most = -1, threshold
                for truth, iou in truths:
                    if truth in taken and not is_crowd[truth]:
                        continue
                    if best >= 0 and counts[best] and not counts[truth]:
                        break
                    if iou >= most:
                        best, most = truth, iou
                if best >= 0:
                    taken.add(best)
                    result[detection, area, place] = RIGHT if counts[best] else NOT_COUNTED


def joined(parts: Sequence[Outcomes]) -> Outcomes:
    """The outcomes of several groups of images, in their order; at least one."""
    categories, of_kinds, truth_categories, counted = zip(*parts, strict=True)
    return Outcomes(
        np.concatenate(categories),
        np.concatenate(of_kinds, axis=1),
        np.concatenate(truth_categories),
        np.concatenate(counted),
    )


def average_precision(outcomes: Outcomes, kind: int, category_ids: Sequence[int]) -> dict[str, float | None]:
    """AP, AP50, AP75, APs, APm and APl, between 0 and 1; None where nothing can be said.

    kind: which of the kinds of overlap. category_ids: those that count; without truths they do not.
    """
    of_category = _places_of(outcomes.categories)
    truths_of = _places_of(outcomes.truth_categories)
    ids = sorted(id_ for id_ in category_ids if id_ in truths_of)
    none = np.zeros(0, np.intp)
    curves = [
        _precision(outcomes.states[kind, of_category.get(id_, none)], outcomes.counted[truths_of[id_]].sum(axis=0))
        for id_ in ids
    ]
    if not curves:
        return dict.fromkeys(NAMES)
    precision = np.stack(curves, axis=2)  # thresholds, recalls, categories, ranges of areas, as COCOeval has them
    everywhere = precision[:, :, :, 0]
    chosen = [everywhere, everywhere[[0]], everywhere[[5]], *(precision[:, :, :, area] for area in (1, 2, 3))]
    means = [np.mean(values[values > -1]) if (values > -1).any() else None for values in chosen]
    return {name: None if mean is None else float(mean) for name, mean in zip(NAMES, means, strict=True)}


def _places_of(categories: Whole) -> dict[int, NDArray[np.intp]]:
    """Where each category stands, in order."""
    order = np.argsort(categories, kind="stable")
    ids, starts = np.unique(categories[order], return_index=True)
    return dict(zip(ids.tolist(), np.split(order, starts[1:]), strict=True)) if len(ids) else {}


def _precision(of_category: States, truths: Whole) -> NDArray[np.float64]:
    """The precision at each recall, and -1 where there is no truth to find: (10, 101, 4)."""
    result = np.full((len(THRESHOLDS), len(RECALLS), len(AREAS_PX)), -1.0)
    for area, count in enumerate(truths.tolist()):
        if not count:
            continue
        right = np.cumsum(of_category[:, area] == RIGHT, axis=0)
        wrong = np.cumsum(of_category[:, area] == WRONG, axis=0)
        precision = right / np.maximum(right + wrong, 1)
        precision = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
        for place in range(len(THRESHOLDS)):
            reached = np.searchsorted(right[:, place] / count, RECALLS, side="left")
            there = reached < len(precision)
            result[place, :, area] = 0.0
            result[place, there, area] = precision[reached[there], place]
    return result
