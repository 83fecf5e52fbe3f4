"""What was drawn, put into the dataset: the same editing, log and counts as for the noises."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

from rlemasklib import RLEMask

from errors import InputError
from formats.coco import Annotation, CocoFile
from geometry import segmentations
from pipeline.account import Row, row
from pipeline.annotate import MaskResult, Options, Result, compared, edited
from pipeline.chunks import Part, edit_stretch, jobs
from pipeline.files import ANNOTATIONS_PER_JOB, write_parts
from weak.parts import Answer, Record
from weak.prompts import Strength

COLUMNS = (*Row._fields, "predicted_iou")


class Drawing(NamedTuple):
    """All that was drawn for a dataset.

    answers: by annotation id. faults: why an image could not be read, by its id.
    """

    answers: Mapping[int, Answer]
    faults: Mapping[int, str]


def gathered(records: Iterator[Record]) -> Drawing:
    """The drawing that records of images make; of an image that is there twice the later one counts."""
    answers: dict[int, Answer] = {}
    faults: dict[int, str] = {}
    for record in records:
        faults.pop(record.image, None)
        if record.fault:
            faults[record.image] = record.fault
        answers.update({answer.id: answer for answer in record.answers})
    return Drawing(answers, faults)


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

    def decide(annotation: Annotation, height: int, width: int) -> Result:
        mask = _mask(annotation, height, width, drawing, name, strengths, options)
        return edited(annotation, mask, annotation.category_id, options)

    def tell(annotation: Annotation, result: Result) -> Sequence[object] | None:
        line = row(annotation, result, file.tables.categories)
        answer = drawing.answers.get(annotation.id)
        return line and (*line, f"{answer.predicted_iou:.6f}" if answer else "")

    def parts() -> Iterator[Part]:
        for job in jobs(file, ANNOTATIONS_PER_JOB):
            try:
                yield edit_stretch(file.data[job.start : job.end], job, decide, tell)
            except InputError as error:
                raise InputError(f"{file.path}: {error}") from error

    return write_parts(file, parts(), COLUMNS, noisy, log)


def _mask(
    annotation: Annotation,
    height: int,
    width: int,
    drawing: Drawing,
    name: str,
    strengths: Mapping[str, Strength],
    options: Options,
) -> MaskResult:
    if annotation.iscrowd:
        return MaskResult("crowd")
    try:
        clean = segmentations.read(annotation.segmentation, height, width)
    except ValueError as error:
        raise InputError(f"segmentation{error}") from error
    if not clean.pixels.size:
        return MaskResult("no_mask", name)
    if annotation.image_id in drawing.faults:
        return MaskResult("no_image", name)
    answer = drawing.answers[annotation.id]
    runs = RLEMask.from_dict({"size": (height, width), "counts": answer.counts.encode("ascii")})
    return compared(clean, segmentations.cropped(runs), name, {**strengths, "prompt": answer.prompt}, options)
