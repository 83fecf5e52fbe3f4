"""What is told of an annotation afterwards: its row in the noise log, and what it counts as."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from formats.tables import Annotation
from pipeline.annotate import Result


class Row(NamedTuple):
    """A row of the noise log: an annotation that changed, or whose mask could not.

    noise: the mask noise that was drawn, whatever came of it; empty if none.
    mask_outcome: noised; unmoved (the noise moved no pixel); would_be_empty (the clean mask stayed,
        `--on_empty keep`); dropped (`--on_empty drop`); no_mask (there was none to begin with,
        noise drawn or not); no_image (COCO-WAN: missing or broken); not_drawn. The file's
        `boundary_type` is `noise` where the outcome is noised or unmoved, and "none" otherwise.
    parameters: JSON object, the noise's strengths and what it drew; empty if none.
    iou: of the noisy with the clean mask, to six digits; empty unless noised or unmoved.
    image_id, category_id, noisy_category_id: empty where the annotations name none, as in SA-1B.
    class_noise: true where the category changed; then the categories before and after differ.
    """

    annotation_id: int
    image_id: int | None
    noise: str
    mask_outcome: str
    parameters: str
    iou: str
    class_noise: str
    category_id: int | None
    noisy_category_id: int | None
    category: str
    noisy_category: str


def row(annotation: Annotation, result: Result, categories: Mapping[int, str]) -> Row | None:
    """The log's row for an annotation, or None where nothing is to be told: it is as it was."""
    mask, flipped = result.mask, result.category_id != annotation.category_id
    if mask.outcome in ("not_drawn", "crowd") and not flipped:
        return None
    return Row(
        annotation.id,
        annotation.image_id if categories else None,
        mask.noise or "",
        mask.outcome,
        msgspec.json.encode(mask.parameters).decode() if mask.parameters else "",
        "" if mask.iou is None else f"{mask.iou:.6f}",
        "true" if flipped else "false",
        annotation.category_id if categories else None,
        result.category_id if categories else None,
        categories.get(annotation.category_id, ""),
        categories.get(result.category_id, ""),
    )


def labels(annotation: Annotation, result: Result) -> list[str]:
    """What an annotation counts as.

    `annotations`; the mask outcome; `mask_noise NAME` where it carries that noise; `class_noise`
    where its category changed.
    """
    found = ["annotations", result.mask.outcome]
    if result.mask.iou is not None:
        found.append(f"mask_noise {result.mask.noise}")
    if result.category_id != annotation.category_id:
        found.append("class_noise")
    return found


LEFT_ALONE = ("crowd", "no_mask", "would_be_empty")


def realised(
    told: Mapping[str, int], noises: tuple[str, ...], left_alone: tuple[str, ...] = LEFT_ALONE
) -> dict[str, object]:
    """The counts of all labels in words, for the manifest and the summary.

    told: how many annotations had each label, and `iou_millionths`, the sum of their IoUs; of a federated file
        also how many classes were `drawn_again`, and categories `listed` and `unlisted` as not exhaustive.
    noises: names of the mask noises asked for, so that one that met nobody shows as 0.
    left_alone: outcomes that count as left alone.
    """
    carried = {name: told.get(f"mask_noise {name}", 0) for name in noises}
    noised = sum(carried.values())
    lists = {key: told[key] for key in ("drawn_again", "listed", "unlisted") if key in told}
    return {
        "annotations": told.get("annotations", 0),
        "mask_noise": carried,
        "class_noise": told.get("class_noise", 0),
        "left_alone": {why: told.get(why, 0) for why in left_alone},
        "dropped": told.get("dropped", 0),
        "unmoved": told.get("unmoved", 0),
        "mean_iou": round(told.get("iou_millionths", 0) / noised / 1_000_000, 6) if noised else None,
        **({"lists": lists} if lists else {}),
    }
