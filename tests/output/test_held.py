"""Whose hidden folders are removed, and whose stay."""

import fcntl
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from annotation_noise.output import held as module
from annotation_noise.output.folder import content_of, kept, settle, staged, staged_file
from annotation_noise.output.held import held, sweep, temporary_folder
from annotation_noise.output.journal import append, begin, opened
from tests.conftest import ROOT

PREFIX = ".out.partial-"


def left(folder: Path, head: object) -> Path:
    """A folder of a run that was killed, with something in it."""
    (folder / "content").mkdir(parents=True)
    (folder / "content" / "a.json").write_text("{}")
    with opened(folder / ".files.jsonl.part", "") as journal:
        begin(journal.file, head)
    return folder


def test_a_folder_is_there_for_as_long_as_its_block(tmp_path: Path) -> None:
    with held(tmp_path, PREFIX) as folder:
        (folder / "content").mkdir()
        assert [path.parent for path in tmp_path.glob(".out.partial-*/content")] == [folder]
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_run_has_left_goes(tmp_path: Path) -> None:
    left(tmp_path / ".out.partial-1", {"host": platform.node()})
    (tmp_path / ".out.partial-2").mkdir()  # killed before it had a journal
    (tmp_path / ".out.partial-3").mkdir()
    (tmp_path / ".out.partial-3" / ".files.jsonl.part").touch()  # or a head
    sweep(tmp_path, PREFIX)
    assert list(tmp_path.iterdir()) == []


def test_what_a_living_run_works_in_stays(tmp_path: Path) -> None:
    with held(tmp_path, PREFIX) as folder:
        sweep(tmp_path, PREFIX)
        assert (folder / ".files.jsonl.part").exists()


def test_what_another_machine_has_made_stays(tmp_path: Path) -> None:
    left(tmp_path / ".out.partial-1", {"host": "elsewhere"})
    sweep(tmp_path, PREFIX)
    assert (tmp_path / ".out.partial-1" / "content" / "a.json").exists()


@pytest.mark.parametrize("journal", [None, "", "mine", '{"host": "here"}\n'])
def test_what_has_no_journal_of_ours_stays(tmp_path: Path, journal: str | None) -> None:
    folder = tmp_path / ".out.partial-mine"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    if journal is not None:
        (folder / ".files.jsonl.part").write_text(journal)
    before = sorted(folder.iterdir())
    sweep(tmp_path, PREFIX)
    assert sorted(folder.iterdir()) == before


def test_links_are_not_followed(tmp_path: Path) -> None:
    real = left(tmp_path / "real", {"host": platform.node()})
    (tmp_path / ".out.partial-1").symlink_to(real)
    other = left(tmp_path / ".out.partial-2", {"host": platform.node()})
    (other / ".files.jsonl.part").rename(tmp_path / "journal")
    (other / ".files.jsonl.part").symlink_to(tmp_path / "journal")
    third = left(tmp_path / ".out.partial-3", {"host": platform.node()})
    (third / "content" / "link").symlink_to(real)
    sweep(tmp_path, PREFIX)
    assert {path.name for path in tmp_path.iterdir()} == {"real", "journal", ".out.partial-1", ".out.partial-2"}
    assert (real / "content" / "a.json").exists()


def test_on_a_disk_without_locks_all_stays_and_runs_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    folder = left(tmp_path / ".out.partial-1", {"host": platform.node()})
    monkeypatch.setattr(fcntl, "flock", refused)
    sweep(tmp_path, PREFIX)
    assert folder.exists()
    with staged(tmp_path / "out", False) as staging:
        (staging / "a").write_text("new")
    assert {path.name for path in tmp_path.iterdir()} == {"out", ".out.partial-1"}


def test_a_run_that_sweeps_in_the_moment_in_which_another_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is empty still, or its journal not locked, and it makes another one."""
    made, removed = list[Path](), list[Path]()
    mkdir, locked = Path.mkdir, module._locked

    def swept_after_mkdir(path: Path, mode: int = 0o777) -> None:
        mkdir(path, mode)
        made.append(path)
        if len(made) == 1:
            sweep(tmp_path, PREFIX)

    def swept_before_lock(journal: object) -> bool | None:
        if len(made) == 2 and not removed:
            removed.append(made[1])
            sweep(tmp_path, PREFIX)
        return locked(journal)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", swept_after_mkdir)
    monkeypatch.setattr(module, "_locked", swept_before_lock)
    with held(tmp_path, PREFIX) as folder:
        assert made[2:] == [folder] and list(tmp_path.iterdir()) == [folder]


def killed(code: str, folder: Path) -> None:
    """A process that runs this code in a folder and then gets SIGKILL."""
    head = "import os, signal\nfrom pathlib import Path\nfrom annotation_noise.output.folder import *\n"
    head += "from annotation_noise.output.held import *\n"
    end = "    os.kill(os.getpid(), signal.SIGKILL)\n"
    environment = {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", head + code + end], cwd=folder, env=environment)
    assert done.returncode == -signal.SIGKILL


def test_the_next_run_finds_what_a_killed_one_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed("with staged(Path('out'), True) as staging:\n    (staging / 'a').write_text('half')\n", tmp_path)
    killed("with staged_file(Path('x.png')) as path:\n    path.write_text('half')\n", tmp_path)
    killed("with temporary_folder() as folder:\n    (folder / 'a').write_text('half')\n", tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    settle(tmp_path / "out")
    assert len(list(tmp_path.iterdir())) == 2
    with staged_file(tmp_path / "x.png") as path:
        path.write_text("new")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with temporary_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert set(tmp_path.iterdir()) == {tmp_path / "x.png", folder}


def test_nothing_hidden_is_in_a_folder_when_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[set[str]]()
    rename = Path.rename

    def looking(path: Path, target: Path) -> Path:
        result = rename(path, target)
        seen.append({path.name for path in target.rglob("*")})
        return result

    monkeypatch.setattr(Path, "rename", looking)
    with staged(tmp_path / "one", False) as staging:
        (staging / "a").write_text("new")
    with kept(tmp_path / "two", {}, False, False) as journal:
        append(journal.file, {"file": "a"})
        (content_of(journal) / "a").write_text("new")
    assert seen == [{"a"}, {"a"}]


def test_an_error_in_the_middle_of_replacing_leaves_the_rest_to_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    replace = Path.replace

    def refused(path: Path, target: Path) -> Path:
        if target.name == "b":
            raise OSError(5, "Input/output error")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(OSError, match="Input/output") as caught, staged(tmp_path / "out", True) as staging:
        for name in "abc":
            (staging / name).write_text("new")
    assert "has files of two runs; the next run into it finishes" in caught.value.__notes__[0]
    monkeypatch.undo()
    settle(tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a", "b", "c"}


@pytest.mark.parametrize("name", ["a", "sub/b"])
def test_a_folder_where_a_file_goes_is_said_before_the_first_is_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    with staged(tmp_path / "out", True) as staging:
        (staging / "z").write_text("old")
        (staging / "manifest.json").write_text('{"outputs": [{"file": "z", "sha256": ""}]}')
    (tmp_path / "out" / ("sub" if name != "a" else "a/x")).parent.mkdir(exist_ok=True)
    (tmp_path / "out" / ("sub" if name != "a" else "a/x")).write_text("mine")
    with pytest.raises(ValueError, match="cannot be written"), staged(tmp_path / "out", True) as staging:
        (staging / name).parent.mkdir(exist_ok=True)
        (staging / name).write_text("new")
        (staging / "manifest.json").write_text('{"outputs": []}')
    assert (tmp_path / "out" / "z").read_text() == "old"
