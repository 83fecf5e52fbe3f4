"""What a model has drawn, image by image: the journal of a share of a dataset's images, called its part file."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from annotation_noise.errors import InputError
from annotation_noise.output.journal import begin, difference, opened, records


class DrawnMask(msgspec.Struct):
    """The mask that was drawn for an annotation.

    id: of the annotation. counts: the whole image's mask as compressed run lengths.
    predicted_iou: by the model. prompt: what it was given, as the log has it.
    """

    id: int
    counts: str
    predicted_iou: float
    prompt: dict[str, Any]


class DrawnImage(msgspec.Struct, omit_defaults=True):
    """A record: an image that is done.

    image: its id. fault: why it could not be read, or None. answers: of its annotations that were to be drawn.
    """

    image: int
    answers: list[DrawnMask] = []
    fault: str | None = None


class Head(msgspec.Struct):
    """What a part file holds: `shard` 2 of `shards` 4, so many images, of a dataset that `setting` describes."""

    shard: int
    shards: int
    images: int
    setting: dict[str, Any]


class Part(NamedTuple):
    """A part file that is open for more. done: ids of the images that it has, faulty ones not counted."""

    file: FileIO
    done: set[int]


def path_of(folder: Path, stem: str, shard: int, shards: int) -> Path:
    """Where the part of a dataset lies."""
    return folder / f"{stem}.{shard}-of-{shards}.part"


@contextmanager
def opened_part(path: Path, wanted: Head, anew: bool) -> Iterator[Part]:
    """A part file to append to, new or from an earlier run of the same work.

    anew: begin it anew, though one is there. Raises InputError where the earlier run made something else, or
    still runs, and where the file is no part file.
    """
    with opened(path, f"{path}: another run is writing it") as journal:
        if anew or journal.before is None:
            begin(journal.file, wanted)
        else:
            refuse_other(path, journal.before, wanted)
        yield Part(journal.file, {image.image for image, _ in records(path, DrawnImage) if image.fault is None})


def refuse_other(path: Path, before: object, wanted: Head) -> None:
    """Raise InputError where the head of a part is not the wanted one, naming what differs."""
    if differing := difference(before, wanted):
        key, old, new = differing
        raise InputError(f"{path} was begun with {key} {old}, not {new}; --overwrite begins it anew, without --resume")
