"""The names of what a run writes, and what an earlier run has written under them.

A manifest lists the files of its folder with their sha256. Many of them stand in it as one: as a list of
checksums, or as the journal of a run over many files, which is listed and has their digests.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from errors import InputError

MANIFEST = "manifest.json"
JOURNAL = "files.jsonl"
CHECKSUMS = ".sha256"  # a list as `sha256sum --check` reads it


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


def check_replaceable(folder: Path, names: Iterable[Path], made: Mapping[str, str]) -> None:
    """Raise InputError where a file of one of these names is there that no earlier run has made."""
    for name in sorted(names):
        ours = name.as_posix() in made or (name.name == MANIFEST and bool(made))
        if not ours and (folder / name).is_file():
            raise InputError(
                f"{folder / name} was not made by an earlier run, so --overwrite does not replace it; "
                "name another folder with --output_dir"
            )


def sha256(path: Path) -> str:
    """The sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def made_before(folder: Path) -> dict[str, str]:
    """The files that an earlier run has made in a folder, relative to it, with the sha256 they had then.

    None where the manifest is missing or unreadable.
    """
    made: dict[str, str] = {}
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        made |= {str(entry["file"]): str(entry["sha256"]) for entry in content["outputs"]}
        for name in [name for name in made if name.endswith(CHECKSUMS)]:
            for line in (folder / name).read_text(encoding="utf-8").splitlines():
                digest, _, listed = line.partition("  ")
                made[listed] = digest
        if JOURNAL in made:
            for line in (folder / JOURNAL).read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                digests = (entry["noisy_sha256"], entry["log_sha256"], entry.get("lists_sha256", ""))
                made |= dict(zip(map(str, outputs(Path(entry["file"]), Path())), digests, strict=True))
    return {
        name: digest
        for name, digest in made.items()
        if name and not Path(name).is_absolute() and ".." not in Path(name).parts
    }
