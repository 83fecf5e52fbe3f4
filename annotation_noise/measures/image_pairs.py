"""The images that two files share, pair by pair: their annotations, matched and measured.

`ImagePairs` says where in the two files they stand, `Findings` what was found. None depends on another, so they may be
measured in any process that sees the files.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rlemasklib import RLEMask

from annotation_noise.coco.file import annotations_cut
from annotation_noise.coco.schema import Annotation
from annotation_noise.coco.source import Cut, Source, reopened
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.measures.boundaries import boundary
from annotation_noise.measures.detections import Detection
from annotation_noise.measures.matching import by_id, by_overlap
from annotation_noise.measures.overlap import SAME, overlap

Places = NDArray[np.int64]


class ImagePair(NamedTuple):
    """Where the annotations of one image stand in both files.

    height, width: in pixels. clean, noisy: (n, 3) int64, rows of `CocoFile.places`.
    """

    height: int
    width: int
    clean: Places
    noisy: Places


class ImagePairs(NamedTuple):
    """Images to measure together. by_id: how to match. boundaries: whether Boundary IoU and Boundary AP are wanted."""

    clean: Source
    noisy: Source
    images: list[ImagePair]
    by_id: bool
    boundaries: bool


class Comparison(NamedTuple):
    """What became of an annotation; crowd regions have none.

    clean_id, noisy_id and their categories: None where the annotation is extra, or missing.
    noise: the noisy annotation's `boundary_type`, None where it has none.
    area_px: COCO's `area` of the clean annotation, or its pixels where it has none; of an extra one, its own.
    The measures (see `Overlap`): None for what is missing or extra, or has no clean mask.
    """

    image_id: int
    clean_id: int | None
    noisy_id: int | None
    clean_category: int | None
    noisy_category: int | None
    noise: str | None
    area_px: float
    iou: float | None = None
    dice: float | None = None
    boundary_iou: float | None = None
    hausdorff95_px: float | None = None
    area_change: float | None = None


class Findings(NamedTuple):
    """What some pairs of images show.

    truths, detections: the clean annotations, and the noisy ones as detections of score 1, as
        `evaluation.evaluated` takes them. A crowd region and an annotation without a pixel detect nothing.
    crowds: crowd regions among the clean annotations.
    """

    comparisons: list[Comparison]
    truths: list[Detection]
    detections: list[Detection]
    crowds: int


class MaskedAnnotation(NamedTuple):
    """An annotation with its mask; `encoded` are compressed run lengths."""

    annotation: Annotation
    runs: RLEMask
    encoded: bytes
    area_px: float


def measure(pairs: ImagePairs) -> Findings:
    """Match and measure the annotations of some images. Raises InputError with the file and the place."""
    findings = Findings([], [], [], 0)
    crowds = 0
    with reopened(pairs.clean) as cut_clean, reopened(pairs.noisy) as cut_noisy:
        for image in pairs.images:
            clean = read_masked(pairs.clean.path, cut_clean, image.clean, image.height, image.width)
            noisy = read_masked(pairs.noisy.path, cut_noisy, image.noisy, image.height, image.width)
            crowds += sum(bool(masked.annotation.iscrowd) for masked in clean)
            _measure_image(image, clean, noisy, pairs, findings)
    return findings._replace(crowds=crowds)


def read_masked(path: Path, cut: Cut, places: Places, height: int, width: int) -> list[MaskedAnnotation]:
    """Some annotations of an image of this size. cut: gives the file's bytes.

    Raises InputError with the file and the place.
    """
    return [
        _masked(annotation, f"{path}: annotations[{index}]", height, width)
        for index, annotation in zip(places[:, 0], annotations_cut(path, cut, places), strict=True)
    ]


def _masked(annotation: Annotation, where: str, height: int, width: int) -> MaskedAnnotation:
    try:
        runs = segmentations.rasterised(annotation.segmentation, height, width)
    except ValueError as error:
        raise InputError(f"{where}.segmentation{error}") from error
    area = annotation.area if isinstance(annotation.area, float) else float(runs.area())
    return MaskedAnnotation(annotation, runs, runs.to_dict()["counts"], area)


def _measure_image(
    image: ImagePair,
    clean: list[MaskedAnnotation],
    noisy: list[MaskedAnnotation],
    pairs: ImagePairs,
    findings: Findings,
) -> None:
    """Add what is found in one image to `findings`."""
    window = {masked.encoded: segmentations.cropped(masked.runs) for masked in (*clean, *noisy)}
    regions = {key: boundary(mask) for key, mask in window.items()} if pairs.boundaries else {}
    size = image.height, image.width  # one tuple for all

    def detection(masked: MaskedAnnotation, area_px: float) -> Detection:
        annotation, region = masked.annotation, regions.get(masked.encoded)
        runs = None if region is None else segmentations.compressed(region)
        return Detection(annotation.image_id, annotation.category_id, area_px, size, masked.encoded, runs)

    def measures(a: MaskedAnnotation, b: MaskedAnnotation) -> Sequence[float | None]:
        if not window[a.encoded].pixels.size:
            return ()
        if a.encoded == b.encoded:
            return SAME if pairs.boundaries else SAME._replace(boundary_iou=None)
        return overlap(window[a.encoded], window[b.encoded], regions.get(a.encoded), regions.get(b.encoded))

    findings.truths.extend(
        detection(masked, masked.area_px)._replace(iscrowd=int(bool(masked.annotation.iscrowd))) for masked in clean
    )
    findings.detections.extend(
        detection(masked, float(masked.runs.area()))._replace(score=1.0)
        for masked in noisy
        if not masked.annotation.iscrowd and window[masked.encoded].pixels.size
    )
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
        matches = by_overlap([masked.runs for masked in clean], [masked.runs for masked in noisy])
    findings.comparisons.extend(
        [
            *(_comparison(clean[a], noisy[b], measures(clean[a], noisy[b])) for a, b in matches.pairs),
            *(_comparison(clean[place], None) for place in matches.missing),
            *(_comparison(None, noisy[place]) for place in matches.extra),
        ]
    )


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
