"""The images that two files share, pair by pair: their annotations, matched and measured.

`ImagePairs` says where in the two files they stand, `Findings` what was found. None depends on another, so they may be
measured in any process that sees the files.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.schema import Annotation
from annotation_noise.coco.source import Cut, Source, reopened
from annotation_noise.errors import InputError
from annotation_noise.geometry.segmentations import rasterised
from annotation_noise.measures import by_libraries, precision
from annotation_noise.measures.detections import Detection
from annotation_noise.measures.masked import Places, read_masked
from annotation_noise.measures.matching import by_id, by_overlap
from annotation_noise.measures.precision import Outcomes, Pairs
from annotation_noise.measures.rows import Comparison, Rows, rows_of
from annotation_noise.measures.ways import Way

MOST_DETECTIONS = 100  # per image and category; COCOeval's maxDets


class ImagePair(NamedTuple):
    """Where the annotations of one image stand in both files.

    height, width: in pixels. clean, noisy: (n, 3) int64, rows of `CocoFile.places`.
    """

    height: int
    width: int
    clean: Places
    noisy: Places


class ImagePairs(NamedTuple):
    """Images to measure together.

    by_id: how to match. boundaries: whether Boundary IoU and Boundary AP are wanted. masks: whether the detections
    are wanted with their masks. kernels: whether by the compiled geometry.
    """

    clean: Source
    noisy: Source
    images: list[ImagePair]
    by_id: bool
    boundaries: bool
    masks: bool = False
    kernels: bool = False


class Findings(NamedTuple):
    """What some pairs of images show.

    outcomes: of average precision, kind 0 by masks and kind 1, if wanted, by boundaries too. Truths are the clean
        annotations; detections are the noisy ones, but for crowd regions and annotations without a pixel.
    beyond: how many detections were too many in their image and category to count.
    crowds: crowd regions among the clean annotations.
    detections: with score 1, where they are wanted.
    """

    rows: Rows
    outcomes: Outcomes
    beyond: int
    crowds: int
    detections: list[Detection]


class MaskedAnnotation(NamedTuple):
    """An annotation with its mask and its boundary region, or None, as a `Way` has them.

    pixels: of the mask. area_px: COCO's `area`, or else these.
    """

    annotation: Annotation
    mask: Any
    region: Any
    pixels: int
    area_px: float


class _Compared(NamedTuple):
    """What average precision takes: all truths and detections of some images, and which of them overlap by half.

    truths, detections: with areas and categories. pairs, ious: of each kind.
    """

    truths: list[MaskedAnnotation]
    detections: list[MaskedAnnotation]
    pairs: list[list[tuple[int, int, float]]]


def measure(pairs: ImagePairs) -> Findings:
    """Match and measure the annotations of some images. Raises InputError with the file and the place."""
    way = _way(pairs.kernels)
    comparisons: list[Comparison] = []
    compared = _Compared([], [], [[], []] if pairs.boundaries else [[]])
    beyond = 0
    detections: list[Detection] = []
    with reopened(pairs.clean) as cut_clean, reopened(pairs.noisy) as cut_noisy:
        for image in pairs.images:
            clean = _read(way, pairs, pairs.clean.path, cut_clean, image.clean, image)
            noisy = _read(way, pairs, pairs.noisy.path, cut_noisy, image.noisy, image)
            detected = [masked for masked in noisy if not masked.annotation.iscrowd and masked.pixels]
            comparisons += _comparisons(way, pairs, clean, noisy)
            beyond += _compare(way, clean, detected, compared)
            detections += [_detection(masked, image) for masked in detected] if pairs.masks else []
    crowds = sum(bool(masked.annotation.iscrowd) for masked in compared.truths)
    try:
        return Findings(rows_of(comparisons), _outcomes(compared), beyond, crowds, detections)
    except OverflowError as error:
        raise InputError(f"{pairs.clean.path}, {pairs.noisy.path}: a category id needs more than 64 bits") from error


def _way(kernels: bool) -> Way:
    if not kernels:
        return by_libraries.WAY
    from annotation_noise.measures import by_kernels  # which takes a second

    return by_kernels.WAY


def _read(
    way: Way, pairs: ImagePairs, path: Path, cut: Cut, places: Places, image: ImagePair
) -> list[MaskedAnnotation]:
    result = []
    for annotation, mask in read_masked(path, cut, places, way.read, image.height, image.width):
        pixels = way.area_px(mask)
        area = annotation.area if isinstance(annotation.area, float) else float(pixels)
        region = way.boundary(mask) if pairs.boundaries else None
        result.append(MaskedAnnotation(annotation, mask, region, pixels, area))
    return result


def _comparisons(
    way: Way, pairs: ImagePairs, clean: list[MaskedAnnotation], noisy: list[MaskedAnnotation]
) -> list[Comparison]:
    """What became of each annotation of an image."""
    crowd_ids = {masked.annotation.id for masked in clean if masked.annotation.iscrowd}
    clean = [masked for masked in clean if not masked.annotation.iscrowd]
    noisy = [
        masked
        for masked in noisy
        if not (masked.annotation.id in crowd_ids if pairs.by_id else masked.annotation.iscrowd)
    ]
    if pairs.by_id:
        matches = by_id([masked.annotation.id for masked in clean], [masked.annotation.id for masked in noisy])
    else:
        matches = by_overlap(_ious(way, clean, noisy))

    def measures(a: MaskedAnnotation, b: MaskedAnnotation) -> Sequence[float | None]:
        return way.overlap(a.mask, b.mask, a.region, b.region) if a.pixels else ()

    return [
        *(_comparison(clean[a], noisy[b], measures(clean[a], noisy[b])) for a, b in matches.pairs),
        *(_comparison(clean[place], None) for place in matches.missing),
        *(_comparison(None, noisy[place]) for place in matches.extra),
    ]


def _comparison(
    clean: MaskedAnnotation | None, noisy: MaskedAnnotation | None, measures: Sequence[float | None] = ()
) -> Comparison:
    present = clean or noisy
    assert present is not None
    noise = noisy.annotation.boundary_type if noisy else None
    return Comparison(
        present.annotation.image_id,
        clean.annotation.id if clean else None,
        noisy.annotation.id if noisy else None,
        clean.annotation.category_id if clean else None,
        noisy.annotation.category_id if noisy else None,
        noise if isinstance(noise, str) else None,
        present.area_px,
        *measures,
    )


def _ious(way: Way, some: list[MaskedAnnotation], others: list[MaskedAnnotation]) -> NDArray[np.float64]:
    """The IoU of each mask with each other one, as between two annotations that are no crowd regions."""
    if not some or not others:
        return np.zeros((len(some), len(others)))
    return way.ious([masked.mask for masked in some], [masked.mask for masked in others], [False] * len(others))


def _compare(way: Way, clean: list[MaskedAnnotation], noisy: list[MaskedAnnotation], compared: _Compared) -> int:
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


def _outcomes(compared: _Compared) -> Outcomes:
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


def _detection(masked: MaskedAnnotation, image: ImagePair) -> Detection:
    annotation, size = masked.annotation, (image.height, image.width)
    runs = rasterised(annotation.segmentation, *size).to_dict()["counts"]
    return Detection(annotation.image_id, annotation.category_id, float(masked.pixels), size, runs, score=1.0)
