"""A file as it was when it was read: what was checked is what is noised.

Who reads a file first holds all its bytes in memory. Workers read their stretches from the file once more, and compare,
before and after, whether it is the same file still: by its size, by when it was last changed and, on the machine that
has read it first, by its inode. A worker on another machine leaves the inode out, as some disks that machines share
have other inodes on each. Nothing is mapped: when a mapped file is cut short, whoever looks at it is killed.
"""

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from annotation_noise.errors import InputError
from annotation_noise.reading import check_regular

Cut = Callable[[int, int], bytes]


class Source(NamedTuple):
    """A file as it was when it was read, for other processes.

    path: absolute. size: in bytes. changed_ns: when it was last changed. host: the machine that inode is of.
    """

    path: Path
    size: int
    changed_ns: int
    inode: int
    host: str


def held(path: Path) -> tuple[bytes, Source]:
    """All bytes of a file, and the file as it is. Raises InputError where it cannot be read, or changes meanwhile."""
    check_regular(path)
    try:
        with path.open("rb", buffering=0) as file:
            source = _source(path.absolute(), file)
            content = file.readall()
            if _source(source.path, file) != source or len(content) != source.size:
                raise InputError(f"{path}: has changed while it was read")
            return content, source
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


@contextmanager
def reopened(source: Source) -> Iterator[Cut]:
    """Read a file again, in any process that sees it: a function that gives the bytes from one place to another.

    Raises InputError where the file cannot be read, and where it has changed before the block ends, whatever else the
    block then fails by.
    """
    try:
        file = source.path.open("rb", buffering=0)
    except OSError as error:
        raise InputError(f"{source.path}: cannot be read: {error.strerror or error}") from error
    with file:
        _check(source, file)
        try:
            yield lambda start, end: os.pread(file.fileno(), end - start, start)
        finally:
            _check(source, file)


def _check(source: Source, file: BinaryIO) -> None:
    now = _source(source.path, file)
    if now.host != source.host:
        now = now._replace(inode=source.inode, host=source.host)
    if now != source:
        raise InputError(f"{source.path}: has changed while the run went on")


def _source(path: Path, file: BinaryIO) -> Source:
    stat = os.fstat(file.fileno())
    return Source(path, stat.st_size, stat.st_mtime_ns, stat.st_ino, platform.node())
