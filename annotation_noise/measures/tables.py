"""What the rows say together: means and medians by noise, size and category, and the confusion of classes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from annotation_noise.measures.image_pairs import Comparison

MEASURES = ("iou", "dice", "boundary_iou", "hausdorff95_px", "area_change")
SIZES = {"small": 32.0**2, "medium": 96.0**2, "large": float("inf")}  # COCO's, areas below; by the clean `area`


def size_of(area_px: float) -> str:
    """COCO's name for the size of an object of this area."""
    return next(name for name, limit in SIZES.items() if area_px < limit)


def summarised(rows: Sequence[Comparison], categories: Mapping[int, str]) -> dict[str, Any]:
    """Everything that the report says about masks and classes, as plain lists, dicts and numbers.

    categories: name by id. Keys: `all`, a summary; `by_noise` (empty where no annotation says its noise),
    `by_size`, `by_category`, lists of summaries with a `name`; `classes`, see `confusion`; `annotations`, the
    rows column by column.
    """
    noises = Counter(row.noise for row in rows if row.noise is not None)
    kinds = sorted(noises, key=lambda noise: (noise == "none", noise))
    total = sum(map(_is_pair, rows))
    return {
        "all": summary(rows, total),
        "by_noise": _grouped(rows, lambda row: row.noise, [(kind, kind) for kind in kinds], total),
        "by_size": _grouped(rows, lambda row: size_of(row.area_px), [(size, size) for size in SIZES], total),
        "by_category": _grouped(rows, _category, list(categories.items()), total),
        "classes": confusion(rows, categories),
        "annotations": columns(rows),
    }


def summary(rows: Iterable[Comparison], total: int) -> dict[str, Any]:
    """Counts, means and medians of some rows.

    total: matched annotations in all. Returns `matched` and its `share` of the total; `class_changed`, a share of the
    matched; `missing`, `extra` and `emptied` (the noisy mask has no pixel), counts; and for each of MEASURES
    a dict of `mean` and `median`. None where there is nothing to take a mean of.
    """
    rows = list(rows)
    pairs = [row for row in rows if _is_pair(row)]
    changed = sum(row.clean_category != row.noisy_category for row in pairs)
    result: dict[str, Any] = {
        "matched": len(pairs),
        "share": len(pairs) / total if total else None,
        "class_changed": changed / len(pairs) if pairs else None,
        "missing": sum(row.noisy_id is None for row in rows),
        "extra": sum(row.clean_id is None for row in rows),
        "emptied": sum(row.area_change == -1 for row in pairs),
    }
    for name in MEASURES:
        values = [value for row in pairs if (value := getattr(row, name)) is not None]
        result[name] = {"mean": float(np.mean(values)) if values else None}
        result[name]["median"] = float(np.median(values)) if values else None
    return result


def confusion(rows: Iterable[Comparison], categories: Mapping[int, str]) -> dict[str, Any]:
    """Which classes matched annotations have: `changed`, the share with another than the clean one, and `matrix`.

    matrix: the entries of the confusion matrix that are not 0, the largest first, each with clean_id, clean, noisy_id,
    noisy and count; entries with clean = noisy among them.
    """
    counts = Counter((row.clean_category, row.noisy_category) for row in rows if _is_pair(row))
    total, same = sum(counts.values()), sum(count for (clean, noisy), count in counts.items() if clean == noisy)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "changed": (total - same) / total if total else None,
        "matrix": [
            {
                "clean_id": clean,
                "clean": categories.get(clean or 0, str(clean)),
                "noisy_id": noisy,
                "noisy": categories.get(noisy or 0, str(noisy)),
                "count": count,
            }
            for (clean, noisy), count in ordered
        ],
    }


def columns(rows: Sequence[Comparison]) -> dict[str, list[Any]]:
    """The rows as one list a field; measures rounded to six digits after the point."""

    def plain(value: Any) -> Any:
        return round(value, 6) if isinstance(value, float) else value

    return {name: [plain(getattr(row, name)) for row in rows] for name in Comparison._fields}


def _grouped(
    rows: Sequence[Comparison], key: Callable[[Comparison], object], groups: Sequence[tuple[object, str]], total: int
) -> list[dict[str, Any]]:
    members: dict[object, list[Comparison]] = {}
    for row in rows:
        members.setdefault(key(row), []).append(row)
    return [{"name": name, **summary(members[value], total)} for value, name in groups if value in members]


def _category(row: Comparison) -> int | None:
    return row.noisy_category if row.clean_category is None else row.clean_category


def _is_pair(row: Comparison) -> bool:
    return row.clean_id is not None and row.noisy_id is not None
