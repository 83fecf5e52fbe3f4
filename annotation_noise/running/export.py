"""The noisy COCO file in other formats, which are written beside it.

These have a file for each image, or one for all. The manifest lists them all in one line each split: a list of
checksums, in the form that `sha256sum --check` reads.
"""

import hashlib
import importlib
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

from annotation_noise.coco.by_image import Stretch, annotated, stretches
from annotation_noise.coco.file import CocoFile, read
from annotation_noise.coco.photographs import split_of
from annotation_noise.errors import InputError
from annotation_noise.exports.format import Format, IndexOf, Label, RunSummary
from annotation_noise.output.outputs import CHECKSUMS
from annotation_noise.progress import progress
from annotation_noise.running.workers import Workers, run


class Exported(NamedTuple):
    """What was written.

    outputs: the files that the manifest lists. sentences: for the summary.
    """

    outputs: list[Path]
    sentences: list[str]


def label_files(to: str, folder: Path) -> list[Path]:
    """The files that lie where the format's go, relative to the folder: whoever trains reads all, so all are ours."""
    if to == "coco":
        return []
    form = _format(to)
    return [path.relative_to(folder) for path in (folder / form.folder).rglob(f"*{form.suffix}")]


def check_input(to: str, files: Sequence[CocoFile]) -> None:
    """Say before any work what the format cannot hold. Raises InputError."""
    if to == "coco":
        return
    for file in files:
        check_names(file)
        if file.tables.categories != files[0].tables.categories:
            raise InputError(f"{file.path}: --to {to} needs the categories of {files[0].path}, but they differ")
        _format(to).check(file)


def check_names(file: CocoFile) -> None:
    """Raise InputError for a split, or an image, without a name of its own that files could have."""
    split = split_of(file.path)
    if not _is_a_line(split):
        raise InputError(f"{file.path}: no line of a list can name the split {split!r}; rename the file")
    seen: set[Path] = set()
    for index, image in enumerate(file.tables.images):
        text = str(image.path)
        if not image.path.name or ".." in image.path.parts or image.path.is_absolute():
            raise InputError(f"{file.path}: images[{index}] has no `file_name` that files could be named after")
        if "\0" in text or not _is_a_line(text):
            raise InputError(f"{file.path}: images[{index}].file_name: no file can be named after {text!r}")
        name = image.path.with_suffix("")
        if name in seen:
            raise InputError(f"{file.path}: images[{index}].file_name: {name} is there twice, whatever its ending")
        seen.add(name)


def _is_a_line(name: str) -> bool:
    """Whether a list of images, which has a line for each, can have the name."""
    return name.splitlines() in ([name], [])


def export(
    to: str, noisy: Sequence[Path], folder: Path, workers: Workers | None, summary: RunSummary | None = None
) -> Exported:
    """Write noisy COCO files in another format into their folder; nothing where that is COCO. Raises InputError."""
    if to == "coco":
        return Exported([], [])
    form, files = _format(to), {split_of(path): read(path) for path in noisy}
    written = {split: _write(to, file, split, folder, workers) for split, file in files.items()}
    others = {folder / name: text for name, text in form.beside(files, summary).items()}
    for path, text in others.items():
        path.write_text(text, encoding="utf-8")
    sentences = [form.sentence(split, counts) for split, (_, counts) in written.items()]
    return Exported([*(sums for sums, _ in written.values()), *others], sentences)


def _format(to: str) -> Format:
    """The format that the module of this name has."""
    form: Format = importlib.import_module(f"annotation_noise.exports.{to}").FORMAT
    return form


def _write(to: str, file: CocoFile, split: str, folder: Path, workers: Workers | None) -> tuple[Path, Counter[str]]:
    """Write the label files of a split, and the list of their checksums; returns that and the counts."""
    counts: Counter[str] = Counter()
    index_of = {number: index for index, number in enumerate(file.tables.categories)}
    kind = _format(to).folder
    sums = folder / f"{kind}-{split}{CHECKSUMS}"
    with progress(f"{kind}/{split}", "images") as bar, sums.open("w", encoding="utf-8") as listed:
        labels = chain.from_iterable(run(partial(_labels, to=to, index_of=index_of), stretches(file), workers))
        for name, together in groupby(labels, key=lambda label: label.name):
            path, digest = folder / kind / split / name, hashlib.sha256()
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as written:
                for label in together:
                    written.write(label.content)
                    digest.update(label.content)
                    counts.update(label.counts)
                    bar.update()
            listed.write(f"{digest.hexdigest()}  {path.relative_to(folder).as_posix()}\n")
    return sums, counts


def _labels(stretch: Stretch, to: str, index_of: IndexOf) -> list[Label]:
    label = _format(to).label
    return [label(image, annotations, index_of) for image, annotations in annotated(stretch)]
