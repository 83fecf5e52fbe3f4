"""Files that the user names: what cannot be read ends the run with one sentence; no pipe or device is waited for."""

import codecs
import mmap
import stat
from pathlib import Path
from typing import TypeVar

from annotation_noise.errors import InputError

Kind = TypeVar("Kind")


MOST_PIXELS = 2**29 // 3  # of an image: half a GiB in RGB, as Pillow has it; no camera makes as many
TOO_DEEP = "cannot be read: lists and objects are nested too deeply in it"
_BYTES_AT_A_TIME = 2**20


def check_regular(path: Path) -> None:
    """Raise InputError where there is no file to read: nothing of that name, a folder, a pipe, a device."""
    try:
        mode = path.stat().st_mode
    except OSError as error:  # not there, or a loop of links
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{str(path)!r}: cannot be read: no file's name has a NUL in it") from error
    if not stat.S_ISREG(mode):
        raise InputError(f"{path}: cannot be read: it is not a regular file")


def read_bytes(path: Path) -> bytes:
    """All of a file. Raises InputError."""
    check_regular(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_text(path: Path) -> str:
    """All of a file that is UTF-8 text; a byte order mark is left out. Raises InputError."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read: not UTF-8 text (byte {error.start})") from error


def read_json(path: Path, kind: type[Kind], what: str = "JSON") -> Kind:
    """A file of JSON as a type of msgspec's; what: the file that it should be. Raises InputError."""
    data = read_bytes(path)
    if not data.strip():
        raise InputError(f"{path}: not {what}: the file is empty")
    check_utf8(data, path)
    import msgspec  # which the help, that names the limit below, need not load

    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: not {what}: {error}") from error
    except RecursionError as error:
        raise InputError(f"{path}: {TOO_DEEP}") from error


def check_utf8(data: bytes | mmap.mmap, path: Path) -> None:
    """Raise InputError where a file's content is not UTF-8 text, of whose strings a JSON reader looks at few."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    begin = waiting = 0
    try:
        for begin in range(0, len(data), _BYTES_AT_A_TIME):
            waiting = len(decoder.getstate()[0])
            decoder.decode(data[begin : begin + _BYTES_AT_A_TIME], begin + _BYTES_AT_A_TIME >= len(data))
    except UnicodeDecodeError as error:
        place = begin - waiting + error.start
        raise InputError(f"{path}: is not UTF-8 text, as JSON must be (byte {place})") from error


def check_path(path: Path) -> None:
    """Raise InputError where nothing can be at a path: a name that is none, or too long, or a loop of links."""
    check_name(path)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be reached: {getattr(error, 'strerror', error)}") from error


def check_name(path: Path | str) -> None:
    """Raise InputError where a name is not text, which a log, a manifest and a terminal can hold."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{path}: is not UTF-8 text, which logs and manifests are; give it another name") from error
