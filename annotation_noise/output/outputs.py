"""The names of what a run writes, and the one rule of what may be replaced, which every command asks.

In a folder that is there, `--overwrite` replaces and removes what the manifest of an earlier run lists, and
nothing else; what has changed since is not removed. An input is never among it. A file whose name is known before
the work is asked about before the work, the others when the output gets its name, before the first is replaced.

A manifest lists the files of its folder with their sha256. Many of them stand in it as one: as a list of
checksums, or as the list of a run over many files, which is listed and has their digests.

One thing that others made goes too: what trainers have cached of label files that are replaced or removed. They
recognise a stale cache by the sum of the files' sizes alone, and would train on the labels of before.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from annotation_noise.errors import InputError
from annotation_noise.reading import check_regular

MANIFEST = "manifest.json"
JOURNAL = "files.jsonl"
CHECKSUMS = ".sha256"  # a list as `sha256sum --check` reads it
CACHES_BEGIN = (b"\x93NUMPY", b"PK\x03\x04")  # ultralytics and YOLOv5 save by numpy, YOLOv7 by torch


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


def names_of_outputs(inputs: Iterable[Path]) -> list[Path]:
    """The names of what is made of files, as far as they are known before these are read; the manifest's too."""
    return [Path(MANIFEST), *(name for path in inputs for name in outputs(Path(path.name), Path())[:2])]


def sha256(path: Path) -> str:
    """The sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_target(target: Path, files: Mapping[Path, Iterable[Path]], inputs: Sequence[Path], overwrite: bool) -> None:
    """Say before any work what would make the output impossible.

    target: the output folder.
    files: by folder, `target` or one below it, the names of the files that it gets, as far as they are known.
    inputs: files, or a folder of them.
    Raises InputError.
    """
    if target.is_symlink() and not target.exists():
        raise InputError(f"the output folder {target} is a link to nowhere; name another with --output_dir")
    for folder, names in files.items():
        made = made_before(folder)
        for path in inputs:
            check_input_name(path, MANIFEST)
            real, place = path.resolve(), folder.resolve()
            if place in ((real,) if path.is_dir() else (path.parent.resolve(), real.parent)):
                raise InputError(
                    f"the output folder {folder} is the folder of the input {path}; name another with --output_dir"
                )
            if real.is_relative_to(place) and real.relative_to(place).as_posix() in made:
                raise InputError(
                    f"{path} was made by an earlier run in {folder}, whose files --overwrite replaces; "
                    "name another folder with --output_dir"
                )
        check_replaceable(folder, names, made)
    for parent in target.parents:
        if parent.exists() and not parent.is_dir():
            raise InputError(f"the output folder {target} cannot be made: {parent} is not a folder")
    if target.exists() and not target.is_dir():
        raise InputError(f"the output folder {target} exists and is not a folder; name another with --output_dir")
    if target.exists() and not overwrite:
        raise InputError(f"the output folder {target} exists; --overwrite replaces the files of an earlier run in it")


def check_apart(target: Path, searched: Path) -> None:
    """Raise InputError where one of the output folder and the folder whose files are noised lies in the other."""
    if target.resolve().is_relative_to(searched.resolve()):
        raise InputError(
            f"the output folder {target} lies in {searched}, where --glob looks; name another with --output_dir"
        )
    if searched.resolve().is_relative_to(target.resolve()):
        raise InputError(f"{searched} lies in the output folder {target}; name another with --output_dir")


def check_input_name(path: Path, *written: str) -> None:
    """Raise InputError where an input has the name of a file that is written in any case."""
    if path.name in written:
        raise InputError(f"{path}: an input cannot be called {path.name}, as a file of that name is written")


def check_replaceable(folder: Path, names: Iterable[Path], made: Mapping[str, str]) -> None:
    """Raise InputError where a file of one of these names is there that no earlier run has made.

    made: the files that have been made, as `made_before` returns them.
    """
    for name in sorted(names):
        ours = name.as_posix() in made or (name.name == MANIFEST and bool(made))
        above = [folder / place for place in name.parents[:-1] if (folder / place).exists()]
        if (folder / name).is_dir() or not all(place.is_dir() for place in above):
            raise InputError(f"{folder / name} cannot be written: a folder is there, or a file where a folder must be")
        if not ours and (folder / name).is_file():
            raise InputError(
                f"{folder / name} was not made by an earlier run; name another folder with --output_dir, "
                "as --overwrite does not replace it"
            )


def made_before(folder: Path) -> dict[str, str]:
    """The files that an earlier run has made in a folder, relative to it, with the sha256 they had then.

    Empty where the manifest is missing or unreadable.
    """
    made: dict[str, str] = {}
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, InputError, RecursionError):
        check_regular(folder / MANIFEST)
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        made |= {str(entry["file"]): str(entry["sha256"]) for entry in content["outputs"]}
        for name in [name for name in made if name.endswith(CHECKSUMS)]:
            lines = (line.partition("  ") for line in (folder / name).read_text(encoding="utf-8").splitlines())
            made |= {listed: digest for digest, _, listed in lines}
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


def caches_of(files: Iterable[Path], folder: Path) -> list[Path]:
    """What trainers have cached of some label files: `labels/train.cache` of those in `labels/train`, or of a list.

    files: relative to `folder`, in which the caches lie too.
    Source: ultralytics, YOLODataset.get_labels; YOLOv5 and YOLOv7, LoadImagesAndLabels, for `train.cache` of train.txt.
    """
    labels = [path for path in files if path.suffix == ".txt"]
    origins = {*labels, *(path.parent for path in labels if path.parent.name)}
    places = sorted(folder / origin.with_suffix(".cache") for origin in origins)
    return [place for place in places if place.is_file() and not place.is_symlink() and _is_cache(place)]


def _is_cache(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(6).startswith(CACHES_BEGIN)
