"""An output folder that appears whole or not at all.

Everything is written into a hidden folder, beside the target or, where that is there already, in it, and renamed
when it is complete. A run that ends early removes the hidden folder; one that is killed leaves it, and nothing
under a final name. Files of an earlier run are replaced one by one, the manifest, where there is one, last: while
files and manifest do not belong together there is no manifest.

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

from annotation_noise.errors import InputError
from annotation_noise.interrupts import undisturbed
from annotation_noise.output.journal import Journal, begin, difference, head, opened, records
from annotation_noise.output.outputs import (
    JOURNAL,
    MANIFEST,
    caches_of,
    check_replaceable,
    hidden,
    made_before,
    sha256,
)

PART = hidden(Path(JOURNAL)).name


@contextmanager
def staged(target: Path, overwrite: bool) -> Iterator[Path]:
    """A folder to write into that becomes `target` when the block ends well, and vanishes when it does not.

    overwrite: where `target` exists, the files of the block replace those of the same name, the files that
        an earlier manifest names are removed, and all others stay. Else raises InputError where it
        has come into being since the run began.
    """
    # Within the target, where there is one: nothing else is sure to be on the same disk, and to be writable.
    place = next(path for path in (target.absolute(), *target.absolute().parents) if path.is_dir())
    staging = place / f".{target.absolute().name}.partial-{os.getpid()}"
    staging.mkdir()
    try:
        yield staging
        _name(staging, target, overwrite)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def kept(target: Path, settings: Mapping[str, object], resume: bool, overwrite: bool) -> Iterator[Journal]:
    """The journal of a folder to write into, which becomes `target` when the block ends well; else `resume` goes on.

    The folder is that of the journal, and is kept where this has a record.
    settings: all that decides about the content of the folder; going on needs the same.
    Raises InputError where a folder is there that the command does not speak of, or cannot go on with, or where
    another run is at work in it. An exception that ends the block gets a note on what is kept.
    """
    name = f".{target.absolute().name}.unfinished"
    # Within the target, as in `staged`, unless a run was cut off when there was none yet.
    shown = target / name if target.is_dir() and not (target.parent / name).is_dir() else target.parent / name
    staging = shown.absolute()
    if staging.exists() and not resume and not overwrite:
        raise InputError(
            f"{shown} is left of a run that was cut off; --resume goes on with it, --overwrite begins again"
        )
    _check_ours(staging, shown)
    with opened(staging / PART, f"another run is at work in {shown}") as journal:
        if journal.before is None or (overwrite and not resume):
            for path in staging.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path != journal.path:
                    path.unlink()
            begin(journal.file, settings)
        elif differing := difference(journal.before, settings):
            key, before, now = differing
            raise InputError(
                f"{shown} is left of a run with other settings ({key}: {before}, and not {now}); "
                "go on with the same, or begin again with --overwrite"
            )
        try:
            yield journal
            for path in list(staging.rglob(hidden(Path("*")).name)):
                if path != journal.path:
                    path.unlink()
            _name(staging, target, overwrite)
        except BaseException as error:
            if journal.path.exists() and any(True for _ in records(journal.path, Any)):
                error.add_note(f"what is finished is kept in {shown}; the same command with --resume goes on")
            else:
                shutil.rmtree(staging, ignore_errors=True)
            raise


def _check_ours(staging: Path, shown: Path) -> None:
    """Raise InputError where a hidden folder is not this program's: has no journal with a head, or leads elsewhere."""
    part = staging / PART
    filled = staging.is_dir() and any(path != part for path in staging.iterdir())
    ours = not filled or (part.is_file() and head(part, dict) is not None)
    if not ours or staging.is_symlink() or part.is_symlink():
        raise InputError(f"{shown} is no folder of an earlier run; remove it, or name another with --output_dir")


def _name(staging: Path, target: Path, overwrite: bool) -> None:
    """Give a finished folder its name; whoever interrupts that is told that it came too late."""
    if target.exists() and not overwrite:
        raise InputError(
            f"the output folder {target} was made by another run while this one was at work; "
            "name another with --output_dir"
        )
    try:
        with undisturbed():
            if target.is_dir():
                _replace(staging, target)
                shutil.rmtree(staging, ignore_errors=True)  # its folders, empty now
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                staging.rename(target)
                (target / PART).unlink(missing_ok=True)  # last, since nobody may go on with other ones
    except KeyboardInterrupt as error:
        error.add_note(f"{target} is complete")
        raise


def _replace(staging: Path, target: Path) -> None:
    files = {path.relative_to(staging) for path in staging.rglob("*") if path.is_file() and path != staging / PART}
    manifests = {path for path in files if path.name == MANIFEST}
    stale: dict[Path, str] = {}
    for folder in (manifest.parent for manifest in manifests):
        made = made_before(target / folder)
        check_replaceable(target / folder, [p.relative_to(folder) for p in files if p.is_relative_to(folder)], made)
        stale |= {folder / name: digest for name, digest in made.items() if folder / name not in files}
    for manifest in manifests:
        (target / manifest).unlink(missing_ok=True)
    for path, digest in stale.items():
        if (target / path).is_file() and sha256(target / path) == digest:  # or it is the user's by now
            (target / path).unlink()
    for path in (*sorted(files - manifests), *manifests):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (staging / path).replace(target / path)
    for cache in caches_of({*files, *stale}, target):
        cache.unlink()


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """A path to write to that becomes the file `target` when the block ends well, and vanishes when it does not."""
    staging = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        yield staging
        staging.replace(target)
    finally:
        staging.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A block that no other process is in for this folder; waits for those that are."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
