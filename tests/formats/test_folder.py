"""When a folder gets its name, and what an interrupt does then."""

import signal
from pathlib import Path

import pytest

from formats.folder import JOURNAL, kept, staged


def before(target: Path) -> None:
    target.mkdir()
    (target / "manifest.json").write_text('{"outputs": [{"file": "a"}, {"file": "stale"}]}')
    for name in ("a", "stale", "mine"):
        (target / name).write_text("old")


def fill(staging: Path) -> None:
    for name in ("a", "b", "manifest.json"):
        (staging / name).write_text("new")


def contents(target: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in target.iterdir()}


COMPLETE = {"a": "new", "b": "new", "manifest.json": "new", "mine": "old"}


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file that is put in its place is followed by an interrupt."""
    replace = Path.replace

    def replaced(path: Path, target: Path) -> Path:
        result = replace(path, target)
        signal.raise_signal(signal.SIGINT)
        return result

    monkeypatch.setattr(Path, "replace", replaced)


@pytest.mark.usefixtures("interrupted")
def test_an_interrupt_while_files_are_replaced_comes_too_late(tmp_path: Path) -> None:
    before(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt) as caught, staged(tmp_path / "out") as staging:
        fill(staging)
    assert caught.value.__notes__ == [f"{tmp_path / 'out'} is complete"]
    assert contents(tmp_path / "out") == COMPLETE
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("interrupted")
def test_an_interrupt_while_many_files_are_replaced_comes_too_late(tmp_path: Path) -> None:
    before(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt) as caught, kept(tmp_path / "out", {}, False, True) as staging:
        fill(staging)
        (staging / JOURNAL).touch()
    assert caught.value.__notes__ == [f"{tmp_path / 'out'} is complete"]
    assert contents(tmp_path / "out") == COMPLETE | {JOURNAL: ""}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("journal", ["noise_a/files.jsonl", "noise_b/.files.jsonl.part"])
def test_what_a_journal_speaks_of_is_kept(tmp_path: Path, journal: str) -> None:
    """That of a recipe that is done, for instance, when the next has only begun."""
    with pytest.raises(KeyboardInterrupt) as caught, kept(tmp_path / "out", {}, False, False) as staging:
        for name in ("noise_a", "noise_b"):
            (staging / name).mkdir()
            (staging / name / ".files.jsonl.part").touch()
        (staging / journal).write_text('{"file": "a"}\n')
        raise KeyboardInterrupt
    assert "kept in" in caught.value.__notes__[0]
    assert (tmp_path / ".out.unfinished" / journal).exists()
    with kept(tmp_path / "out", {}, True, False) as staging:
        assert (staging / journal).read_text() == '{"file": "a"}\n'


def test_what_is_finished_is_kept_when_it_cannot_get_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is complete then, but for its name."""

    def refused(path: Path, target: Path) -> Path:
        raise OSError("no")

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OSError, match="no") as caught, kept(tmp_path / "out", {"seed": 1}, False, False) as staging:
        (staging / JOURNAL).write_text('{"file": "a"}\n')
    assert "kept in" in caught.value.__notes__[0]
    monkeypatch.undo()
    with kept(tmp_path / "out", {"seed": 1}, True, False):
        pass
    assert contents(tmp_path / "out") == {JOURNAL: '{"file": "a"}\n'}


def test_nothing_is_left_beside_a_folder_that_is_complete(tmp_path: Path) -> None:
    for overwrite in (False, True):
        with kept(tmp_path / "out", {}, False, overwrite) as staging:
            fill(staging)
            (staging / "below").mkdir(exist_ok=True)
            (staging / "below" / "c").write_text("new")
        assert [path.name for path in tmp_path.iterdir()] == ["out"]
        assert (tmp_path / "out" / "below" / "c").read_text() == "new"
