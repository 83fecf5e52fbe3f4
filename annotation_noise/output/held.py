"""Hidden folders in which runs work, and what becomes of them when a run is killed.

A run holds its folder: its journal is open and locked, and the operating system lets go of it when the process ends,
however it ends. So a folder that nobody holds is left of a killed run, and the next run that comes to the same place
removes it. The journal's head says on which machine that was: machines that share a disk may not see each other's
locks, so what another one has made stays, and so does all on a disk without locks.
"""

import errno
import fcntl
import glob
import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

from annotation_noise.errors import InputError
from annotation_noise.output.journal import begin, head
from annotation_noise.output.outputs import JOURNAL, hidden

PART = hidden(Path(JOURNAL)).name
REPLACING = "replacing.json"  # there while what is in the folder takes the place of an earlier run's files
TEMPORARY = "noise_annotations-"


class Left(NamedTuple):
    """A folder that was left, held by this process now. head: of its journal, empty where there was no time for one."""

    journal: FileIO
    head: Mapping[str, Any]


@contextmanager
def held(place: Path, prefix: str, mode: int = 0o777) -> Iterator[Path]:
    """A new folder in `place` whose name begins with `prefix`; it vanishes when the block ends.

    It stays where what is in it is about to take the place of something else, and when this process is killed.
    """
    folder, journal = _made(place, prefix, mode)
    with journal:
        try:
            begin(journal, {"host": platform.node()})
            yield folder
        finally:
            if not (folder / REPLACING).exists():
                remove(folder)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for temporary files, for this user alone."""
    place = Path(tempfile.gettempdir())
    sweep(place, TEMPORARY)
    with held(place, TEMPORARY, 0o700) as folder:
        yield folder


def sweep(place: Path, prefix: str, finish: Callable[[Path], None] = lambda folder: None) -> None:
    """Remove the folders that killed runs have left in `place`; those that were replacing something get to `finish`."""
    for folder in sorted(place.glob(f"{glob.escape(prefix)}*")):
        remove_empty(folder)
        if left := taken(folder):
            with left.journal:
                replacing = (folder / REPLACING).exists()
                if replacing:
                    finish(folder)
                begun = [path for path in folder.iterdir() if path.name != PART]
                if replacing or left.head.get("host") == platform.node() or not (left.head or begun):
                    remove(folder)


def taken(folder: Path) -> Left | None:
    """A folder of this user's that a run has left; None for one that a process holds, and for what is none.

    On a disk without locks only one that was replacing something: to finish that twice does no harm.
    """
    try:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            return None
        journal = FileIO(os.open(folder / PART, os.O_RDWR | os.O_NOFOLLOW), "r+")
    except OSError:
        return None
    with suppress(InputError):  # what is no journal
        locked = _locked(journal)
        if locked or (locked is None and (folder / REPLACING).exists()):
            return Left(journal, head(folder / PART, dict) or {})
    journal.close()
    return None


def remove(folder: Path) -> None:
    """Remove a folder, its journal last: by that it is known when this is cut short."""
    with suppress(OSError):
        empty(folder)
        (folder / PART).unlink(missing_ok=True)
        folder.rmdir()


def remove_empty(folder: Path) -> None:
    """Remove a folder with nothing in it, which a run was killed right after making."""
    with suppress(OSError):
        folder.rmdir()


def empty(folder: Path) -> None:
    """Remove all that is in a folder but its journal; what links lead to stays."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != PART:
            path.unlink()


def _made(place: Path, prefix: str, mode: int) -> tuple[Path, FileIO]:
    """A new folder and its journal, locked; another one where a run that sweeps has just removed the first."""
    while True:
        folder = place / f"{prefix}{token_hex(4)}"
        folder.mkdir(mode)
        try:
            journal = (folder / PART).open("xb", buffering=0)
        except FileNotFoundError:
            continue
        if _locked(journal) is not False and os.fstat(journal.fileno()).st_nlink:
            return folder, journal
        journal.close()


def _locked(journal: FileIO) -> bool | None:
    """Lock a journal; False where another process has it, None where the disk has no locks."""
    try:
        fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    return True
