"""An output folder that appears whole or not at all.

Everything is written into a hidden folder, beside the target or, where that is there already, in it, and renamed
when it is complete. A run that ends early removes the hidden folder; one that is killed leaves it, and nothing
under a final name. Files of an earlier run are replaced one by one, the manifest, where there is one, last: while
files and manifest do not belong together there is no manifest.

A run over many files may take days. Its hidden folder stays when the run ends early, so that another
run can go on with it.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from errors import InputError
from formats.outputs import JOURNAL, MANIFEST, check_replaceable, hidden, made_before, outputs, sha256
from interrupts import undisturbed

SETTINGS = ".settings.json"


def check_target(target: Path, folders: Sequence[Path], inputs: Sequence[Path], overwrite: bool) -> None:
    """Say before any work what would make the output impossible.

    target: the output folder. folders: those that files go into, itself or sub-folders of it. inputs: files, or
    a folder of them. Raises InputError.
    """
    if target.is_symlink() and not target.exists():
        raise InputError(f"the output folder {target} is a link to nowhere; name another with --output_dir")
    for folder, path in product(folders, inputs):
        real, place = path.resolve(), folder.resolve()
        if place in ((real,) if path.is_dir() else (path.parent.resolve(), real.parent)):
            raise InputError(
                f"the output folder {folder} is the folder of the input {path}; name another with --output_dir"
            )
        made = made_before(folder)
        if real.is_relative_to(place) and real.relative_to(place).as_posix() in made:
            raise InputError(
                f"{path} was made by an earlier run in {folder}, whose files --overwrite replaces; "
                "name another folder with --output_dir"
            )
        check_replaceable(folder, [*outputs(Path(path.name), Path())[:2], Path(MANIFEST)], made)
        if path.name == MANIFEST:
            raise InputError(f"{path}: an input cannot be called {path.name}, as a file of that name is written")
    for parent in target.parents:
        if parent.exists() and not parent.is_dir():
            raise InputError(f"the output folder {target} cannot be made: {parent} is not a folder")
    if target.exists() and not target.is_dir():
        raise InputError(f"the output folder {target} exists and is not a folder; name another with --output_dir")
    if target.exists() and not overwrite:
        raise InputError(f"the output folder {target} exists; --overwrite replaces the files of an earlier run in it")


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
def kept(target: Path, settings: Mapping[str, object], resume: bool, overwrite: bool) -> Iterator[Path]:
    """A folder to write into that becomes `target` when the block ends well, and is kept for `resume` when it does not.

    settings: all that decides about the content of the folder; going on needs the same. Raises
    InputError where a folder is there that the command does not speak of, or cannot go on with,
    or where another run is at work in it. An exception that ends the block gets a note on what is kept.
    """
    name = f".{target.absolute().name}.unfinished"
    # Within the target, as in `staged`, unless a run was cut off when there was none yet.
    shown = target / name if target.is_dir() and not (target.parent / name).is_dir() else target.parent / name
    staging = shown.absolute()
    staging.parent.mkdir(parents=True, exist_ok=True)
    if staging.exists() and not resume and not overwrite:
        raise InputError(
            f"{shown} is left of a run that was cut off; --resume goes on with it, --overwrite begins again"
        )
    staging.mkdir(exist_ok=True)
    with (staging / SETTINGS).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(f"another run is at work in {shown}") from error
        if overwrite and not resume:
            for path in staging.iterdir():
                if path.name != SETTINGS:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            file.truncate(0)
        file.seek(0)
        if not _begun_with(file.read(), settings, shown):
            file.truncate(0)
            json.dump(settings, file)
            file.flush()
        try:
            yield staging
            for path in list(staging.rglob(hidden(Path("*")).name)):
                path.unlink()
            _name(staging, target, overwrite)
        except BaseException as error:
            if _has_finished(staging):
                error.add_note(f"what is finished is kept in {shown}; the same command with --resume goes on")
            else:
                shutil.rmtree(staging, ignore_errors=True)
            raise


def _begun_with(text: str, settings: Mapping[str, object], shown: Path) -> bool:
    """Whether a run was begun, with these settings. Raises InputError for others; an empty text stands for no run."""
    try:
        before = json.loads(text)
    except ValueError:  # a text that was cut off while it was written: nothing was done yet
        return False
    for name, value in json.loads(json.dumps(settings)).items():
        if before.get(name) != value:
            raise InputError(
                f"{shown} is left of a run with other settings ({name}: {before.get(name)}, and not {value}); "
                "go on with the same, or begin again with --overwrite"
            )
    return True


def _has_finished(staging: Path) -> bool:
    """Whether a journal, of a run before or of this one, of whatever recipe, has a line."""
    names = (JOURNAL, hidden(Path(JOURNAL)).name)
    return any(
        path.stat().st_size for name in names for path in (staging / name, *staging.glob(f"*/{name}")) if path.exists()
    )


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
                (target / SETTINGS).unlink(missing_ok=True)  # last, since nobody may go on with other ones
    except KeyboardInterrupt as error:
        error.add_note(f"{target} is complete")
        raise


def _replace(staging: Path, target: Path) -> None:
    files = {path.relative_to(staging) for path in staging.rglob("*") if path.is_file() and path.name != SETTINGS}
    manifests = {path for path in files if path.name == MANIFEST}
    stale: list[tuple[Path, str]] = []
    for manifest in manifests:
        folder, made = manifest.parent, made_before(target / manifest.parent)
        names = [path.relative_to(folder) for path in files if path.is_relative_to(folder)]
        check_replaceable(target / folder, names, made)
        stale += [(folder / name, digest) for name, digest in made.items() if folder / name not in files]
    for manifest in manifests:
        (target / manifest).unlink(missing_ok=True)
    for path in sorted(files - manifests):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (staging / path).replace(target / path)
    for path, digest in stale:
        if (target / path).is_file() and sha256(target / path) == digest:  # or it is the user's by now
            (target / path).unlink()
    for manifest in manifests:
        (target / manifest).parent.mkdir(parents=True, exist_ok=True)
        (staging / manifest).replace(target / manifest)


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
