"""A file is read again only where it is still what it was."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from annotation_noise.coco.source import held, reopened
from annotation_noise.errors import InputError

CONTENT = b"what was checked"


def replaced(path: Path) -> None:
    """By a file of the same size and time, as a copy that keeps times does."""
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.with_name("new").write_bytes(CONTENT.upper())
    os.utime(path.with_name("new"), ns=times)
    path.with_name("new").rename(path)


def rewritten(path: Path) -> None:
    path.write_bytes(CONTENT.upper())
    os.utime(path, ns=(0, 1))


def truncated(path: Path) -> None:
    os.truncate(path, 0)


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b" ")


CHANGES = [replaced, rewritten, truncated, grown]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file.json"
    path.write_bytes(CONTENT)
    return path


def test_what_has_not_changed_is_read_from_any_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    content, source = held(Path("file.json"))
    monkeypatch.chdir("/")
    assert content == CONTENT
    with reopened(source) as cut:
        assert (cut(0, 4), cut(5, 8), cut(9, 9)) == (b"what", b"was", b"")


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_is_not_read(path: Path, change: Callable[[Path], None]) -> None:
    content, source = held(path)
    change(path)
    assert content == CONTENT
    with pytest.raises(InputError, match=r"file\.json: has changed while the run went on$"), reopened(source):
        pass


@pytest.mark.parametrize("change", [rewritten, truncated, grown])
def test_what_changes_while_it_is_read_is_said_whatever_else_is_wrong_then(
    path: Path, change: Callable[[Path], None]
) -> None:
    _, source = held(path)
    with pytest.raises(InputError, match="has changed while the run went on"), reopened(source) as cut:
        change(path)
        cut(0, len(CONTENT))
        raise InputError("not JSON")


def test_what_is_replaced_while_it_is_read_is_read_on(path: Path) -> None:
    _, source = held(path)
    with reopened(source) as cut:
        replaced(path)
        assert cut(0, len(CONTENT)) == CONTENT


@pytest.mark.parametrize("change", [rewritten, truncated, grown])
def test_another_machine_compares_all_but_the_inode(path: Path, change: Callable[[Path], None]) -> None:
    _, source = held(path)
    elsewhere = source._replace(host="elsewhere", inode=source.inode + 1)
    with reopened(elsewhere) as cut:
        assert cut(0, 4) == b"what"
    change(path)
    with pytest.raises(InputError, match="has changed"), reopened(elsewhere):
        pass


def test_what_is_gone_is_said(path: Path) -> None:
    _, source = held(path)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read: No such file"), reopened(source):
        pass


def test_what_changes_while_it_is_first_read_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fstat, calls = os.fstat, list[int]()

    def changing(descriptor: int) -> os.stat_result:
        if calls:
            grown(path)
        calls.append(descriptor)
        return fstat(descriptor)

    monkeypatch.setattr(os, "fstat", changing)
    with pytest.raises(InputError, match="has changed while it was read"):
        held(path)
