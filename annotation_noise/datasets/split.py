"""What the readers of other datasets give: splits, made of frames, that become records of a COCO file.

A `Split` lists its frames, in an order that depends on names alone, and has a function that turns one
frame into `Records`. Frames are independent of each other: they are read by workers, some at a
time, and nothing of one is kept when the next is read.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rlemasklib import RLEMask

from annotation_noise.errors import InputError
from annotation_noise.reading import check_name


class Frame(NamedTuple):
    """An image whose annotation is yet to be read.

    labels: the file with its annotation. more: what the dataset says of it elsewhere, as JSON.
    """

    image_id: int
    file_name: str
    labels: Path
    more: bytes = b""


class Records(NamedTuple):
    """An image as a COCO file has it, with its annotations.

    skipped: how many instances were left out, by the reason.
    """

    image: dict[str, Any]
    annotations: list[dict[str, Any]]
    skipped: Counter[str]


class Split(NamedTuple):
    """A part of a dataset that becomes one COCO file, `instances_{name}.json`.

    origin: where its annotations come from, for people; title: the same without the user's own folders,
        for the file, so that this has the same bytes everywhere.
    categories: entries of the COCO file. frames: lists the frames; called anew for each pass.
    records: turns a frame into records; other processes can call it.
    """

    name: str
    origin: str
    title: str
    categories: Sequence[Mapping[str, Any]]
    frames: Callable[[], Iterator[Frame]]
    records: Callable[[Frame], Records]


class LabelledImage(NamedTuple):
    """An annotation file and its image, side by side in two trees; the image's name is relative to its tree."""

    labels: Path
    image: str


def check_folder(path: Path) -> None:
    """Raise InputError where a dataset that is a folder is none."""
    if not path.is_dir():
        raise InputError(f"{path} is not a folder")


def check_size(path: Path, width: int, height: int, most_pixels: int) -> None:
    """Raise InputError for a label image of a size that none can have, or that would take too much memory."""
    if min(width, height) < 1 or width * height > most_pixels:
        raise InputError(
            f"{path}: width and height must be positive and their product at most {most_pixels:,} pixels "
            f"(--max_image_pixels), not {width} x {height}"
        )


def annotation(number: int, image_id: int, category_id: int, mask: RLEMask, iscrowd: bool) -> dict[str, Any]:
    """An annotation as a COCO file has it, with compressed run lengths; box and area are the mask's."""
    counts = mask.to_dict()["counts"]
    return {
        "id": number,
        "image_id": image_id,
        "category_id": category_id,
        "iscrowd": int(iscrowd),
        "area": float(mask.area()),
        "bbox": np.asarray(mask.bbox(), np.float64).tolist(),
        "segmentation": {"size": [int(side) for side in mask.shape], "counts": counts.decode("ascii")},
    }


def pairs(
    labels: Path,
    labels_end: str,
    images: Path,
    images_end: Sequence[str],
    wanted: Callable[[str], bool] = lambda stem: True,
) -> Iterator[LabelledImage]:
    """Annotation files in the sub-folders of `labels`, each with its image in `images`, by sorted names.

    labels_end, images_end: how the names of annotations and of images may end; what stands before
    is the same in both. Files that end otherwise are not looked at, nor those whose stem is not `wanted`.
    Where there is no folder `images` at all, nothing is known of the images, and they get the first ending.

    Raises InputError for an annotation without image, for an image without annotation, and where
    there is no annotation.
    """
    nothing_yet = True
    for folder in sorted({*_folders(labels), *_folders(images)}):
        ours = {stem for stem, _ in _stems(labels / folder, [labels_end]) if wanted(stem)}
        theirs = {stem: end for stem, end in _stems(images / folder, images_end) if wanted(stem)}
        if images.is_dir() and ours != set(theirs):
            stem = min(ours ^ set(theirs))
            if stem in ours:
                raise InputError(f"{images / folder / stem}{images_end[0]} is missing, the image of {stem}{labels_end}")
            raise InputError(f"{labels / folder / stem}{labels_end} is missing, the annotation of {stem}{theirs[stem]}")
        for stem in sorted(ours):
            nothing_yet = False
            check_name(labels / folder / stem)
            yield LabelledImage(
                labels / folder / f"{stem}{labels_end}", f"{folder}/{stem}{theirs.get(stem, images_end[0])}"
            )
    if nothing_yet:
        raise InputError(f"{labels} is empty: it has no */*{labels_end}")


def _folders(path: Path) -> list[str]:
    return [entry.name for entry in path.iterdir() if entry.is_dir()] if path.is_dir() else []


def _stems(folder: Path, ends: Sequence[str]) -> Iterator[tuple[str, str]]:
    if folder.is_dir():
        for entry in folder.iterdir():
            for end in ends:
                if entry.name.endswith(end):
                    yield entry.name[: -len(end)], end
                    break
