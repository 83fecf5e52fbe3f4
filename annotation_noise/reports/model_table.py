"""The table of the benchmark: a row for each model, a column for each level of noise it was trained on.

Rows are collected in a JSON file, `{"rows": [...]}`, so that models evaluated one after the other stand in
one table at the end; see `ModelRow` for what a row holds.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from tabulate import tabulate

from annotation_noise.errors import InputError
from annotation_noise.reading import read_json
from annotation_noise.reports.published import PUBLISHED
from annotation_noise.reports.words import in_markdown, in_spreadsheet, one_line

LEVELS: Final = ("clean", "easy", "medium", "hard")
KINDS: Final = {"segm": "mask", "bbox": "box", "boundary": "Boundary"}  # as COCOeval calls them, and in words
MEASURES: Final = ("AP", "AP50", "AP75", "APs", "APm", "APl")

Values = dict[str, float | None]  # by measure, 0 to 1; None where COCOeval has no ground truth to measure on


class ModelRow(msgspec.Struct, frozen=True):
    """What one model reached.

    ground_truth: sha256 of the file that it was evaluated on. levels: by level and then by kind ("segm").
    """

    dataset: str
    model: str
    backbone: str
    ground_truth: str
    levels: dict[str, dict[str, Values]]

    @property
    def name(self) -> tuple[str, str, str]:
        """What tells one row from another."""
        return self.dataset, self.model, self.backbone


class _Results(msgspec.Struct):
    rows: list[ModelRow]


class Line(NamedTuple):
    """A line of the table: values in per cent, in the order of `LEVELS`; source: published or measured."""

    dataset: str
    model: str
    backbone: str
    measure: str
    values: Sequence[float | None]
    source: str


def read_rows(path: Path) -> list[ModelRow]:
    """The rows that a file has collected; none where there is no file yet. Raises InputError where it is another."""
    if not path.exists():
        return []
    return read_json(path, _Results, "a file of results that --add_to has written").rows


def written(rows: Sequence[ModelRow]) -> str:
    """The text of the file that `read_rows` reads."""
    return json.dumps({"rows": [msgspec.to_builtins(row) for row in rows]}, indent=2, ensure_ascii=False) + "\n"


def with_row(rows: Sequence[ModelRow], new: ModelRow) -> list[ModelRow]:
    """The rows with one more; where one of its name is there, what was measured now goes into that row.

    Raises InputError where the row that is there was measured on another ground truth.
    """
    places = [place for place, row in enumerate(rows) if row.name == new.name]
    if not places:
        return [*rows, new]
    old = rows[places[0]]
    if old.ground_truth != new.ground_truth:
        shown = ", ".join(part for part in new.name if part)
        raise InputError(f"the row of {shown} was measured on another ground truth; give this one another --model name")
    levels = dict(old.levels)
    for level, kinds in new.levels.items():
        levels[level] = {**levels.get(level, {}), **kinds}
    merged = msgspec.structs.replace(old, levels={level: levels[level] for level in LEVELS if level in levels})
    return [merged if place == places[0] else row for place, row in enumerate(rows)]


def lines(rows: Sequence[ModelRow], kinds: Sequence[str], measures: Sequence[str], with_published: bool) -> list[Line]:
    """The lines of the table: the published ones first where they are wanted, then those of the rows.

    kinds, measures: what to show, "segm" and "AP" for instance. Published is mask AP alone.
    """
    result = [Line(*row[:3], "mask AP", row[3:], "published") for row in PUBLISHED] if with_published else []
    for row in rows:
        for kind in kinds:
            for measure in measures:
                values = [_per_cent(row.levels.get(level, {}).get(kind, {}).get(measure)) for level in LEVELS]
                if any(kind in of_level for of_level in row.levels.values()):
                    result.append(Line(*row.name, f"{KINDS[kind]} {measure}", values, "measured"))
    return result


def table(shown: Sequence[Line], form: str) -> str:
    """The table as markdown, csv or latex: numbers in per cent, to one digit (CSV: to four), a dash for none.

    The LaTeX needs the package booktabs. In CSV, names that a spreadsheet would take for formulas get an apostrophe.
    """
    head = ["dataset", "model", "backbone", "measure", *LEVELS, "source"]
    digits = 4 if form == "csv" else 1
    nothing = {"markdown": "-", "csv": "", "latex": "--"}[form]
    cells = [
        [*line[:4], *(nothing if value is None else f"{value:.{digits}f}" for value in line.values), line.source]
        for line in shown
    ]
    if form == "csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([head, *(map(in_spreadsheet, row) for row in cells)])
        return text.getvalue().rstrip("\n")
    return markdown(head, cells) if form == "markdown" else _latex(head, cells)


def costs(shown: Sequence[Line]) -> str:
    """What each level costs against clean, in points and in per cent of clean; empty where clean was not measured."""
    rows = []
    for line in shown:
        clean, *noisy = line.values
        if line.source == "published" or clean is None or not any(value is not None for value in noisy):
            continue
        points = [None if value is None else value - clean for value in noisy]
        shares = [None if change is None or not clean else 100 * change / clean for change in points]
        rows.append([f"{line.measure}, points", *(_signed(value) for value in points)])
        rows.append([f"{line.measure}, % of clean", *(_signed(value, "%") for value in shares)])
    return markdown(["against clean", *LEVELS[1:]], rows) if rows else ""


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns also stand straight in a terminal; columns of numbers to the right."""
    escaped = [[in_markdown(cell) for cell in row] for row in rows]
    aligned = ["right" if name in LEVELS else "left" for name in head]
    return tabulate(escaped, head, tablefmt="pipe", colalign=aligned, disable_numparse=True)


def _latex(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    columns = "".join("r" if name in LEVELS else "l" for name in head)
    body = [" & ".join(map(_escaped, row)) + r" \\" for row in rows]
    names = " & ".join(head) + r" \\"
    return "\n".join(
        [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", names, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"]
    )


_SPECIAL: Final[Mapping[str, str]] = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in one_line(text))


def _per_cent(value: Any) -> float | None:
    return None if value is None else 100 * float(value)


def _signed(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:+.1f}{unit}"
