import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_noise.coco.splice import splice, without
from annotation_noise.errors import InputError
from tests.strategies import json_values

STYLES: list[dict[str, Any]] = [{}, {"separators": (",", ":")}, {"indent": 4}, {"separators": (" ,\t", " : ")}]
objects = st.dictionaries(st.text(), json_values, min_size=2, max_size=6)


@given(objects, st.dictionaries(st.text(), json_values, max_size=4), st.sampled_from(STYLES), st.booleans())
def test_splice_changes_what_it_is_asked_to_and_keeps_the_order(
    old: dict[str, Any], edits: dict[str, Any], style: dict[str, Any], ascii_only: bool
) -> None:
    raw = json.dumps(old, ensure_ascii=ascii_only, **style).encode()
    spliced = json.loads(splice(raw, edits))
    assert spliced == old | edits
    assert list(spliced) == list(old | edits)


@given(objects, st.sampled_from(STYLES))
def test_splice_leaves_all_other_bytes_alone(old: dict[str, Any], style: dict[str, Any]) -> None:
    raw = json.dumps(old, **style).encode()
    assert splice(raw, {}) == raw
    key = list(old)[-1]
    assert splice(raw, {key: 12345}) == json.dumps(old | {key: 12345}, **style).encode()
    assert splice(raw, {"\0new": 1.5}) == json.dumps(old | {"\0new": 1.5}, **style).encode()


@given(objects, st.data(), st.sampled_from(STYLES))
def test_without_some_keys_it_is_written_as_if_they_had_never_been(
    old: dict[str, Any], data: st.DataObject, style: dict[str, Any]
) -> None:
    keys = data.draw(st.sets(st.sampled_from(list(old)), max_size=len(old) - 1))
    rest = {key: value for key, value in old.items() if key not in keys}
    assert without(json.dumps(old, **style).encode(), keys) == json.dumps(rest, **style).encode()


def test_splice_by_hand() -> None:
    raw = b'{"id" : 1.50e3,\n  "a\\"}": {"id": [1, 2]}, "t": "\xc3\xa9"}'
    assert (
        splice(raw, {"id": 7, "new": "x"}) == b'{"id" : 7,\n  "a\\"}": {"id": [1, 2]}, "t": "\xc3\xa9",\n  "new": "x"}'
    )


@pytest.mark.parametrize(
    "raw", [b'{"a": 1, "b": 2, "a": 3}', b'{"a": 1, "a": 2, "b": 3}', b'{"a": [1], "b": 2, "a": 3}']
)
def test_splice_refuses_a_key_that_is_there_twice(raw: bytes) -> None:
    with pytest.raises(InputError, match="a key is there twice"):
        splice(raw, {"b": 1})
