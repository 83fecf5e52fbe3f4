"""What was drawn, put into the dataset: the same editing, log and counts as for the noises."""

import functools
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import BinaryIO

from rlemasklib import RLEMask

from errors import InputError
from formats.coco import CocoFile
from formats.journal import record_at
from formats.tables import Annotation
from geometry import segmentations
from pipeline.account import Row, row
from pipeline.annotate import MaskResult, Options, Result, compared, edited
from pipeline.chunks import Part, edit_stretch, jobs
from pipeline.files import ANNOTATIONS_PER_JOB, write_parts
from progress import progress
from weak.drawn_masks import DrawnImage, DrawnMask
from weak.prompts import Strength
from weak.shares import Drawing

COLUMNS = (*Row._fields, "predicted_iou")


def assemble(
    file: CocoFile,
    drawing: Drawing,
    name: str,
    strengths: Mapping[str, Strength],
    options: Options,
    noisy: BinaryIO,
    log: BinaryIO,
) -> Counter[str]:
    """Write the dataset with the masks that were drawn, and its log; returns what the annotations count as.

    name, strengths: of the prompt.
    """
    drawn_at = functools.lru_cache(maxsize=1)(record_at)  # its answers are asked for one after the other

    def answer(annotation: Annotation) -> DrawnMask | None:
        answers = drawn_at(*drawing.places[annotation.image_id], DrawnImage).answers
        return next((answer for answer in answers if answer.id == annotation.id), None)

    def decide(annotation: Annotation, height: int, width: int, excluded: Container[int]) -> Result:
        mask = _mask(annotation, height, width, answer(annotation), name, strengths, options)
        return edited(annotation, mask, annotation.category_id, options)

    def tell(annotation: Annotation, result: Result) -> Sequence[object] | None:
        line, given = row(annotation, result, file.tables.categories), answer(annotation)
        return line and (*line, f"{given.predicted_iou:.6f}" if given else "")

    def parts() -> Iterator[Part]:
        for job in jobs(file, ANNOTATIONS_PER_JOB):
            try:
                yield edit_stretch(file.data[job.start : job.end], job, decide, tell)
            except InputError as error:
                raise InputError(f"{file.path}: {error}") from error

    with progress(file.path.name, "annotations", len(file.starts)) as bar:
        return write_parts(file, parts(), COLUMNS, noisy, log, tell=bar.update)


def _mask(
    annotation: Annotation,
    height: int,
    width: int,
    answer: DrawnMask | None,
    name: str,
    strengths: Mapping[str, Strength],
    options: Options,
) -> MaskResult:
    """What became of an annotation's mask; without an answer nothing was asked, or the image could not be read."""
    if annotation.iscrowd:
        return MaskResult("crowd")
    try:
        clean = segmentations.read(annotation.segmentation, height, width)
    except ValueError as error:
        raise InputError(f"segmentation{error}") from error
    if not clean.pixels.size:
        return MaskResult("no_mask", name)
    if answer is None:
        return MaskResult("no_image", name)
    runs = RLEMask.from_dict({"size": (height, width), "counts": answer.counts.encode("ascii")})
    return compared(clean, segmentations.cropped(runs), name, {**strengths, "prompt": answer.prompt}, options)
