"""Part files: what a model has drawn, image by image, kept so that a run may be killed at any moment.

A part file is appended to and never rewritten. Each record is one line,

    8 hexadecimal digits, the CRC-32 of the rest · a space · JSON

The first is the head: what is being made, and which share of the images. Every other is an image. A
run that is killed leaves at most one torn line, at the end; it is dropped when the file is next opened.
Where an image is there twice the later record counts.
"""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from errors import InputError


class Answer(msgspec.Struct):
    """The mask that was drawn for an annotation.

    id: of the annotation. counts: the whole image's mask as compressed run lengths.
    predicted_iou: by the model. prompt: what it was given, as the log has it.
    """

    id: int
    counts: str
    predicted_iou: float
    prompt: dict[str, Any]


class Record(msgspec.Struct, omit_defaults=True):
    """An image that is done.

    image: its id. fault: why it could not be read, or None. answers: of its annotations that were to be drawn.
    """

    image: int
    answers: list[Answer] = []
    fault: str | None = None


class Head(msgspec.Struct):
    """What a part file holds: `shard` 2 of `shards` 4, so many images, of a dataset that `setting` describes."""

    shard: int
    shards: int
    images: int
    setting: dict[str, Any]


class Part(NamedTuple):
    """A part file that is open for more.

    done: ids of the images that it has, faulty ones not counted.
    """

    file: BinaryIO
    done: set[int]


def path_of(folder: Path, stem: str, shard: int, shards: int) -> Path:
    """Where the part of a dataset lies."""
    return folder / f"{stem}.{shard}-of-{shards}.part"


def records(path: Path) -> Iterator[tuple[Head | Record, int]]:
    """The records of a part file, the head first, each with the byte where it ends; stops at a torn one.

    Raises InputError for a file that cannot be read or does not begin with a head.
    """
    kind: type[Head] | type[Record] = Head
    end = 0
    try:
        with path.open("rb") as file:
            for line in file:
                digest, _, body = line.partition(b" ")
                if not line.endswith(b"\n") or digest != _digest(body):
                    break
                end += len(line)
                yield msgspec.json.decode(body, type=kind), end
                kind = Record
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"{path}: not a part file: {error}") from error
    if kind is Head:
        raise InputError(f"{path}: not a part file: its first line is torn; remove it")


def record_at(path: Path, start: int, end: int) -> Record:
    """The record of an image that stands at these bytes, as `records` has found it."""
    with path.open("rb") as file:
        file.seek(start)
        return msgspec.json.decode(file.read(end - start).partition(b" ")[2], type=Record)


@contextmanager
def opened(path: Path, head: Head, anew: bool) -> Iterator[Part]:
    """A part file to append to, new or from an earlier run of the same work; a torn end is cut off.

    anew: begin it anew, whatever is there. Raises InputError where the earlier run made something else, or still runs.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        _lock(file, path)
        done: set[int] = set()
        if file.tell() and not anew and not _only_torn(path):
            end = 0
            for record, end in records(path):  # noqa: B007 - the last end is what counts
                if isinstance(record, Head):
                    refuse_other(path, record, head)
                elif record.fault is None:
                    done.add(record.image)
            file.truncate(end)
        else:
            file.truncate(0)
            append(file, head)
        yield Part(file, done)


def append(file: BinaryIO, record: Head | Record) -> None:
    """Write a record and hand it to the operating system, so that it outlives this process."""
    body = msgspec.json.encode(record) + b"\n"
    file.write(_digest(body) + b" " + body)
    file.flush()


def refuse_other(path: Path, found: Head, wanted: Head) -> None:
    """Raise InputError where a part is not of what is wanted, naming what differs."""
    for key, value in _flat(msgspec.to_builtins(wanted)).items():
        other = _flat(msgspec.to_builtins(found)).get(key)
        if other != value:
            raise InputError(
                f"{path} was begun with {key} {other}, not {value}; --overwrite begins it anew, without --resume"
            )


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, item in value.items():
        flat |= _flat(item, f"{prefix}{key}.") if isinstance(item, Mapping) else {f"{prefix}{key}": item}
    return flat


def _only_torn(path: Path) -> bool:
    """Whether a run was killed before even the head was whole."""
    with path.open("rb") as file:
        return not file.readline(1_000_000).endswith(b"\n")


def _digest(body: bytes) -> bytes:
    return b"%08x" % zlib.crc32(body)


def _lock(file: BinaryIO, path: Path) -> None:
    with suppress(ImportError):  # there is no fcntl on Windows
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{path}: another run is writing it") from None
