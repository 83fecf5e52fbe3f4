"""Journals: what a long run has finished, kept so that the run may be killed at any moment and go on.

A journal is appended to and never rewritten. Each record is one line,

    8 hexadecimal digits, the CRC-32 of the rest · a space · JSON

The first is the head: all that decides about the others, which must be the same to go on. A run that is killed
leaves at most one torn line, at the end; it is dropped when the file is next opened. Where there are two records
of one thing the later counts. Until the work is complete a journal is called a part file.
"""

import fcntl
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from annotation_noise.errors import InputError

Record = TypeVar("Record")


class Journal(NamedTuple):
    """A journal that is open for more, and held against other processes.

    before: the head that a run before has begun it with, as plain values; None where it has none yet.
    """

    path: Path
    file: FileIO
    before: Any


@contextmanager
def opened(path: Path, busy: str) -> Iterator[Journal]:
    """A journal to go on with or to begin; a torn end is cut off.

    Raises InputError where the file is no journal and, in the words of `busy`, where another process has it open.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Without a buffer: what a full disk did not take is not written after all when the file is closed.
    with path.open("ab", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(busy) from None
        file.truncate(max((end for *_, end in _read(path, Any, msgspec.Raw)), default=0))
        yield Journal(path, file, head(path, Any))


def begin(file: FileIO, settings: object) -> None:
    """Empty a journal and write its head."""
    file.truncate(0)
    append(file, settings)


def append(file: FileIO, record: object) -> int:
    """Write a record and hand it to the operating system, so that it outlives this process; the byte it begins at."""
    body = msgspec.json.encode(record) + b"\n"
    start = file.seek(0, os.SEEK_END)
    rest = memoryview(_digest(body) + body)
    while rest:  # a full disk may take the half of it, and refuse the rest
        rest = rest[file.write(rest) :]
    return start


def head(path: Path, kind: type[Record]) -> Record | None:
    """The head of a journal; None where it was not written whole. Raises InputError for what is no journal."""
    return next((settings for settings, *_ in _read(path, kind, Any)), None)


def records(path: Path, kind: type[Record]) -> Iterator[tuple[Record, int]]:
    """The records after the head, each with the byte where it begins, up to a torn one. Raises InputError as `head`."""
    return ((record, start) for record, start, _ in islice(_read(path, Any, kind), 1, None))


def record_at(path: Path, start: int, kind: type[Record]) -> Record:
    """The record that begins at this byte, as `records` has found it."""
    with path.open("rb") as file:
        file.seek(start)
        return msgspec.json.decode(file.readline()[9:], type=kind)


def difference(before: object, wanted: object) -> tuple[str, object, object] | None:
    """The first setting in which two heads differ: its name, what it was and what it would be; None for equal ones."""
    old, new = (_flat(msgspec.json.decode(msgspec.json.encode(head))) for head in (before, wanted))
    differing = (name for name in chain(new, old) if old.get(name) != new.get(name))
    return next(((name, old.get(name), new.get(name)) for name in differing), None)


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, item in value.items():
        flat |= _flat(item, f"{prefix}{key}.") if isinstance(item, Mapping) else {f"{prefix}{key}": item}
    return flat


def _read(path: Path, of_head: Any, of_others: Any) -> Iterator[tuple[Any, int, int]]:
    """The records of a journal, of these types, up to a torn one; each with the bytes where it begins and ends."""
    start = 0
    try:
        with path.open("rb") as file:
            while (line := file.readline()).endswith(b"\n") and line[:9] == _digest(line[9:]):
                record = msgspec.json.decode(line[9:], type=of_others if start else of_head)
                yield record, start, start + len(line)
                start += len(line)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"{path}: not a part file: {error}") from error
    if not start and line.endswith(b"\n"):  # a torn head has no end
        raise InputError(f"{path}: not a part file: its first line is torn; remove it")


def _digest(body: bytes) -> bytes:
    return b"%08x " % zlib.crc32(body)
