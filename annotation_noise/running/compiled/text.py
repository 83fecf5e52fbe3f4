"""JSON's small parts in machine code: numbers read from bytes, numbers and pieces written into bytes.

What is read is known to be JSON, as the whole file has been checked; but whether a value is of the right type has not.
Numbers are read where they are in their plainest form, and few enough digits make them exact: others are not known.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.compiled import compiled

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

TAB, LINE_FEED, RETURN, SPACE, QUOTE, COMMA, MINUS, DOT, ZERO, NINE, COLON, BACKSLASH = b'\t\n\r ",-.09:\\'
LIST, LIST_END, OBJECT, OBJECT_END = b"[]{}"

MOST_DIGITS = 15  # of a number that a float holds exactly
LONGEST = 300  # digits of a number that no float is too small for
POWERS = 10.0 ** np.arange(MOST_DIGITS + 1)  # exact, too: so one division rounds once, to the nearest float


class Pieces(NamedTuple):
    """Some pieces of text, one after the other. ends: (n,) int64, where each ends."""

    text: Bytes
    ends: Places


def pieces(texts: list[bytes]) -> Pieces:
    """Some texts as pieces."""
    return Pieces(np.frombuffer(b"".join(texts), np.uint8), np.cumsum([len(text) for text in texts], dtype=np.int64))


@compiled
def after_space(text: Bytes, at: int) -> int:
    """The place of the next byte that is not white space; the end of the text where there is none."""
    while at < len(text) and (text[at] == SPACE or text[at] == LINE_FEED or text[at] == RETURN or text[at] == TAB):
        at += 1
    return at


@compiled
def after_string(text: Bytes, at: int) -> int:
    """Where a string ends, its quote included, that begins with the quote at this place; or the end of the text."""
    at += 1
    while at < len(text) and text[at] != QUOTE:
        at += 2 if text[at] == BACKSLASH else 1
    return min(at + 1, len(text))


@compiled
def after_value(text: Bytes, at: int) -> int:
    """Where a value ends that begins at this place; the end of the text where it does not end."""
    depth = 0
    while at < len(text):
        byte = text[at]
        if byte == QUOTE:
            at = after_string(text, at)
        elif byte in (LIST, OBJECT):
            depth += 1
            at += 1
        elif byte in (LIST_END, OBJECT_END):
            depth -= 1
            at += 1
        elif depth:
            at += 1
            continue
        else:
            while at < len(text) and text[at] > SPACE and text[at] not in (COMMA, LIST_END, OBJECT_END):
                at += 1
        if not depth:
            return at
    return len(text)


@compiled
def whole_number(text: Bytes, at: int) -> tuple[int, int]:
    """The whole number at a place, and where it ends; -1 for where it ends if it is not known."""
    start = at
    at += text[at] == MINUS
    first, value = at, 0
    while at < len(text) and ZERO <= text[at] <= NINE:
        value = 10 * value + (int(text[at]) - ZERO)
        at += 1
    digits = at - first
    if digits == 0 or digits > MOST_DIGITS or (text[first] == ZERO and digits > 1) or not _ends(text, at):
        return 0, -1
    return (-value if first > start else value), at


@compiled
def number(text: Bytes, at: int) -> tuple[float, int, bool]:
    """The number at a place, where it ends, -1 if it is not known, and whether it is the nearest float for sure."""
    start = at
    at += text[at] == MINUS
    first, value, decimals = at, 0, -1
    while at < len(text) and (ZERO <= text[at] <= NINE or (text[at] == DOT and decimals < 0)):
        if text[at] == DOT:
            decimals = 0
        else:
            value = 10 * value + (int(text[at]) - ZERO)
            decimals += decimals >= 0
        at += 1
    digits = at - first - (decimals >= 0)
    leads = text[first] == DOT or (text[first] == ZERO and digits > 1 and text[first + 1] != DOT)
    if digits == 0 or leads or decimals == 0 or digits > LONGEST or not _ends(text, at):
        return 0.0, -1, False
    size = float(value) / POWERS[max(min(decimals, MOST_DIGITS), 0)]
    return (-size if first > start else size), at, digits <= MOST_DIGITS


@compiled
def _ends(text: Bytes, at: int) -> bool:
    """Whether no number or word goes on here."""
    return at == len(text) or text[at] <= SPACE or text[at] in (COMMA, LIST_END, OBJECT_END)


@compiled
def with_room(text: Bytes, at: int, room: int) -> Bytes:
    """The text, or a longer one that begins like it up to `at`, so that `room` bytes have room after that."""
    if at + room <= len(text):
        return text
    longer = np.empty(2 * (at + room), np.uint8)
    longer[:at] = text[:at]
    return longer


@compiled
def put(text: Bytes, at: int, source: Bytes, start: int, end: int) -> int:
    """Write bytes of another text into a text that has the room; returns where they end."""
    to, come_from = np.uint64(at), np.uint64(start)  # a signed place might count from the end, which takes time to ask
    for place in range(np.uint64(end - start)):
        text[to + place] = source[come_from + place]
    return at + end - start


@compiled
def put_piece(text: Bytes, at: int, source: Bytes, ends: Places, index: int) -> int:
    """Write one of some `Pieces` likewise."""
    return put(text, at, source, ends[index - 1] if index else 0, ends[index])


@compiled
def put_whole(text: Bytes, at: int, value: int) -> int:
    """Write a whole number likewise; it takes up to 20 bytes."""
    if value < 0:
        text[at] = MINUS
        at += 1
        value = -value
    digits, rest = 1, value
    while rest >= 10:
        rest //= 10
        digits += 1
    for place in range(at + digits - 1, at - 1, -1):
        text[place] = ZERO + value % 10
        value //= 10
    return at + digits


@compiled
def put_float(text: Bytes, at: int, value: int) -> int:
    """Write a whole number as a float, with `.0`, likewise; it takes up to 22 bytes."""
    at = put_whole(text, at, value)
    text[at], text[at + 1] = DOT, ZERO
    return at + 2
