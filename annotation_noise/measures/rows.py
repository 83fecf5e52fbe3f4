"""What became of each annotation, as one array a field: a million take a hundred megabytes."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

WHOLE = ("image_id", "clean_id", "noisy_id", "clean_category", "noisy_category")


class Comparison(NamedTuple):
    """What became of an annotation; crowd regions have none.

    clean_id, noisy_id and their categories: None where the annotation is extra, or missing.
    noise: the noisy annotation's `boundary_type`, None where it has none.
    area_px: COCO's `area` of the clean annotation, or its pixels where it has none; of an extra one, its own.
    The measures (see `Overlap`): None for what is missing or extra, or has no clean mask.
    """

    image_id: int
    clean_id: int | None
    noisy_id: int | None
    clean_category: int | None
    noisy_category: int | None
    noise: str | None
    area_px: float
    iou: float | None = None
    dice: float | None = None
    boundary_iou: float | None = None
    hausdorff95_px: float | None = None
    area_change: float | None = None


class Rows(NamedTuple):
    """The fields of comparisons, each (n,), and which have a clean annotation and which a noisy one.

    Whole numbers are int64, 0 where there is none; `noise` is object, str or None; others are float64, NaN for None.
    """

    has_clean: NDArray[np.bool_]
    has_noisy: NDArray[np.bool_]
    image_id: NDArray[np.int64]
    clean_id: NDArray[np.int64]
    noisy_id: NDArray[np.int64]
    clean_category: NDArray[np.int64]
    noisy_category: NDArray[np.int64]
    noise: NDArray[np.object_]
    area_px: NDArray[np.float64]
    iou: NDArray[np.float64]
    dice: NDArray[np.float64]
    boundary_iou: NDArray[np.float64]
    hausdorff95_px: NDArray[np.float64]
    area_change: NDArray[np.float64]


def rows_of(comparisons: Sequence[Comparison]) -> Rows:
    """Comparisons as arrays."""
    fields = zip(*comparisons, strict=True) if comparisons else ((),) * len(Comparison._fields)
    columns = dict(zip(Comparison._fields, fields, strict=True))
    arrays: dict[str, Any] = {
        "has_clean": np.array([id_ is not None for id_ in columns["clean_id"]], bool),
        "has_noisy": np.array([id_ is not None for id_ in columns["noisy_id"]], bool),
    }
    for name, values in columns.items():
        if name in WHOLE:
            arrays[name] = np.array([value or 0 for value in values], np.int64)
        else:
            arrays[name] = np.array(values, object if name == "noise" else np.float64)
    return Rows(**arrays)


def joined(parts: Iterable[Rows]) -> Rows:
    """The rows of several parts, one after the other; at least one."""
    return Rows._make(map(np.concatenate, zip(*parts, strict=True)))


def taken(rows: Rows, places: NDArray[np.intp] | NDArray[np.bool_]) -> Rows:
    """Some of the rows."""
    return Rows._make(column[places] for column in rows)


def values_of(rows: Rows, name: str) -> list[Any]:
    """A field of `Comparison` as a list, with None where there is no value."""
    values = getattr(rows, name)
    if name in WHOLE and name != "image_id":
        there = rows.has_clean if name.startswith("clean") else rows.has_noisy
    elif values.dtype == np.float64:
        there = ~np.isnan(values)
    else:
        return list(values.tolist())
    return [value if known else None for value, known in zip(values.tolist(), there.tolist(), strict=True)]


def comparisons(rows: Rows) -> list[Comparison]:
    """The rows one by one; of some of them, as a million take a gigabyte."""
    return [Comparison(*values) for values in zip(*(values_of(rows, name) for name in Comparison._fields), strict=True)]
