"""An output folder that appears whole or not at all.

Everything is written into a hidden folder beside the target and renamed when it is complete. A run
that ends early removes the hidden folder; one that is killed leaves it, and nothing under a final
name. Files that are there already are replaced one by one, the manifest last: while files and
manifest do not belong together there is no manifest.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from errors import InputError

MANIFEST = "manifest.json"


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
            raise InputError(f"{path}: an input cannot be called {MANIFEST}, as a file of that name is written")
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
        if target.is_dir():
            _replace(staging, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _replace(staging: Path, target: Path) -> None:
    for folder in {path.parent for path in staging.rglob("*") if path.is_file()}:
        final = target / folder.relative_to(staging)
        final.mkdir(parents=True, exist_ok=True)
        files = {path.name: path for path in folder.iterdir() if path.is_file()}
        manifest = files.pop(MANIFEST)
        stale = set(_named_in(final / MANIFEST)) - set(files)
        (final / MANIFEST).unlink(missing_ok=True)
        for name, path in files.items():
            path.replace(final / name)
        for name in stale:
            (final / name).unlink(missing_ok=True)
        manifest.replace(final / MANIFEST)


def _named_in(manifest: Path) -> list[str]:
    """The file names that an earlier run's manifest lists as its outputs; none where it is unreadable."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        names = [str(entry["file"]) for entry in json.loads(manifest.read_text(encoding="utf-8"))["outputs"]]
        return [name for name in names if Path(name).name == name]
    return []


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """A path to write to that becomes the file `target` when the block ends well, and vanishes when it does not."""
    staging = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        yield staging
        staging.replace(target)
    finally:
        staging.unlink(missing_ok=True)
