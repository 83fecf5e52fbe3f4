"""The unit of work: the annotations of some images, measured.

A `Job` says where in the two files they stand, a `Part` is what was found. No job depends on another, so they
may be done in any process that sees the files.
"""

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rlemasklib import RLEMask

from errors import InputError
from formats.coco import entries
from formats.tables import Annotation
from geometry import segmentations
from measures.boundaries import boundary
from measures.entries import Entry
from measures.matching import by_id, by_overlap
from measures.overlap import SAME, overlap

Place = tuple[int, int, int]  # index in `annotations`, first byte, byte after the last


class ImagePlaces(NamedTuple):
    """Where the annotations of one image stand; height and width in pixels."""

    height: int
    width: int
    clean: list[Place]
    noisy: list[Place]


class Job(NamedTuple):
    """Images to measure. by_id: how to match. boundaries: whether Boundary IoU and Boundary AP are wanted."""

    clean_path: Path
    noisy_path: Path
    images: list[ImagePlaces]
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
    with _opened(job.clean_path) as clean_data, _opened(job.noisy_path) as noisy_data:
        for image in job.images:
            clean = [instance(clean_data, job.clean_path, at, image.height, image.width) for at in image.clean]
            noisy = [instance(noisy_data, job.noisy_path, at, image.height, image.width) for at in image.noisy]
            crowds += sum(bool(one.annotation.iscrowd) for one in clean)
            _measure_image(image, clean, noisy, job, part)
    return part._replace(crowds=crowds)


def instance(data: bytes | mmap.mmap, path: Path, place: Place, height: int, width: int) -> Instance:
    """Read one annotation of an image of this size. Raises InputError with the file and the place."""
    index, start, end = place
    try:
        (entry,) = entries(data[start:end], index)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    annotation = entry.annotation
    try:
        runs = segmentations.rasterised(annotation.segmentation, height, width)
    except ValueError as error:
        raise InputError(f"{path}: annotations[{index}].segmentation{error}") from error
    area = annotation.area if isinstance(annotation.area, float) else float(runs.area())
    return Instance(annotation, runs, runs.to_dict()["counts"], area)


def _measure_image(image: ImagePlaces, clean: list[Instance], noisy: list[Instance], job: Job, part: Part) -> None:
    """Add what is found in one image to `part`."""
    window = {one.encoded: segmentations.cropped(one.runs) for one in (*clean, *noisy)}
    regions = {key: boundary(mask) for key, mask in window.items()} if job.boundaries else {}
    size = image.height, image.width  # one tuple for all

    def entry(one: Instance, area_px: float) -> Entry:
        annotation, region = one.annotation, regions.get(one.encoded)
        runs = None if region is None else segmentations.compressed(region)
        return Entry(annotation.image_id, annotation.category_id, area_px, size, one.encoded, runs)

    def measured(a: Instance, b: Instance) -> Sequence[float | None]:
        if not window[a.encoded].pixels.size:
            return ()
        if a.encoded == b.encoded:
            return SAME if job.boundaries else SAME._replace(boundary_iou=None)
        return overlap(window[a.encoded], window[b.encoded], regions.get(a.encoded), regions.get(b.encoded))

    part.truths.extend(entry(one, one.area_px)._replace(iscrowd=int(bool(one.annotation.iscrowd))) for one in clean)
    part.detections.extend(
        entry(one, float(one.runs.area()))._replace(score=1.0)
        for one in noisy
        if not one.annotation.iscrowd and window[one.encoded].pixels.size
    )
    instances = [one for one in clean if not one.annotation.iscrowd]
    crowd_ids = {one.annotation.id for one in clean if one.annotation.iscrowd}
    others = [one for one in noisy if not (one.annotation.iscrowd if not job.by_id else one.annotation.id in crowd_ids)]
    if job.by_id:
        matches = by_id([one.annotation.id for one in instances], [one.annotation.id for one in others])
    else:
        matches = by_overlap([one.runs for one in instances], [one.runs for one in others])
    part.rows.extend(_row(instances[a], others[b], measured(instances[a], others[b])) for a, b in matches.pairs)
    part.rows.extend(_row(instances[place], None) for place in matches.missing)
    part.rows.extend(_row(None, others[place]) for place in matches.extra)


def _row(clean: Instance | None, noisy: Instance | None, measures: Sequence[float | None] = ()) -> Row:
    one = clean or noisy
    assert one is not None
    noise = noisy.annotation.boundary_type if noisy else None
    return Row(
        one.annotation.image_id,
        clean.annotation.id if clean else None,
        noisy.annotation.id if noisy else None,
        clean.annotation.category_id if clean else None,
        noisy.annotation.category_id if noisy else None,
        noise if isinstance(noise, str) else None,
        one.area_px,
        *measures,
    )


def _opened(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
