import csv
import io

import pytest

from annotation_noise.reports.model_table import Line, table
from annotation_noise.reports.summary import table as summary
from annotation_noise.reports.tables import Column, Table, as_markdown, in_terminal
from annotation_noise.reports.words import in_markdown, in_picture, in_spreadsheet, one_line

REALISED = {
    "annotations": 1,
    "mask_noise": {},
    "class_noise": 0,
    "to_unannotated_class": 0,
    "left_alone": {"crowd": 0, "no_mask": 0, "would_be_empty": 0},
    "dropped": 0,
    "unmoved": 0,
    "mean_iou": None,
}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("traffic  light", "traffic  light"),
        ("a\nb", "a b"),
        ("a\r\n\r\nb", "a b"),
        ("a\x0bb\x0cc\u2028d\x85e", "a b c d e"),
        ("\x1b[31mred", " [31mred"),
        ("a\0b", "a b"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cat", "cat"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("a|b\\c", "a\\|b\\\\c"),
        ("salt & pepper", "salt &amp; pepper"),
        ("![](http://elsewhere/a.png)", "!\\[](http://elsewhere/a.png)"),
        ("a\nb", "a b"),
    ],
)
def test_in_markdown(text: str, shown: str) -> None:
    assert in_markdown(text) == shown


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "-", "=", "-3-4"])
def test_formulas(text: str) -> None:
    assert in_spreadsheet(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "cat", "a=b", "R-50", "-3", "+0.5", "-1.5e-07", "3"])
def test_what_is_no_formula(text: str) -> None:
    assert in_spreadsheet(text) == text


def test_in_a_picture() -> None:
    assert in_picture("a" * 80) == "a" * 80
    assert in_picture("a" * 5000) == "a" * 79 + "…"


def test_a_name_breaks_no_table() -> None:
    odd = "a\nb\r\nc\u2028<b>|"
    columns = [Column("category", "", str), Column("matched", "", str)]
    of_names = Table("By category", columns, [[odd, "1"], ["cat", "2"]])
    assert len(in_terminal(of_names).splitlines()) == 3
    assert as_markdown(of_names).splitlines()[2] == "| a b c &lt;b&gt;\\| | 1 |"
    lines = [summary({name: REALISED}, [1.0]).splitlines() for name in ("a\nb.json", "a b.json")]
    assert lines[0] == lines[1]
    line = Line("", odd, "=R-50", "mask AP", [1.0, None, -3.0, None], "measured")
    assert len(table([line], "markdown").splitlines()) == 3
    assert len(table([line], "latex").splitlines()) == 7
    _, cells = csv.reader(io.StringIO(table([line], "csv"), newline=""))
    assert cells == ["", odd, "'=R-50", "mask AP", "1.0000", "", "-3.0000", "", "measured"]
