"""COCO panoptic segmentation: instances from label images and the table that explains them.

    panoptic_SPLIT.json         images, categories, and for each image its segments
    panoptic_SPLIT/NAME.png     8-bit RGB

A pixel's segment is red + 256 * green + 65,536 * blue, 0 where there is none. The segments of an
image are listed with their category and whether they are crowds. Those of things become annotations;
stuff is part of the background.

Images and categories keep their ids; an annotation's is 2^24 * image id + segment id.

Source: COCO's data format page (panoptic segmentation).
"""

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from annotation_noise.datasets.png import read_png
from annotation_noise.datasets.split import Frame, Records, Split, annotation
from annotation_noise.errors import InputError
from annotation_noise.geometry.labels import instances
from annotation_noise.reading import MOST_PIXELS, read_json

SEGMENTS_PER_IMAGE = 2**24


class _Image(msgspec.Struct, gc=False):
    """An entry of `images`."""

    id: int
    file_name: str


class _Segment(msgspec.Struct, gc=False):
    """An entry of `segments_info`."""

    id: int
    category_id: int
    iscrowd: int | bool = 0


class _Sheet(msgspec.Struct, gc=False):
    """An entry of `annotations`: all segments of one image."""

    image_id: int
    file_name: str
    segments_info: msgspec.Raw


class _Table(msgspec.Struct, gc=False):
    """A panoptic file."""

    images: list[_Image]
    annotations: list[_Sheet]
    categories: list[dict[str, Any]]


def read(path: Path, chosen: Sequence[str] | None = None, most_pixels: int = MOST_PIXELS) -> list[Split]:
    """The splits of a folder with panoptic_*.json, or of one such file, sorted by name.

    chosen: beginnings of names, like "train". most_pixels: see `read_png`. Raises InputError: no
    such file, or one that is no panoptic table; what is wrong with an image is said when its frame is listed or read.
    """
    files = sorted(path.glob("panoptic_*.json")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path} has no panoptic_*.json")
    for split in chosen or ():
        if not any(_name(file).startswith(split) for file in files):
            raise InputError(f"{path} has no panoptic_{split}*.json, only {', '.join(f.name for f in files)}")
    return [_split(file, most_pixels) for file in files if not chosen or _name(file).startswith(tuple(chosen))]


def _name(file: Path) -> str:
    return file.stem.removeprefix("panoptic_")


def _split(file: Path, most_pixels: int) -> Split:
    table = read_json(file, _Table, "a COCO panoptic file")
    for index, category in enumerate(table.categories):
        if not isinstance(category.get("id"), int):
            raise InputError(f"{file}: categories[{index}] has no `id` that is a whole number")
    known = frozenset(category["id"] for category in table.categories)
    things = [category for category in table.categories if category.get("isthing", 1)]
    return Split(
        _name(file),
        f"{file}",
        f"COCO panoptic, {file.name}, its things",
        things,
        functools.partial(_frames, file, table),
        functools.partial(
            _records, things=frozenset(category["id"] for category in things), known=known, most_pixels=most_pixels
        ),
    )


def _frames(file: Path, table: _Table) -> Iterator[Frame]:
    folder = file.with_suffix("")
    named = {image.id: image.file_name for image in table.images}
    sheets = {sheet.image_id: sheet for sheet in table.annotations}
    if not sheets:
        raise InputError(f"{file} is empty: it has no annotations")
    if len(sheets) < len(table.annotations):
        raise InputError(f"{file}: an image has two entries in `annotations`")
    for number in sorted({*named, *sheets}):
        if number not in sheets:
            raise InputError(f"{file}: image {number} has no entry in `annotations`")
        if number not in named:
            raise InputError(f"{file}: there is no image with id {number}, which `annotations` names")
    pngs = {entry.name for entry in folder.glob("*.png")}
    for extra in sorted(pngs - {sheet.file_name for sheet in sheets.values()}):
        raise InputError(f"{file}: has no entry in `annotations` for {folder / extra}")
    for number, sheet in sorted(sheets.items()):
        if sheet.file_name not in pngs:
            raise InputError(f"{folder / sheet.file_name} is missing, the annotation of image {number}")
        yield Frame(number, named[number], folder / sheet.file_name, bytes(sheet.segments_info))


def _records(frame: Frame, things: frozenset[int], known: frozenset[int], most_pixels: int) -> Records:
    pixels = read_png(frame.labels, "8-bit RGB", most_pixels).astype(np.uint32)
    labels = np.asarray(pixels[:, :, 0] | pixels[:, :, 1] << 8 | pixels[:, :, 2] << 16, np.uint32)
    height, width = labels.shape
    try:
        segments = {segment.id: segment for segment in msgspec.json.decode(frame.more, type=list[_Segment])}
    except msgspec.DecodeError as error:
        raise InputError(f"{frame.labels}: its `segments_info` cannot be read: {error}") from error
    values = np.unique(labels).tolist()
    skipped = Counter("that `segments_info` does not list" for value in values if value and value not in segments)
    skipped.update(
        f"of the unknown class {segment.category_id}"
        for segment in segments.values()
        if segment.category_id not in known
    )
    wanted = [number for number, segment in segments.items() if segment.category_id in things]
    skipped.update("without a pixel" for number in wanted if number not in values)
    annotations = [
        annotation(
            SEGMENTS_PER_IMAGE * frame.image_id + number,
            frame.image_id,
            segments[number].category_id,
            mask,
            iscrowd=bool(segments[number].iscrowd),
        )
        for number, mask in instances(labels, [n for n in wanted if n in values]).items()
    ]
    image = {"id": frame.image_id, "file_name": frame.file_name, "width": width, "height": height}
    return Records(image, annotations, skipped)
