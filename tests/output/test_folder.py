"""When a folder gets its name, and what an interrupt does then."""

import hashlib
import json
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation_noise.errors import InputError
from annotation_noise.interrupts import POLITE, mind
from annotation_noise.output.folder import content_of, kept, staged
from annotation_noise.output.journal import append, begin, opened, records
from annotation_noise.output.outputs import JOURNAL


def manifest(**made: str) -> str:
    """One that lists files of that content."""
    outputs = [{"file": name, "sha256": hashlib.sha256(text.encode()).hexdigest()} for name, text in made.items()]
    return json.dumps({"outputs": outputs})


def before(target: Path) -> None:
    target.mkdir()
    (target / "manifest.json").write_text(manifest(a="old", stale="old", changed="old"))
    for name, text in {"a": "old", "stale": "old", "changed": "mine", "mine": "mine"}.items():
        (target / name).write_text(text)


NEW = {"a": "new", "b": "new"}
COMPLETE = {**NEW, "manifest.json": manifest(**NEW), "mine": "mine", "changed": "mine"}


def fill(staging: Path) -> None:
    for name, text in {**NEW, "manifest.json": manifest(**NEW)}.items():
        (staging / name).write_text(text)


def contents(target: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in target.iterdir()}


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def interrupted(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every file that is put in its place is followed by an interrupt."""
    before = {number: signal.getsignal(number) for number in POLITE}
    mind()
    replace = Path.replace

    def replaced(path: Path, target: Path) -> Path:
        result = replace(path, target)
        signal.raise_signal(request.param)
        return result

    monkeypatch.setattr(Path, "replace", replaced)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("interrupted")
def test_an_interrupt_while_files_are_replaced_comes_too_late(tmp_path: Path) -> None:
    before(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt) as caught, staged(tmp_path / "out", True) as staging:
        fill(staging)
    assert caught.value.__notes__ == [f"{tmp_path / 'out'} is complete"]
    assert contents(tmp_path / "out") == COMPLETE
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("interrupted")
def test_an_interrupt_while_many_files_are_replaced_comes_too_late(tmp_path: Path) -> None:
    before(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt) as caught, kept(tmp_path / "out", {}, False, True) as journal:
        fill(content_of(journal))
        (content_of(journal) / JOURNAL).touch()
    assert caught.value.__notes__ == [f"{tmp_path / 'out'} is complete"]
    assert contents(tmp_path / "out") == COMPLETE | {JOURNAL: ""}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_journal_speaks_of_is_kept(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt) as caught, kept(tmp_path / "out", {}, False, False) as journal:
        (content_of(journal) / "noise_a").mkdir()
        append(journal.file, {"file": "a"})
        raise KeyboardInterrupt
    assert "kept in" in caught.value.__notes__[0]
    assert (tmp_path / ".out.unfinished" / "content" / "noise_a").exists()
    with kept(tmp_path / "out", {}, True, False) as journal:
        assert [record for record, _ in records(journal.path, dict)] == [{"file": "a"}]


def test_nothing_is_kept_where_nothing_is_finished(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt) as caught, kept(tmp_path / "out", {}, False, False) as journal:
        (content_of(journal) / "a").write_text("begun")
        raise KeyboardInterrupt
    assert not hasattr(caught.value, "__notes__")
    assert list(tmp_path.iterdir()) == []


def test_what_is_finished_is_kept_when_it_cannot_get_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is complete then, but for its name."""

    def refused(path: Path, target: Path) -> Path:
        raise OSError("no")

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OSError, match="no") as caught, kept(tmp_path / "out", {"seed": 1}, False, False) as journal:
        (content_of(journal) / JOURNAL).write_text('{"file": "a"}\n')
        append(journal.file, {"file": "a"})
    assert "kept in" in caught.value.__notes__[0]
    monkeypatch.undo()
    with kept(tmp_path / "out", {"seed": 1}, True, False):
        pass
    assert contents(tmp_path / "out") == {JOURNAL: '{"file": "a"}\n'}


@pytest.mark.parametrize("name", ["b", "manifest.json"])
def test_a_file_that_no_earlier_run_has_made_is_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(InputError, match=f"{name} was not made by an earlier run"), staged(tmp_path / "out", True) as s:
        fill(s)
    assert contents(tmp_path / "out") == {name: "mine"}


def test_a_folder_that_has_come_into_being_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="made by another run"), staged(tmp_path / "out", False) as staging:
        fill(staging)
        before(tmp_path / "out")
        found = contents(tmp_path / "out")
    assert contents(tmp_path / "out") == found


def test_a_folder_on_another_disk_than_the_one_it_is_linked_from(tmp_path: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other disk")
    with tempfile.TemporaryDirectory(dir=other) as name:
        before(Path(name) / "out")
        (tmp_path / "out").symlink_to(Path(name) / "out")
        with staged(tmp_path / "out", True) as staging:
            fill(staging)
        assert contents(tmp_path / "out") == COMPLETE
        with kept(tmp_path / "out", {}, False, True) as journal:
            fill(content_of(journal))
        assert contents(tmp_path / "out") == COMPLETE


def test_two_unfinished_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    """Though neither output's parent is there yet."""
    for name in ("one", "two"):
        with pytest.raises(KeyboardInterrupt), kept(tmp_path / name / "out", {"n": name}, False, False) as journal:
            (content_of(journal) / JOURNAL).write_text(name)
            append(journal.file, {"file": "a"})
            raise KeyboardInterrupt
        assert (tmp_path / name / ".out.unfinished" / "content" / JOURNAL).read_text() == name


def test_nothing_is_left_beside_a_folder_that_is_complete(tmp_path: Path) -> None:
    for overwrite in (False, True):
        with kept(tmp_path / "out", {}, False, overwrite) as journal:
            staging = content_of(journal)
            fill(staging)
            (staging / "below").mkdir(exist_ok=True)
            (staging / "below" / "c").write_text("new")
            (staging / "manifest.json").write_text(manifest(**NEW, **{"below/c": "new"}))
        assert [path.name for path in tmp_path.iterdir()] == ["out"]
        assert (tmp_path / "out" / "below" / "c").read_text() == "new"


def cut_off(target: Path) -> Path:
    """A run that was killed when it had finished something; the folder it leaves."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    (unfinished / "below").mkdir(parents=True)
    with opened(unfinished / ".files.jsonl.part", "") as journal:
        begin(journal.file, {"seed": 1})
        append(journal.file, {"file": "a"})
    for name in ("a", "below/b"):
        (unfinished / name).write_text("finished")
    return unfinished


def test_beginning_again_empties_the_folder_but_not_what_its_links_lead_to(tmp_path: Path) -> None:
    unfinished = cut_off(tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a").write_text("mine")
    (unfinished / "folder").symlink_to(tmp_path / "mine")
    (unfinished / "file").symlink_to(tmp_path / "mine" / "a")
    with kept(tmp_path / "out", {"seed": 2}, False, True) as journal:
        assert {path.name for path in journal.path.parent.iterdir()} == {".files.jsonl.part", "content"}
        assert list(content_of(journal).iterdir()) == []
        assert list(records(journal.path, dict)) == []
        fill(content_of(journal))
    assert contents(tmp_path / "mine") == {"a": "mine"}
    assert contents(tmp_path / "out") == {**NEW, "manifest.json": manifest(**NEW)}


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("journal", [None, "", "0123abcd {torn", '{"seed": 1}\n'])
def test_a_hidden_folder_that_no_run_has_left_is_left_alone(tmp_path: Path, journal: str | None, resume: bool) -> None:
    folder = tmp_path / ".out.unfinished"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    if journal is not None:
        (folder / ".files.jsonl.part").write_text(journal)
    before = contents(folder)
    with pytest.raises(InputError, match="remove it"), kept(tmp_path / "out", {}, resume, not resume):
        pass
    assert contents(folder) == before


def test_a_link_in_place_of_the_hidden_folder_is_not_followed(tmp_path: Path) -> None:
    real = cut_off(tmp_path / "other").rename(tmp_path / "real")
    (tmp_path / ".out.unfinished").symlink_to(real)
    with pytest.raises(InputError, match="is no folder of an earlier run"), kept(tmp_path / "out", {}, False, True):
        pass
    assert {path.name for path in real.rglob("*")} == {".files.jsonl.part", "a", "below", "b"}
