"""Say what noisy training data costs a model: mask AP on clean data, for each level it was trained on."""

# The libraries that do the work take longer to load than it takes to read the help, so they are
# imported where the work begins.
from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import InputError, carried_out, require
from progress import followed

if TYPE_CHECKING:
    from reports.model_table import Row, Values

EXAMPLES = """\
examples:
  python evaluate_models.py --ground_truth annotations/instances_val2017.json \\
         --predictions clean=clean.json easy=easy.json medium=medium.json hard=hard.json
      mask AP of a model that was trained four times, and what each level costs
  python evaluate_models.py --ground_truth annotations/instances_val2017.json \\
         --predictions clean=c.json hard=h.json --model "Mask R-CNN" --backbone R-50 --add_to results.json
      the same, kept as a row of results.json; further levels join the row, further
      models the table
  python evaluate_models.py --add_to results.json --with_published --format latex
      the table of all rows that results.json has, the published rows above them
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    words = argparse.ArgumentParser(
        prog="evaluate_models.py",
        description="Evaluate a model that was trained on clean and on noisy annotations, on clean ones: AP as\n"
        "COCO's evaluation computes it, for each level, and what the level costs against clean.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    what = words.add_argument_group("what to evaluate")
    what.add_argument("--ground_truth", metavar="FILE", type=Path, help="the clean COCO file")
    what.add_argument(
        "--predictions",
        metavar="LEVEL=FILE",
        nargs="+",
        default=[],
        help="for any of clean, easy, medium, hard: what the model trained on it predicts, in COCO's results format",
    )
    what.add_argument(
        "--kinds",
        choices=("segm", "bbox", "boundary"),
        nargs="+",
        default=["segm"],
        help="AP of masks, of boxes, of mask boundaries (default: segm)",
    )
    what.add_argument("--details", action="store_true", help="AP50, AP75 and AP per object size too")
    table = words.add_argument_group("the table")
    table.add_argument("--model", metavar="NAME", help="what the row is called; rows that are kept need a name")
    table.add_argument("--backbone", metavar="NAME", default="", help="its backbone")
    table.add_argument("--dataset", metavar="NAME", default="", help="the dataset, COCO-N for instance")
    table.add_argument(
        "--add_to", metavar="FILE", type=Path, help="collect the row in this JSON file and show them all"
    )
    table.add_argument("--with_published", action="store_true", help="the published rows too, marked as published")
    table.add_argument(
        "--format",
        choices=("markdown", "csv", "latex"),
        default="markdown",
        help="form of the table; csv and latex (booktabs) are printed alone (default: markdown)",
    )
    return words


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: done. 2: bad input or usage, or a disk that refuses. 130: interrupted. Other than with 0, one sentence on
    stderr says why, and nothing is written.
    """
    arguments = parser().parse_args(argv)
    return carried_out(lambda: _run(arguments), "the results")


def _run(arguments: argparse.Namespace) -> str:
    from formats.folder import locked, staged_file
    from reports import model_table

    target = arguments.add_to
    if not arguments.predictions and not (target and target.exists()):
        raise InputError("give --predictions LEVEL=FILE, or with --add_to a file that has results already")
    if target and not target.absolute().parent.is_dir():
        raise InputError(f"--add_to {target}: there is no folder {target.parent}")
    if target and arguments.predictions and not arguments.model:
        raise InputError("--add_to keeps rows by their names; say which model this is with --model NAME")
    rows = model_table.read(target) if target else []
    kinds = sorted(set(arguments.kinds), key=list(model_table.KINDS).index)
    measures = model_table.MEASURES if arguments.details else model_table.MEASURES[:1]
    own: list[Row] = []
    if arguments.predictions:
        new = _row(arguments, kinds)
        with locked(target.parent) if target else contextlib.nullcontext():
            # Read once more: another evaluation may have added its row while this one was at work.
            rows = model_table.added(model_table.read(target) if target else [], new)
            if target:
                with staged_file(target) as staging:
                    staging.write_text(model_table.written(rows), encoding="utf-8")
        own = [row for row in rows if row.name == new.name]
    found = model_table.lines(rows, kinds, measures, arguments.with_published)
    text = model_table.table(found, arguments.format)
    costs = model_table.costs(model_table.lines(own, kinds, measures, False))
    return f"{text}\n\n{costs}" if costs and arguments.format == "markdown" else text


def _row(arguments: argparse.Namespace, kinds: Sequence[str]) -> Row:
    """Evaluate all predictions."""
    from reports.manifest import described
    from reports.model_table import LEVELS, Row

    paths = _paths(arguments.predictions)
    if arguments.ground_truth is None:
        raise InputError("--ground_truth is missing: the clean COCO file that the predictions are for")
    require("faster_coco_eval", "evaluate_models.py")
    levels = _evaluated(arguments.ground_truth, {level: paths[level] for level in LEVELS if level in paths}, kinds)
    digest = str(described(arguments.ground_truth)["sha256"])
    return Row(arguments.dataset, arguments.model or "model", arguments.backbone, digest, levels)


def _paths(words: Sequence[str]) -> dict[str, Path]:
    """The files of `--predictions` by level. Raises InputError."""
    from reports.model_table import LEVELS

    paths: dict[str, Path] = {}
    for word in words:
        level, equals, path = word.partition("=")
        if not equals or level not in LEVELS or not path:
            raise InputError(f"--predictions takes LEVEL=FILE, with a level of {', '.join(LEVELS)}; not {word!r}")
        if level in paths:
            raise InputError(f"--predictions names {level} twice")
        paths[level] = Path(path)
    return paths


def _evaluated(truth: Path, paths: dict[str, Path], kinds: Sequence[str]) -> dict[str, dict[str, Values]]:
    """AP and its kin by level and kind."""
    from formats.coco import read
    from formats.results import read as read_results
    from formats.tables import decoded
    from measures.evaluation import average_precision

    file = read(truth)
    dataset: dict[str, Any] = decoded(file.data, dict[str, Any], f"{truth}")
    if file.tables.federated:
        print(f"note: {truth} has LVIS's lists, which COCO's AP knows nothing of: it is not LVIS's AP", file=sys.stderr)
    image_ids = {image["id"] for image in dataset["images"]}
    needed = ["bbox" if kind == "bbox" else "segmentation" for kind in kinds]
    detections = {level: read_results(path, image_ids, file.tables.categories, needed) for level, path in paths.items()}
    levels: dict[str, dict[str, Values]] = {level: {} for level in paths}
    pairs = [(level, kind) for level in paths for kind in kinds]
    for level, kind in followed(pairs, "evaluating", "evaluations"):
        try:
            levels[level][kind] = average_precision(dataset, detections[level], kind)  # type: ignore[arg-type]
        except InputError as error:
            of_truth, words = str(error).startswith("annotations"), str(error).replace("detections", "predictions", 1)
            raise InputError(f"{truth if of_truth else paths[level]}: {words}") from error
    return levels


if __name__ == "__main__":
    sys.exit(main())
