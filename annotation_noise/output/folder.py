"""An output folder that appears whole or not at all.

Everything is written into a hidden folder, beside the target or, where that is there already, in it: a journal, and
`content`, which gets the target's name when it is complete. A run that ends early removes the hidden folder; one that
is killed leaves it to the next run, and nothing under a final name.

Files of an earlier run are replaced one by one, the manifest, where there is one, last: while files and manifest do not
belong together there is no manifest. What is to be done is written down before, so that the next run finishes it where
this one is killed (`settle`).

A run over many files may take days. Its hidden folder stays when the run ends early, so that another
run can go on with it.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from annotation_noise.errors import InputError
from annotation_noise.interrupts import undisturbed
from annotation_noise.output.held import PART, REPLACING, empty, held, remove, remove_empty, sweep, taken
from annotation_noise.output.journal import Journal, begin, difference, head, opened, records
from annotation_noise.output.outputs import MANIFEST, caches_of, check_replaceable, hidden, made_before, sha256

CONTENT = "content"


class Replacement(msgspec.Struct):
    """What is done when a folder's content takes the place of an earlier run's files.

    target: where, from the folder that the hidden one is in. stale: files to remove, with the sha256 that they have
    while they are not the user's.
    """

    target: str
    stale: dict[str, str]


def settle(target: Path) -> None:
    """Finish what a killed run was replacing in `target`, and remove what else killed runs have left for it.

    Before this nobody knows what in the folder is an earlier run's.
    """
    name = target.absolute().name
    for place in {_nearest(target), _nearest(target.absolute().parent)}:
        sweep(place, f".{name}.partial-", _finish)
    for place in (target, target.parent):
        unfinished = place / f".{name}.unfinished"
        remove_empty(unfinished)
        if left := taken(unfinished):
            with left.journal:
                if (unfinished / REPLACING).exists():
                    _finish(unfinished)
                if not (unfinished / CONTENT).exists() and not _filled(unfinished):
                    remove(unfinished)


def _nearest(path: Path) -> Path:
    """The path, or the first above it that is a folder."""
    return next(place for place in (path.absolute(), *path.absolute().parents) if place.is_dir())


@contextmanager
def staged(target: Path, overwrite: bool) -> Iterator[Path]:
    """A folder to write into that becomes `target` when the block ends well, and vanishes when it does not.

    overwrite: where `target` exists, the files of the block replace those of the same name, the files that
        an earlier manifest names are removed, and all others stay. Else raises InputError where it
        has come into being since the run began.
    """
    # Within the target, where there is one: nothing else is sure to be on the same disk, and to be writable.
    with held(_nearest(target), f".{target.absolute().name}.partial-") as folder:
        (folder / CONTENT).mkdir()
        yield folder / CONTENT
        _name(folder, target, overwrite)


@contextmanager
def kept(target: Path, settings: Mapping[str, object], resume: bool, overwrite: bool) -> Iterator[Journal]:
    """The journal of a run that writes beside it, into `content_of`; that becomes `target` when the block ends well.

    Else it stays where the journal has a record, and `resume` goes on.
    settings: all that decides about the content of the folder; going on needs the same.
    Raises InputError where a folder is there that the command does not speak of, or cannot go on with, or where
    another run is at work in it. An exception that ends the block gets a note on what is kept.
    """
    name = f".{target.absolute().name}.unfinished"
    # Within the target, as in `staged`, unless a run was cut off when there was none yet.
    shown = target / name if target.is_dir() and not (target.parent / name).is_dir() else target.parent / name
    folder = shown.absolute()
    if folder.exists() and not resume and not overwrite:
        raise InputError(
            f"{shown} is left of a run that was cut off; --resume goes on with it, --overwrite begins again"
        )
    _check_ours(folder, shown)
    with opened(folder / PART, f"another run is at work in {shown}") as journal:
        if journal.before is None or (overwrite and not resume):
            empty(folder)
            begin(journal.file, settings)
        elif differing := difference(journal.before, settings):
            key, before, now = differing
            raise InputError(
                f"{shown} is left of a run with other settings ({key}: {before}, and not {now}); "
                "go on with the same, or begin again with --overwrite"
            )
        content_of(journal).mkdir(exist_ok=True)
        try:
            yield journal
            for path in list(content_of(journal).rglob(hidden(Path("*")).name)):
                path.unlink()
            _name(folder, target, overwrite)
        except BaseException as error:
            if (folder / REPLACING).exists():
                raise
            if journal.path.exists() and any(True for _ in records(journal.path, Any)):
                error.add_note(f"what is finished is kept in {shown}; the same command with --resume goes on")
            else:
                remove(folder)
            raise


def content_of(journal: Journal) -> Path:
    """The folder that a run with this journal writes into."""
    return journal.path.with_name(CONTENT)


def _filled(folder: Path) -> bool:
    return folder.is_dir() and any(path.name != PART for path in folder.iterdir())


def _check_ours(folder: Path, shown: Path) -> None:
    """Raise InputError where a hidden folder is not this program's: has no journal with a head, or leads elsewhere."""
    part = folder / PART
    ours = not _filled(folder) or (part.is_file() and head(part, dict) is not None)
    if not ours or folder.is_symlink() or part.is_symlink():
        raise InputError(f"{shown} is no folder of an earlier run; remove it, or name another with --output_dir")


def _name(folder: Path, target: Path, overwrite: bool) -> None:
    """Give a finished content its name; whoever interrupts that is told that it came too late."""
    if target.exists() and not overwrite:
        raise InputError(
            f"the output folder {target} was made by another run while this one was at work; "
            "name another with --output_dir"
        )
    try:
        with undisturbed():
            if target.is_dir():
                _replace(folder, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                (folder / CONTENT).rename(target)
            remove(folder)
    except KeyboardInterrupt as error:
        error.add_note(f"{target} is complete")
        raise


def _replace(folder: Path, target: Path) -> None:
    content = folder / CONTENT
    files = _files(content)
    stale: dict[str, str] = {}
    for below in (path.parent for path in files if path.name == MANIFEST):
        made = made_before(target / below)
        check_replaceable(target / below, [p.relative_to(below) for p in files if p.is_relative_to(below)], made)
        stale |= {str(below / name): digest for name, digest in made.items() if below / name not in files}
    plan = Replacement(os.path.relpath(target.resolve(), folder.parent.resolve()), stale)
    path = folder / REPLACING
    hidden(path).write_bytes(msgspec.json.encode(plan))
    hidden(path).replace(path)
    try:
        _finish(folder)
    except OSError as error:
        error.add_note(f"{target} has files of two runs; the next run into it finishes what is in {folder}")
        raise


def _finish(folder: Path) -> None:
    """Do what is left of a replacement, from whatever moment on."""
    plan = msgspec.json.decode((folder / REPLACING).read_bytes(), type=Replacement)
    content, target = folder / CONTENT, folder.parent.resolve() / plan.target
    files = sorted(_files(content), key=lambda path: (path.name == MANIFEST, path))
    for path in files:
        if path.name == MANIFEST:  # an earlier one, as the new one has not got its name yet
            (target / path).unlink(missing_ok=True)
    for name, digest in plan.stale.items():
        if (target / name).is_file() and sha256(target / name) == digest:  # or it is the user's by now
            (target / name).unlink()
    for path in files:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).replace(target / path)
    for cache in caches_of({*files, *map(Path, plan.stale)}, target):
        cache.unlink()
    shutil.rmtree(content, ignore_errors=True)  # its folders, empty now
    (folder / REPLACING).unlink()


def _files(folder: Path) -> list[Path]:
    return [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """A path to write to that becomes the file `target` when the block ends well, and vanishes when it does not."""
    prefix = f".{target.name}.partial-"
    sweep(target.parent, prefix)
    with held(target.parent, prefix) as folder:
        yield folder / target.name
        (folder / target.name).replace(target)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A block that no other process is in for this folder; waits for those that are."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
