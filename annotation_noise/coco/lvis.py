"""LVIS: a COCO file whose images are not searched for every category.

Of an image three lists are known: the categories that it has annotations of; `neg_category_ids`, those
that somebody looked for and did not find; and `not_exhaustive_category_ids`, those of the first of
which not every instance is annotated. Of all other categories nothing is known, and nobody is
judged by them. Each category says in how many annotations and images of the file it occurs,
`instance_count` and `image_count`, and has a `frequency`: r, c or f, for rare, common, frequent.

Versions 0.5 and 1 agree in this. Neither has `iscrowd`, and version 1 no `file_name`.

Source: Gupta, Dollár, Girshick, "LVIS", CVPR 2019, section 2; lvisdataset.org.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.splice import Span, measured, spans, splice

NEGATIVE, NOT_EXHAUSTIVE = "neg_category_ids", "not_exhaustive_category_ids"


class Federated(NamedTuple):
    """What the lists of a file say.

    negative, not_exhaustive: by image id, for images that have the list.
    image_ids, category_ids, annotation_ids: (n,) int64, of each annotation.
    """

    negative: dict[int, tuple[int, ...]]
    not_exhaustive: dict[int, tuple[int, ...]]
    image_ids: NDArray[np.int64] = np.zeros(0, np.int64)
    category_ids: NDArray[np.int64] = np.zeros(0, np.int64)
    annotation_ids: NDArray[np.int64] = np.zeros(0, np.int64)


class Counts(NamedTuple):
    """How many annotations a category has, and in how many images."""

    instance_count: int
    image_count: int


def lists_of(images: Iterable[Any]) -> Federated | None:
    """The lists of a file's images (`schema.Image`), without its annotations; None where no image has any."""
    negative, not_exhaustive = {}, {}
    for image in images:
        if isinstance(image.neg_category_ids, list):
            negative[image.id] = tuple(image.neg_category_ids)
        if isinstance(image.not_exhaustive_category_ids, list):
            not_exhaustive[image.id] = tuple(image.not_exhaustive_category_ids)
    return Federated(negative, not_exhaustive) if negative or not_exhaustive else None


def edits(
    data: bytes, not_exhaustive: Mapping[int, Sequence[int]], counts: Mapping[int, Counts], anew: bool = False
) -> list[tuple[Span, bytes]]:
    """What changes in a file outside of its annotations, as spans with their new bytes, in the file's order.

    not_exhaustive: new lists by image id. counts: by category id. Keys that are missing stay missing.
    anew: write those that are what they were, too.
    """
    top = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    where = spans(data, top)
    changes: list[tuple[Span, bytes]] = []
    for part in ("images", "categories"):
        raws = msgspec.json.decode(top[part], type=list[msgspec.Raw])
        starts, ends = measured(data, where[part][0], raws)
        for raw, start, end in zip(raws, starts.tolist(), ends.tolist(), strict=True):
            entry = msgspec.json.decode(raw)
            of_part = {"not_exhaustive": not_exhaustive} if part == "images" else {"counts": counts}
            values = changed(entry, **of_part, anew=anew)
            if values:
                changes.append(((start, end), splice(bytes(raw), values)))
    return sorted(changes)


def changed(
    entry: Mapping[str, object],
    not_exhaustive: Mapping[int, Sequence[int]] | None = None,
    counts: Mapping[int, Counts] | None = None,
    anew: bool = False,
) -> dict[str, object]:
    """The new values of an image (with `not_exhaustive`) or a category (with `counts`), of keys that it has.

    anew: those that are what they were, too.
    """
    number = entry["id"]
    assert isinstance(number, int)
    values: dict[str, object] = {}
    if not_exhaustive is not None and number in not_exhaustive:
        values[NOT_EXHAUSTIVE] = list(not_exhaustive[number])
    if counts is not None:
        values |= counts.get(number, Counts(0, 0))._asdict()
    return {key: value for key, value in values.items() if key in entry and (anew or entry[key] != value)}


def edited(data: bytes, begin: int, end: int, changes: Iterable[tuple[Span, bytes]]) -> Iterator[bytes]:
    """The bytes of a stretch of a file, from `begin` to `end`, with those of the changes that lie in it."""
    for (start, after), new in changes:
        if begin <= start and after <= end:
            yield data[begin:start]
            yield new
            begin = after
    yield data[begin:end]
