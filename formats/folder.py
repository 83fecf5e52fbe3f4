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
CHECKSUMS = ".sha256"  # a list as `sha256sum --check` reads it


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
    files = {path.relative_to(staging) for path in staging.rglob("*") if path.is_file()}
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

    Many files of one kind stand in the manifest as one, a list of checksums: they are named too.
    No files where the manifest is missing or unreadable.
    """
    names: list[str] = []
    with suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        names += [str(entry["file"]) for entry in content["outputs"]]
        for name in [name for name in names if name.endswith(CHECKSUMS)]:
            names += [line.partition("  ")[2] for line in (folder / name).read_text(encoding="utf-8").splitlines()]
    return [name for name in names if name and not Path(name).is_absolute() and ".." not in Path(name).parts]
