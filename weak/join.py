"""The part files of a dataset, found and held against each other."""

import glob
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from errors import InputError
from weak.parts import Head, Record, path_of, records, refuse_other


class Whole(NamedTuple):
    """All parts of a dataset; `setting` is what they have in common, and the library versions of all."""

    paths: list[Path]
    setting: dict[str, Any]


class Drawing(NamedTuple):
    """Where all that was drawn for a dataset is to be found; of an image that is there twice, the later record.

    places: file, first byte and end of the record of each image, by the image's id.
    faults: why an image could not be read, by its id.
    """

    places: dict[int, tuple[Path, int, int]]
    faults: dict[int, str]


def drawing(parts: Whole) -> Drawing:
    """The drawing that the parts make; what was drawn stays in the files."""
    places: dict[int, tuple[Path, int, int]] = {}
    faults: dict[int, str] = {}
    for path in parts.paths:
        start = 0
        for record, end in records(path):
            if isinstance(record, Record):
                faults.pop(record.image, None)
                if record.fault:
                    faults[record.image] = record.fault
                places[record.image] = (path, start, end)
            start = end
    return Drawing(places, faults)


def whole(folder: Path, stem: str, wanted: Mapping[str, Any]) -> Whole:
    """The parts of a dataset.

    wanted: the setting that the command asks for; model and versions are those of the parts. Raises
    InputError where a part is missing, is not finished or is not of this setting, or where the models
    of parts differ. Library versions may differ.
    """
    found = shares(folder, stem)
    if not found:
        raise InputError(f"{folder} has no part of {stem}; draw it first, with --shard 1/N to N/N")
    numbers = {shards for _, shards in found.values()}
    if len(numbers) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(f"{folder} has parts of {stem} that are shared out in different ways: {names}")
    (shards,) = numbers
    paths = [path_of(folder, stem, shard, shards) for shard in range(1, shards + 1)]
    for path in paths:
        if path not in found:
            raise InputError(f"{path} is missing; it is what --shard {paths.index(path) + 1}/{shards} draws")
    heads = [_finished(path) for path in paths]
    setting = {**wanted, "model": heads[0].setting["model"]}
    for shard, (path, head) in enumerate(zip(paths, heads, strict=True), 1):
        versions = head.setting["versions"]
        refuse_other(path, head, Head(shard, shards, head.images, {**setting, "versions": versions}))
    return Whole(paths, {**setting, "versions": _all_versions([head.setting["versions"] for head in heads])})


def _all_versions(found: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The version of each library; all of them, where parts were drawn with different ones."""
    names = {name: None for versions in found for name in versions}
    return {name: ", ".join(sorted({versions.get(name, "none") for versions in found})) for name in names}


def common(settings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Model and library versions of several datasets. Raises InputError where they are of different models."""
    first = settings[0]
    for setting in settings:
        if setting["model"] != first["model"]:
            names = " and ".join(str(one["annotations"]["file"]) for one in (first, setting))
            raise InputError(
                f"the parts of {names} were drawn by different models; join them one by one, with --splits"
            )
    return {"model": first["model"], "versions": _all_versions([setting["versions"] for setting in settings])}


def remove(parts: Whole) -> None:
    """Remove the part files, and their folder when nothing else is in it."""
    for path in parts.paths:
        path.unlink()
    folder = parts.paths[0].parent
    if not any(folder.iterdir()):
        folder.rmdir()


def shares(folder: Path, stem: str) -> dict[Path, tuple[int, int]]:
    """The part files of a dataset that are there, with their share and the number of shares."""
    return {path: _share(path) for path in sorted(folder.glob(f"{glob.escape(stem)}.*-of-*.part"))}


def _share(path: Path) -> tuple[int, int]:
    match = re.search(r"\.(\d+)-of-(\d+)\.part$", path.name)
    if match is None:
        raise InputError(f"{path} is no part file; its name must end like .1-of-4.part")
    return int(match[1]), int(match[2])


def _finished(path: Path) -> Head:
    """The head of a part that has all its images. Raises InputError."""
    head, done = None, set()
    for record, _ in records(path):
        if isinstance(record, Head):
            head = record
        else:
            done.add(record.image)
    assert head is not None  # or `records` would have raised
    if len(done) < head.images:
        raise InputError(
            f"{path} is not finished: {len(done)} of {head.images} images; its command with --resume goes on"
        )
    return head
