"""What a noisy file says of itself, and that nothing else of it is different for that."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_noise.coco.file import read
from annotation_noise.coco.splice import spans
from annotation_noise.coco.statement import already_noisy, change, of_file, on_top
from tests.coco.test_splice import STYLES
from tests.strategies import json_values

NOISE = {"version": "1", "benchmark": "easy", "seed": 3}


@given(
    st.dictionaries(st.text(), json_values, min_size=2, max_size=6),
    st.sampled_from(STYLES),
    st.booleans(),
    st.sampled_from(["", "\n", " \r\n"]),
)
def test_one_key_more_at_the_end(whole: dict[str, Any], style: dict[str, Any], is_noisy: bool, after: str) -> None:
    if is_noisy:
        whole["annotation_noise"] = {"seed": 1}
    data = (json.dumps(whole, **style) + after).encode()
    where = spans(data, msgspec.json.decode(data, type=dict[str, msgspec.Raw]))
    (start, end), new = change(data, where, NOISE)
    stated = json.loads(data[:start] + new + data[end:])
    assert stated == {**whole, "annotation_noise": NOISE}
    assert list(stated) == list({**whole, "annotation_noise": NOISE})
    if not is_noisy:  # spaced like the keys before it
        expected = json.dumps({**whole, "annotation_noise": 0}, **style)
        noise = json.dumps(NOISE, separators=(",", ":"))
        assert (data[:start] + new).decode() == expected[: expected.rindex("0")] + noise
        assert end == start


def test_what_a_file_says() -> None:
    assert of_file(None, {"seed": 1}, "ab") is None
    assert of_file(NOISE, None) == NOISE
    assert of_file(NOISE, None, "ab") == {**NOISE, "input_sha256": "ab"}
    assert of_file(NOISE, {"seed": 1}, "ab") == {**NOISE, "input_sha256": "ab", "input_noise": {"seed": 1}}


@pytest.mark.parametrize(
    ("before", "how"),
    [
        ({"benchmark": "hard", "seed": 0}, " (benchmark hard, seed 0)"),
        ({"benchmark": None, "seed": 4}, " (seed 4)"),
        ("by hand", ""),
        ([], ""),
    ],
)
def test_a_warning(before: Any, how: str) -> None:
    expected = f"x.json says that it is noisy already{how}; this noise comes on top of that"
    assert already_noisy("x.json", before, on_top(before, 7)) == expected


@pytest.mark.parametrize("said", [{"seed": 1}, "by hand", 5, ["x"], {}])
def test_what_a_file_says_is_read(tmp_path: Path, tiny: dict[str, Any], said: Any) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"annotation_noise": said, **tiny}))
    assert read(tmp_path / "x.json").statement == said
    (tmp_path / "x.json").write_text(json.dumps(tiny))
    assert read(tmp_path / "x.json").statement is None


def test_the_same_seed_again_is_told() -> None:
    again = "this noise comes on top of that, and the same seed draws the same numbers again: take another"
    assert on_top({"seed": 4}, 4) == again
    assert on_top({"seed": 4}, 5) == on_top("by hand", 4) == "this noise comes on top of that"
