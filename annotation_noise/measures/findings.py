"""What a label-error finder says, and how well it finds the errors.

annotation_id,score                    or image_id in the place of annotation_id, and quality in that of score:
20017,0.93                             score is the higher, quality the lower the more suspicious a label is
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.errors import InputError
from annotation_noise.measures.label_errors import Labels, What, table
from annotation_noise.measures.ranking import auroc, average_precision, curve, hits_at, ranked
from annotation_noise.measures.resampling import draws, interval
from annotation_noise.measures.tables import size_of

IOU_BANDS = ((0.0, 0.5), (0.5, 0.75), (0.75, 0.9), (0.9, 1.0))
_HEADER = "a header with annotation_id or image_id, and score or quality, one of each, separated by commas"
SIZES = ("small", "medium", "large")

Reals = NDArray[np.float64]


class Findings(NamedTuple):
    """What a finder says. suspicion: by id, the higher the more suspicious; lines: of the file, by id."""

    path: Path
    what: What
    suspicion: Mapping[int, float]
    lines: Mapping[int, int]


class Group(NamedTuple):
    """Some errors, held against what is right.

    by: "all", "kind", "size" or "iou". wrong, counted: (n,) bool, the errors, and all that they are ranked among.
    """

    by: str
    name: str
    wrong: NDArray[np.bool_]
    counted: NDArray[np.bool_]


def read_findings(path: Path) -> Findings:
    """The file of a finder. Raises InputError, saying where: columns, ids, scores, an id that is there twice."""
    rows = table(path, (), "a file of findings")
    suspicion, lines = dict[int, float](), dict[int, int]()
    what, sign = "annotation", 1
    for line, row in rows:
        what, sign = _meaning(path, row)
        number, score = row[f"{what}_id"], row["score" if sign > 0 else "quality"]
        try:
            id_, value = int(number), sign * float(score)
        except ValueError:
            text = f"{path}: line {line}: {what}_id must be a whole number and the score a number, not"
            raise InputError(f"{text} {number[:40]!r} and {score[:40]!r}") from None
        if np.isnan(value):
            raise InputError(f"{path}: line {line}: the score is not a number")
        if id_ in suspicion:
            raise InputError(f"{path}: line {line}: {what} {id_} is there already, in line {lines[id_]}")
        suspicion[id_], lines[id_] = value, line
    if not suspicion:
        raise InputError(f"{path}: there are no findings in it; it must have {_HEADER}, and a row for each finding")
    return Findings(path, what, suspicion, lines)  # type: ignore[arg-type]


def _meaning(path: Path, row: Mapping[str, str]) -> tuple[str, int]:
    """What is scored, and 1 or -1 as a high number is suspicious or not."""
    whats = [what for what in ("annotation", "image") if f"{what}_id" in row]
    signs = [sign for name, sign in (("score", 1), ("quality", -1)) if name in row]
    if len(whats) != 1 or len(signs) != 1:
        raise InputError(f"{path}: must have {_HEADER}")
    return whats[0], signs[0]


def scores_of(findings: Findings, labels: Labels, others: Sequence[int] = ()) -> tuple[Reals, int]:
    """How suspicious each label is, (n,), -inf where the finder does not say; and of how many it does not.

    others: ids that a finder may name though they do not count. Raises InputError for an id that is not there.
    """
    known = set(labels.ids.tolist())
    strangers = findings.suspicion.keys() - known - set(others)
    if strangers:
        first = min(strangers, key=findings.lines.__getitem__)
        where, doubt = f"{findings.path}: line {findings.lines[first]}", ""
        if strangers == findings.suspicion.keys():
            doubt = "; are these findings of another file?"
        raise InputError(f"{where}: there is no {labels.what} {first} in the noisy file{doubt}")
    scores = np.array([findings.suspicion.get(id_, -np.inf) for id_ in labels.ids.tolist()], np.float64)
    return scores, len(known - findings.suspicion.keys())


def groups_of(labels: Labels) -> list[Group]:
    """All errors, and those of each kind, size and IoU; groups without an error are left out."""
    wrong = labels.wrong
    everything = np.ones(len(wrong), np.bool_)
    groups = [Group("all", "all", wrong, everything)]
    groups += [Group("kind", kind, of_kind, of_kind | ~wrong) for kind, of_kind in labels.kinds.items()]
    sizes = np.array(["" if np.isnan(area) else size_of(area) for area in labels.areas_px.tolist()])
    groups += [Group("size", size, wrong & (sizes == size), sizes == size) for size in SIZES]
    for low, high in IOU_BANDS:
        in_band = (labels.ious >= low) & (labels.ious < high)
        groups.append(Group("iou", f"{low:g} to {high:g}", in_band, in_band | ~wrong))
    return [group for group in groups if group.wrong.any()]


def scored(
    labels: Labels, finders: Mapping[str, Reals], depths: Sequence[int], tell: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """The figures of some finders with their intervals, and their differences from the first finder's.

    finders: by name how suspicious each label is. depths: at which precision and recall are given. tell: is told of
    each draw of images, REPLICATES for each finder. Figures of all errors are
        auroc, average_precision, found (how many of the errors are among as many labels as there are errors at all),
        precision@N and recall@N; of a group of them, ranked among themselves and what is right, the first three.
    `by_chance` is what a finder that draws would reach.
    """
    groups = groups_of(labels)
    values = {name: _drawn(labels, scores, groups, depths, tell) for name, scores in finders.items()}
    keys, first = _keys(groups, depths), next(iter(values))
    rows = [
        {
            "finder": name,
            "by": group.by,
            "name": group.name,
            "wrong": int(group.wrong.sum()),
            "of": int(group.counted.sum()),
            "figures": {key.figure: _summary(drawn[:, at]) for at, key in enumerate(keys) if key.group is group},
        }
        for name, drawn in values.items()
        for group in groups
    ]
    differences = [
        {
            "finder": name,
            "from": first,
            "figures": {
                key.figure: _summary(drawn[:, at] - values[first][:, at])
                for at, key in enumerate(keys)
                if key.group.by == "all"
            },
        }
        for name, drawn in values.items()
        if name != first
    ]
    return {"by_chance": _by_chance(groups, depths), "figures": rows, "differences": differences}


class _Key(NamedTuple):
    group: Group
    figure: str


def _keys(groups: Sequence[Group], depths: Sequence[int]) -> list[_Key]:
    """What the figures of one draw are, in their order."""
    at_depths = [f"{figure}@{depth}" for depth in depths for figure in ("precision", "recall")]
    own = [_Key(group, figure) for group in groups for figure in ("auroc", "average_precision", "found")]
    return own + [_Key(groups[0], figure) for figure in at_depths]


def _drawn(
    labels: Labels, scores: Reals, groups: Sequence[Group], depths: Sequence[int], tell: Callable[[], object]
) -> Reals:
    """All figures, (1 + REPLICATES, keys): first as they are, then of images drawn anew."""
    order, ends = ranked(scores)
    wrongs = [group.wrong[order].astype(np.float64) for group in groups]
    counted = [group.counted[order].astype(np.float64) for group in groups]
    images = labels.images[order]

    def figures(weights: Reals) -> list[float]:
        whole = curve(ends, wrongs[0], weights)
        result = list[float]()
        for wrong, among in zip(wrongs, counted, strict=True):
            of_group = curve(ends, wrong, weights * among)
            total = of_group.hits[-1]
            reached = hits_at(whole._replace(hits=of_group.hits), whole.hits[-1])
            result += [auroc(of_group), average_precision(of_group), reached / total if total else float("nan")]
        for depth in depths:
            hits = hits_at(whole, depth)
            result += [hits / depth, hits / whole.hits[-1] if whole.hits[-1] else float("nan")]
        return result

    rows = [figures(np.ones(len(order)))]
    for drawn in draws(labels.image_count):
        rows.append(figures(drawn[images]))
        tell()
    return np.array(rows)


def _summary(values: Reals) -> dict[str, Any]:
    """A figure as it is, the first value, and the interval of the others."""
    return {"value": None if np.isnan(values[0]) else float(values[0]), "interval": interval(values[1:].tolist())}


def _by_chance(groups: Sequence[Group], depths: Sequence[int]) -> dict[str, Any]:
    shares = {(group.by, group.name): float(group.wrong.sum() / group.counted.sum()) for group in groups}
    total, share = len(groups[0].wrong), shares["all", "all"]
    at_depths = {f"precision@{depth}": share for depth in depths} | {f"recall@{d}": d / total for d in depths}
    return {
        "auroc": 0.5,
        "found": share,
        **at_depths,
        "average_precision": [{"by": by, "name": name, "value": value} for (by, name), value in shares.items()],
    }
