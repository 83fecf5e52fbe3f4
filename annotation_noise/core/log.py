"""What is told of an annotation afterwards: its row in the noise log, and what it counts as."""

import csv
import io
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from annotation_noise.coco.schema import Annotation
from annotation_noise.core.outcome import Applied, Outcome
from annotation_noise.core.scenes import Added
from annotation_noise.core.steps import Recipe
from noisers import Classes
from noisers.strengths import plain

PLAIN = frozenset({bool, float, int, str})


class Row(NamedTuple):
    """A row of the noise log: an annotation that changed, or whose mask could not.

    noise: the mask noises that met it, whatever came of it, joined by +; of one that was removed or added the instances
        noise; empty if none.
    mask_outcome: noised; unmoved (the noise moved no pixel); would_be_empty (the clean mask stayed,
        `--on_empty keep`); dropped (`--on_empty drop`); no_mask (there was none to begin with,
        noise drawn or not); no_image (COCO-WAN: missing or broken); not_drawn; removed and added by an instances noise.
        The file's `boundary_type` joins those of them that the mask carries, and is "none" where it carries none.
    parameters: that noise's strengths and what it drew; by noise where there are several, and of one that met the
        annotation twice, the second time. `steps` has all.
    iou: of the noisy with the clean mask; None unless noised or unmoved.
    image_id, category_id, noisy_category_id: None where the annotations name none, as in SA-1B.
    class_noise: true where the category changed; then the categories before and after differ.
    steps: every step of the recipe that met it, in their order.
    parents: of an instance that was added, the ids of those that it comes from.
    annotation: of one that was removed, its whole JSON object.
    """

    annotation_id: int
    image_id: int | None
    noise: str
    mask_outcome: str
    parameters: Mapping[str, object]
    iou: float | None
    class_noise: bool
    category_id: int | None
    noisy_category_id: int | None
    category: str
    noisy_category: str
    steps: tuple[Applied, ...] = ()
    parents: tuple[int, ...] = ()
    annotation: str = ""


def columns(recipe: Recipe) -> tuple[str, ...]:
    """The columns of the log: those that every recipe fills, and those that only some do."""
    more = ("parents", "annotation") if "instances" in recipe.kinds else ()
    return (*Row._fields[:11], *(() if recipe.is_plain else ("steps", *more)))


def cells(row: Row, count: int) -> list[object]:
    """The first columns of a row as the log has them: nothing where there is nothing, true and false, JSON."""
    texts: list[object] = list(row[:11])
    texts[4] = parameters_text(row.parameters)
    texts[5] = "" if row.iou is None else f"{row.iou:.6f}"
    texts[6] = "true" if row.class_noise else "false"
    if count > 11:
        applied = [step._replace(drawn=_plain(step.drawn)) for step in row.steps]
        steps = [{key: value for key, value in step._asdict().items() if value not in (None, {})} for step in applied]
        texts += [_json(steps), " ".join(map(str, row.parents)), row.annotation]
    return texts[:count]


def parameters_text(parameters: Mapping[str, object]) -> str:
    """Strengths and what was drawn as JSON; nothing where there are none."""
    return _json(_plain(parameters))


def csv_of(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV whose lines end with a line feed alone; a bare carriage return would end one for a reader, too."""
    rows = list(rows)
    text = _csv(rows)
    if "\r" in text:
        returns = [any("\r" in cell for cell in row if isinstance(cell, str)) for row in rows]
        text = "".join(_csv([row], has_one) for row, has_one in zip(rows, returns, strict=True))
    return text.encode()


def _csv(rows: Iterable[Sequence[object]], quote_all: bool = False) -> str:
    text = io.StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(text, quoting=quoting, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _json(value: Mapping[str, object] | list[dict[str, object]]) -> str:
    return msgspec.json.encode(value).decode() if value else ""


def _plain(values: Mapping[str, object]) -> Mapping[str, object]:
    """Strengths, of one noise or by noise, as JSON has them."""
    if PLAIN.issuperset(map(type, values.values())):
        return values
    return {key: _plain(value) if isinstance(value, Mapping) else plain(value) for key, value in values.items()}


def row(annotation: Annotation, outcome: Outcome, classes: Classes) -> Row | None:
    """The log's row for an annotation, or None where nothing is to be told: it is as it was."""
    flipped = outcome.category_id != annotation.category_id
    stayed = outcome.mask_outcome in ("not_drawn", "crowd") and not flipped
    if stayed and not [step for step in outcome.applied if step.kind == "box" or step.outcome == "unable"]:
        return None
    names = classes.names
    of_mask = [step for step in outcome.applied if step.kind == "mask" or step.outcome == "removed"]
    return Row(
        annotation.id,
        annotation.image_id if names else None,
        "+".join([step.noise for step in of_mask]),
        outcome.mask_outcome,
        of_mask[0].drawn if len(of_mask) == 1 else {step.noise: step.drawn for step in of_mask},
        outcome.iou,
        flipped,
        annotation.category_id if names else None,
        outcome.category_id if names else None,
        names.get(annotation.category_id, ""),
        names.get(outcome.category_id, ""),
        outcome.applied,
    )


def row_of_removed(annotation: Annotation, outcome: Outcome, classes: Classes, source: str) -> Row:
    """The log's row for an annotation that an instances noise has taken out. source: its whole JSON object."""
    told = row(annotation, outcome, classes)
    assert told is not None
    return told._replace(noisy_category_id=None, noisy_category="", annotation=source)


def row_of_added(number: int, instance: Added, classes: Classes) -> Row:
    """The log's row for an annotation that an instances noise has added. number: its id."""
    name = classes.names.get(instance.category_id, "")
    return Row(
        number,
        instance.image_id if classes.names else None,
        instance.noise,
        "added",
        instance.applied.drawn,
        None,
        False,
        None,
        instance.category_id if classes.names else None,
        "",
        name,
        (instance.applied,),
        instance.parents,
    )


def labels(annotation: Annotation, outcome: Outcome, unannotated: Container[int] = ()) -> list[str]:
    """What an annotation counts as.

    `annotations`; the mask outcome; `mask_noise NAME` for each noise that its mask carries, `box_noise NAME` likewise;
    `removed NAME` where an instances noise has taken it out, `unable NAME` where it could do nothing; `class_noise`
    where its category changed, and `unannotated` where it changed to one of these, which no annotation of the clean
    file has.
    """
    flipped = []
    if outcome.category_id != annotation.category_id:
        flipped = ["class_noise", "unannotated"] if outcome.category_id in unannotated else ["class_noise"]
    of_steps = {label: None for step in outcome.applied if (label := _label(step))}  # each once, in their order
    return ["annotations", outcome.mask_outcome, *of_steps, *flipped]


def _label(step: Applied) -> str:
    if step.carried:
        return f"{step.kind}_noise {step.noise}"
    if step.outcome in ("removed", "unable"):
        return f"{step.outcome} {step.noise}"
    return "box_would_be_empty" if step.outcome == "would_be_empty" and step.kind == "box" else ""


LEFT_ALONE = ("crowd", "no_mask", "would_be_empty")


def realised(
    counts: Mapping[str, int], noises: Mapping[str, Sequence[str]], left_alone: tuple[str, ...] = LEFT_ALONE
) -> dict[str, object]:
    """The counts of all labels in words, for the manifest and the summary.

    counts: how many annotations had each label, and `iou_millionths`, the sum of their IoUs; of a federated file
        also how many classes were `drawn_again`, and categories `listed` and `unlisted` as not exhaustive.
    noises: names by kind, so that one that met nobody shows as 0. left_alone: outcomes that count as left alone.
    """
    noised = counts.get("noised", 0) + counts.get("unmoved", 0)

    def of(kind: str, label: str) -> dict[str, int]:
        return {name: counts.get(f"{label} {name}", 0) for name in noises.get(kind, ())}

    lists = {key: counts[key] for key in ("drawn_again", "listed", "unlisted") if key in counts}
    return {
        "annotations": counts.get("annotations", 0),
        "mask_noise": of("mask", "mask_noise"),
        "class_noise": counts.get("class_noise", 0),
        "to_unannotated_class": counts.get("unannotated", 0),
        **({"box_noise": of("box", "box_noise")} if "box" in noises else {}),
        **({key: of("instances", key) for key in ("removed", "added")} if "instances" in noises else {}),
        **({"unable": unable} if any((unable := of("instances", "unable")).values()) else {}),
        "left_alone": {
            why: counts.get(why, 0) for why in (*left_alone, *(["box_would_be_empty"] if "box" in noises else []))
        },
        "dropped": counts.get("dropped", 0),
        "unmoved": counts.get("unmoved", 0),
        "mean_iou": round(counts.get("iou_millionths", 0) / noised / 1_000_000, 6) if noised else None,
        **({"lists": lists} if lists else {}),
    }
