"""The unit of work: the annotations of some images, measured.

A `Job` says where in the two files they stand, a `Part` is what was found. No job depends on another, so they
may be done in any process that sees the files.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rlemasklib import RLEMask

from annotation_noise.coco.file import annotations, mapped
from annotation_noise.coco.schema import Annotation
from annotation_noise.coco.splice import Buffer
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.measures.boundaries import boundary
from annotation_noise.measures.entries import Entry
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


class Job(NamedTuple):
    """Images to measure. by_id: how to match. boundaries: whether Boundary IoU and Boundary AP are wanted."""

    clean_path: Path
    noisy_path: Path
    images: list[ImagePair]
    by_id: bool
    boundaries: bool


class Row(NamedTuple):
    """What became of an annotation; crowd regions have no row.

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


class Part(NamedTuple):
    """What a job found.

    truths, detections: the clean annotations, and the noisy ones as detections of score 1, as
        `evaluation.evaluated` takes them. A crowd region and an annotation without a pixel detect nothing.
    crowds: crowd regions among the clean annotations.
    """

    rows: list[Row]
    truths: list[Entry]
    detections: list[Entry]
    crowds: int


class Instance(NamedTuple):
    """An annotation with its mask; `encoded` are compressed run lengths."""

    annotation: Annotation
    runs: RLEMask
    encoded: bytes
    area_px: float


def measure(job: Job) -> Part:
    """Match and measure a job's annotations. Raises InputError with the file and the place."""
    part = Part([], [], [], 0)
    crowds = 0
    with mapped(job.clean_path) as clean_data, mapped(job.noisy_path) as noisy_data:
        for image in job.images:
            clean = instances(job.clean_path, clean_data, image.clean, image.height, image.width)
            noisy = instances(job.noisy_path, noisy_data, image.noisy, image.height, image.width)
            crowds += sum(bool(instance.annotation.iscrowd) for instance in clean)
            _measure_image(image, clean, noisy, job, part)
    return part._replace(crowds=crowds)


def instances(path: Path, data: Buffer, places: Places, height: int, width: int) -> list[Instance]:
    """Read some annotations of an image of this size. Raises InputError with the file and the place."""
    return [
        _instance(annotation, f"{path}: annotations[{index}]", height, width)
        for index, annotation in zip(places[:, 0], annotations(path, data, places), strict=True)
    ]


def _instance(annotation: Annotation, where: str, height: int, width: int) -> Instance:
    try:
        runs = segmentations.rasterised(annotation.segmentation, height, width)
    except ValueError as error:
        raise InputError(f"{where}.segmentation{error}") from error
    area = annotation.area if isinstance(annotation.area, float) else float(runs.area())
    return Instance(annotation, runs, runs.to_dict()["counts"], area)


def _measure_image(image: ImagePair, clean: list[Instance], noisy: list[Instance], job: Job, part: Part) -> None:
    """Add what is found in one image to `part`."""
    window = {instance.encoded: segmentations.cropped(instance.runs) for instance in (*clean, *noisy)}
    regions = {key: boundary(mask) for key, mask in window.items()} if job.boundaries else {}
    size = image.height, image.width  # one tuple for all

    def entry(instance: Instance, area_px: float) -> Entry:
        annotation, region = instance.annotation, regions.get(instance.encoded)
        runs = None if region is None else segmentations.compressed(region)
        return Entry(annotation.image_id, annotation.category_id, area_px, size, instance.encoded, runs)

    def measured(a: Instance, b: Instance) -> Sequence[float | None]:
        if not window[a.encoded].pixels.size:
            return ()
        if a.encoded == b.encoded:
            return SAME if job.boundaries else SAME._replace(boundary_iou=None)
        return overlap(window[a.encoded], window[b.encoded], regions.get(a.encoded), regions.get(b.encoded))

    part.truths.extend(
        entry(instance, instance.area_px)._replace(iscrowd=int(bool(instance.annotation.iscrowd))) for instance in clean
    )
    part.detections.extend(
        entry(instance, float(instance.runs.area()))._replace(score=1.0)
        for instance in noisy
        if not instance.annotation.iscrowd and window[instance.encoded].pixels.size
    )
    instances = [instance for instance in clean if not instance.annotation.iscrowd]
    crowd_ids = {instance.annotation.id for instance in clean if instance.annotation.iscrowd}
    others = [
        instance
        for instance in noisy
        if not (instance.annotation.iscrowd if not job.by_id else instance.annotation.id in crowd_ids)
    ]
    if job.by_id:
        matches = by_id(
            [instance.annotation.id for instance in instances], [instance.annotation.id for instance in others]
        )
    else:
        matches = by_overlap([instance.runs for instance in instances], [instance.runs for instance in others])
    part.rows.extend(_row(instances[a], others[b], measured(instances[a], others[b])) for a, b in matches.pairs)
    part.rows.extend(_row(instances[place], None) for place in matches.missing)
    part.rows.extend(_row(None, others[place]) for place in matches.extra)


def _row(clean: Instance | None, noisy: Instance | None, measures: Sequence[float | None] = ()) -> Row:
    present = clean or noisy
    assert present is not None
    noise = noisy.annotation.boundary_type if noisy else None
    return Row(
        present.annotation.image_id,
        clean.annotation.id if clean else None,
        noisy.annotation.id if noisy else None,
        clean.annotation.category_id if clean else None,
        noisy.annotation.category_id if noisy else None,
        noise if isinstance(noise, str) else None,
        present.area_px,
        *measures,
    )
