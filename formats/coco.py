"""COCO instance annotations as bytes, so that what is not changed stays as it was, to the byte.

A COCO file is one JSON object with `images`, `annotations`, `categories` and whatever else. It is
checked as a whole, but never turned into objects as a whole: of the annotations only ids are
decoded and it is noted where in the file each begins and ends. The output is the input with edits:
the bytes of an annotation with some values replaced and some keys added, and between the
annotations what stood there before.

Source: COCO's data format page (object detection).
"""

import mmap
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from errors import InputError
from formats.edits import Buffer, measured, spans
from formats.federated import Federated, federated
from geometry.contours import FARTHEST_PX
from geometry.segmentations import Segmentation

Kind = TypeVar("Kind")

ANNOTATIONS_AT_A_TIME = 20_000

_SPACE_OR_COMMA = b" \t\r\n,"


class Image(msgspec.Struct, gc=False):
    """An entry of `images`, as far as it concerns the noise; width and height in pixels.

    neg_category_ids, not_exhaustive_category_ids: see formats.federated; UNSET in most files.
    """

    id: int
    width: int
    height: int
    neg_category_ids: list[int] | msgspec.UnsetType = msgspec.UNSET
    not_exhaustive_category_ids: list[int] | msgspec.UnsetType = msgspec.UNSET


class Category(msgspec.Struct, gc=False):
    """An entry of `categories`."""

    id: int
    name: str = ""


class Head(msgspec.Struct, gc=False):
    """The ids of an annotation; all of them fit 64 bits."""

    id: int
    image_id: int
    category_id: int


class Annotation(msgspec.Struct):
    """An annotation, as far as it concerns the noise.

    segmentation: None where it is missing or null.
    bbox, area: UNSET where missing; only whether they are there matters.
    boundary_type, class_noise: what an earlier run noted; UNSET in a clean file.
    """

    id: int
    image_id: int
    category_id: int
    segmentation: Segmentation | None = None
    iscrowd: int | bool | None = 0
    bbox: list[float] | msgspec.UnsetType | None = msgspec.UNSET
    area: float | msgspec.UnsetType | None = msgspec.UNSET
    boundary_type: Any = msgspec.UNSET
    class_noise: Any = msgspec.UNSET


class Tables(NamedTuple):
    """What the checked parts of a dataset say.

    sizes: (n, 2) int64, height and width in pixels of each annotation's image.
    categories: name by id, ids ascending.
    federated: what an LVIS file says beyond COCO, None elsewhere.
    """

    sizes: NDArray[np.int64]
    categories: dict[int, str]
    federated: Federated | None = None


class CocoFile(NamedTuple):
    """A COCO file, checked and measured out.

    data: all its bytes, mapped.
    starts, ends: (n,) int64, where in `data` each annotation's object begins and ends.
    """

    path: Path
    data: Buffer
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    tables: Tables


class Entry(NamedTuple):
    """One annotation of a stretch of a file.

    gap: the bytes between the annotation before and this one.
    raw: the bytes of its object.
    """

    gap: bytes
    raw: bytes
    annotation: Annotation


def read(path: Path) -> CocoFile:
    """Map a COCO file, check it and find its annotations.

    Memory beyond the mapped file grows with the number of annotations (tests/memory.py). Raises
    InputError, saying where: a file that cannot be read, is not JSON or not COCO, or whose ids do not fit together.
    Annotations' segmentations are checked when they are decoded, in `entries`.
    """
    data = _mapped(path)
    try:
        top = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        for key in ("images", "annotations", "categories"):
            if key not in top:
                raise InputError(f"`{key}` is missing; a COCO file has images, annotations and categories")
        images = _decoded(top["images"], list[Image], "images")
        categories = _decoded(top["categories"], list[Category], "categories")
        raws = _decoded(top["annotations"], list[msgspec.Raw], "annotations")
        starts, ends = measured(data, spans(data, top)["annotations"][0], raws)
        del raws
        tables = check(images, _heads(data, starts, ends), categories)
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: not a COCO file: {_explained(error, 'top level')}") from error
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: not JSON: {error}") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return CocoFile(path, data, starts, ends, tables)


def heads(file: CocoFile) -> Iterator[Head]:
    """The ids of every annotation, in the file's order."""
    return _heads(file.data, file.starts, file.ends)


def _heads(data: Buffer, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Iterator[Head]:
    for first in range(0, len(starts), ANNOTATIONS_AT_A_TIME):
        last = min(first + ANNOTATIONS_AT_A_TIME, len(starts)) - 1
        yield from _decoded(b"[" + data[starts[first] : ends[last]] + b"]", list[Head], "annotations", first)


def check(images: Sequence[Image], heads: Iterable[Head], categories: Sequence[Category]) -> Tables:
    """Hold the parts of a dataset against each other; of a head 24 bytes are kept.

    Raises InputError: an id that is there twice or needs more than 64 bits, an image without
    extent, an annotation whose image or category there is not.
    """
    _no_id_twice("images", np.array([image.id for image in images]))
    _no_id_twice("categories", np.array([category.id for category in categories]))
    for index, image in enumerate(images):
        sides = (image.width, image.height)
        if min(sides) < 1 or max(sides) >= FARTHEST_PX or image.width * image.height >= 2**31:
            extent = f"{image.width} x {image.height}"
            raise InputError(
                f"images[{index}]: width and height must be positive and below 2^26, "
                f"their product below 2^31; not {extent}"
            )
    size_of = {image.id: (image.height, image.width) for image in images}
    names = {category.id: category.name for category in sorted(categories, key=lambda c: c.id)}
    ids, sizes, owners, labels = array("q"), array("q"), array("q"), array("q")
    lists = federated(images)
    for index, head in enumerate(heads):
        if head.image_id not in size_of:
            raise InputError(f"annotations[{index}].image_id: there is no image with id {head.image_id}")
        if head.category_id not in names:
            raise InputError(f"annotations[{index}].category_id: there is no category with id {head.category_id}")
        if not -(2**63) <= head.id < 2**63:
            raise InputError(f"annotations[{index}].id: {head.id} needs more than 64 bits")
        ids.append(head.id)
        sizes.extend(size_of[head.image_id])
        if lists:
            owners.append(head.image_id)
            labels.append(head.category_id)
    _no_id_twice("annotations", np.array(ids))
    if lists:
        lists = lists._replace(image_ids=np.array(owners), category_ids=np.array(labels))
    return Tables(np.array(sizes).reshape(-1, 2), names, lists)


def entries(stretch: bytes, first_index: int) -> Iterator[Entry]:
    """The annotations in a stretch of a file, from the end of one annotation to the end of a later one.

    first_index: the place in `annotations` of the first, for errors. Raises InputError for an
    annotation whose fields have the wrong types.
    """
    body = stretch.lstrip(_SPACE_OR_COMMA)
    text = b"[" + body + b"]"
    annotations = _decoded(text, list[Annotation], "annotations", first_index)
    starts, ends = measured(body, 0, msgspec.json.decode(text, type=list[msgspec.Raw]))
    gaps = [stretch[: len(stretch) - len(body)]]
    gaps += [body[end:start] for end, start in zip(ends[:-1].tolist(), starts[1:].tolist(), strict=True)]
    for gap, start, end, annotation in zip(gaps, starts.tolist(), ends.tolist(), annotations, strict=True):
        yield Entry(gap, body[start:end], annotation)


def convert(value: object, kind: type[Kind], where: str) -> Kind:
    """Decoded JSON as one of this module's types; raises InputError, saying where it does not fit."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputError(_explained(error, where)) from error


def _decoded(raw: Buffer | msgspec.Raw, kind: type[Kind], where: str, first_index: int = 0) -> Kind:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(_explained(error, where, first_index)) from error


def _explained(error: Exception, where: str, first_index: int = 0) -> str:
    """msgspec's message with the place in front: `annotations[17].image_id: expected int, got str`."""
    message, _, path = str(error).replace("`", "").partition(" - at $")
    index = re.match(r"\[(\d+)\]", path)
    if index:
        path = f"[{int(index[1]) + first_index}]{path[index.end() :]}"
    return f"{where}{path}: {message[:1].lower()}{message[1:]}"


def _no_id_twice(where: str, ids: NDArray[np.generic]) -> None:
    order = np.argsort(ids, kind="stable")
    again = order[1:][ids[order[1:]] == ids[order[:-1]]]
    if len(again):
        index = again.min()
        raise InputError(f"{where}[{index}].id: {ids[index]} is there twice, but ids must be unique")


def _mapped(path: Path) -> Buffer:
    if path.exists() and not path.is_file():  # a pipe would be waited for, and cannot be mapped
        raise InputError(f"{path}: cannot be read: it is not a regular file")
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # an empty file cannot be mapped
        raise InputError(f"{path}: not JSON: the file is empty") from error
