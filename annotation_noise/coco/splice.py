"""JSON objects as bytes: where their values are, and other values in their place.

Nothing but the values that change is written anew, so all else stays as it was, to the byte: order,
spacing, how numbers and strings are written.
"""

import re
from collections.abc import Container, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.errors import InputError

Span = tuple[int, int]

_KEY = re.compile(rb'[\s,{]*"(?:[^"\\]|\\.)*"\s*:\s*', re.DOTALL)
_COMMA = re.compile(rb"\s*,\s*")
_COLON = re.compile(rb'"(?:[^"\\]|\\.)*"(\s*:\s*)', re.DOTALL)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_END = re.compile(rb"\s*}\s*")


def splice(raw: bytes, edits: Mapping[str, object]) -> bytes:
    """An object's bytes with the values of some keys replaced; keys that it lacks are added at its end.

    All other bytes stay: order, spacing, how numbers are written. Added keys are spaced like the
    object's own first two. The object needs two keys. Raises InputError for a key that is there twice.
    """
    where = spans(raw, _FIELDS.decode(raw))
    places = list(where.values())
    comma = _COMMA.match(raw, places[0][1])
    colon = _COLON.match(raw, comma.end()) if comma else None
    if comma is None or colon is None:
        raise InputError("an object with fewer than two keys")
    last = places[-1][1]
    pieces, at = [], 0
    for key, (start, end) in where.items():
        if key in edits:
            pieces += [raw[at:start], msgspec.json.encode(edits[key])]
            at = end
    pieces.append(raw[at:last])
    for key, value in edits.items():
        if key not in where:
            pieces += [comma.group(), msgspec.json.encode(key), colon.group(1), msgspec.json.encode(value)]
    pieces.append(raw[last:])
    return b"".join(pieces)


def inserted(data: bytes, first: Span, key: str, value: object) -> bytes:
    """A comma, a key and its value, spaced like the first two keys of an object of at least two.

    data: with the object. first: where the value of its first key begins and ends.
    """
    comma = _COMMA.match(data, first[1])
    colon = _COLON.match(data, comma.end()) if comma else None
    if comma is None or colon is None:
        raise InputError("an object with fewer than two keys")
    return comma.group() + msgspec.json.encode(key) + colon.group(1) + msgspec.json.encode(value)


def without(raw: bytes, keys: Container[str]) -> bytes:
    """An object's bytes without some of its keys, each gone with a comma beside it; all other bytes stay.

    Raises InputError for a key that is there twice.
    """
    where = spans(raw, _FIELDS.decode(raw))
    if not any(key in keys for key in where):
        return raw
    pieces, last = [raw[: raw.index(b'"')]], 0
    for key, (start, end) in where.items():
        if key not in keys:
            lead = raw[last:start] if last else raw[len(pieces[0]) : start]
            pieces.append(lead if len(pieces) > 1 else lead.lstrip(b", \t\r\n"))
            pieces.append(raw[start:end])
        last = end
    return b"".join([*pieces, raw[last:]])


def spans(data: bytes, fields: Mapping[str, msgspec.Raw]) -> dict[str, Span]:
    """Where in an object's bytes the value of each key begins and ends.

    fields: the same object, decoded to raw values. Raises InputError for a key that is there twice,
    of which decoding has kept one.
    """
    result: dict[str, Span] = {}
    at = 0
    for key, raw in fields.items():
        match = _KEY.match(data, at)
        if match is None:
            break
        at = match.end() + len(raw)
        result[key] = (match.end(), at)
    if len(result) < len(fields) or _END.fullmatch(data, at) is None:
        raise InputError("a key is there twice in one object")
    return result


def measured(data: bytes, start: int, objects: Sequence[msgspec.Raw]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Begin and end of the annotations, the objects of an array that begins at `start`.

    Raises InputError for one that is no object.
    """
    starts, ends = np.empty(len(objects), np.int64), np.empty(len(objects), np.int64)
    for index, raw in enumerate(objects):
        if memoryview(raw)[0] != ord("{"):
            raise InputError(f"annotations[{index}]: expected object, got {bytes(raw)[:40].decode('utf-8', 'replace')}")
        starts[index] = start = data.find(b"{", start)  # between objects there is only space and a comma
        start += len(raw)
        ends[index] = start
    return starts, ends
