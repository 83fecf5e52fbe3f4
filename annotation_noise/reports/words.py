"""Names that others have given, class names above all, put into tables: they may hold whatever text can.

A line of a table stays a line, and what looks like HTML, a link or a formula is shown and not done.

Source: CommonMark, backslash escapes and entities; OWASP's page on CSV injection.
"""

import html
import re

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")  # ends of lines, and what terminals obey
_IN_A_PICTURE = 80  # characters
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def one_line(text: str) -> str:
    """A text without ends of lines and control characters; a space stands for those that follow on each other."""
    return _BREAKS.sub(" ", text)


def in_picture(text: str) -> str:
    """A text as a picture has room for it: one line, cut off where it is long."""
    line = one_line(text)
    return line if len(line) <= _IN_A_PICTURE else f"{line[: _IN_A_PICTURE - 1]}…"


def in_markdown(text: str) -> str:
    """A text as Markdown shows it, in a cell of a table too."""
    escaped = re.sub(r"([\\|\[])", r"\\\1", one_line(text))
    return html.escape(escaped, quote=False)


def in_spreadsheet(text: str) -> str:
    """A text as a cell of a CSV file that a spreadsheet opens: one that would be a formula gets an apostrophe in front.

    Numbers are none: -3 stays.
    """
    if not text.startswith(_FORMULA) or re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", text):
        return text
    return f"'{text}"
