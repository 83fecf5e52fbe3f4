"""The table at the end of a run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tabulate import tabulate

from annotation_noise.reports.words import in_markdown, one_line


def table(realised: Mapping[str, Mapping[str, Any]], seconds: Sequence[float]) -> str:
    """What became of the annotations, one column a file.

    realised: by file name, as `core.log.realised` gives it; at least one.
    seconds: wall time of each file.
    """
    head = ["", *(one_line(Path(name).stem) for name in realised)]
    rows = [head, *_rows(realised), ["seconds", *(f"{s:.1f}" for s in seconds)]]
    aligned = ["left", *["right"] * len(realised)]
    return tabulate(rows, tablefmt="plain", colalign=aligned, disable_numparse=True, preserve_whitespace=True)


def markdown(realised: Mapping[str, Mapping[str, Any]]) -> str:
    """The same in Markdown, without the time that it took."""
    head = ["", *(in_markdown(Path(name).stem) for name in realised)]
    rows = [[in_markdown(cell.strip()) for cell in row] for row in _rows(realised)]
    aligned = ["left", *["right"] * len(realised)]
    return tabulate(rows, head, tablefmt="pipe", colalign=aligned, disable_numparse=True)


def _rows(realised: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """The rows that both have below the files' names; what there is none of in any file is left out."""
    columns = list(realised.values())

    def row(label: str, cell: Callable[[Mapping[str, Any]], str]) -> list[str]:
        return [label, *map(cell, columns)]

    def row_if_any(label: str, count: Callable[[Mapping[str, Any]], int]) -> list[list[str]]:
        return [row(label, lambda c: f"{count(c):,}")] if any(map(count, columns)) else []

    def shares(key: str, prefix: str = "") -> list[list[str]]:
        def share_of(noise: str) -> Callable[[Mapping[str, Any]], str]:
            return lambda c: _share(c[key][noise], c["annotations"])

        noises = columns[0].get(key, ())
        # An instances noise adds or removes, few do both; of the others one that met nobody shows as 0.
        met = [noise for noise in noises if not prefix or any(column[key][noise] for column in columns)]
        return [row(f"  {prefix}{noise}", share_of(noise)) for noise in met]

    return [
        row("annotations", lambda c: f"{c['annotations']:,}"),
        *shares("mask_noise"),
        row("  class changed", lambda c: _share(c["class_noise"], c["annotations"])),
        *row_if_any("  to a class without annotations", lambda c: c["to_unannotated_class"]),
        *shares("box_noise"),
        *shares("removed", "removed: "),
        *shares("added", "added: "),
        *row_if_any("  class drawn again: known absent", lambda c: c.get("lists", {}).get("drawn_again", 0)),
        *row_if_any("  listed as not exhaustive", lambda c: c.get("lists", {}).get("listed", 0)),
        *row_if_any("  left alone: crowd region", lambda c: c["left_alone"]["crowd"]),
        *row_if_any("  left alone: has no mask", lambda c: c["left_alone"]["no_mask"]),
        *row_if_any("  left alone: would be empty", lambda c: c["left_alone"]["would_be_empty"]),
        *row_if_any("  left alone: box would be empty", lambda c: c["left_alone"].get("box_would_be_empty", 0)),
        *row_if_any("  left alone: a noise was unable", lambda c: sum(c.get("unable", {}).values())),
        *row_if_any("  left alone: no image", lambda c: c["left_alone"].get("no_image", 0)),
        *row_if_any("  noise moved no pixel", lambda c: c["unmoved"]),
        *row_if_any("  dropped", lambda c: c["dropped"]),
        row("mean IoU of noised masks", lambda c: "-" if c["mean_iou"] is None else f"{c['mean_iou']:.3f}"),
    ]


def _share(count: int, total: int) -> str:
    return f"{count:,} ({count / total:.1%})" if total else "0"
