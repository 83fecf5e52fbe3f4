"""The noisy COCO file in other formats, which are written beside it.

These have a file for each image. The manifest lists them all in one line each split: a list of
checksums, in the form that `sha256sum --check` reads.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from annotation_noise.coco.by_image import Stretch, annotated, stretches
from annotation_noise.coco.file import CocoFile, read
from annotation_noise.errors import InputError
from annotation_noise.exports import cityscapes, yolo
from annotation_noise.output.outputs import CHECKSUMS
from annotation_noise.progress import progress
from annotation_noise.running.workers import Workers, run

FOLDERS = {"yolo": "labels", "cityscapes": "gtFine"}


class Exported(NamedTuple):
    """What was written.

    outputs: the files that the manifest lists. told: sentences for the summary.
    """

    outputs: list[Path]
    told: list[str]


class Files(NamedTuple):
    """The files of a stretch of images, by name below the folder of the split, and what was counted."""

    contents: list[tuple[str, bytes]]
    counts: Counter[str]


def label_files(to: str, folder: Path) -> list[Path]:
    """The files that lie where the format's go, relative to the folder: whoever trains reads all, so all are ours."""
    if to == "coco":
        return []
    return [path.relative_to(folder) for path in (folder / FOLDERS[to]).rglob("*") if path.suffix in (".txt", ".png")]


def check_input(to: str, files: Sequence[CocoFile]) -> None:
    """Say before any work what the format cannot hold. Raises InputError."""
    if to == "coco":
        return
    for file in files:
        check_names(file)
        for image in file.tables.images:
            if to == "yolo" and "images" in image.path.parts[:-1]:
                raise InputError(
                    f"{file.path}: the file_name {image.path} has a folder called images, by the last of which "
                    "ultralytics finds the labels, so it would not find these; name images from below that folder"
                )
        if file.tables.categories != files[0].tables.categories:
            raise InputError(f"{file.path}: --to {to} needs the categories of {files[0].path}, but they differ")
        if to == "cityscapes":
            cityscapes.check_categories(file.tables.categories)


def check_names(file: CocoFile) -> None:
    """Raise InputError for an image without a name of its own that files could have."""
    seen: set[Path] = set()
    for index, image in enumerate(file.tables.images):
        if not image.path.name or ".." in image.path.parts or image.path.is_absolute():
            raise InputError(f"{file.path}: images[{index}] has no `file_name` that files could be named after")
        name = image.path.with_suffix("")
        if name in seen:
            raise InputError(f"{file.path}: images[{index}].file_name: {name} is there twice, whatever its ending")
        seen.add(name)


def export(to: str, noisy: Sequence[Path], folder: Path, workers: Workers | None) -> Exported:
    """Write noisy COCO files in another format into their folder; nothing where that is COCO. Raises InputError."""
    if to == "coco":
        return Exported([], [])
    files = {path.stem.removeprefix("instances_"): read(path) for path in noisy}
    categories = next(iter(files.values())).tables.categories
    if to == "yolo":
        index_of = {number: index for index, number in enumerate(categories)}
        written = {
            split: _write(file, split, "labels", partial(_label_files, index_of=index_of), folder, workers)
            for split, file in files.items()
        }
        lists = [_image_list(file, split, folder) for split, file in files.items()]
        data = folder / "data.yaml"
        data.write_text(yolo.data_file(list(files), list(categories.values())), encoding="utf-8")
        told = [_yolo_text(split, counts) for split, (_, counts) in written.items()]
        return Exported([*(path for path, _ in written.values()), *lists, data], told)
    written = {split: _write(file, split, "gtFine", _label_images, folder, workers) for split, file in files.items()}
    told = [_cityscapes_text(split, counts) for split, (_, counts) in written.items()]
    return Exported([path for path, _ in written.values()], told)


def _write(
    file: CocoFile,
    split: str,
    kind: str,
    work: Callable[[Stretch], Files],
    folder: Path,
    workers: Workers | None,
) -> tuple[Path, Counter[str]]:
    """Write the files of a split below kind/split/, and the list of their checksums; returns that and the counts."""
    counts: Counter[str] = Counter()
    sums = folder / f"{kind}-{split}{CHECKSUMS}"
    with progress(f"{kind}/{split}", "images") as bar, sums.open("w", encoding="utf-8") as listed:
        for done in run(work, stretches(file), workers):
            for name, content in done.contents:
                path = folder / kind / split / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                listed.write(f"{hashlib.sha256(content).hexdigest()}  {kind}/{split}/{name}\n")
            counts.update(done.counts)
            bar.update(len(done.contents))
    return sums, counts


def _label_files(stretch: Stretch, index_of: Mapping[int, int]) -> Files:
    contents, counts = [], Counter[str]()
    for image, annotations in annotated(stretch):
        text, told = yolo.label_file(image, annotations, index_of)
        contents.append((image.path.with_suffix(".txt").as_posix(), text.encode()))
        counts.update(told)
    return Files(contents, counts)


def _label_images(stretch: Stretch) -> Files:
    contents, counts = [], Counter[str]()
    for image, annotations in annotated(stretch):
        labels, told = cityscapes.label_image(image, annotations)
        contents.append((cityscapes.file_name(image), cityscapes.png(labels)))
        counts.update(told)
    return Files(contents, counts)


def _image_list(file: CocoFile, split: str, folder: Path) -> Path:
    path = folder / f"{split}.txt"
    lines = (f"./images/{split}/{image.path.as_posix()}\n" for image in file.tables.images)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _yolo_text(split: str, counts: Counter[str]) -> str:
    left_out = [f"{count:,} {what}" for what, count in sorted(counts.items()) if what != "instances"]
    return ", ".join([f"labels/{split}: {counts['instances']:,} instances", *left_out])


def _cityscapes_text(split: str, counts: Counter[str]) -> str:
    return (
        f"gtFine/{split}: {counts['instances']:,} instances, of whose {counts['pixels']:,} pixels "
        f"{counts['overlapped']:,} overlapped and went to a smaller one; {counts['covered']:,} are covered whole"
    )
