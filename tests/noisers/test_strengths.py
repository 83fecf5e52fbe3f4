"""What a strength may be, row by row."""

import math
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from annotation_noise.errors import InputError
from noisers import Table
from noisers.kinds import table
from noisers.strengths import bounds, checked, in_words, is_number, plain

Whole = Annotated[int, Meta(ge=1, le=9)]
AtLeast0 = Annotated[float, Meta(ge=0)]
Above0 = Annotated[float, Meta(gt=0, lt=1)]
Shape = Literal["disc", "square"]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (-3, int, -3),
        (-2.5, float, -2.5),
        (3.0, int, 3),
        (3, float, 3.0),
        ("1e-3", float, 0.001),
        ("3", int, 3),
        ("-3.0", int, -3),
        (2**60 + 1, int, 2**60 + 1),
        (1, Whole, 1),
        (9, Whole, 9),
        (0, AtLeast0, 0.0),
        (0.5, Above0, 0.5),
        ("disc", Shape, "disc"),
        (2, Literal[1, 2], 2),
        (True, bool, True),
        ("left", str, "left"),
        ([1, 2.5], tuple[float, float], (1.0, 2.5)),
        (None, int | None, None),
        ({"cat": {"dog": "1e-3", 7: 1}, 3: {}}, Table, table({"cat": {"dog": 0.001, "7": 1.0}, "3": {}})),
        ({}, Table, table({})),
    ],
)
def test_it_is_taken(value: object, kind: Any, expected: object) -> None:
    strength = checked(value, kind, "x")
    assert strength == expected
    assert type(strength) is type(expected)
    assert checked(strength, kind, "x") == expected


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (2.5, int, "x must be a whole number, not 2.5"),
        ("three", int, "x must be a number, not 'three'"),
        (True, int, "x must be a number, not True"),
        (None, float, "x must be a number, not None"),
        ([3], float, "x must be a number, not [3]"),
        (math.nan, float, "x must be finite, not nan"),
        (-math.inf, int, "x must be finite, not -inf"),
        ("inf", float, "x must be finite, not inf"),
        ("nan", AtLeast0, "x must be finite and not negative, not nan"),
        (10**400, float, f"x must be below 2^63, not 1{'0' * 76}..."),
        (-(10**400), int, f"x must be below 2^63, not -1{'0' * 75}..."),
        (2**63, int, "x must be below 2^63, not 9223372036854775808"),
        (1e19, float, "x must be below 2^63, not 1e+19"),
        pytest.param(10**5000, int, "x must be below 2^63, not a number of thousands of digits", id="long"),
        (-0.5, AtLeast0, "x must be finite and not negative, not -0.5"),
        (0, Whole, "x must be at least 1, not 0"),
        (10, Whole, "x must be at most 9, not 10"),
        (0, Above0, "x must be above 0, not 0"),
        (1, Above0, "x must be below 1, not 1"),
        ("ring", Shape, "x must be one of disc, square; not ring"),
        (["disc"], Shape, "x must be one of disc, square; not ['disc']"),
        (True, Literal[1, 2], "x: expected `int`, got `bool`"),
        (1, bool, "x: expected `bool`, got `int`"),
        ("true", bool, "x: expected `bool`, got `str`"),
        (3, str, "x: expected `str`, got `int`"),
        ([1], tuple[float, float], "x: expected `array` of length 2, got 1"),
        (3, Table, "x must be a table like {'cat': {'dog': 0.3, 'cat': 0.7}}, not 3"),
        ({"cat": 3}, Table, "x must be a table like {'cat': {'dog': 0.3, 'cat': 0.7}}, not {'cat': 3}"),
        ({"cat": {"dog": "x"}}, Table, "x[cat][dog] must be a number, not 'x'"),
        ({"cat": {"dog": math.nan}}, Table, "x[cat][dog] must be finite, not nan"),
        ("no.csv", Path, "x must be the name of a file, not no.csv"),
        (3, Path, "x must be the name of a file, not 3"),
    ],
)
def test_it_is_refused(value: object, kind: Any, message: str) -> None:
    with pytest.raises(InputError) as refused:
        checked(value, kind, "x")
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("odds.csv", ",cat,dog\ncat,0.5,\ndog,1e-3,1\n"),
        ("odds.csv", '\ufeffclass,"cat",dog\r\n\r\ncat,0.5,0\r\ndog,0.001,1\r\n'),
        ("odds.JSON", '{"cat": {"cat": 0.5, "dog": 0}, "dog": {"cat": "1e-3", "dog": 1}}'),
    ],
)
def test_a_table_in_a_file(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    assert checked(str(path), Table, "x") == table(
        {"cat": {"cat": 0.5, "dog": 0.0}, "dog": {"cat": 0.001, "dog": 1.0}}, str(path)
    )


@pytest.mark.parametrize(("name", "text"), [("a.csv", ""), ("a.csv", ",cat,dog\n"), ("a.json", "{}")])
def test_a_table_may_have_no_row(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert checked(str(tmp_path / name), Table, "x") == table({}, str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b",cat\ncat,1,2\n", ": line 2 has 3 cells, but the first has 2"),
        ("a.csv", b",cat\ncat,1\ncat,2\n", ": a row or a column is there twice"),
        ("a.csv", b",cat,cat\ncat,1,2\n", ": a row or a column is there twice"),
        ("a.csv", b",cat\ncat,many\n", "[cat][cat] must be a number, not 'many'"),
        ("a.csv", b",cat\ncat,nan\n", "[cat][cat] must be finite, not nan"),
        ("a.csv", b"\xff\xfe", ": cannot be read: not UTF-8 text (byte 0)"),
        ("a.json", b"{", ": not JSON: Expecting property name"),
        ("a.json", b"[1]", " must be a table like {'cat': {'dog': 0.3, 'cat': 0.7}}, not [1]"),
        ("a.json", b'{"cat": {"cat": [1]}}', "[cat][cat] must be a number, not [1]"),
        ("a.json", b'{"cat": {"cat": 1}, "dog": {}, "cat": {"cat": 0}}', ": 'cat' is there twice"),
        ("a.json", b'{"cat": {"dog": 1, "dog": 0}}', ": 'dog' is there twice"),
        ("a.json", b"[" * 100_000, ": cannot be read: lists and objects are nested too deeply in it"),
    ],
)
def test_a_broken_file_is_said(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        checked(str(path), Table, "x")
    assert str(refused.value).startswith(f"x: {path}{message}")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^x: .*/none\.csv: cannot be read: No such file or directory$"):
        checked(str(tmp_path / "none.csv"), Table, "x")
    with pytest.raises(InputError, match="cannot be read: it is not a regular file"):
        checked(str(tmp_path), Table, "x")


def test_a_file_as_strength(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("")
    assert checked(str(tmp_path / "weights"), Path, "x") == tmp_path / "weights"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (int, "a whole number"),
        (float, "a number"),
        (Whole, "a whole number, at least 1, at most 9"),
        (AtLeast0, "a number, at least 0"),
        (Above0, "a number, above 0, below 1"),
        (Annotated[float, Meta(gt=-0.5)], "a number, above -0.5"),
        (Shape, "one of disc, square"),
        (bool, "true or false"),
        (str, "text"),
        (Table, "a table {row: {column: number}}, or the name of a CSV or JSON file"),
        (Path, "the name of a file"),
    ],
)
def test_in_words(kind: Any, words: str) -> None:
    assert in_words(kind) == words


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (float, (-math.inf, math.inf)),
        (AtLeast0, (0, math.inf)),
        (Whole, (1, 9)),
        (Annotated[int, Meta(gt=0, lt=10)], (1, 9)),
        (Above0, (5e-324, 1 - 2**-53)),  # the numbers next to 0 and to 1
    ],
)
def test_bounds_are_allowed_themselves(kind: Any, expected: tuple[float, float]) -> None:
    assert bounds(kind) == expected
    for bound in bounds(kind):
        assert math.isinf(bound) or checked(bound, kind, "x") == bound


@pytest.mark.parametrize(
    ("kind", "expected"), [(int, True), (Above0, True), (bool, False), (Shape, False), (Table, False), (Path, False)]
)
def test_only_numbers_can_be_drawn(kind: Any, expected: bool) -> None:
    assert is_number(kind) is expected


def test_as_json_has_it() -> None:
    assert plain(2) == 2
    assert plain(Path("a/b.npy")) == "a/b.npy"
    assert plain(table({"cat": {"dog": 1.0}})) == {"cat": {"dog": 1.0}}
    assert plain(table({"cat": {"dog": 1.0}}, "odds.csv")) == "odds.csv"


@pytest.mark.parametrize("value", [{1: {"cat": 1}, "1": {"cat": 0}}, {"cat": {1: 0.5, "1": 0.5}}])
def test_names_that_are_written_alike_are_one(value: Any) -> None:
    with pytest.raises(InputError, match=r"^x: '1' is there twice$"):
        checked(value, Table, "x")


@pytest.mark.parametrize("value", [-0.0, "-0.0", "-0"])
def test_zero_has_no_sign(value: object) -> None:
    """numpy refuses a spread of -0.0."""
    assert str(checked(value, float, "x")) == "0.0"
