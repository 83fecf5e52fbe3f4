"""The report as one HTML file that needs nothing else: pictures, style and the little script are in it.

layout.html is what all pages have, into which page.css and page.js are put; a template that extends it, like page.html,
has the title and the pictures of one. Here are the values that they take.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from annotation_noise.reports.gallery import NOISY
from annotation_noise.reports.measured import Report, headline, sentences, tables
from annotation_noise.reports.plots import LOOKS, confusion, histograms, iou_by_size
from annotation_noise.reports.style import CLEAN
from annotation_noise.reports.tables import Table, cells, meanings


class Shot(NamedTuple):
    """A picture of the gallery: the bytes of a JPEG or PNG file, and lines of words below it."""

    picture: bytes
    words: Sequence[str]


def page(report: Report, shots: Mapping[str, Sequence[Shot]], notes: Sequence[str], per_category: bool) -> str:
    """The whole page.

    shots: pictures of the `most` and the `least` changed instances. notes: more sentences for its beginning.
    """
    return render(
        "page.html",
        tables(report, per_category),
        headline(report),
        " ".join([*sentences(report), *notes]),
        {side: report[side] for side in ("clean", "noisy")},
        report["command"],
        report=report,
        file_name=Path(report["noisy"]["file"]).name,
        histograms={name: histograms(report["annotations"], look) for name, look in LOOKS.items()},
        iou_by_size={name: iou_by_size(report["annotations"], look) for name, look in LOOKS.items()},
        confusion={name: confusion(report["classes"]["matrix"], look) for name, look in LOOKS.items()},
        shots=shots,
        clean_colour=CLEAN,
        noisy_colour=NOISY,
    )


def render(
    template: str,
    shown: Sequence[Table],
    first_figures: Table | None,
    introduction: str,
    files: Mapping[str, Mapping[str, str]],
    command: str,
    **values: object,
) -> str:
    """A page in the form that all have.

    template: the name of one that extends layout.html. first_figures: one row, of what one wants to know first.
    introduction: sentences. files: what was read, by what it is called: `file` and `sha256`. values: what else the
    template takes; a picture is the bytes of a file.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["zip"] = zip
    environment.filters.update(data_url=_data_url, breakable=_breakable, columns=columns)
    return environment.get_template(template).render(
        introduction=introduction,
        headline=list(zip(first_figures.columns, cells(first_figures)[0], strict=True)) if first_figures else [],
        tables=[(table, _kinds(table), cells(table)) for table in shown],
        meanings=meanings(shown),
        files=files,
        command=command,
        **values,
    )


def columns(pictures: int, *bounds: int) -> int:
    """How many pictures stand beside each other, so that the last row has as few gaps as may be.

    bounds: the numbers of columns that there may be reach from the first, which is preferred, to the second.
    """
    first, last = bounds
    step = 1 if first <= last else -1
    return min(range(first, last + step, step), key=lambda count: -pictures % count)


def _breakable(path: str) -> Markup:
    """A path that breaks at the end of a line between its words, and within one only where that is too long."""
    return Markup(re.sub(r"([/\\_.-])(?=\w)", r"\1<wbr>", str(escape(path))))


def _kinds(table: Table) -> list[str]:
    """What each column holds, "words" or "numbers": by this the page sorts and aligns it."""
    columns = zip(*table.rows, strict=True)
    return ["words" if any(isinstance(value, str) for value in values) else "numbers" for values in columns]


def _data_url(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{b64encode(picture).decode('ascii')}"
