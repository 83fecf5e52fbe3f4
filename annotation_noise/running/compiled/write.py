"""A mask as the JSON of `segmentation`, as `geometry.segmentations.encoded` writes it."""

import numpy as np

from annotation_noise.geometry.kernels.bits import Grid, Words
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.outlines import exact_polygons
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
        corners, ends = exact_polygons(words, grid)
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
    """Write rings of corners, the largest first, of two that are alike the first; returns where they end."""
    text[at] = LIST
    at += 1
    for ring in _largest_first(corners, ends):
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


@compiled
def _largest_first(corners: Whole, ends: Places) -> Places:
    """The numbers of the rings by how many pixels they enclose."""
    order, areas_px = np.arange(len(ends)), np.zeros(len(ends), np.int64)
    for ring in range(len(ends)):
        start = ends[ring - 1] if ring else 0
        x0, y0 = corners[ends[ring] - 1]
        area_px = 0
        for corner in range(start, ends[ring]):
            area_px += x0 * (corners[corner, 1] - y0)
            x0, y0 = corners[corner]
        areas_px[ring] = abs(area_px)
    if len(ends) > 1:
        order = np.argsort(-areas_px, kind="mergesort")
    return order
