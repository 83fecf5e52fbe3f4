"""The work of `measure_noise.py`: read, match, measure, report."""

import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from annotation_noise.commands.options import resolved
from annotation_noise.errors import InputError
from annotation_noise.measures import inputs, precision
from annotation_noise.measures.detections import Detection, as_coco
from annotation_noise.measures.examples import chosen
from annotation_noise.measures.image_pairs import Findings, measure
from annotation_noise.measures.lvis import lvis_average_precision
from annotation_noise.measures.rows import Rows, joined
from annotation_noise.measures.tables import summarised
from annotation_noise.output.folder import settle, staged
from annotation_noise.output.manifest import described_input
from annotation_noise.output.outputs import check_target
from annotation_noise.progress import progress
from annotation_noise.reports.files import write_report
from annotation_noise.reports.measured import text
from annotation_noise.running import workers as engine
from annotation_noise.running.choice import workers_for

KERNELS_BYTES = 20_000_000  # of both files: compiling takes longer than the kernels save below


class Plan(NamedTuple):
    """What is measured, and where the report goes: the command's options of these names."""

    clean: Path
    noisy: Path
    images: Path | None
    output_dir: Path
    overwrite: bool
    per_category: bool
    no_boundary: bool
    workers: int | None
    command: Sequence[str]


def planned(arguments: Namespace) -> Plan:
    """Check everything that can be checked before the files are read. Raises InputError."""
    plan = resolved(Plan, arguments)
    if plan.workers is not None and plan.workers < 1:
        raise InputError(f"--workers must be at least 1; not {plan.workers}")
    if plan.images and not plan.images.is_dir():
        raise InputError(f"--images: there is no folder {plan.images}")
    settle(plan.output_dir)
    check_target(plan.output_dir, {plan.output_dir: []}, [plan.clean, plan.noisy], plan.overwrite)
    return plan


def run(plan: Plan) -> str:
    """Measure and write the report; returns what to print."""
    paths = [plan.clean, plan.noisy]
    pair = inputs.read_pair(*paths)
    with workers_for(paths, plan.workers, None) as workers:
        parts = _measured(pair, not plan.no_boundary, workers)
    rows = joined(part.rows for part in parts)
    report = _report(plan, pair, parts, rows)
    with staged(plan.output_dir, plan.overwrite) as staging:
        notes = write_report(staging, report, chosen(pair, rows), plan.images, _names(pair), plan.per_category)
    for note in (*inputs.doubts(pair), *notes):
        print(f"note: {note}", file=sys.stderr)
    return f"{text(report, plan.per_category)}\n\n{plan.output_dir / 'report.html'}"


def _measured(pair: inputs.FilePair, boundaries: bool, workers: engine.Workers | None) -> list[Findings]:
    jobs = list(inputs.shared_out(pair, boundaries, _compiled(pair)))
    parts = []
    with progress("measuring", "images", sum(len(job.images) for job in jobs)) as bar:
        for job, part in zip(jobs, engine.run(measure, jobs, workers), strict=True):
            parts.append(part)
            bar.update(len(job.images))
    return parts


def _compiled(pair: inputs.FilePair) -> bool:
    """Whether to measure by the compiled geometry, which then is compiled, if it never was, before workers load it."""
    if sum(len(side.file.data) for side in (pair.clean, pair.noisy)) < KERNELS_BYTES or not find_spec("numba"):
        return False
    from annotation_noise.measures.by_kernels import load

    load()
    return True


def _report(plan: Plan, pair: inputs.FilePair, parts: Sequence[Findings], rows: Rows) -> dict[str, Any]:
    """All that report.json holds; the same for the same files and command."""
    outcomes = precision.joined([part.outcomes for part in parts])
    known = list(pair.clean.file.tables.categories)
    kinds = ["mask"] if plan.no_boundary else ["mask", "boundary"]
    return {
        "command": shlex.join(plan.command),
        "clean": described_input(str(pair.clean.file.path), pair.clean.file.data),
        "noisy": described_input(str(pair.noisy.file.path), pair.noisy.file.data),
        "matched_by": "id" if pair.by_id else "mask overlap",
        "images": {
            "common": len(pair.common),
            "only_clean": len(pair.clean.images) - len(pair.common),
            "only_noisy": len(pair.noisy.images) - len(pair.common),
        },
        "annotations_counted": {
            "clean": len(pair.clean.ids),
            "noisy": len(pair.noisy.ids),
            "crowds": sum(part.crowds for part in parts),
            "beyond_most_detections": sum(part.beyond for part in parts),
        },
        "average_precision": {
            name: precision.average_precision(outcomes, kind, known) for kind, name in enumerate(kinds)
        },
        **_federated(pair, [detection for part in parts for detection in part.detections]),
        **summarised(rows, _names(pair)),
    }


def _federated(pair: inputs.FilePair, detections: Sequence[Detection]) -> dict[str, Any]:
    """LVIS's own average precision, where the clean file has what it takes."""
    file = pair.clean.file
    if file.tables.federated is None:
        return {}
    common = set(pair.common)
    content: dict[str, Any] = msgspec.json.decode(file.data)
    content["images"] = [image for image in content["images"] if image["id"] in common]
    content["annotations"] = [annotation for annotation in content["annotations"] if annotation["image_id"] in common]
    results = [as_coco(detection) for detection in detections]
    for result in results:  # bytes are not what a file of results has
        result["segmentation"]["counts"] = result["segmentation"]["counts"].decode("ascii")
    try:
        return {"lvis": lvis_average_precision(content, results)._asdict()}
    except InputError as error:
        raise InputError(f"{file.path}: {error}") from error


def _names(pair: inputs.FilePair) -> dict[int, str]:
    """Names of the categories by id; the clean file's where both have one."""
    return {**pair.noisy.file.tables.categories, **pair.clean.file.tables.categories}
