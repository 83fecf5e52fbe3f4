"""What became of label-error finders' findings, as tables, and as the files of a report.

A report is what score_findings.py writes as report.json: plain dicts, lists and numbers.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation_noise.reports.page import render
from annotation_noise.reports.plots import LOOKS, gains
from annotation_noise.reports.tables import Column, Table, as_markdown, in_terminal, meanings
from annotation_noise.reports.words import in_markdown

Report = Mapping[str, Any]
_FIGURES = {
    "auroc": ("AUROC", "how often something wrong is more suspicious than something right, ties half; by chance 0.500"),
    "average_precision": (
        "AP",
        "precision at each score, weighted by the recall that it adds; by chance the share wrong",
    ),
    "found": ("found", "share of these errors among as many labels, the most suspicious, as are wrong at all"),
}
_GROUPS = {"kind": "By kind of noise", "size": "By size", "iou": "By IoU of the mask"}
_95 = "the middle 95 % of what images drawn anew with replacement give"


def tables(report: Report) -> list[Table]:
    """The tables of a report; those that would be empty are left out."""
    rows = report["figures"]
    result = [_overall(report), _differences(report)]
    result += [_grouped(report, title, [row for row in rows if row["by"] == by]) for by, title in _GROUPS.items()]
    return [table for table in result if table.rows]


def _overall(report: Report) -> Table:
    rows = [row for row in report["figures"] if row["by"] == "all"]
    keys, chance = list(rows[0]["figures"]), report["by_chance"]
    by_chance = {**chance, "average_precision": chance["average_precision"][0]["value"]}
    columns = [Column("finder", "", str), *(column for key in keys for column in _columns(key))]
    values = [[row["finder"], *(cell for key in keys for cell in _cells(row["figures"][key]))] for row in rows]
    drawn = ["chance", *(cell for key in keys for cell in (by_chance[key], None))]
    return Table("All errors", columns, [*values, drawn])


def _grouped(report: Report, title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    shares = {(each["by"], each["name"]): each["value"] for each in report["by_chance"]["average_precision"]}
    columns = [
        Column("errors", "", str),
        Column("finder", "", str),
        Column("wrong", "how many they are", "{:,}".format),
        Column("of", "among how many they are ranked: they, and all that is right", "{:,}".format),
        *(column for key in _FIGURES for column in _columns(key)),
        Column("AP by chance", "what a finder that draws would reach", _THREE),
    ]
    order = list(dict.fromkeys(row["name"] for row in rows))
    lines = [
        [row["name"], row["finder"], row["wrong"], row["of"]]
        + [cell for key in _FIGURES for cell in _cells(row["figures"][key])]
        + [shares[row["by"], row["name"]]]
        for name in order
        for row in rows
        if row["name"] == name
    ]
    return Table(title, columns, lines)


def _differences(report: Report) -> Table:
    rows = report["differences"]
    first = rows[0]["from"] if rows else ""
    columns = [Column("finder", "", str), *(column for key in _FIGURES for column in _columns(key, "{:+.3f}".format))]
    values = [[row["finder"], *(cell for key in _FIGURES for cell in _cells(row["figures"][key]))] for row in rows]
    return Table(f"More than {first}, on the same images", columns, values)


_THREE = "{:.3f}".format


def _columns(key: str, written: Any = _THREE) -> list[Column]:
    name, _, depth = key.partition("@")
    if depth:
        what = (
            "of the first {}, the share that is wrong"
            if name == "precision"
            else "of the errors, the share in the first {}"
        )
        title, meaning = f"{name[0].upper()}@{depth}", what.format(depth)
    else:
        title, meaning = _FIGURES[key]
    return [Column(title, meaning, written), Column("95 %", _95, str)]


def _cells(summary: Mapping[str, Any]) -> list[Any]:
    """A value and its interval in words."""
    ends = summary["interval"]
    return [summary["value"], None if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"]


def sentences(report: Report) -> list[str]:
    """What was scored, in words."""
    share = report["wrong"] / report["labels"]
    counts = f"{report['wrong']:,} of {report['labels']:,} {report['of']}s are wrong ({share:.1%})"
    result = [f"{counts}, on {report['images']:,} images."]
    if report["crowds_left_out"]:
        result.append(f"Crowd regions do not count: {report['crowds_left_out']:,}.")
    if report["gone"] and report["of"] == "annotation":
        result.append(f"Gone, and so not to be found by an annotation: {report['gone']:,}.")
    return result


def text(report: Report) -> str:
    """The tables for a terminal."""
    return "\n\n".join([*sentences(report), *(f"{table.title}\n{in_terminal(table)}" for table in tables(report))])


def markdown(report: Report) -> str:
    """The whole report in Markdown."""
    shown = tables(report)
    parts = [f"# Who finds the errors of {in_markdown(report['noisy']['file'])}?", " ".join(sentences(report))]
    parts += [part for table in shown for part in (f"## {in_markdown(table.title)}", as_markdown(table))]
    explained = [f"- **{title}**: {meaning}" for title, meaning in meanings(shown).items()]
    files = [
        f"- {name}: {in_markdown(file['file'])}, sha256 `{file['sha256']}`" for name, file in _files(report).items()
    ]
    parts += ["## What the columns say", "\n".join(explained), "## Files", "\n".join(files)]
    return "\n\n".join(parts) + "\n"


def _files(report: Report) -> dict[str, Mapping[str, Any]]:
    findings = {f"findings of {name}": file for name, file in report["findings"].items()}
    return {"log": report["log"], "noisy": report["noisy"], **findings}


def write_report(
    folder: Path, report: Report, wrong: NDArray[np.bool_], scores: Mapping[str, NDArray[np.float64]]
) -> None:
    """Write a report into a folder. wrong: whether each label is, scores: by finder how suspicious each is, (n,)."""
    (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(report), encoding="utf-8")
    page = render(
        "findings.html",
        tables(report),
        None,
        " ".join(sentences(report)),
        _files(report),
        report["command"],
        noisy=report["noisy"]["file"],
        gains={name: gains(wrong, scores, look) for name, look in LOOKS.items()},
    )
    (folder / "report.html").write_text(page, encoding="utf-8")
