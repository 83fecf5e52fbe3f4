"""COCO's `segmentation` field: read into a mask, written from a mask.

It takes one of three forms.

polygon       a list of rings, each [x0, y0, x1, y1, ...] in pixels; the mask is their union
rle           {"size": [height, width], "counts": "..."}: run lengths, compressed to a string
uncompressed  the same with a list of numbers as counts

Run lengths go down the columns, one after the other, and alternate between background and
instance, beginning with background (so the first may be 0).

Source: COCO's data format page and common/maskApi.h in its API.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
import numpy as np
import orjson
from numpy.typing import NDArray
from rlemasklib import RLEMask

from annotation_noise.geometry.long_rings import is_long, rasterised_long
from annotation_noise.geometry.masks import Mask
from annotation_noise.geometry.polygons import Rings, areas_px, exact_polygons

Form = Literal["polygon", "rle", "uncompressed"]

# Rasterising takes time and memory in proportion to the length of a ring; nothing real lies
# farther out, and the mask API's own arithmetic is 32-bit at a fifth of a pixel.
FARTHEST_PX = 1_000_000
Coordinate = Annotated[float, msgspec.Meta(ge=-FARTHEST_PX, le=FARTHEST_PX)]


class RunLengths(msgspec.Struct):
    """A mask as run lengths: size is (height, width) in pixels, counts compressed or not."""

    size: tuple[int, int]
    counts: str | list[int]


Segmentation = list[list[Coordinate]] | RunLengths


def form_of(segmentation: Segmentation) -> Form:
    """Which of the three forms a segmentation has."""
    if isinstance(segmentation, list):
        return "polygon"
    return "rle" if isinstance(segmentation.counts, str) else "uncompressed"


def read_mask(segmentation: Segmentation | None, height: int, width: int) -> Mask:
    """The tight mask of a segmentation on an image of `height` x `width` pixels; see `rasterised`."""
    return cropped(rasterised(segmentation, height, width))


def rasterised(segmentation: Segmentation | None, height: int, width: int) -> RLEMask:
    """The run lengths of a segmentation on an image of `height` x `width` pixels.

    Equal to what pycocotools decodes. Rings of fewer than three points enclose nothing and add
    nothing; so the mask may be empty, as it is for None and for an empty list.

    Raises ValueError, its message beginning with the place inside the field: an odd number of
    coordinates, a size that is not the image's, counts that do not add up to it. (That coordinates are
    within a million pixels is checked when a `Segmentation` is decoded.)
    """
    if isinstance(segmentation, RunLengths):
        return _from_run_lengths(segmentation, height, width)
    rings = [(_ring(ring, index), is_long(ring)) for index, ring in enumerate(segmentation or ())]
    parts = [
        rasterised_long(ring, height, width) if long else RLEMask.from_polygon(ring, imshape=(height, width))
        for ring, long in rings
        if len(ring) >= 3
    ]
    if not parts:
        return RLEMask.zeros((height, width))
    return parts[0] if len(parts) == 1 else RLEMask.union(parts)


def cropped(runs: RLEMask) -> Mask:
    """The tight mask of run lengths."""
    height, width = runs.shape
    if not runs.area():
        return Mask(np.zeros((0, 0), np.uint8), 0, 0, height, width)
    window, (left, top, _, _) = runs.tight_crop()
    return Mask(window.to_array(order="C"), int(left), int(top), height, width)


def write(mask: Mask, form: Form) -> list[list[float]] | dict[str, object]:
    """The segmentation of a mask in the form asked for, as plain lists, numbers and strings.

    Reading it, here or with pycocotools, gives the mask back, pixel for pixel. Of rings the largest comes first.
    Coordinates are floats, though whole: readers that take the numbers' type for their arrays would otherwise
    cut off what they compute from them.
    """
    if form == "polygon":
        return [ring.tolist() for ring in _flat(exact_polygons([mask])[0])]
    size = [mask.frame_height, mask.frame_width]
    if form == "rle":
        return {"size": size, "counts": compressed(mask).decode("ascii")}
    return {"size": size, "counts": _to_run_lengths(mask).counts.tolist()}


def compressed(mask: Mask) -> bytes:
    """The compressed counts of a mask's run lengths, without its size."""
    counts: bytes = _to_run_lengths(mask).to_dict()["counts"]
    return counts


def encoded(masks: Sequence[Mask], forms: Sequence[Form]) -> list[bytes]:
    """What `write` gives for each mask, as JSON; polygons are made for all of them at once."""
    polygons = iter(exact_polygons([mask for mask, form in zip(masks, forms, strict=True) if form == "polygon"]))
    return [
        orjson.dumps(_flat(next(polygons)), option=orjson.OPT_SERIALIZE_NUMPY)
        if form == "polygon"
        else msgspec.json.encode(write(mask, form))
        for mask, form in zip(masks, forms, strict=True)
    ]


def _flat(rings: Rings) -> list[NDArray[np.float64]]:
    """Each ring as x0, y0, x1, y1, ...; the largest first, since some readers take no other."""
    numbers = rings.corners.astype(np.float64).ravel()
    parts = [numbers[2 * start : 2 * end] for start, end in pairwise([0, *rings.ends])]
    if len(parts) < 2:
        return parts
    return [parts[place] for place in np.argsort(-areas_px(rings), kind="stable").tolist()]


def _ring(ring: Sequence[float], index: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    if len(ring) % 2:
        raise ValueError(f"[{index}] has {len(ring)} numbers, but x and y come in pairs")
    return np.array(ring, np.float64).reshape(-1, 2)


def _from_run_lengths(segmentation: RunLengths, height: int, width: int) -> RLEMask:
    if segmentation.size != (height, width):
        stated = "{} x {}".format(*segmentation.size)
        raise ValueError(f".size is {stated}, but the image has height x width {height} x {width}")
    try:
        if isinstance(segmentation.counts, str):
            counts = segmentation.counts.encode("ascii")
            return RLEMask.from_dict({"size": segmentation.size, "counts": counts})
        return RLEMask.from_counts(segmentation.counts, segmentation.size)
    except (ValueError, OverflowError) as error:
        raise ValueError(f".counts are no run lengths that add up to the image's {height} x {width} pixels") from error


def _to_run_lengths(mask: Mask) -> RLEMask:
    height, width = mask.pixels.shape
    if not mask.pixels.size:
        return RLEMask.zeros((mask.frame_height, mask.frame_width))
    below, right = mask.frame_height - mask.top - height, mask.frame_width - mask.left - width
    pixels = mask.pixels if mask.pixels.flags.writeable else mask.pixels.copy()  # from_array refuses read-only ones
    return RLEMask.from_array(pixels).pad(mask.top, below, mask.left, right)
