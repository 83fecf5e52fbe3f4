"""Tables of plain values, and how terminals and Markdown show them; what pages make of them is in `page`."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tabulate import tabulate

from annotation_noise.reports.words import in_markdown, one_line

NOTHING = "-"  # where there is no value


class Column(NamedTuple):
    """A column of a table: its title, what is in it, and how a value is written (for None, NOTHING is)."""

    title: str
    meaning: str
    written: Callable[[Any], str]


class Table(NamedTuple):
    """A table: rows of plain values, as many as there are columns; the first column holds names."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


def meanings(shown: Sequence[Table]) -> dict[str, str]:
    """What the columns of some tables mean, by title; mean and median of the same have one meaning."""
    columns = [column for table in shown for column in table.columns if column.meaning]
    return {column.title.removesuffix(" mean").removesuffix(" median"): column.meaning for column in columns}


def cells(table: Table) -> list[list[str]]:
    """The rows as they are written."""
    return [
        [NOTHING if value is None else column.written(value) for column, value in zip(table.columns, row, strict=True)]
        for row in table.rows
    ]


def in_terminal(table: Table) -> str:
    """A table for a terminal: names to the left, the rest to the right."""
    rows = [[column.title for column in table.columns], *([one_line(cell) for cell in row] for row in cells(table))]
    aligned = ["left", *["right"] * (len(rows[0]) - 1)]
    return tabulate(rows, tablefmt="plain", colalign=aligned, disable_numparse=True, preserve_whitespace=True)


def as_markdown(table: Table) -> str:
    """A table in Markdown."""
    rows = [[column.title for column in table.columns], *cells(table)]
    rows = [[in_markdown(cell) for cell in row] for row in rows]
    rows.insert(1, ["---", *["---:"] * (len(rows[0]) - 1)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
