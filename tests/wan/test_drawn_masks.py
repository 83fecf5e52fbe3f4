import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_noise.errors import InputError
from annotation_noise.output.journal import append, head, records
from annotation_noise.wan.drawn_masks import DrawnImage, DrawnMask, Head, opened_part
from tests.conftest import ROOT

HEAD = Head(1, 2, 4, {"prompt": "box", "model": {"dtype": "float32"}})
DONE = [
    DrawnImage(7, [DrawnMask(70, "abc", 0.5, {"box": [1.0, 2.0, 3.0, 4.0]}), DrawnMask(71, "0é\n", 0.25, {})]),
    DrawnImage(8),
    DrawnImage(9, fault="is missing"),
]


def write(path: Path) -> bytes:
    with opened_part(path, HEAD, anew=True) as part:
        for record in DONE:
            append(part.file, record)
    return path.read_bytes()


def content(path: Path) -> list[Head | DrawnImage | None]:
    return [head(path, Head), *(image for image, _ in records(path, DrawnImage))]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.part")
    assert content(tmp_path / "a.part") == [HEAD, *DONE]


def test_a_record_is_a_line_with_its_crc(tmp_path: Path) -> None:
    lines = write(tmp_path / "a.part").splitlines(keepends=True)
    assert len(lines) == 4
    for line in lines:
        assert int(line[:8], 16) == zlib.crc32(line[9:])
        assert line[8:9] == b" "
    assert json.loads(lines[2][9:]) == {"image": 8}


def test_going_on_knows_what_is_done(tmp_path: Path) -> None:
    write(tmp_path / "a.part")
    with opened_part(tmp_path / "a.part", HEAD, anew=False) as part:
        assert part.done == {7, 8}  # 9 could not be read and is tried again
        append(part.file, DrawnImage(9))
    assert content(tmp_path / "a.part") == [HEAD, *DONE, DrawnImage(9)]


@given(st.data())
def test_killed_after_any_byte_it_goes_on(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("parts") / "a.part"
    whole = write(path)
    length = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:length])
    ends = [end for _, end in records_of(whole, path)]
    finished = sum(end <= length for end in ends) - 1  # without the head
    with opened_part(path, HEAD, anew=False) as part:
        assert part.done == {record.image for record in DONE[: max(finished, 0)] if record.fault is None}
        for record in DONE[max(finished, 0) :]:
            append(part.file, record)
    assert path.read_bytes() == whole


def records_of(whole: bytes, path: Path) -> list[tuple[None, int]]:
    """Where each line ends, by counting."""
    ends, at = [], 0
    for line in whole.splitlines(keepends=True):
        at += len(line)
        ends.append((None, at))
    return ends


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_flipped_byte_is_noticed(tmp_path_factory: pytest.TempPathFactory, place: int, flip: int) -> None:
    path = tmp_path_factory.mktemp("parts") / "a.part"
    whole = bytearray(write(path))
    first = whole.index(b"\n") + 1
    place = first + place % (len(whole) - first)
    whole[place] ^= flip
    path.write_bytes(whole)
    found = content(path)
    assert found == [HEAD, *DONE][: len(found)]
    assert len(found) < 4


def test_other_work_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    write(path)
    other = Head(1, 2, 4, {"prompt": "box", "model": {"dtype": "bfloat16"}})
    before = path.read_bytes()
    message = "was begun with setting.model.dtype float32, not bfloat16; --overwrite begins it anew"
    with pytest.raises(InputError, match=message), opened_part(path, other, anew=False):
        pass
    assert path.read_bytes() == before


def test_two_at_a_time_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    program = (
        "import sys; from tests.wan.test_drawn_masks import *\n"
        "with opened_part(Path(sys.argv[1]), HEAD, anew=True): pass"
    )
    write(path)
    with opened_part(path, HEAD, anew=False):
        done = subprocess.run(
            [sys.executable, "-c", program, path], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
        )
    assert "another run is writing it" in done.stderr
    assert content(path) == [HEAD, *DONE]


def test_what_is_no_part_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    path.write_text("hello\nworld\n")
    with pytest.raises(InputError, match="its first line is torn"):
        content(path)
    body = b'{"other": 1}\n'
    path.write_bytes(b"%08x " % zlib.crc32(body) + body)
    with pytest.raises(InputError, match=r"a\.part: not a part file: "):
        content(path)
