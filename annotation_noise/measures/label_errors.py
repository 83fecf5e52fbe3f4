"""Which labels of a noisy file are wrong: what its log says, annotation by annotation or image by image.

A label is wrong where the mask has moved, the class has changed, the box has, or where there should be none. What a
noise met without effect is right. An annotation that is gone makes its image wrong.

    annotation_id,image_id,noise,mask_outcome,parameters,iou,class_noise,…      the log (`core.log`)
    id,annotation_id                                                            *.ids.csv of blind files: id in the log
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.file import CocoFile, with_fields
from annotation_noise.errors import InputError
from annotation_noise.reading import read_text

CLASS_CHANGED = "class changed"
GONE = frozenset({"removed", "dropped"})

What = Literal["annotation", "image"]


class Labels(NamedTuple):
    """The annotations or images of a noisy file, and what is wrong with them.

    ids: (n,) int64. images: (n,) places of their images, of which there are `image_count`.
    kinds: by noise, whether it is the or a reason, (n,) bool. ious: (n,), of the masks that moved with the clean ones,
    areas_px: (n,), as the file has them; nan where there is none, so of all images.
    crowds: how many crowd regions are left out. gone: how many annotations are gone.
    """

    what: What
    ids: NDArray[np.int64]
    images: NDArray[np.intp]
    image_count: int
    kinds: Mapping[str, NDArray[np.bool_]]
    ious: NDArray[np.float64]
    areas_px: NDArray[np.float64]
    crowds: int
    gone: int

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Whether each is wrong, (n,)."""
        result = np.zeros(len(self.ids), np.bool_)
        for of_kind in self.kinds.values():
            result |= of_kind
        return result


class _Error(NamedTuple):
    """A row of the log that tells of something wrong. kinds: the noises that did it."""

    annotation_id: int
    image_id: int
    kinds: frozenset[str]
    iou: float
    is_gone: bool


class _Own(msgspec.Struct, gc=False):
    """What an annotation of the noisy file says itself."""

    id: int
    image_id: int
    iscrowd: int = 0
    area: float | None = None


def noisy_file_of(log: Path) -> Path:
    """The noisy file that a log is of: beside it, or of a blind file in the folder that it is the key to.

    Raises InputError where there is none.
    """
    if not log.name.endswith(".noise.csv"):
        raise InputError(f"{log}: is not a log of noise, *.noise.csv; if it is one, name its noisy file with --noisy")
    name = f"{log.name.removesuffix('.noise.csv')}.json"
    folder = log.parent if log.parent.name.endswith(".key") else log.absolute().parent
    places = [log.with_name(name), folder.with_name(folder.name.removesuffix(".key")) / name]
    for place in places:
        if place.is_file():
            return place
    raise InputError(f"{log}: its noisy file {name} is not beside it; name it with --noisy")


def labels_of(log: Path, noisy: CocoFile, what: What) -> Labels:
    """What is wrong in a noisy file. Raises InputError, saying where: a log that is none, or another file's."""
    try:
        own = list(with_fields(noisy, _Own))
    except InputError as error:
        raise InputError(f"{noisy.path}: {error}") from error
    errors = _errors_in(log, noisy, {annotation.id: annotation.image_id for annotation in own})
    place_of_image = {image.id: place for place, image in enumerate(noisy.tables.images)}
    gone = sum(error.is_gone for error in errors)
    if what == "image":
        ids = np.array(list(place_of_image), np.int64)
        kinds, _ = _marked([(error.image_id, error) for error in errors], ids)
        nothing = np.full(len(ids), np.nan)
        return Labels(what, ids, np.arange(len(ids)), len(ids), kinds, nothing, nothing, 0, gone)
    kept = [annotation for annotation in own if not annotation.iscrowd]
    ids = np.array([annotation.id for annotation in kept], np.int64)
    kinds, ious = _marked([(error.annotation_id, error) for error in errors if not error.is_gone], ids)
    images = np.array([place_of_image[annotation.image_id] for annotation in kept], np.intp)
    areas_px = np.array([annotation.area for annotation in kept], np.float64)
    return Labels(what, ids, images, len(place_of_image), kinds, ious, areas_px, len(own) - len(kept), gone)


def _marked(
    errors: Iterable[tuple[int, _Error]], ids: NDArray[np.int64]
) -> tuple[dict[str, NDArray[np.bool_]], NDArray[np.float64]]:
    """Of each kind of error which of some ids have it, and their IoUs; errors of other ids are passed over."""
    place_of = {number: place for place, number in enumerate(ids.tolist())}
    kinds, ious = dict[str, NDArray[np.bool_]](), np.full(len(ids), np.nan)
    for number, error in errors:
        if number in place_of:
            ious[place_of[number]] = error.iou
            for kind in error.kinds:
                kinds.setdefault(kind, np.zeros(len(ids), np.bool_))[place_of[number]] = True
    return dict(sorted(kinds.items())), ious


def _errors_in(log: Path, noisy: CocoFile, image_of: Mapping[int, int]) -> list[_Error]:
    """The errors that a log tells of, by the ids of the noisy file. image_of: of each annotation there."""
    new_ids, image_ids = _new_ids(log), {image.id for image in noisy.tables.images}
    errors = []
    for error in _errors(log):
        number = new_ids.get(error.annotation_id, error.annotation_id)
        if error.image_id not in image_ids or not (error.is_gone or image_of.get(number) == error.image_id):
            raise InputError(
                f"{log}: annotation {error.annotation_id} of image {error.image_id} is not in {noisy.path}; "
                "log and noisy file must be of one run"
            )
        errors.append(error._replace(annotation_id=number))
    return errors


def _errors(log: Path) -> Iterator[_Error]:
    """The rows of a log that tell of something wrong."""
    needed = ("annotation_id", "image_id", "noise", "mask_outcome", "iou", "class_noise")
    for line, row in table(log, needed, "a log of noise"):
        try:
            error = _error_of(row)
        except (ValueError, TypeError, KeyError) as fault:
            raise InputError(f"{log}: line {line} is not a row of a log of noise") from fault
        if error.kinds:
            yield error


def _error_of(row: Mapping[str, str]) -> _Error:
    outcome, noises = row["mask_outcome"], row["noise"].split("+")
    steps: list[dict[str, Any]] = json.loads(row.get("steps") or "[]")
    kinds = {CLASS_CHANGED} if row["class_noise"] == "true" else set[str]()
    if outcome == "noised":
        carried = [step["noise"] for step in steps if (step["kind"], step["outcome"]) == ("mask", "noised")]
        kinds.update(carried if steps else noises)
    elif outcome in (*GONE, "added"):
        kinds.update(noises)
    kinds.update(step["noise"] for step in steps if (step["kind"], step["outcome"]) == ("box", "noised"))
    iou = float(row["iou"]) if outcome == "noised" else float("nan")
    return _Error(int(row["annotation_id"]), int(row["image_id"]), frozenset(kinds), iou, outcome in GONE)


def _new_ids(log: Path) -> dict[int, int]:
    """By id in the log the id in the noisy file; none where they are the same."""
    path = log.with_name(f"{log.name.removesuffix('.noise.csv')}.ids.csv")
    if not path.is_file():
        return {}
    try:
        return {int(row["annotation_id"]): int(row["id"]) for _, row in table(path, ("id", "annotation_id"), "ids")}
    except ValueError as fault:
        raise InputError(f"{path}: ids must be whole numbers") from fault


def table(path: Path, needed: Sequence[str], what: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file by column, each with its line. needed: columns; what: the file that it should be.

    Raises InputError where a column is missing or there twice, or a row has too few or too many cells.
    """
    csv.field_size_limit(2**31 - 1)  # a log has whole annotations of those that are gone
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    names = list(reader.fieldnames or ())
    for name in needed:
        if name not in names:
            raise InputError(f"{path}: has no column {name}, so it is not {what}")
    for name in names:
        if name and names.count(name) > 1:
            raise InputError(f"{path}: has the column {name} twice")
    try:
        for row in reader:
            if None in row or None in row.values():
                raise InputError(f"{path}: line {reader.line_num} has not as many cells as the header")
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}") from error
