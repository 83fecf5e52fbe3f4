"""The work of `show_noise.py`: read, noise an instance or its whole image, draw."""

import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.file import CocoFile, annotations, heads, read
from annotation_noise.coco.photographs import read_photograph
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.commands.options import resolved
from annotation_noise.commands.show_cells import level_cells, noisy_cells
from annotation_noise.core.outcome import Options
from annotation_noise.core.presets import preset
from annotation_noise.core.recipe import parse, recipe
from annotation_noise.core.requested import checked_seed
from annotation_noise.core.step_values import step_of
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.masks import Mask
from annotation_noise.output.folder import staged_file
from annotation_noise.reading import check_path
from annotation_noise.reports.noise_figure import FigureRow, draw_noises
from annotation_noise.reports.preview import instances_of
from annotation_noise.reports.scene_figure import DrawnInstance, draw_panels, versions
from annotation_noise.reports.style import VERMILION, colours_of
from annotation_noise.reports.words import in_picture
from annotation_noise.running.rewrite import noise_quietly, setting_for
from noisers import Noiser, Table, load

SHARES = (0.2, 0.5, 1.0)  # of the annotations, for noises of classes and instances
Photograph = NDArray[np.uint8]


class Plan(NamedTuple):
    """Which annotation of which file is shown, under what, on which photograph, and where.

    photograph: None for a plain ground. noise: None for those of easy, medium and hard, or for `values`, corruption
    values that the whole image is under, those of the preset `benchmark` or the user's own. target: the picture.
    """

    photograph: Path | None
    annotations: Path
    annotation: int
    seed: int
    noise: Noiser | None
    benchmark: str | None
    values: Mapping[str, object] | None
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
    noise = _noise(arguments.noise) if arguments.noise else None
    values = preset(arguments.benchmark) if arguments.benchmark else _own_values(arguments.corruption_values)
    return resolved(Plan, arguments, photograph=photograph, seed=seed, noise=noise, values=values, target=target)


def _noise(name: str) -> Noiser:
    """The noise of that name, if its example shows what it does."""
    noise = step_of(name, {"share": 1, **load()[name].example} if name in load() else 1, load()).noise
    empty = [
        key for key, value in noise.example.items() if value == () or (isinstance(value, Table) and not value.rows)
    ]
    if empty:
        raise InputError(f"--noise {name} does nothing without {empty[0]}; give it by --corruption_values")
    return noise


def _own_values(text: str | None) -> Mapping[str, object] | None:
    if text is None:
        return None
    values, *more = parse(text)
    if more:
        raise InputError(f"--corruption_values must be one dict here, not {len(more) + 1}")
    recipe(values, load())
    return values


def run(plan: Plan) -> str:
    """Draw the picture; returns what to print."""
    file = read(plan.annotations)
    annotation, image = _annotation(file, plan.annotation)
    photograph = _photograph(plan.photograph, image) if plan.photograph else None
    if plan.values is not None or (plan.noise and not _is_of_one(plan.noise)):
        return _run_scene(plan, file, image, photograph)
    try:
        clean = segmentations.read_mask(annotation.segmentation, image.height, image.width)
    except ValueError as error:
        raise InputError(f"{file.path}: annotation {annotation.id}: segmentation{error}") from error
    if not clean.pixels.size:
        raise InputError(f"{file.path}: annotation {annotation.id} has no mask that could be shown")
    if plan.noise and plan.noise.kind == "box" and not annotation.bbox:
        raise InputError(f"{file.path}: annotation {annotation.id} has no bbox that could be shown")
    rows = noise_rows(plan.noise, annotation, image, clean, plan.seed, photograph)
    name = in_picture(file.tables.categories[annotation.category_id])
    noisy = "box" if plan.noise and plan.noise.kind == "box" else "outline"
    title = f"{name}, annotation {annotation.id}: the clean area and the noisy {noisy}, seed {plan.seed}"
    with staged_file(plan.target) as staging:
        draw_noises(staging, title, rows)
    return f"annotation {annotation.id} under {plan.noise.name if plan.noise else 'every noise'} -> {plan.target}"


def _is_of_one(noise: Noiser) -> bool:
    """Whether a noise changes a mask or a box, and looks at no other."""
    return noise.kind in ("mask", "box") and "scene" not in noise.context


def noise_rows(
    noise: Noiser | None,
    annotation: Annotation,
    image: Image,
    clean: Mask,
    seed: int,
    photograph: Photograph | None = None,
) -> list[FigureRow]:
    """The figure of an annotation: under a noise of its mask or box at its levels, or under those of the benchmark."""
    if noise:
        cells = level_cells(noise, annotation, image, clean, seed)
        return [FigureRow(noise.name, VERMILION, clean, cells, photograph)]
    of_noise = noisy_cells(annotation, image, clean, seed)
    colours = colours_of(list(of_noise))
    return [FigureRow(name, colours[name], clean, cells, photograph) for name, cells in of_noise.items()]


def _run_scene(plan: Plan, file: CocoFile, image: Image, photograph: Photograph | None) -> str:
    (clean,) = instances_of(file, [image]).values()
    if plan.noise:
        name, titles = plan.noise.name, [f"{plan.noise.name}, share {share:g}" for share in SHARES]
        noisy = [of_share[image.id] for of_share in under_shares(plan.noise, file, [image], plan.seed)]
    else:
        name, titles = plan.benchmark or "values of your own", [plan.benchmark or "noisy"]
        noisy = [noisy_instances(file, plan.values or {}, [image], plan.seed)[image.id]]
    panels = versions(image, photograph, clean, noisy, titles)
    half = len(panels) // 2
    with staged_file(plan.target) as staging:
        draw_panels(staging, [panels] if half < 2 else [panels[:half], panels[half:]])
    return f"the image of annotation {plan.annotation} under {name} -> {plan.target}"


def under_shares(
    noise: Noiser, file: CocoFile, images: Sequence[Image], seed: int, strengths: Mapping[str, object] | None = None
) -> Iterator[dict[int, list[DrawnInstance]]]:
    """The instances of some images under a noise, at one share after the other, by image id.

    strengths: its example's unless given.
    """
    for share in SHARES:
        yield noisy_instances(file, {noise.name: {"share": share, **(strengths or noise.example)}}, images, seed)


def noisy_instances(
    file: CocoFile, values: Mapping[str, object], images: Sequence[Image], seed: int
) -> dict[int, list[DrawnInstance]]:
    """The instances of some images as `noise_annotations.py` leaves them, by image id; of the whole file's noise."""
    setting = setting_for(file, recipe(values, load()), seed, Options())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "noisy.json"
        with path.open("wb") as noisy, (Path(folder) / "log.csv").open("wb") as log:
            noise_quietly(file, setting, noisy, log)
        return instances_of(read(path), images)


def _annotation(file: CocoFile, annotation_id: int) -> tuple[Annotation, Image]:
    """An annotation and its image. Raises InputError where there is none of that id."""
    index = next((index for index, head in enumerate(heads(file)) if head.id == annotation_id), None)
    if index is None:
        raise InputError(f"{file.path}: there is no annotation with id {annotation_id}")
    (annotation,) = annotations(file, file.places[index : index + 1])
    return annotation, file.tables.images[file.tables.owners[index]]


def _photograph(path: Path, image: Image) -> Photograph:
    if not path.is_file():
        raise InputError(f"{path} does not exist; give the photograph {image.name}, or none")
    photograph = read_photograph(path, image.height, image.width)
    if photograph is None:
        size = f"{image.width} x {image.height}"
        raise InputError(f"{path} is no photograph of {size} pixels, which {image.name} is; or give none")
    return photograph
