"""What every journal keeps to; tests/wan/test_drawn_masks.py has what a kill and a flipped byte do to one."""

import resource
import signal
import zlib
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.errors import InputError
from annotation_noise.output.journal import append, begin, difference, head, opened, record_at, records


def line(body: bytes) -> bytes:
    return b"%08x %b\n" % (zlib.crc32(body + b"\n"), body)


def test_a_journal_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "below" / "a.part"
    with opened(path, "busy") as journal:
        assert journal.before is None
        begin(journal.file, {"seed": 1})
        starts = [append(journal.file, number) for number in (7, 8)]
    lines = [line(b'{"seed":1}'), line(b"7"), line(b"8")]
    assert path.read_bytes() == b"".join(lines)
    assert starts == [len(lines[0]), len(lines[0] + lines[1])]
    assert head(path, dict) == {"seed": 1}
    assert list(records(path, int)) == [(7, starts[0]), (8, starts[1])]
    assert [record_at(path, start, int) for start in reversed(starts)] == [8, 7]


def test_going_on_cuts_a_torn_end_and_beginning_again_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    whole = line(b'{"seed":1}') + line(b"7")
    path.write_bytes(whole + b"0123abcd 8")
    with opened(path, "busy") as journal:
        assert journal.before == {"seed": 1}
        assert path.read_bytes() == whole
        append(journal.file, 9)
        assert path.read_bytes() == whole + line(b"9")
        begin(journal.file, {"seed": 2})
        assert path.read_bytes() == line(b'{"seed":2}')


def test_what_a_full_disk_did_not_take_is_not_written_later(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with opened(path, "busy") as journal:
            begin(journal.file, {})
            resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))
            with pytest.raises(OSError, match="File too large"):
                append(journal.file, "more than there is room for")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.stat().st_size == 20
    assert list(records(path, str)) == []
    with opened(path, "busy"):
        assert path.read_bytes() == line(b"{}")


def test_a_file_of_somebody_elses_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    path.write_text("hello\nworld\n")
    with pytest.raises(InputError, match="its first line is torn; remove it"), opened(path, "busy"):
        pass
    assert path.read_text() == "hello\nworld\n"


def test_who_comes_second_is_refused(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "a.part", "busy"),
        pytest.raises(InputError, match=r"^other words$"),
        opened(tmp_path / "a.part", "other words"),
    ):
        pass


@pytest.mark.parametrize(
    ("before", "wanted", "expected"),
    [
        ({"a": 1, "b": (2, 3)}, {"b": [2, 3], "a": 1}, None),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, ("b", 2, 3)),
        ({"noise": {"rand": 0.5}}, {"noise": {"rand": 0.25}}, ("noise.rand", 0.5, 0.25)),
        ({"noise": {}}, {"noise": {"rand": 0.25}}, ("noise.rand", None, 0.25)),
        ({"noise": {"rand": 0.5, "flip": 1}}, {"noise": {"rand": 0.5}}, ("noise.flip", 1, None)),
        ({"noise": 1}, {"noise": {"rand": 1}}, ("noise.rand", None, 1)),
    ],
)
def test_the_first_difference_is_named(before: Any, wanted: Any, expected: Any) -> None:
    assert difference(before, wanted) == expected
