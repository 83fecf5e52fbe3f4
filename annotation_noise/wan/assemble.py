"""What was drawn, put into the dataset: the same editing, log and counts as for the noises."""

import functools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from rlemasklib import RLEMask

from annotation_noise.coco.file import CocoFile, Entry
from annotation_noise.coco.schema import Annotation
from annotation_noise.coco.statement import Statement
from annotation_noise.core.apply import masked
from annotation_noise.core.choose import Clean
from annotation_noise.core.log import Row, cells, row
from annotation_noise.core.outcome import Applied, MaskOutcome, Options, Outcome, Setting
from annotation_noise.core.steps import Recipe
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.output.journal import record_at
from annotation_noise.progress import progress
from annotation_noise.running.rewrite import ANNOTATIONS_PER_JOB, write_parts
from annotation_noise.running.stretches import Part, edit_stretch, jobs
from annotation_noise.wan.drawn_masks import DrawnImage, DrawnMask
from annotation_noise.wan.shares import Drawing
from noisers.kinds import classes
from noisers.strengths import Strength

COLUMNS = (*Row._fields[:11], "predicted_iou")
NO_RECIPE = Recipe((), {}, frozenset())


def assemble(
    file: CocoFile,
    drawing: Drawing,
    name: str,
    strengths: Mapping[str, Strength],
    options: Options,
    noisy: BinaryIO,
    log: BinaryIO,
    statement: Statement | None = None,
) -> Counter[str]:
    """Write the dataset with the masks that were drawn, and its log; returns what the annotations count as.

    name, strengths: of the prompt. statement: what the dataset says of its noise.
    """
    drawn_at = functools.lru_cache(maxsize=1)(record_at)  # its answers are asked for one after the other

    def answer(annotation: Annotation) -> DrawnMask | None:
        answers = drawn_at(*drawing.places[annotation.image_id], DrawnImage).answers
        return next((answer for answer in answers if answer.id == annotation.id), None)

    setting = Setting(NO_RECIPE, classes(file.tables.categories, file.tables.supercategories), 0, options)

    def decide(annotation: Annotation, height: int, width: int, place: int) -> Outcome:
        return _drawn(annotation, height, width, answer(annotation), name, strengths, options)

    def tell(entry: Entry, outcome: Outcome) -> Sequence[object] | None:
        line, given = row(entry.annotation, outcome, setting.classes), answer(entry.annotation)
        return line and (*cells(line, len(COLUMNS) - 1), f"{given.predicted_iou:.6f}" if given else "")

    def parts() -> Iterator[Part]:
        for job in jobs(file, ANNOTATIONS_PER_JOB):
            try:
                yield edit_stretch(file.data[job.start : job.end], job, decide, tell, setting)
            except InputError as error:
                raise InputError(f"{file.path}: {error}") from error

    with progress(file.path.name, "annotations", len(file.starts)) as bar:
        return write_parts(file, parts(), COLUMNS, noisy, log, tell=bar.update, statement=statement)


def _drawn(
    annotation: Annotation,
    height: int,
    width: int,
    answer: DrawnMask | None,
    name: str,
    strengths: Mapping[str, Strength],
    options: Options,
) -> Outcome:
    """What became of an annotation; without an answer nothing was asked, or the image could not be read."""
    category_id = annotation.category_id
    if annotation.iscrowd:
        return Outcome("crowd", category_id)
    clean = Clean(annotation, height, width)
    if answer is None:
        outcome: MaskOutcome = "no_image" if clean.area_px else "no_mask"
        return Outcome(outcome, category_id, (Applied(name, "mask", outcome),))
    runs = RLEMask.from_dict({"size": (height, width), "counts": answer.counts.encode("ascii")})
    drawn = {**strengths, "prompt": answer.prompt}
    return masked(Outcome("not_drawn", category_id), clean, segmentations.cropped(runs), name, drawn, options)
