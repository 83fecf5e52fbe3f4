"""The work of `score_findings.py`: read, score, report."""

import shlex
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from annotation_noise.coco.file import CocoFile, annotation_ids, read
from annotation_noise.commands.options import resolved
from annotation_noise.errors import InputError
from annotation_noise.measures.findings import Findings, read_findings, scored, scores_of
from annotation_noise.measures.label_errors import Labels, labels_of, noisy_file_of
from annotation_noise.measures.resampling import REPLICATES
from annotation_noise.output.folder import settle, staged
from annotation_noise.output.manifest import described_input
from annotation_noise.output.outputs import check_target
from annotation_noise.progress import progress
from annotation_noise.reading import read_bytes
from annotation_noise.reports.findings import text, write_report


class Plan(NamedTuple):
    """What is scored against what, and where the report goes: the command's options of these names."""

    log: Path
    noisy: Path
    findings: Sequence[Path]
    at: Sequence[int]
    output_dir: Path
    overwrite: bool
    command: Sequence[str]


def planned(arguments: Namespace) -> Plan:
    """Check everything that can be checked before the files are read. Raises InputError."""
    plan = resolved(Plan, arguments, noisy=arguments.noisy or noisy_file_of(arguments.log))
    if any(depth < 1 for depth in plan.at):
        raise InputError(f"--at must be 1 or more, not {min(plan.at)}")
    for path in plan.findings:
        if plan.findings.count(path) > 1:
            raise InputError(f"{path} is named twice")
    settle(plan.output_dir)
    check_target(plan.output_dir, {plan.output_dir: []}, [plan.log, plan.noisy, *plan.findings], plan.overwrite)
    return plan


def run(plan: Plan) -> str:
    """Score and write the report; returns what to print."""
    file, findings = read(plan.noisy), [read_findings(path) for path in plan.findings]
    for finding in findings:
        if finding.what != findings[0].what:
            raise InputError(
                f"{findings[0].path} scores {findings[0].what}s, but {finding.path} {finding.what}s; score them apart"
            )
    labels = labels_of(plan.log, file, findings[0].what)
    _check(plan, labels)
    scores, silent = {}, {}
    for name, finding in _named(findings).items():
        scores[name], silent[name] = scores_of(finding, labels, annotation_ids(file).tolist())
    with progress("scoring", "draws", REPLICATES * len(scores)) as bar:
        figures = scored(labels, scores, sorted(set(plan.at)), lambda: bar.update(1))
    report = {**_described(plan, file, labels, silent), **figures}
    with staged(plan.output_dir, plan.overwrite) as staging:
        write_report(staging, report, labels.wrong, scores)
    for name, count in silent.items():
        if count:
            where = "the least suspicious"
            print(
                f"note: {name} says nothing of {count:,} {labels.what}s, which are taken for {where}", file=sys.stderr
            )
    return f"{text(report)}\n\n{plan.output_dir / 'report.html'}"


def _check(plan: Plan, labels: Labels) -> None:
    wrong = int(labels.wrong.sum())
    if wrong in (0, len(labels.ids)):
        which = "all" if wrong else "none"
        raise InputError(
            f"{plan.log}: of the {len(labels.ids):,} {labels.what}s {which} are wrong; nothing to tell apart"
        )
    if plan.at and max(plan.at) > len(labels.ids):
        raise InputError(f"--at {max(plan.at)} is more than the {len(labels.ids):,} {labels.what}s that there are")


def _named(findings: Sequence[Findings]) -> Mapping[str, Findings]:
    """Finders by the name of their file; by its whole path where two are called the same."""
    stems = [finding.path.stem for finding in findings]
    return {
        stem if stems.count(stem) == 1 else str(finding.path): finding
        for stem, finding in zip(stems, findings, strict=True)
    }


def _described(plan: Plan, file: CocoFile, labels: Labels, silent: Mapping[str, int]) -> dict[str, Any]:
    return {
        "command": shlex.join(plan.command),
        "log": described_input(str(plan.log), read_bytes(plan.log)),
        "noisy": described_input(str(file.path), file.data),
        "findings": {
            name: {**described_input(str(path), read_bytes(path)), "silent": silent[name]}
            for name, path in zip(silent, plan.findings, strict=True)
        },
        "of": labels.what,
        "labels": len(labels.ids),
        "wrong": int(labels.wrong.sum()),
        "images": labels.image_count,
        "crowds_left_out": labels.crowds,
        "gone": labels.gone,
    }
