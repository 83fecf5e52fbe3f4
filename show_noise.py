"""Show what every noise of the benchmark does to one instance: rows the noises, columns the levels."""

# The libraries that do the work take longer to load than it takes to read the help, so they are
# imported where the work begins.
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import BENCHMARKS
from errors import InputError, carried_out, require

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from formats.coco import CocoFile
    from formats.tables import Annotation, Image
    from geometry.masks import Mask
    from pipeline.outcome import Outcome
    from reports.noise_figure import Cell

EXAMPLES = """\
examples:
  python show_noise.py val2017/000000404484.jpg annotations/instances_val2017.json --annotation 1246105
      draws noise_of_1246105.png
  python show_noise.py none annotations/instances_val2017.json --annotation 1246105
      the same on a plain ground
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    words = argparse.ArgumentParser(
        prog="show_noise.py",
        description="Draw one instance under every mask noise of the benchmark, at every level: the clean mask\n"
        "filled, the noisy outline upon it. Each noise is drawn as this annotation would get it, if it did,\n"
        "from the same seed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    words.add_argument("image", metavar="IMAGE_OR_NONE", help="the photograph of the annotation's image, or none")
    words.add_argument("annotations", metavar="ANNOTATIONS", type=Path, help="the COCO file that has the annotation")
    words.add_argument("--annotation", metavar="ID", type=int, required=True, help="id of the annotation to show")
    words.add_argument("--seed", type=int, default=1, help="as of noise_annotations.py (default: 1)")
    words.add_argument("--output", metavar="FILE", type=Path, help="the picture (default: noise_of_ID.png)")
    words.add_argument("--overwrite", action="store_true", help="replace the picture where it exists")
    return words


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: done. 2: bad input or usage, or a disk that refuses. 130: interrupted. Other than with 0, one sentence on
    stderr says why, and nothing is written.
    """
    arguments = parser().parse_args(argv)
    return carried_out(lambda: _run(arguments), "the picture")


def _run(arguments: argparse.Namespace) -> str:
    require("matplotlib", "show_noise.py")
    from formats.coco import read
    from formats.folder import staged_file
    from geometry import segmentations
    from pipeline.plan import checked_seed
    from reports.noise_figure import draw

    seed = checked_seed(arguments.seed)
    target = arguments.output or Path(f"noise_of_{arguments.annotation}.png")
    if target.exists() and not arguments.overwrite:
        raise InputError(f"{target} exists; --overwrite replaces it, --output names another")
    if target.suffix.lower() != ".png":
        raise InputError(f"--output {target}: the picture is a PNG file, so its name must end in .png")
    if not target.absolute().parent.is_dir():
        raise InputError(f"--output {target}: there is no folder {target.parent}")
    file = read(arguments.annotations)
    annotation, image = _found(file, arguments.annotation)
    photograph = None if arguments.image == "none" else _photograph(Path(arguments.image), image)
    try:
        clean = segmentations.read(annotation.segmentation, image.height, image.width)
    except ValueError as error:
        raise InputError(f"{file.path}: annotation {annotation.id}: segmentation{error}") from error
    if not clean.pixels.size:
        raise InputError(f"{file.path}: annotation {annotation.id} has no mask that could be shown")
    cells = noisy_cells(annotation, image, clean, seed)
    name = file.tables.categories[annotation.category_id]
    title = f"{name}, annotation {annotation.id}: the clean area and the noisy outline, seed {seed}"
    with staged_file(target) as staging:
        draw(staging, title, clean, cells, photograph)
    return f"annotation {annotation.id} under every noise -> {target}"


def noisy_cells(annotation: Annotation, image: Image, clean: Mask, seed: int) -> dict[str, dict[str, Cell]]:
    """Every mask noise of the presets at every level, by noise and then by level.

    clean: the mask of the annotation, tight and not empty. Each noise is what the annotation gets where that noise is
    drawn for it: the same seed and id give the same mask as in `noise_annotations.py`.
    """
    from noisers import Classes, load
    from pipeline.annotate import apply
    from pipeline.outcome import Options, Setting
    from pipeline.recipe import recipe
    from pipeline.steps import Recipe

    cells: dict[str, dict[str, Cell]] = {}
    for level, values in BENCHMARKS.items():
        for step in recipe(values, load()).steps:
            if step.noise.kind != "mask":
                continue
            always = Recipe((step._replace(share=1.0),), {}, frozenset({"mask"}))
            setting = Setting(always, Classes(), seed, Options(crowd="noise"))
            outcome = apply(annotation, image.height, image.width, setting)
            cells.setdefault(step.noise.name, {})[level] = _cell(outcome, clean)
    return cells


def _cell(outcome: Outcome, clean: Mask) -> Cell:
    from reports.noise_figure import Cell

    words = [_in_words(name, value) for name, value in outcome.applied[0].drawn.items()]
    if outcome.iou is None:
        return Cell(None, ", ".join([*words, "nothing is left"]))
    return Cell(outcome.mask or clean, ", ".join([*words, f"IoU {outcome.iou:.2f}"]))


def _in_words(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    return f"{name.removesuffix('_px')} {value:g}" + (" px" if name.endswith("_px") else "")


def _found(file: CocoFile, annotation_id: int) -> tuple[Annotation, Image]:
    """An annotation and its image. Raises InputError where there is none of that id."""
    from formats.coco import annotations, heads

    index = next((index for index, head in enumerate(heads(file)) if head.id == annotation_id), None)
    if index is None:
        raise InputError(f"{file.path}: there is no annotation with id {annotation_id}")
    (annotation,) = annotations(file.path, file.data, file.places[index : index + 1])
    return annotation, next(image for image in file.tables.images if image.id == annotation.image_id)


def _photograph(path: Path, image: Image) -> NDArray[np.uint8]:
    from formats.images import read_photograph

    if not path.is_file():
        raise InputError(f"{path} does not exist; give the photograph {image.name}, or none")
    photograph = read_photograph(path, image.height, image.width)
    if photograph is None:
        size = f"{image.width} x {image.height}"
        raise InputError(f"{path} is no photograph of {size} pixels, which {image.name} is; or give none")
    return photograph


if __name__ == "__main__":
    sys.exit(main())
