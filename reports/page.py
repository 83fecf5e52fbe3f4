"""The report as one HTML file that needs nothing else: pictures, style and the little script are in it."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from reports import plots
from reports.gallery import NOISY
from reports.measured import NOTHING, Report, Table, cells, meanings, sentences, tables
from reports.style import CLEAN

FOLDER = Path(__file__).parent


class Shot(NamedTuple):
    """A picture of the gallery: the bytes of a JPEG or PNG file, and lines of words below it."""

    picture: bytes
    words: Sequence[str]


def page(report: Report, shots: Mapping[str, Sequence[Shot]], notes: Sequence[str], per_category: bool) -> str:
    """The whole page.

    shots: pictures of the `most` and the `least` changed instances. notes: more sentences for its beginning.
    """
    shown = tables(report, per_category)
    name = Path(report["noisy"]["file"]).name
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            f"<title>How noisy is {escape(name)}?</title>",
            f"<style>\n{(FOLDER / 'page.css').read_text(encoding='utf-8')}</style>",
            "</head>",
            "<body>",
            f"<h1>How noisy is {escape(report['noisy']['file'])}?</h1>",
            f"<p>{escape(' '.join([*sentences(report), *notes]))}</p>",
            _numbers(report),
            *(_table(table) for table in shown),
            _plots(report),
            _gallery(shots),
            _meanings(shown),
            _files(report),
            f"<script>\n{(FOLDER / 'page.js').read_text(encoding='utf-8')}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _numbers(report: Report) -> str:
    """The figures that one wants first."""
    found, precision = report["all"], report["average_precision"]

    def number(value: float | None, form: str, what: str) -> str:
        return f"<div><b>{NOTHING if value is None else format(value, form)}</b><span>{escape(what)}</span></div>"

    def points(kind: str) -> float | None:
        value = precision.get(kind, {}).get("AP")
        return None if value is None else 100 * value

    shown = [
        number(found["iou"]["mean"], ".3f", "mean mask IoU"),
        number(found["boundary_iou"]["mean"], ".3f", "mean Boundary IoU") if "boundary" in precision else "",
        number(points("mask"), ".1f", "AP as detections"),
        number(points("boundary"), ".1f", "Boundary AP") if "boundary" in precision else "",
        number(found["class_changed"], ".1%", "classes changed"),
        *(number(found[kind], ",", kind) for kind in ("missing", "extra", "emptied")),
    ]
    return f'<div class="numbers">{"".join(shown)}</div>'


def _table(table: Table) -> str:
    kinds = ["words" if any(isinstance(row[place], str) for row in table.rows) else "numbers" for place in range(2)]
    kinds += ["numbers"] * (len(table.columns) - 2)
    head = "".join(
        f'<th scope="col" data-kind="{kind}" title="{escape(column.meaning)}">'
        f'<button type="button">{escape(column.title)}</button></th>'
        for column, kind in zip(table.columns, kinds, strict=True)
    )
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td data-value="{"" if value is None else escape(str(value))}">{escape(cell)}</td>'
            for value, cell in zip(row, written, strict=True)
        )
        + "</tr>"
        for row, written in zip(table.rows, cells(table), strict=True)
    )
    words = ' class="words"' if kinds[1] == "words" else ""
    head, body = f"<thead><tr>{head}</tr></thead>", f"<tbody>\n{body}\n</tbody>"
    title = escape(table.title)
    return f'<h2>{title}</h2>\n<div class="scroll" tabindex="0"><table{words}>{head}\n{body}</table></div>'


def _plots(report: Report) -> str:
    annotations, matrix = report["annotations"], report["classes"]["matrix"]
    drawn: list[tuple[str, str, Callable[[plots.Look], bytes | None]]] = [
        (
            "How much of the masks is left",
            "Masks that changed, by IoU; the dashed line is their mean.",
            lambda look: plots.histograms(annotations, look),
        ),
        (
            "IoU against object size",
            "Each dot is a mask that changed; the lines are medians over objects of like size.",
            lambda look: plots.iou_by_size(annotations, look),
        ),
        (
            "Which classes are mixed up",
            "Per cent of each clean class (row) that has the noisy class (column). Grey: the same class, and all that "
            "are not shown; of many, those with the most changes are.",
            lambda look: plots.confusion(matrix, look),
        ),
    ]
    figures = []
    for title, words, draw in drawn:
        light, dark = draw(plots.LOOKS["light"]), draw(plots.LOOKS["dark"])
        if light and dark:
            figures.append(
                f"<figure><h3>{title}</h3><picture>"
                f'<source srcset="{_data(dark)}" media="(prefers-color-scheme: dark)">'
                f'<img src="{_data(light)}" alt="{title}"></picture><figcaption>{words}</figcaption></figure>'
            )
    return f'<h2>Plots</h2>\n<div class="plots">{"".join(figures)}</div>' if figures else ""


def _gallery(shots: Mapping[str, Sequence[Shot]]) -> str:
    if not any(shots.values()):
        return ""
    parts = [
        "<h2>Instances</h2>",
        f'<p class="soft"><span class="key" style="border-color: {CLEAN}"></span>clean'
        f'<span class="key" style="border-color: {NOISY}; margin-left: 1rem"></span>noisy. '
        "Of each size, the masks with the lowest and the highest IoU among those that changed. "
        "Dark grey lies beyond the image.</p>",
    ]
    for title, key in (("Changed most", "most"), ("Changed least", "least")):
        figures = "".join(
            f'<figure><img src="{_data(shot.picture)}" alt="{escape(shot.words[0])}">'
            f"<figcaption>{'<br>'.join(map(escape, shot.words))}</figcaption></figure>"
            for shot in shots[key]
        )
        parts.append(f'<h3>{title}</h3>\n<div class="gallery">{figures}</div>' if figures else "")
    return "\n".join(parts)


def _meanings(shown: Sequence[Table]) -> str:
    items = "".join(f"<dt>{escape(title)}</dt><dd>{escape(said)}</dd>" for title, said in meanings(shown).items())
    return f"<h2>What the columns say</h2>\n<dl>{items}</dl>"


def _files(report: Mapping[str, Any]) -> str:
    lines = [f"{side}: {report[side]['file']}, sha256 {report[side]['sha256']}" for side in ("clean", "noisy")]
    return f"<footer>{'<br>'.join(map(escape, [*lines, report['command']]))}</footer>"


def _data(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{b64encode(picture).decode('ascii')}"
