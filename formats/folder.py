"""An output folder that appears whole or not at all.

Everything is written into a hidden folder beside the target and renamed when it is complete. A run
that ends early removes the hidden folder; one that is killed leaves it, and nothing under a final
name. Files that are there already are replaced one by one, the manifest, where there is one, last: while
files and manifest do not belong together there is no manifest.

A run over many files may take days. Its hidden folder stays when the run ends early, so that another
run can go on with it.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from errors import InputError
from interrupts import undisturbed

MANIFEST = "manifest.json"
JOURNAL = "files.jsonl"
CHECKSUMS = ".sha256"  # a list as `sha256sum --check` reads it
SETTINGS = ".settings.json"


def hidden(path: Path) -> Path:
    """Where a file is written before it gets its name."""
    return path.with_name(f".{path.name}.part")


class Outputs(NamedTuple):
    """What is made of a file: its noisy version, its noise log and, for a federated file, the log of its lists."""

    noisy: Path
    log: Path
    lists: Path


def outputs(path: Path, folder: Path | None) -> Outputs:
    """Where what is made of a file goes: into `folder`, or nowhere.

    path: relative; where it has folders they are kept below `folder`.
    """
    if folder is None:
        return Outputs(*[Path(os.devnull)] * 3)
    names = (path.name, f"{path.stem}.noise.csv", f"{path.stem}.lists.csv")
    return Outputs(*(folder / path.with_name(name) for name in names))


def check_target(target: Path, folders: Sequence[Path], inputs: Sequence[Path], overwrite: bool) -> None:
    """Say before any work what would make the output impossible.

    target: the output folder. folders: those that files go into, itself or sub-folders of it.
    Raises InputError.
    """
    for path in inputs:
        if path.parent.resolve() in [folder.resolve() for folder in folders]:
            raise InputError(
                f"the output folder {path.parent} is the folder of the input {path}; name another with --output_dir"
            )
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
def staged(target: Path) -> Iterator[Path]:
    """A folder to write into that becomes `target` when the block ends well, and vanishes when it does not.

    Where `target` exists, the files of the block replace those of the same name, the files that
    an earlier manifest names are removed, and all others stay.
    """
    existing = next(parent for parent in target.absolute().parents if parent.is_dir())
    staging = existing / f".{target.name}.partial-{os.getpid()}"
    staging.mkdir()
    try:
        yield staging
        _name(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def kept(target: Path, settings: Mapping[str, object], resume: bool, overwrite: bool) -> Iterator[Path]:
    """A folder to write into that becomes `target` when the block ends well, and is kept for `resume` when it does not.

    settings: all that decides about the content of the folder; going on needs the same. Raises
    InputError where a folder is there that the command does not speak of, or cannot go on with,
    or where another run is at work in it. An exception that ends the block gets a note on what is kept.
    """
    existing = next(parent for parent in target.absolute().parents if parent.is_dir())
    staging = existing / f".{target.name}.unfinished"
    shown = target.parent / staging.name
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
            _name(staging, target)
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


def _name(staging: Path, target: Path) -> None:
    """Give a finished folder its name; whoever interrupts that is told that it came too late."""
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
    stale = {path.parent / name for path in manifests for name in made_before(target / path.parent)} - files
    for manifest in manifests:
        (target / manifest).unlink(missing_ok=True)
    for path in sorted(files - manifests):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (staging / path).replace(target / path)
    for path in stale:
        (target / path).unlink(missing_ok=True)
    for manifest in manifests:
        (target / manifest).parent.mkdir(parents=True, exist_ok=True)
        (staging / manifest).replace(target / manifest)


def made_before(folder: Path) -> list[str]:
    """The files that an earlier run has made in a folder, relative to it, as its manifest lists them.

    Many files stand in the manifest as one, a list of checksums or a journal: they are named too. No
    files where the manifest is missing or unreadable.
    """
    names: list[str] = []
    with suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        names += [str(entry["file"]) for entry in content["outputs"]]
        for name in [name for name in names if name.endswith(CHECKSUMS)]:
            names += [line.partition("  ")[2] for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        if JOURNAL in names:
            for line in (folder / JOURNAL).read_text(encoding="utf-8").splitlines():
                names += map(str, outputs(Path(json.loads(line)["file"]), Path()))
    return [name for name in names if name and not Path(name).is_absolute() and ".." not in Path(name).parts]


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """A path to write to that becomes the file `target` when the block ends well, and vanishes when it does not."""
    staging = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        yield staging
        staging.replace(target)
    finally:
        staging.unlink(missing_ok=True)
