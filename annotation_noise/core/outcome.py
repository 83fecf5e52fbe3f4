"""What decides about an annotation, and what becomes of it, as data."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from rlemasklib import RLEMask

from annotation_noise.core.steps import Recipe, Step
from annotation_noise.geometry.masks import Mask
from noisers import Box, Classes

MaskOutcome = Literal[
    "noised", "unmoved", "would_be_empty", "dropped", "no_mask", "not_drawn", "crowd", "no_image", "removed", "added"
]


class Options(NamedTuple):
    """How results are written and what is left alone.

    segmentation: form of every mask: "rle" or "polygon", crowd regions excepted, which never become polygons; "same"
        leaves each as it is in the source.
    boxes: "refit" makes bbox and area follow a noised mask, "keep" leaves the clean ones.
    crowd: "keep" leaves crowd regions as they are, "noise" treats them as instances.
    on_empty: where noise would leave no pixel, "keep" the clean mask or "drop" the annotation.
    flip_to: classes that a category noise may give: "all" of the file, or "annotated", those that an annotation has.
    attributes: whether an annotation's marks stand in its `attributes` too.
    blind: write every annotation alike, so that the file does not tell what was noised; then `segmentation` is not
        "same", and all but `flip_to` have the values that come first.
    """

    segmentation: Literal["same", "rle", "polygon"] = "same"
    boxes: Literal["refit", "keep"] = "refit"
    crowd: Literal["keep", "noise"] = "keep"
    on_empty: Literal["keep", "drop"] = "keep"
    flip_to: Literal["all", "annotated"] = "all"
    attributes: bool = False
    blind: bool = False

    @property
    def noted(self) -> dict[str, object]:
        """By name, as a manifest has them; `blind` where it was asked for."""
        return {name: value for name, value in self._asdict().items() if name != "blind" or value}


class Setting(NamedTuple):
    """All that decides what becomes of an annotation, besides the annotation and its image.

    image_id: of the only image in a file of SA-1B's form, whose annotations do not name it.
    unannotated: ids of the categories that no annotation of the clean file has.
    """

    recipe: Recipe
    classes: Classes
    seed: int
    options: Options
    image_id: int | None = None
    unannotated: frozenset[int] = frozenset()


class Applied(NamedTuple):
    """What a step has done to an annotation that it met.

    noise, kind: of the step. drawn: its strengths and what it drew.
    outcome: of a mask or box noise "noised", "unmoved" where it moved nothing, "would_be_empty" where it left nothing
        and what was there stayed, "dropped" where the annotation went with it, "no_mask" or "no_box" where there was
        none to begin with, "no_image" where masks are drawn anew and the image could not be read; of a category noise
        "changed" or "unmoved"; of an instances noise "removed" or "added", "stayed" where it left it there, and
        "unable" where it could do nothing; then `why` stands among what it drew.
    iou: of the mask or box with the clean one, where it was noised or unmoved.
    """

    noise: str
    kind: str
    outcome: str
    drawn: Mapping[str, object] = {}
    iou: float | None = None

    @property
    def carried(self) -> bool:
        """Whether the annotation carries this noise; a mask's that moved no pixel counts, as its mark does."""
        return self.outcome == "noised" or (self.outcome == "unmoved" and self.kind == "mask")


Unables = Mapping[str, Applied]  # by label the steps that could do nothing with an annotation
NO_UNABLES: Unables = {}


def stayed(steps: Iterable[Step], unables: Unables = NO_UNABLES) -> tuple[Applied, ...]:
    """What the instances noises among some steps have done to an annotation that they met and did not remove."""
    return tuple(
        unables.get(step.label) or Applied(step.noise.name, "instances", "stayed")
        for step in steps
        if step.noise.kind == "instances"
    )


class Outcome(NamedTuple):
    """What has become of an annotation: what differs from the clean one, and through what.

    mask_outcome: "noised" or "unmoved", whether the mask differs in the end; "would_be_empty", "dropped", "no_mask" and
        "no_image" as of the steps; "not_drawn"; "crowd" where it was left alone.
    category_id: the category it has now.
    mask, area_px: the new mask, tight, and its area, where "noised". iou: of the mask in the end with the clean one.
    box: the new box, where a box noise moved it.
    kept_out: categories that were drawn but are excluded, in this order; each was drawn again.
    clean_runs: the clean mask, where every mask gets one form and this one has been read already.
    """

    mask_outcome: MaskOutcome
    category_id: int
    applied: tuple[Applied, ...] = ()
    mask: Mask | None = None
    area_px: int = 0
    iou: float | None = None
    box: Box | None = None
    kept_out: tuple[int, ...] = ()
    clean_runs: RLEMask | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the annotation is still there."""
        return self.mask_outcome not in ("dropped", "removed")

    def names(self, kind: str) -> str:
        """The noises of a kind that it really carries: `localization`, `localization+rand`, or `none`."""
        carried = [step.noise for step in self.applied if step.kind == kind and step.carried]
        return "+".join(carried) or "none"
