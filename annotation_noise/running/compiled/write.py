"""A mask as the JSON of `segmentation`, as `geometry.segmentations.encoded` writes it."""

import numpy as np

from annotation_noise.geometry.kernels.bits import Grid, Words
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.outlines import outlines
from annotation_noise.geometry.kernels.runs import encoded, put_compressed, put_numbers
from annotation_noise.geometry.kernels.simplify import Whole
from annotation_noise.running.compiled.read import POLYGON, RLE
from annotation_noise.running.compiled.text import (
    COMMA,
    LIST,
    LIST_END,
    OBJECT_END,
    QUOTE,
    Bytes,
    Places,
    put,
    put_float,
    put_whole,
    with_room,
)

BYTES_A_COUNT, BYTES_A_CORNER = 20, 26
_SIZE, _COUNTS = (np.frombuffer(part, np.uint8) for part in (b'{"size":[', b'],"counts":'))


@compiled
def written(text: Bytes, at: int, words: Words, grid: Grid, form: int, height: int, width: int) -> tuple[Bytes, int]:
    """Write a mask of a frame of this size, in one of the forms of `read`; the text, or a longer one, and the end."""
    if form == POLYGON:
        corners, ends = outlines(words, grid)
        text = with_room(text, at, BYTES_A_CORNER * len(corners) + 3 * len(ends) + 2)
        return text, _put_rings(text, at, corners, ends)
    counts = encoded(words, grid, height, width)
    text = with_room(text, at, BYTES_A_COUNT * len(counts) + 100)
    at = put(text, at, _SIZE, 0, len(_SIZE))
    at = put_whole(text, at, height)
    text[at] = COMMA
    at = put_whole(text, at + 1, width)
    at = put(text, at, _COUNTS, 0, len(_COUNTS))
    text[at] = QUOTE if form == RLE else LIST
    at = put_compressed(text, at + 1, counts, True) if form == RLE else put_numbers(text, at + 1, counts)
    text[at] = QUOTE if form == RLE else LIST_END
    text[at + 1] = OBJECT_END
    return text, at + 2


@compiled
def _put_rings(text: Bytes, at: int, corners: Whole, ends: Places) -> int:
    """Write rings of corners; returns where they end."""
    text[at] = LIST
    at += 1
    for ring in range(len(ends)):
        text[at] = LIST
        at += 1
        for corner in range(ends[ring - 1] if ring else 0, ends[ring]):
            at = put_float(text, at, corners[corner, 0])
            text[at] = COMMA
            at = put_float(text, at + 1, corners[corner, 1])
            text[at] = COMMA
            at += 1
        text[at - 1], text[at] = LIST_END, COMMA
        at += 1
    if len(ends):
        at -= 1
    text[at] = LIST_END
    return at + 1
