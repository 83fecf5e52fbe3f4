"""The shares of a dataset: its part files, found and held against each other."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from annotation_noise.errors import InputError
from annotation_noise.output.journal import head, records
from annotation_noise.wan.drawn_masks import DrawnImage, Head, path_of, refuse_other


class Drawing(NamedTuple):
    """All that was drawn for a dataset; it stays in the part files. Of an image that is there twice, the later record.

    setting: what the parts have in common, and the library versions of all.
    places: the file and the byte where the record of each image begins, by the image's id.
    faults: why an image could not be read, by its id.
    """

    parts: list[Path]
    setting: dict[str, Any]
    places: dict[int, tuple[Path, int]]
    faults: dict[int, str]


def drawing(folder: Path, stem: str, wanted: Mapping[str, Any]) -> Drawing:
    """The drawing that the parts of a dataset make.

    wanted: the setting that the command asks for; model and versions are those of the parts. Raises
    InputError where a part is missing, is not finished or is not of this setting, or where the models
    of parts differ. Library versions may differ.
    """
    share_of = shares(folder, stem)
    if not share_of:
        raise InputError(f"{folder} has no part of {stem}; draw it first, with --shard 1/N to N/N")
    counts = {count for _, count in share_of.values()}
    if len(counts) > 1:
        names = ", ".join(path.name for path in share_of)
        raise InputError(f"{folder} has parts of {stem} that are shared out in different ways: {names}")
    (count,) = counts
    parts = [path_of(folder, stem, shard, count) for shard in range(1, count + 1)]
    for shard, path in enumerate(parts, 1):
        if path not in share_of:
            raise InputError(f"{path} is missing; it is what --shard {shard}/{count} draws")
    heads: dict[Path, Head] = {}
    places: dict[int, tuple[Path, int]] = {}
    faults: dict[int, str | None] = {}
    for path in parts:
        begun, done = head(path, Head), set[int]()
        for image, start in records(path, DrawnImage):
            done.add(image.image)
            places[image.image], faults[image.image] = (path, start), image.fault
        if begun is None or len(done) < begun.images:
            images = f"{len(done)} of {begun.images if begun else 'all'} images"
            raise InputError(f"{path} is not finished: {images}; its command with --resume goes on")
        heads[path] = begun
    setting = {**wanted, "model": heads[parts[0]].setting["model"]}
    for path, begun in heads.items():
        versions = begun.setting["versions"]
        refuse_other(path, begun, Head(*share_of[path], begun.images, {**setting, "versions": versions}))
    setting["versions"] = _all_versions([begun.setting["versions"] for begun in heads.values()])
    return Drawing(parts, setting, places, {image_id: fault for image_id, fault in faults.items() if fault})


def _all_versions(of_parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The version of each library; all of them, where parts were drawn with different ones."""
    names = {name: None for versions in of_parts for name in versions}
    return {name: ", ".join(sorted({versions.get(name, "none") for versions in of_parts})) for name in names}


def common(settings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Model and library versions of several datasets. Raises InputError where they are of different models."""
    first = settings[0]
    for other in settings:
        if other["model"] != first["model"]:
            names = " and ".join(str(setting["annotations"]["file"]) for setting in (first, other))
            raise InputError(
                f"the parts of {names} were drawn by different models; join them one by one, with --splits"
            )
    return {"model": first["model"], "versions": _all_versions([setting["versions"] for setting in settings])}


def remove(parts: Sequence[Path]) -> None:
    """Remove part files, and their folder when nothing else is in it."""
    for path in parts:
        path.unlink()
    folder = parts[0].parent
    if not any(folder.iterdir()):
        folder.rmdir()


def shares(folder: Path, stem: str) -> dict[Path, tuple[int, int]]:
    """The part files of a dataset that are there, with their share and the number of shares."""
    matches = {path: re.fullmatch(rf"{re.escape(stem)}\.(\d+)-of-(\d+)\.part", path.name) for path in folder.glob("*")}
    return {path: (int(match[1]), int(match[2])) for path, match in sorted(matches.items()) if match}
