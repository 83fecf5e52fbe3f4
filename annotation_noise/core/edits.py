"""What becomes of an annotation, as values for the keys of its JSON object."""

from collections.abc import Mapping

import msgspec

from annotation_noise.coco.schema import Annotation
from annotation_noise.core.outcome import Options, Outcome, Setting
from annotation_noise.core.scenes import Added
from annotation_noise.errors import InputError
from annotation_noise.geometry import masks as geometry
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.masks import Mask, area_px

MARK_OF = (("boundary_type", "mask"), ("box_noise", "box"))
MARKS = ("boundary_type", "class_noise", "box_noise")


def form_of(outcome: Outcome, annotation: Annotation, options: Options) -> segmentations.Form | None:
    """The form in which the segmentation is to be written; None where it stays as it is.

    A crowd region is never asked to become polygons, as COCO has run lengths for these.
    """
    if outcome.mask is None and options.segmentation == "same":
        return None
    if annotation.segmentation is None or not outcome.is_kept:
        return None
    form = own = segmentations.form_of(annotation.segmentation)
    if options.segmentation == "rle" or (options.segmentation == "polygon" and not annotation.iscrowd):
        form = options.segmentation
    return form if outcome.mask or form != own or options.blind else None


def mask_of(outcome: Outcome, annotation: Annotation, height: int, width: int) -> Mask:
    """The mask that an annotation of an image of `height` x `width` pixels has in the end, tight.

    Raises InputError, beginning with the field, for a malformed segmentation.
    """
    if outcome.mask:
        return outcome.mask
    if outcome.clean_runs is not None:
        return segmentations.cropped(outcome.clean_runs)
    try:
        return segmentations.read_mask(annotation.segmentation, height, width)
    except ValueError as error:
        raise InputError(f".segmentation{error}") from error


def edits(
    outcome: Outcome, annotation: Annotation, setting: Setting, mask: Mask | None = None
) -> dict[str, object] | None:
    """Keys of an annotation to replace or add, with plain values; None where it is gone.

    The segmentation is not among them, since it is written for many masks at once; see `completed`.
    mask: of a blind file, what `mask_of` gives; None where there is no segmentation.
    """
    if not outcome.is_kept:
        return None
    if setting.options.blind:
        return _alike(outcome, annotation, setting, mask)
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
    for mark, kind in MARK_OF:
        if kind == "mask" or kind in setting.recipe.kinds:
            carried = outcome.names(kind)
            if carried != "none" or getattr(annotation, mark) is msgspec.UNSET:
                edits[mark] = carried
    if flipped or annotation.class_noise is msgspec.UNSET:
        edits["class_noise"] = flipped
    if setting.options.attributes:
        edits["attributes"] = _attributes(annotation, edits)
    return edits


def _alike(outcome: Outcome, annotation: Annotation, setting: Setting, mask: Mask | None) -> dict[str, object]:
    """The keys that every annotation of a blind file gets, from its mask and category alone."""
    edits: dict[str, object] = {"category_id": outcome.category_id} if setting.classes.names else {}
    if mask and mask.pixels.size:
        values = {"area": float(area_px(mask)), "bbox": geometry.box(mask)}
        edits |= {key: value for key, value in values.items() if getattr(annotation, key) is not msgspec.UNSET}
    return edits


def _attributes(annotation: Annotation, edits: Mapping[str, object]) -> dict[str, object]:
    """The attributes of an annotation with the marks that it has after some edits. Raises InputError."""
    own = {} if annotation.attributes in (msgspec.UNSET, None) else annotation.attributes
    if not isinstance(own, dict):
        raise InputError("`attributes` must be an object, as --attributes puts the marks into it")
    marks = {mark: edits.get(mark, getattr(annotation, mark)) for mark in MARKS}
    return own | {mark: value for mark, value in marks.items() if value is not msgspec.UNSET}


def added(instance: Added, parent: Annotation | None, setting: Setting) -> dict[str, object]:
    """The values of an annotation that is added, but for its id.

    A key that its first parent lacks is left out, unless it is a mark; those a blind file has none of.
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
    if setting.options.blind and parent:  # as it stands there, in its own spelling
        lacking += ["image_id"]
        values["iscrowd"] = False if parent.iscrowd is True else 0
    values = {key: value for key, value in values.items() if key not in lacking}
    if setting.options.blind:
        return values
    for mark, kind in MARK_OF:
        if kind == "mask" or kind in setting.recipe.kinds or (parent and getattr(parent, mark) is not msgspec.UNSET):
            values[mark] = instance.noise if kind == "mask" else "none"
    values["class_noise"] = False
    if setting.options.attributes:
        values["attributes"] = _attributes(parent or Annotation(0), values)
    return values


def completed(
    outcome: Outcome, annotation: Annotation, height: int, width: int, setting: Setting
) -> dict[str, object] | None:
    """The edits, segmentation and all, of an annotation of an image of `height` x `width` pixels."""
    changes, form = edits(outcome, annotation, setting), form_of(outcome, annotation, setting.options)
    if changes is None or form is None:
        return changes
    return {"segmentation": segmentations.write(mask_of(outcome, annotation, height, width), form), **changes}
