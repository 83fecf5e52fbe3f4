"""What becomes of an annotation, as values for the keys of its JSON object."""

from collections.abc import Mapping

import msgspec

from annotation_noise.coco.schema import Annotation
from annotation_noise.core.outcome import Options, Outcome, Setting
from annotation_noise.core.scenes import Added
from annotation_noise.errors import InputError
from annotation_noise.geometry import masks as geometry
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.masks import area_px

MARKS = (("boundary_type", "mask"), ("box_noise", "box"))


def form_of(outcome: Outcome, annotation: Annotation, options: Options) -> segmentations.Form | None:
    """The form in which the segmentation is to be written; None where it stays as it is."""
    if outcome.mask is None or not outcome.is_kept:
        return None
    if options.segmentation != "same":
        return options.segmentation
    assert annotation.segmentation is not None  # or there would be no mask to noise
    return segmentations.form_of(annotation.segmentation)


def edits(outcome: Outcome, annotation: Annotation, setting: Setting) -> dict[str, object] | None:
    """Keys of an annotation to replace or add, with plain values; None where it is gone.

    Of a noised mask the segmentation is not among them, since it is written for many masks at once; see `completed`.
    """
    if not outcome.is_kept:
        return None
    edits: dict[str, object] = {}
    refit = setting.options.boxes == "refit"
    if outcome.mask and refit and annotation.area is not msgspec.UNSET:
        edits["area"] = float(outcome.area_px)
    if outcome.box:
        edits["bbox"] = list(outcome.box)
    elif outcome.mask and refit and annotation.bbox is not msgspec.UNSET:
        edits["bbox"] = geometry.box(outcome.mask)
    flipped = outcome.category_id != annotation.category_id
    if flipped:
        edits["category_id"] = outcome.category_id
    # A mark from an earlier run stays true unless this run has something to add.
    for mark, kind in MARKS:
        if kind == "mask" or kind in setting.recipe.kinds:
            carried = outcome.names(kind)
            if carried != "none" or getattr(annotation, mark) is msgspec.UNSET:
                edits[mark] = carried
    if flipped or annotation.class_noise is msgspec.UNSET:
        edits["class_noise"] = flipped
    if setting.options.attributes:
        edits["attributes"] = _attributes(annotation, edits)
    return edits


def _attributes(annotation: Annotation, edits: Mapping[str, object]) -> dict[str, object]:
    """The attributes of an annotation with the marks that it has after some edits. Raises InputError."""
    own = {} if annotation.attributes in (msgspec.UNSET, None) else annotation.attributes
    if not isinstance(own, dict):
        raise InputError("`attributes` must be an object, as --attributes puts the marks into it")
    marks = {mark: edits.get(mark, getattr(annotation, mark)) for mark in (*dict(MARKS), "class_noise")}
    return own | {mark: value for mark, value in marks.items() if value is not msgspec.UNSET}


def added(instance: Added, parent: Annotation | None, setting: Setting) -> dict[str, object]:
    """The values of an annotation that is added, but for its id.

    A key that its first parent lacks is left out, unless it is a mark.
    parent: the first one, None where it has none; then it gets all that COCO's annotations have.
    """
    mask = instance.mask
    form: segmentations.Form = "polygon"
    if setting.options.segmentation != "same":
        form = setting.options.segmentation
    elif parent and parent.segmentation is not None:
        form = segmentations.form_of(parent.segmentation)
    values: dict[str, object] = {
        "image_id": instance.image_id,
        "category_id": instance.category_id,
        "segmentation": segmentations.write(mask, form),
        "area": float(area_px(mask)),
        "bbox": geometry.box(mask),
        "iscrowd": 0,
    }
    lacking = [key for key in ("area", "bbox") if parent and getattr(parent, key) is msgspec.UNSET]
    if parent and not parent.iscrowd:
        lacking.append("iscrowd")
    if not setting.classes.names:  # SA-1B's form
        lacking += ["image_id", "category_id"]
    values = {key: value for key, value in values.items() if key not in lacking}
    for mark, kind in MARKS:
        if kind == "mask" or kind in setting.recipe.kinds or (parent and getattr(parent, mark) is not msgspec.UNSET):
            values[mark] = instance.noise if kind == "mask" else "none"
    values["class_noise"] = False
    if setting.options.attributes:
        values["attributes"] = _attributes(parent or Annotation(0), values)
    return values


def completed(outcome: Outcome, annotation: Annotation, setting: Setting) -> dict[str, object] | None:
    """The edits, segmentation and all."""
    changes, form = edits(outcome, annotation, setting), form_of(outcome, annotation, setting.options)
    if changes is None or form is None or outcome.mask is None:
        return changes
    return {"segmentation": segmentations.write(outcome.mask, form), **changes}
