"""The tables of a measurement, ready to be written as text, Markdown or HTML.

A report is what measure_noise.py writes as report.json: plain dicts, lists and numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from annotation_noise.reports.tables import Column, Table, as_markdown, in_terminal, meanings
from annotation_noise.reports.words import in_markdown

Report = Mapping[str, Any]
MOST_CONFUSIONS = 10
_WHOLE, _SHARE, _CHANGE, _TWO, _THREE = (
    "{:,}".format,
    "{:.1%}".format,
    "{:+.1%}".format,
    "{:.2f}".format,
    "{:.3f}".format,
)
_MEANINGS_OF_AP = {
    "": "average precision (COCOeval's) of the noisy annotations, taken as detections of score 1, in points of 100",
    "50": "the same at IoU 0.50",
    "75": "the same at IoU 0.75",
    "s": "the same, of small objects",
    "m": "the same, of medium objects",
    "l": "the same, of large objects",
}
_MEANINGS_OF_FIGURES = {
    "AP as detections": "COCO's average precision of a detector that answers with these annotations; 100 without noise",
    "Boundary AP": "the same, with Boundary IoU for IoU",
}
_MEASURES = (  # key in the report, title, meaning, how a value is written
    ("iou", "IoU", "of the noisy with the clean mask", _THREE),
    ("dice", "Dice", "twice the common pixels by the sum of both", _THREE),
    ("boundary_iou", "Boundary IoU", "IoU of the boundary regions (Cheng et al. 2021, dilation ratio 0.02)", _THREE),
    ("hausdorff95_px", "HD95 px", "the larger 95th percentile of the distances between the outlines", _TWO),
    ("area_change", "area", "change of the area, relative to the clean one", _CHANGE),
)
_COUNTS = {
    "missing": "clean annotations without a noisy one",
    "extra": "noisy annotations without a clean one",
    "emptied": "noisy annotations whose mask has no pixel left",
}


def tables(report: Report, per_category: bool = False) -> list[Table]:
    """The tables of a report; those that would be empty are left out."""
    result = [
        _summaries("By noise", "noise", [*report["by_noise"], {"name": "all", **report["all"]}])
        if report["by_noise"]
        else _summaries("All", "", [{"name": "all", **report["all"]}]),
        _summaries("By size", "size", report["by_size"]),
    ]
    if per_category:
        result.append(_summaries("By category", "category", report["by_category"]))
    result += [
        _average_precision(report["average_precision"]),
        _lvis(report.get("lvis", {})),
        _confusions(report["classes"]["matrix"]),
    ]
    return [table for table in result if table.rows]


def headline(report: Report) -> Table:
    """The figures that one wants first, in one row."""
    overall, precision = report["all"], report["average_precision"]
    figures = [
        ("mean mask IoU", _THREE, overall["iou"]["mean"]),
        ("mean Boundary IoU", _THREE, overall["boundary_iou"]["mean"]),
        ("AP as detections", _points, precision["mask"]["AP"]),
        ("Boundary AP", _points, precision.get("boundary", {}).get("AP")),
        ("classes changed", _SHARE, overall["class_changed"]),
        *((kind, _WHOLE, overall[kind]) for kind in _COUNTS),
    ]
    figures = [figure for figure in figures if "boundary" in precision or "Boundary" not in figure[0]]
    columns = [Column(title, _MEANINGS_OF_FIGURES.get(title, ""), written) for title, written, _ in figures]
    return Table("", columns, [[value for *_, value in figures]])


def sentences(report: Report) -> list[str]:
    """What was compared, in words."""
    counts = report["annotations_counted"]
    images = report["images"]
    by_id = report["matched_by"] == "id"
    how = "id" if by_id else "mask overlap within each image, as their ids do not mean the same"
    result = [
        f"{counts['clean']:,} clean and {counts['noisy']:,} noisy annotations, {_some(images['common'], 'image')} in "
        f"common, matched by {how}."
    ]
    left_out = {
        f"{_some(images['only_clean'], 'image')} of the clean file only": images["only_clean"],
        f"{_some(images['only_noisy'], 'image')} of the noisy file only": images["only_noisy"],
        _some(counts["crowds"], "crowd region"): counts["crowds"],
    }
    if any(left_out.values()):
        result.append(f"Left out: {', '.join(what for what, count in left_out.items() if count)}.")
    if counts["beyond_most_detections"]:
        result.append(
            f"AP does not count {_some(counts['beyond_most_detections'], 'noisy annotation')}: COCOeval takes 100 of "
            "a category in an image."
        )
    return result


def text(report: Report, per_category: bool = False) -> str:
    """The tables for a terminal, without the medians and the confusions, so that they fit."""
    shown = [table for table in tables(report, per_category) if table.title != "Confusions"]
    return "\n\n".join(map(in_terminal, map(_without_medians, shown)))


def markdown(report: Report, per_category: bool = False) -> str:
    """The whole report in Markdown."""
    parts = [f"# How noisy is {in_markdown(report['noisy']['file'])}?", " ".join(sentences(report))]
    shown = tables(report, per_category)
    for table in shown:
        parts += [f"## {table.title}", as_markdown(table)]
    explained = [f"- **{title}**: {meaning}" for title, meaning in meanings(shown).items()]
    parts += ["## What the columns say", "\n".join(explained)]
    sides = [(side, in_markdown(report[side]["file"]), report[side]["sha256"]) for side in ("clean", "noisy")]
    files = [f"- {side}: {file}, sha256 `{digest}`" for side, file, digest in sides]
    parts += ["## Files", "\n".join(files)]
    return "\n\n".join(parts) + "\n"


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _points(value: float) -> str:
    return f"{100 * value:.1f}"


def _summaries(title: str, of_what: str, summaries: Sequence[Mapping[str, Any]]) -> Table:
    """A table of summaries; columns in which there is nothing to say are left out."""
    filled = [
        (Column(of_what, "", str), [row["name"] for row in summaries]),
        (Column("matched", "annotations in both files", _WHOLE), [row["matched"] for row in summaries]),
        (Column("share", "of all that are matched", _SHARE), [row["share"] for row in summaries]),
        *(
            (Column(f"{name} {kind}", meaning, written), [row[key][kind] for row in summaries])
            for key, name, meaning, written in _MEASURES
            for kind in ("mean", "median")
        ),
        (
            Column("class changed", "share of the matched with another category", _SHARE),
            [row["class_changed"] for row in summaries],
        ),
        *(
            (Column(key, meaning, _WHOLE), [row[key] for row in summaries])
            for key, meaning in _COUNTS.items()
            if any(row[key] for row in summaries)
        ),
    ]
    filled = [(column, values) for column, values in filled if any(value is not None for value in values)]
    return Table(title, [column for column, _ in filled], list(zip(*(values for _, values in filled), strict=True)))


def _average_precision(by_kind: Mapping[str, Any]) -> Table:
    names = next(iter(by_kind.values()))
    columns = [Column("overlap", "", str), *(Column(name, _MEANINGS_OF_AP[name[2:]], _points) for name in names)]
    return Table("Average precision", columns, [[kind, *values.values()] for kind, values in by_kind.items()])


def _lvis(values: Mapping[str, Any]) -> Table:
    """LVIS's own figures, of a file that has its lists; no rows for others."""
    frequencies = {"r": "of rare categories", "c": "of common categories", "f": "of frequent categories"}
    columns = [Column("overlap", "", str)]
    columns += [Column(name, frequencies.get(name[2:], "mean over categories"), _points) for name in values]
    return Table("Average precision as LVIS has it", columns, [["mask", *values.values()]] if values else [])


def _confusions(matrix: Sequence[Mapping[str, Any]]) -> Table:
    total: dict[int, int] = {}
    for entry in matrix:
        total[entry["clean_id"]] = total.get(entry["clean_id"], 0) + entry["count"]
    columns = [
        Column("clean class", "", str),
        Column("noisy class", "", str),
        Column("count", "annotations with both", _WHOLE),
        Column("of the class", "share of the annotations of the clean class", _SHARE),
    ]
    entries = [entry for entry in matrix if entry["clean_id"] != entry["noisy_id"]][:MOST_CONFUSIONS]
    rows = [[e["clean"], e["noisy"], e["count"], e["count"] / total[e["clean_id"]]] for e in entries]
    return Table("Confusions", columns, rows)


def _without_medians(table: Table) -> Table:
    kept = [place for place, column in enumerate(table.columns) if not column.title.endswith(" median")]
    columns = [table.columns[place] for place in kept]
    short = [column._replace(title=column.title.removesuffix(" mean")) for column in columns]
    return Table(table.title, short, [[row[place] for place in kept] for row in table.rows])
