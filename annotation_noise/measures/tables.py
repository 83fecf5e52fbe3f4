"""What the rows say together: means and medians by noise, size and category, and the confusion of classes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation_noise.measures.rows import Comparison, Rows, taken, values_of

MEASURES = ("iou", "dice", "boundary_iou", "hausdorff95_px", "area_change")
SIZES = {"small": 32.0**2, "medium": 96.0**2, "large": float("inf")}  # COCO's, areas below; by the clean `area`


def size_of(area_px: float) -> str:
    """COCO's name for the size of an object of this area."""
    return next(name for name, limit in SIZES.items() if area_px < limit)


def sizes_of(areas_px: NDArray[np.float64]) -> NDArray[np.intp]:
    """The same of many, as places in SIZES."""
    return np.searchsorted(list(SIZES.values()), areas_px, side="right")


def summarised(rows: Rows, categories: Mapping[int, str]) -> dict[str, Any]:
    """Everything that the report says about masks and classes, as plain lists, dicts and numbers.

    categories: name by id. Keys: `all`, a summary; `by_noise` (empty where no annotation says its noise),
    `by_size`, `by_category`, lists of summaries with a `name`; `classes`, see `confusion`; `annotations`, the
    rows column by column.
    """
    kinds = sorted(set(rows.noise.tolist()) - {None}, key=lambda noise: (noise == "none", noise))
    total = int((rows.has_clean & rows.has_noisy).sum())
    category = np.where(rows.has_clean, rows.clean_category, rows.noisy_category)
    return {
        "all": summary(rows, total),
        "by_noise": _grouped(rows, rows.noise, [(kind, kind) for kind in kinds], total),
        "by_size": _grouped(rows, sizes_of(rows.area_px), list(enumerate(SIZES)), total),
        "by_category": _grouped(rows, category, list(categories.items()), total),
        "classes": confusion(rows, categories),
        "annotations": columns(rows),
    }


def summary(rows: Rows, total: int) -> dict[str, Any]:
    """Counts, means and medians of some rows.

    total: matched annotations in all. Returns `matched` and its `share` of the total; `class_changed`, a share of the
    matched; `missing`, `extra` and `emptied` (the noisy mask has no pixel), counts; and for each of MEASURES
    a dict of `mean` and `median`. None where there is nothing to take a mean of.
    """
    pairs = taken(rows, rows.has_clean & rows.has_noisy)
    matched = len(pairs.image_id)
    changed = int((pairs.clean_category != pairs.noisy_category).sum())
    result: dict[str, Any] = {
        "matched": matched,
        "share": matched / total if total else None,
        "class_changed": changed / matched if matched else None,
        "missing": int((~rows.has_noisy).sum()),
        "extra": int((~rows.has_clean).sum()),
        "emptied": int((pairs.area_change == -1).sum()),
    }
    for name in MEASURES:
        values = getattr(pairs, name)
        values = values[~np.isnan(values)]
        result[name] = {"mean": float(np.mean(values)) if len(values) else None}
        result[name]["median"] = float(np.median(values)) if len(values) else None
    return result


def confusion(rows: Rows, categories: Mapping[int, str]) -> dict[str, Any]:
    """Which classes matched annotations have: `changed`, the share with another than the clean one, and `matrix`.

    matrix: the entries of the confusion matrix that are not 0, the largest first, each with clean_id, clean, noisy_id,
    noisy and count; entries with clean = noisy among them.
    """
    pairs = taken(rows, rows.has_clean & rows.has_noisy)
    counts = Counter(zip(pairs.clean_category.tolist(), pairs.noisy_category.tolist(), strict=True))
    total, same = sum(counts.values()), sum(count for (clean, noisy), count in counts.items() if clean == noisy)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "changed": (total - same) / total if total else None,
        "matrix": [
            {
                "clean_id": clean,
                "clean": categories.get(clean, str(clean)),
                "noisy_id": noisy,
                "noisy": categories.get(noisy, str(noisy)),
                "count": count,
            }
            for (clean, noisy), count in ordered
        ],
    }


def columns(rows: Rows) -> dict[str, list[Any]]:
    """The rows as one list a field; measures rounded to six digits after the point."""
    return {
        name: [
            round(value, 6) if isinstance(value, float) else value  # numpy's rounding is not exact
            for value in values_of(rows, name)
        ]
        for name in Comparison._fields
    }


def _grouped(rows: Rows, keys: NDArray[Any], groups: Sequence[tuple[Any, str]], total: int) -> list[dict[str, Any]]:
    """A summary of each group that has rows. keys: (n,), of each row that of its group."""
    numbers = {key: number for number, (key, _) in enumerate(groups)}
    number = np.array([numbers.get(key, -1) for key in keys.tolist()], np.int64)
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(-1, len(groups)), side="right")
    members = zip(groups, ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    return [
        {"name": name, **summary(taken(rows, order[start:end]), total)}
        for (_, name), start, end in members
        if end > start
    ]
