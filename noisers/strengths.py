"""What a strength may be: told by the annotation of the parameter, checked in one place.

    std_px: Annotated[float, Meta(ge=0)]      a number of at least 0
    kernel_px: int                            a whole number, signed
    shape: Literal["disc", "square"]          one of these
    table: Table                              a table, written out, in a CSV or JSON file, or one of the program's own
    codebook: Path                            a file that is there

Whatever else msgspec can check is taken, too: bool, str, tuple[float, float].

Source: msgspec's documentation of constraints.
"""

import csv
import io
import json
import math
import operator
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.inspect import FloatType, IntType, LiteralType, type_info

from annotation_noise.errors import InputError
from annotation_noise.reading import TOO_DEEP, read_text
from noisers.kinds import Table, table

LIMIT = 2**63  # of a number's size: no whole one needs more than 64 bits, and nothing computed from a few overflows
OWN_TABLES = Path(__file__).parent / "tables"
Value = TypeVar("Value")
Strength = Any  # int, float, str, bool, Table, or what else an annotation asks for


def checked(value: object, kind: Any, where: str) -> Strength:
    """A strength as its annotation wants it; `where` begins the InputError if it cannot be had.

    Numbers must be finite. A whole number may come as 3.0, any number as the text that YAML makes of 1e-3.
    """
    if kind is Table:
        return _table(value, where)
    if kind is Path:
        return _file(value, where)
    info = type_info(kind)
    if isinstance(info, (IntType, FloatType)):
        return _number(value, info, where)
    if isinstance(info, LiteralType) and value not in info.values:
        raise InputError(f"{where} must be one of {', '.join(map(str, info.values))}; not {short(value)}")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {str(error)[:1].lower()}{str(error)[1:]}") from error


def is_number(kind: Any) -> bool:
    """Whether a strength of this annotation is a number, so that it can be drawn."""
    return kind not in (Table, Path) and isinstance(type_info(kind), (IntType, FloatType))


def is_whole(kind: Any) -> bool:
    """Whether a strength of this annotation is a whole number."""
    return is_number(kind) and isinstance(type_info(kind), IntType)


def relatives(strengths: Mapping[str, Any]) -> dict[str, str]:
    """Of strengths in pixels that need not be whole, the name of the relative form: std_rel → std_px.

    A relative strength is a share of the mask's size, the square root of its area.
    """
    px = [key for key, kind in strengths.items() if key.endswith("_px") and is_number(kind) and not is_whole(kind)]
    return {f"{key.removesuffix('_px')}_rel": key for key in px}


def bounds(kind: Any) -> tuple[float, float]:
    """The least and the greatest number that an annotation allows; infinite where it names none."""
    info: Any = type_info(kind)

    def beside(limit: float, toward: float) -> float:
        return limit + math.copysign(1, toward) if isinstance(info, IntType) else math.nextafter(limit, toward)

    low = info.ge if info.gt is None else beside(info.gt, math.inf)
    high = info.le if info.lt is None else beside(info.lt, -math.inf)
    return -math.inf if low is None else low, math.inf if high is None else high


def in_words(kind: Any) -> str:
    """What an annotation allows, for people."""
    if kind is Table:
        return "a table {row: {column: number}}, or the name of a CSV or JSON file"
    if kind is Path:
        return "the name of a file"
    info = type_info(kind)
    if isinstance(info, LiteralType):
        return f"one of {', '.join(map(str, info.values))}"
    if not isinstance(info, (IntType, FloatType)):
        return {bool: "true or false", str: "text"}.get(kind, str(kind))
    limits = (("at least", info.ge), ("above", info.gt), ("at most", info.le), ("below", info.lt))
    words = [f"{word} {limit:g}" for word, limit in limits if limit is not None]
    return ", ".join([f"a {'whole ' if isinstance(info, IntType) else ''}number", *words])


def _number(value: object, info: IntType | FloatType, where: str) -> int | float:
    if isinstance(value, str):  # YAML takes 1e-3 for a string
        try:
            value = float(value)
        except ValueError:
            raise InputError(f"{where} must be a number, not {value!r}") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{where} must be a number, not {short(value)}")
    if not abs(value) < math.inf or (info.ge == 0 and value < 0):
        raise InputError(f"{where} must be finite{' and not negative' if info.ge == 0 else ''}, not {short(value)}")
    if abs(value) >= LIMIT:
        raise InputError(f"{where} must be below 2^63, not {short(value)}")
    if isinstance(info, IntType):
        if value != int(value):
            raise InputError(f"{where} must be a whole number, not {value}")
        value = int(value)
    else:
        value = float(value) + 0.0  # numpy takes no -0.0 for a spread
    for limit, outside, words in (
        (info.ge, operator.lt, "at least"),
        (info.gt, operator.le, "above"),
        (info.le, operator.gt, "at most"),
        (info.lt, operator.ge, "below"),
    ):
        if limit is not None and outside(value, limit):
            raise InputError(f"{where} must be {words} {limit:g}, not {value:g}")
    return value


def _file(value: object, where: str) -> Path:
    if not isinstance(value, str) or not Path(value).is_file():
        raise InputError(f"{where} must be the name of a file, not {short(value)}")
    return Path(value)


def _table(value: object, where: str) -> Table:
    """A table, from {row: {column: number}} or from a file with one; CSV has the columns in its first line.

    A name without an ending may be that of one of the program's own, which lie in the folder `tables` beside this file.
    """
    file = ""
    if isinstance(value, Table):
        return value
    if isinstance(value, str):
        file, own = value, OWN_TABLES / f"{value}.json"
        value = _read_table(own if value.isidentifier() and own.is_file() else Path(value), where)
        where = f"{where}: {file}"
    if not isinstance(value, Mapping) or not all(isinstance(row, Mapping) for row in value.values()):
        raise InputError(f"{where} must be a table like {{'cat': {{'dog': 0.3, 'cat': 0.7}}}}, not {short(value)}")
    rows = {
        name: _once(((key, checked(cell, float, f"{where}[{name}][{key}]")) for key, cell in row.items()), where)
        for name, row in _once(value.items(), where).items()
    }
    return table(rows, file)


def _once(pairs: Iterable[tuple[object, Value]], where: str) -> dict[str, Value]:
    """Names and values as a dict. Raises InputError for a name that is there twice."""
    named: dict[str, Value] = {}
    for name, value in pairs:
        if str(name) in named:
            raise InputError(f"{where}: {str(name)!r} is there twice")
        named[str(name)] = value
    return named


def _read_table(path: Path, where: str) -> object:
    try:
        if path.suffix.lower() == ".json":
            return json.loads(read_text(path), object_pairs_hook=partial(_once, where=f"{where}: {path}"))
        reader = csv.reader(io.StringIO(read_text(path)))
    except InputError as error:
        raise InputError(str(error) if str(error).startswith(where) else f"{where}: {error}") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: {path}: not JSON: {error}") from error
    except RecursionError as error:
        raise InputError(f"{where}: {path}: {TOO_DEEP}") from error
    try:
        numbered = [(reader.line_num, row) for row in reader if row] or [(1, [])]
    except csv.Error as error:
        raise InputError(f"{where}: {path}: line {reader.line_num}: {error}") from error
    (_, header), *others = numbered
    for number, row in others:
        if len(row) != len(header):
            raise InputError(f"{where}: {path}: line {number} has {len(row)} cells, but the first has {len(header)}")
    lines = [row for _, row in others]
    if len({row[0] for row in lines}) < len(lines) or len(set(header)) < len(header):
        raise InputError(f"{where}: {path}: a row or a column is there twice")
    return {row[0]: {key: cell or 0.0 for key, cell in zip(header[1:], row[1:], strict=True)} for row in lines}


def plain(value: Strength) -> object:
    """A strength as JSON has it: a table by its file, or written out, a file by its name."""
    if isinstance(value, Table):
        return value.file or {name: dict(row) for name, row in value.rows.items()}
    return str(value) if isinstance(value, Path) else value


def short(value: object) -> str:
    """A value for an error, cut off where it is long."""
    try:
        text = str(value)
    except ValueError:  # of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= 80 else f"{text[:77]}..."
