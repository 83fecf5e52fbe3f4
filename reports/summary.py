"""The table at the end of a run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

LABELS = {"crowd": "crowd region", "no_mask": "has no mask", "would_be_empty": "would be empty"}


def table(realised: Mapping[str, Mapping[str, Any]], seconds: Sequence[float]) -> str:
    """What became of the annotations, one column a file.

    realised: by file name, as `pipeline.account.realised` gives it; at least one.
    seconds: wall time of each file.
    """
    columns = list(realised.values())

    def row(label: str, cell: Callable[[Mapping[str, Any]], str]) -> list[str]:
        return [label, *map(cell, columns)]

    def some(key: Callable[[Mapping[str, Any]], int], label: str) -> list[list[str]]:
        return [row(label, lambda c: f"{key(c):,}")] if any(map(key, columns)) else []

    rows = [["", *(Path(name).stem for name in realised)], row("annotations", lambda c: f"{c['annotations']:,}")]
    for noise in columns[0]["mask_noise"]:
        rows.append(row(f"  {noise}", lambda c, noise=noise: _share(c["mask_noise"][noise], c["annotations"])))
    rows.append(row("  class changed", lambda c: _share(c["class_noise"], c["annotations"])))
    for why, label in LABELS.items():
        rows += some(lambda c, why=why: c["left_alone"][why], f"  left alone: {label}")
    rows += some(lambda c: c["unmoved"], "  noise moved no pixel")
    rows += some(lambda c: c["dropped"], "  dropped")
    rows.append(row("mean IoU of noised masks", lambda c: "-" if c["mean_iou"] is None else f"{c['mean_iou']:.3f}"))
    rows.append(["seconds", *(f"{s:.1f}" for s in seconds)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]).rstrip()
        for row in rows
    )


def _share(count: int, total: int) -> str:
    return f"{count:,} ({count / total:.1%})" if total else "0"
