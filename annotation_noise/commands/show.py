"""The work of `show_noise.py`: read, noise one instance in every way, draw."""

from argparse import Namespace
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.file import CocoFile, annotations, heads, read
from annotation_noise.coco.photographs import read_photograph
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.commands.options import resolved
from annotation_noise.core.apply import apply
from annotation_noise.core.outcome import Options, Outcome, Setting
from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.core.recipe import recipe
from annotation_noise.core.requested import checked_seed
from annotation_noise.core.steps import Recipe, Step
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.masks import Mask
from annotation_noise.output.folder import staged_file
from annotation_noise.reading import check_path
from annotation_noise.reports.noise_figure import Cell, draw_noises
from annotation_noise.reports.words import in_picture
from noisers import Classes, load


class Plan(NamedTuple):
    """Which annotation of which file is shown, on which photograph, and where.

    photograph: None for a plain ground. target: the picture.
    """

    photograph: Path | None
    annotations: Path
    annotation: int
    seed: int
    target: Path


def planned(arguments: Namespace) -> Plan:
    """Check everything that can be checked before the file is read. Raises InputError."""
    seed = checked_seed(arguments.seed)
    target = arguments.output or Path(f"noise_of_{arguments.annotation}.png")
    if target.exists() and not arguments.overwrite:
        raise InputError(f"{target} exists; --overwrite replaces it, --output names another")
    if target.suffix.lower() != ".png":
        raise InputError(f"--output {target}: the picture is a PNG file, so its name must end in .png")
    if not target.absolute().parent.is_dir():
        raise InputError(f"--output {target}: there is no folder {target.parent}")
    photograph = None if arguments.image == "none" else Path(arguments.image)
    if photograph:
        check_path(photograph)
    return resolved(Plan, arguments, photograph=photograph, seed=seed, target=target)


def run(plan: Plan) -> str:
    """Draw the picture; returns what to print."""
    file = read(plan.annotations)
    annotation, image = _annotation(file, plan.annotation)
    photograph = _photograph(plan.photograph, image) if plan.photograph else None
    try:
        clean = segmentations.read_mask(annotation.segmentation, image.height, image.width)
    except ValueError as error:
        raise InputError(f"{file.path}: annotation {annotation.id}: segmentation{error}") from error
    if not clean.pixels.size:
        raise InputError(f"{file.path}: annotation {annotation.id} has no mask that could be shown")
    cells = noisy_cells(annotation, image, clean, plan.seed)
    name = in_picture(file.tables.categories[annotation.category_id])
    title = f"{name}, annotation {annotation.id}: the clean area and the noisy outline, seed {plan.seed}"
    with staged_file(plan.target) as staging:
        draw_noises(staging, title, clean, cells, photograph)
    return f"annotation {annotation.id} under every noise -> {plan.target}"


def noisy_cells(annotation: Annotation, image: Image, clean: Mask, seed: int) -> dict[str, dict[str, Cell]]:
    """Every mask noise of easy, medium and hard, by noise and then by level.

    clean: the mask of the annotation, tight and not empty. Each noise is what the annotation gets where that noise is
    drawn for it: the same seed and id give the same mask as in `noise_annotations.py`. Where a coin falls, as that of
    `rand` for dilate or erode, the next seed at which it falls otherwise has a row of its own, `rand, seed 3`.
    """
    cells: dict[str, dict[str, Cell]] = {}
    for level in ("easy", "medium", "hard"):
        for step in recipe(BENCHMARKS[level], load()).steps:
            if step.noise.kind == "mask":
                outcome = _outcome(step, annotation, image, seed)
                cells.setdefault(step.noise.name, {})[level] = _cell(outcome, clean)
                if coin := _coin(outcome):
                    others = ((other, _outcome(step, annotation, image, other)) for other in count(seed + 1))
                    other, outcome = next(pair for pair in others if _coin(pair[1]) != coin)
                    cells.setdefault(f"{step.noise.name}, seed {other}", {})[level] = _cell(outcome, clean)
    return cells


def _outcome(step: Step, annotation: Annotation, image: Image, seed: int) -> Outcome:
    always = Recipe((step._replace(share=1.0),), {}, frozenset({"mask"}))
    return apply(annotation, image.height, image.width, Setting(always, Classes(), seed, Options(crowd="noise")))


def _coin(outcome: Outcome) -> list[str]:
    """What was drawn from a few words."""
    return [value for value in outcome.applied[0].drawn.values() if isinstance(value, str)]


def _cell(outcome: Outcome, clean: Mask) -> Cell:
    words = [_in_words(name, value) for name, value in outcome.applied[0].drawn.items()]
    if outcome.iou is None:
        return Cell(None, ", ".join([*words, "nothing is left"]))
    return Cell(outcome.mask or clean, ", ".join([*words, f"IoU {outcome.iou:.2f}"]))


def _in_words(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    return f"{name.removesuffix('_px')} {value:g}" + (" px" if name.endswith("_px") else "")


def _annotation(file: CocoFile, annotation_id: int) -> tuple[Annotation, Image]:
    """An annotation and its image. Raises InputError where there is none of that id."""
    index = next((index for index, head in enumerate(heads(file)) if head.id == annotation_id), None)
    if index is None:
        raise InputError(f"{file.path}: there is no annotation with id {annotation_id}")
    (annotation,) = annotations(file, file.places[index : index + 1])
    return annotation, file.tables.images[file.tables.owners[index]]


def _photograph(path: Path, image: Image) -> NDArray[np.uint8]:
    if not path.is_file():
        raise InputError(f"{path} does not exist; give the photograph {image.name}, or none")
    photograph = read_photograph(path, image.height, image.width)
    if photograph is None:
        size = f"{image.width} x {image.height}"
        raise InputError(f"{path} is no photograph of {size} pixels, which {image.name} is; or give none")
    return photograph
