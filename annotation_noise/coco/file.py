"""COCO instance annotations as bytes, so that what is not changed stays as it was, to the byte.

A COCO file is one JSON object with `images`, `annotations`, `categories` and whatever else. It is
checked as a whole, but never turned into objects as a whole: of the annotations only ids are
decoded and it is noted where in the file each begins and ends. The output is the input with edits:
the bytes of an annotation with some values replaced and some keys added, and between the
annotations what stood there before.

Source: COCO's data format page (object detection).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.schema import (
    Annotation,
    Category,
    Head,
    Image,
    LoneHead,
    LoneImage,
    Tables,
    check,
    check_lone,
    decoded,
    explained,
)
from annotation_noise.coco.source import Cut, Source, held
from annotation_noise.coco.splice import Span, measured, spans
from annotation_noise.coco.statement import KEY
from annotation_noise.errors import InputError
from annotation_noise.reading import TOO_DEEP, check_utf8

HeadKind = TypeVar("HeadKind", bound=msgspec.Struct)

ANNOTATIONS_AT_A_TIME = 5_000

_SPACE_OR_COMMA = b" \t\r\n,"


class CocoFile(NamedTuple):
    """A COCO file, checked and measured out.

    data: all its bytes. source: the file that they are of, for other processes.
    starts, ends: (n,) int64, where in `data` each annotation's object begins and ends.
    keys: where in `data` the value of each key of the whole begins and ends.
    statement: what the file says of its noise (`coco.statement`), as plain values; None where it says nothing.
    """

    path: Path
    data: bytes
    source: Source
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    tables: Tables
    keys: dict[str, Span]
    statement: Any = None

    @property
    def places(self) -> NDArray[np.int64]:
        """Of each annotation, its index in `annotations` and where its object begins and ends: (n, 3) int64."""
        return np.stack([np.arange(len(self.starts)), self.starts, self.ends], axis=1)

    def cut(self, start: int, end: int) -> bytes:
        """The bytes from one place to another."""
        return self.data[start:end]


class Entry(NamedTuple):
    """One annotation of a stretch of a file.

    gap: the bytes between the annotation before and this one.
    raw: the bytes of its object.
    """

    gap: bytes
    raw: bytes
    annotation: Annotation


def read(path: Path, lone: bool = False) -> CocoFile:
    """Read a COCO file, check it and find its annotations.

    lone: take a file of SA-1B's form, too. Memory beyond the file itself grows with the number of
    annotations (tests/memory.py). Raises InputError, saying where: a file that cannot be read, is
    not JSON or not COCO, or whose ids do not fit together.
    Annotations' segmentations are checked when they are decoded, in `entries`.
    """
    data, source = held(path)
    if not data:
        raise InputError(f"{path}: not JSON: the file is empty")
    check_utf8(data, path)
    try:
        top = _decoded_with_room(data)
        lone = lone and "image" in top and "images" not in top
        for key in ("image", "annotations") if lone else ("images", "annotations", "categories"):
            if key not in top:
                raise InputError(f"`{key}` is missing; a COCO file has images, annotations and categories")
        raws = decoded(top["annotations"], list[msgspec.Raw], "annotations")
        keys = spans(data, top)
        starts, ends = measured(data, keys["annotations"][0], raws)
        del raws
        if lone:
            tables = check_lone(decoded(top["image"], LoneImage, "image"), _heads(data, starts, ends, LoneHead))
        else:
            images = decoded(top["images"], list[Image], "images")
            categories = decoded(top["categories"], list[Category], "categories")
            tables = check(images, _heads(data, starts, ends, Head), categories)
        statement = decoded(top[KEY], Any, KEY) if KEY in top else None
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: not a COCO file: {explained(error, 'top level')}") from error
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: not JSON: {error}") from error
    except RecursionError as error:
        raise InputError(f"{path}: {TOO_DEEP}") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return CocoFile(path, data, source, starts, ends, tables, keys, statement)


def _decoded_with_room(data: bytes, calls: int = 100) -> dict[str, msgspec.Raw]:
    """A file's parts; so many calls further down, since it will be read again where more of the stack is in use."""
    return _decoded_with_room(data, calls - 1) if calls else msgspec.json.decode(data, type=dict[str, msgspec.Raw])


def heads(file: CocoFile) -> Iterator[Head]:
    """The ids of every annotation of a file that is not of SA-1B's form, in the file's order."""
    return _heads(file.data, file.starts, file.ends, Head)


def with_fields(file: CocoFile, kind: type[HeadKind]) -> Iterator[HeadKind]:
    """Every annotation of a file as a struct of those fields that are needed, in the file's order.

    Raises InputError, saying where, for a field of the wrong type.
    """
    return _heads(file.data, file.starts, file.ends, kind)


def annotation_ids(file: CocoFile) -> NDArray[np.int64]:
    """The id of every annotation of a file of either form, in the file's order: (n,) int64."""
    ids = (head.id for head in _heads(file.data, file.starts, file.ends, LoneHead))
    return np.fromiter(ids, np.int64, len(file.starts))


def _heads(data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64], kind: type[HeadKind]) -> Iterator[HeadKind]:
    for first in range(0, len(starts), ANNOTATIONS_AT_A_TIME):
        last = min(first + ANNOTATIONS_AT_A_TIME, len(starts)) - 1
        yield from decoded(b"[" + data[starts[first] : ends[last]] + b"]", list[kind], "annotations", first)  # type: ignore[valid-type]


def annotations(file: CocoFile, places: NDArray[np.int64]) -> Iterator[Annotation]:
    """The annotations at some places of a file. Raises InputError with the file and the place.

    places: (n, 3) int64, rows of `CocoFile.places`.
    """
    return annotations_cut(file.path, file.cut, places)


def annotations_cut(path: Path, cut: Cut, places: NDArray[np.int64]) -> Iterator[Annotation]:
    """The same, of a file whose bytes `cut` gives."""
    listed = places.tolist()
    first, last = min((row[1] for row in listed), default=0), max((row[2] for row in listed), default=0)
    if last - first <= 2 * sum(end - start for _, start, end in listed):  # they stand close together
        stretch = cut(first, last)
        cut = lambda start, end: stretch[start - first : end - first]  # noqa: E731
    for index, start, end in listed:
        yield decoded(cut(start, end), Annotation, f"{path}: annotations[{index}]")


def entries(stretch: bytes, first_index: int) -> Iterator[Entry]:
    """The annotations in a stretch of a file, from the end of one annotation to the end of a later one.

    first_index: the place in `annotations` of the first, for errors. Raises InputError for an
    annotation whose fields have the wrong types.
    """
    body = stretch.lstrip(_SPACE_OR_COMMA)
    text = b"[" + body + b"]"
    annotations = decoded(text, list[Annotation], "annotations", first_index)
    starts, ends = measured(body, 0, msgspec.json.decode(text, type=list[msgspec.Raw]))
    gaps = [stretch[: len(stretch) - len(body)]]
    gaps += [body[end:start] for end, start in zip(ends[:-1].tolist(), starts[1:].tolist(), strict=True)]
    for gap, start, end, annotation in zip(gaps, starts.tolist(), ends.tolist(), annotations, strict=True):
        yield Entry(gap, body[start:end], annotation)
