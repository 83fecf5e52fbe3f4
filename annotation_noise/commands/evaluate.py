"""The work of `evaluate_models.py`: read, evaluate, keep the row, show the table."""

import hashlib
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from annotation_noise.coco.detections import read_results
from annotation_noise.coco.file import CocoFile, read
from annotation_noise.coco.schema import decoded
from annotation_noise.coco.statement import already_noisy
from annotation_noise.commands.options import resolved
from annotation_noise.errors import InputError, require
from annotation_noise.output.folder import locked, staged_file
from annotation_noise.progress import followed
from annotation_noise.reports import model_table
from annotation_noise.reports.model_table import LEVELS, ModelRow, Values


class Plan(NamedTuple):
    """What is evaluated, and what is shown of it.

    predictions: by level, in the order of LEVELS; none where only the table is shown. ground_truth: there with them.
    kinds: in the order of KINDS. The others are the command's options of these names.
    """

    ground_truth: Path | None
    predictions: Mapping[str, Path]
    kinds: Sequence[str]
    details: bool
    model: str
    backbone: str
    dataset: str
    add_to: Path | None
    with_published: bool
    format: str


def planned(arguments: Namespace) -> Plan:
    """Check everything that can be checked before a file is read. Raises InputError."""
    target = arguments.add_to
    if not arguments.predictions and not (target and target.exists()):
        raise InputError("give --predictions LEVEL=FILE, or with --add_to a file that has results already")
    if target and not target.absolute().parent.is_dir():
        raise InputError(f"--add_to {target}: there is no folder {target.parent}")
    if target and arguments.predictions and not arguments.model:
        raise InputError("--add_to keeps rows by their names; say which model this is with --model NAME")
    predictions = _predictions(arguments.predictions)
    if predictions and arguments.ground_truth is None:
        raise InputError("--ground_truth is missing: the clean COCO file that the predictions are for")
    if predictions:
        require("faster_coco_eval", "evaluate_models.py")
    kinds = sorted(set(arguments.kinds), key=list(model_table.KINDS).index)
    return resolved(Plan, arguments, predictions=predictions, kinds=kinds, model=arguments.model or "model")


def _predictions(words: Sequence[str]) -> dict[str, Path]:
    """The files of `--predictions` by level. Raises InputError."""
    paths: dict[str, Path] = {}
    for word in words:
        level, equals, path = word.partition("=")
        if not equals or level not in LEVELS or not path:
            raise InputError(f"--predictions takes LEVEL=FILE, with a level of {', '.join(LEVELS)}; not {word!r}")
        if level in paths:
            raise InputError(f"--predictions names {level} twice")
        paths[level] = Path(path)
    return {level: paths[level] for level in LEVELS if level in paths}


def run(plan: Plan) -> str:
    """Evaluate, keep the row where that is asked for, and return the table to print."""
    rows = model_table.read_rows(plan.add_to) if plan.add_to else []
    own: list[ModelRow] = []
    if plan.predictions and plan.ground_truth:
        truth = read(plan.ground_truth)
        if truth.statement is not None:
            consequence = "a published number needs the clean one"
            print(f"warning: {already_noisy(truth.path, truth.statement, consequence)}", file=sys.stderr)
        levels = _evaluated(truth, plan.predictions, plan.kinds)
        digest = hashlib.sha256(truth.data).hexdigest()
        new = ModelRow(plan.dataset, plan.model, plan.backbone, digest, levels)
        with locked(plan.add_to.parent) if plan.add_to else nullcontext():
            # Read once more: another evaluation may have added its row while this one was at work.
            rows = model_table.with_row(model_table.read_rows(plan.add_to) if plan.add_to else [], new)
            if plan.add_to:
                with staged_file(plan.add_to) as staging:
                    staging.write_text(model_table.written(rows), encoding="utf-8")
        own = [row for row in rows if row.name == new.name]
    measures = model_table.MEASURES if plan.details else model_table.MEASURES[:1]
    table = model_table.table(model_table.lines(rows, plan.kinds, measures, plan.with_published), plan.format)
    costs = model_table.costs(model_table.lines(own, plan.kinds, measures, False))
    return f"{table}\n\n{costs}" if costs and plan.format == "markdown" else table


def _evaluated(truth: CocoFile, paths: Mapping[str, Path], kinds: Sequence[str]) -> dict[str, dict[str, Values]]:
    """AP and its kin by level and kind."""
    from annotation_noise.measures.evaluation import average_precision  # which nobody needs who only looks at the table

    dataset: dict[str, Any] = decoded(truth.data, dict[str, Any], f"{truth.path}")
    image_ids = {image["id"] for image in dataset["images"]}
    needed = ["bbox" if kind == "bbox" else "segmentation" for kind in kinds]
    detections = {
        level: read_results(path, image_ids, truth.tables.categories, needed) for level, path in paths.items()
    }
    levels: dict[str, dict[str, Values]] = {level: {} for level in paths}
    pairs = [(level, kind) for level in paths for kind in kinds]
    for level, kind in followed(pairs, "evaluating", "evaluations"):
        try:
            levels[level][kind] = average_precision(dataset, detections[level], kind)  # type: ignore[arg-type]
        except InputError as error:
            of_truth, words = str(error).startswith("annotations"), str(error).replace("detections", "predictions", 1)
            raise InputError(f"{truth.path if of_truth else paths[level]}: {words}") from error
    if truth.tables.federated:
        print(
            f"note: {truth.path} has LVIS's lists, which COCO's AP knows nothing of: it is not LVIS's AP",
            file=sys.stderr,
        )
    return levels
