"""COCO's `segmentation` from bytes to a bit image, as `geometry.segmentations.rasterised` reads it."""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.bits import Grid, Words, blank, layout
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.polygons import rasterised
from annotation_noise.geometry.kernels.runs import are_sound, decoded, decompressed
from annotation_noise.geometry.long_rings import LONG_PX
from annotation_noise.geometry.segmentations import FARTHEST_PX
from annotation_noise.running.compiled.text import (
    BACKSLASH,
    COLON,
    COMMA,
    LIST,
    LIST_END,
    OBJECT,
    OBJECT_END,
    QUOTE,
    Bytes,
    Places,
    after_space,
    after_string,
    after_value,
    number,
    whole_number,
)

UNKNOWN, NONE, POLYGON, RLE, UNCOMPRESSED = range(-1, 4)
_N = ord("n")
_SIZE, _COUNTS = (np.frombuffer(key, np.uint8) for key in (b"size", b"counts"))


@compiled
def read(text: Bytes, start: int, end: int, height: int, width: int) -> tuple[int, Words, Grid]:
    """The form of a segmentation, and its bit image on an image of this size; the box may be loose.

    start, end: where in the text its value is; -1 where there is none. UNKNOWN is what the ordinary way shall read.
    """
    if start < 0 or text[start] == _N:
        grid = layout(0, 0, 0, 0, 1)
        return NONE, blank(grid), grid
    if text[start] == LIST:
        numbers, ends, is_known = _rings(text, start, end)
        words, grid = rasterised(numbers, ends, height, width)
        return (POLYGON if is_known else UNKNOWN), words, grid
    form, counts = _run_lengths(text, start, height, width)
    words, grid = decoded(counts, height, width)
    return form, words, grid


@compiled
def _rings(text: Bytes, start: int, end: int) -> tuple[NDArray[np.float64], Places, bool]:
    """The coordinates of a list of rings, where each ring ends among them, and whether all is known; if not, none."""
    numbers, ends = np.empty((end - start) // 2, np.float64), np.empty((end - start) // 2, np.int64)
    count, rings = 0, 0
    at = after_space(text, start + 1)
    while text[at] == LIST:
        first = count
        at = after_space(text, at + 1)
        while text[at] != LIST_END:
            numbers[count], at, is_exact = number(text, at)
            if at < 0 or not is_exact or abs(numbers[count]) > FARTHEST_PX:
                return numbers[:0], ends[:0], False
            count += 1
            at = after_space(text, at)
            if text[at] == COMMA:
                at = after_space(text, at + 1)
        if (count - first) % 2 or _is_long(numbers[first:count]):
            return numbers[:0], ends[:0], False
        ends[rings] = count
        rings += 1
        at = after_space(text, at + 1)
        if text[at] == COMMA:
            at = after_space(text, at + 1)
    if at + 1 != end:
        return numbers[:0], ends[:0], False
    return numbers[:count], ends[:rings], True


@compiled
def _is_long(ring: NDArray[np.float64]) -> bool:
    """As `geometry.long_rings.is_long`."""
    return len(ring) > 4 and len(ring) * (ring.max() - ring.min()) > LONG_PX


@compiled
def _run_lengths(text: Bytes, start: int, height: int, width: int) -> tuple[int, Places]:
    """The form and the counts of an object of `size` and `counts`; UNKNOWN and none where it is not sound."""
    none = np.empty(0, np.int64)
    form, counts, has_size = UNKNOWN, none, False
    if text[start] != OBJECT:
        return UNKNOWN, none
    at = after_space(text, start + 1)
    for _ in range(2):
        if text[at] != QUOTE:
            return UNKNOWN, none
        key = at + 1
        at = after_string(text, at)
        length = at - 1 - key
        at = after_space(text, at)
        if text[at] != COLON:
            return UNKNOWN, none
        at = after_space(text, at + 1)
        if length == 4 and _is_key(text, key, _SIZE):
            has_size = _is_size(text, at, height, width)
        elif length == 6 and _is_key(text, key, _COUNTS):
            form, counts = _counts(text, at)
        else:
            return UNKNOWN, none
        at = after_space(text, after_value(text, at))
        if text[at] == COMMA:
            at = after_space(text, at + 1)
    if text[at] != OBJECT_END or not has_size or form == UNKNOWN or not are_sound(counts, height, width):
        return UNKNOWN, none
    return form, counts


@compiled
def _is_key(text: Bytes, at: int, key: Bytes) -> bool:
    same = True
    for place in range(len(key)):
        same &= text[at + place] == key[place]
    return same


@compiled
def _is_size(text: Bytes, at: int, height: int, width: int) -> bool:
    """Whether a value is the list of this height and width."""
    if text[at] != LIST:
        return False
    value, at = whole_number(text, after_space(text, at + 1))
    if at < 0 or value != height:
        return False
    at = after_space(text, at)
    if text[at] != COMMA:
        return False
    value, at = whole_number(text, after_space(text, at + 1))
    return at > 0 and value == width and text[after_space(text, at)] == LIST_END


@compiled
def _counts(text: Bytes, at: int) -> tuple[int, Places]:
    """The form and the counts of a text or a list."""
    none = np.empty(0, np.int64)
    if text[at] == QUOTE:
        end = after_string(text, at) - 1
        plain, count = np.empty(end - at, np.uint8), 0
        at += 1
        while at < end:
            if text[at] == BACKSLASH:  # which is escaped by another; no other character of counts needs that
                at += 1
                if text[at] != BACKSLASH:
                    return UNKNOWN, none
            plain[count] = text[at]
            count += 1
            at += 1
        return RLE, decompressed(plain[:count])
    if text[at] != LIST:
        return UNKNOWN, none
    counts, count = np.empty((after_value(text, at) - at) // 2, np.int64), 0
    at = after_space(text, at + 1)
    while text[at] != LIST_END:
        counts[count], at = whole_number(text, at)
        if at < 0:
            return UNKNOWN, none
        count += 1
        at = after_space(text, at)
        if text[at] == COMMA:
            at = after_space(text, at + 1)
    return UNCOMPRESSED, counts[:count]
