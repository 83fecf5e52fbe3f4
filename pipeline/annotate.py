"""One annotation: which noises it gets, and what they change.

Decided for each annotation by itself, from the seed and its id alone (see `draws`). Whether it
gets a mask noise is one number against the sum of the shares, and which one is a second number
against their proportions. So with one seed the annotations noised at a lower level are among
those noised at a higher one, and where the proportions are the same, as in the presets, by the
same noise.
"""

from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.random import Generator
from rlemasklib import RLEMask

from errors import InputError
from formats.tables import Annotation
from geometry import segmentations
from geometry.masks import Mask, area_px, box, overlap_px, tight
from noisers import Noised
from pipeline.draws import stream
from pipeline.recipe import Recipe, Step

MOST_DRAWS = 1000

MaskOutcome = Literal["noised", "unmoved", "would_be_empty", "dropped", "no_mask", "not_drawn", "crowd", "no_image"]


class Options(NamedTuple):
    """How results are written and what is left alone.

    segmentation: form of noised masks: "same" as the source's, "rle" or "polygon".
    boxes: "refit" makes bbox and area follow a noised mask, "keep" leaves the clean ones.
    crowd: "keep" leaves crowd regions as they are, "noise" treats them as instances.
    on_empty: where noise would leave no pixel, "keep" the clean mask or "drop" the annotation.
    """

    segmentation: Literal["same", "rle", "polygon"] = "same"
    boxes: Literal["refit", "keep"] = "refit"
    crowd: Literal["keep", "noise"] = "keep"
    on_empty: Literal["keep", "drop"] = "keep"


class Setting(NamedTuple):
    """All that decides what becomes of an annotation, besides the annotation.

    categories: name by id, ids ascending; empty in SA-1B's form.
    """

    recipe: Recipe
    categories: dict[int, str]
    seed: int
    options: Options


class MaskResult(NamedTuple):
    """What became of a mask.

    outcome: "noised"; "unmoved" where the noise moved no pixel; "would_be_empty" or "dropped"
        where it left none; "no_mask" where there was none to begin with (whether a noise was
        drawn or not); "not_drawn"; "crowd"; "no_image" where masks are drawn anew and the image
        could not be read.
    noise: the mask noise that was drawn, whatever came of it, or None.
    parameters: its strengths and what it drew.
    noisy, area_px: the new mask, tight, and its area, where the outcome is "noised".
    iou: of the noisy with the clean mask, where it was noised or unmoved.
    """

    outcome: MaskOutcome
    noise: str | None = None
    parameters: Mapping[str, object] = MappingProxyType({})
    noisy: Mask | None = None
    area_px: int = 0
    iou: float | None = None

    @property
    def boundary_type(self) -> str:
        """The mask noise that the annotation really carries, or "none"."""
        return self.noise or "none" if self.outcome in ("noised", "unmoved") else "none"


class Result(NamedTuple):
    """What became of an annotation.

    edits: keys to replace or add, with plain values; None where the annotation is dropped. Of a noised
        mask the segmentation is not among them, since it is written for many masks at once; see `completed`.
    kept_out: categories that were drawn but are excluded, in this order; each was drawn again.
    form: in which the segmentation is to be written, where the mask was noised.
    category_id: the category it has now.
    """

    edits: dict[str, object] | None
    mask: MaskResult
    category_id: int
    form: segmentations.Form | None = None
    kept_out: tuple[int, ...] = ()


def completed(result: Result) -> dict[str, object] | None:
    """The edits of a result, segmentation and all."""
    if result.edits is None or result.mask.noisy is None or result.form is None:
        return result.edits
    return {"segmentation": segmentations.write(result.mask.noisy, result.form), **result.edits}


def annotate(
    annotation: Annotation, height: int, width: int, setting: Setting, excluded: Container[int] = ()
) -> Result:
    """Noise one annotation of an image of `height` x `width` pixels; nothing is mutated.

    excluded: categories that it must not be given, those that are known to be absent from the image.
    Raises InputError, beginning with the field, for a segmentation that is malformed or does not
    fit the image.
    """
    try:
        clean = segmentations.rasterised(annotation.segmentation, height, width)
    except ValueError as error:
        raise InputError(f"segmentation{error}") from error
    kept_out: tuple[int, ...] = ()
    if annotation.iscrowd and setting.options.crowd == "keep":
        mask, category_id = MaskResult("crowd"), annotation.category_id
    else:
        mask = noise_mask(clean, annotation.id, setting)
        category_id, kept_out = noise_category(annotation, setting, excluded)
    return edited(annotation, mask, category_id, setting.options)._replace(kept_out=kept_out)


def edited(annotation: Annotation, mask: MaskResult, category_id: int, options: Options) -> Result:
    """What an annotation becomes, once its mask and its category are known."""
    if mask.outcome == "dropped":
        return Result(None, mask, annotation.category_id)
    edits = _mask_edits(annotation, mask.noisy, mask.area_px, options) if mask.noisy else {}
    flipped = category_id != annotation.category_id
    if flipped:
        edits["category_id"] = category_id
    # A mark from an earlier run stays true unless this run has something to add.
    boundary_type = mask.boundary_type
    if boundary_type != "none" or annotation.boundary_type is msgspec.UNSET:
        edits["boundary_type"] = boundary_type
    if flipped or annotation.class_noise is msgspec.UNSET:
        edits["class_noise"] = flipped
    return Result(edits, mask, category_id, _form(annotation, options) if mask.noisy else None)


def noise_category(
    annotation: Annotation, setting: Setting, excluded: Container[int] = ()
) -> tuple[int, tuple[int, ...]]:
    """The category that an annotation gets, another one or its own, and the excluded ones drawn before it.

    An excluded category is drawn again, with the numbers that follow in the same stream: a draw
    that is uniform becomes uniform over the rest. A noise that finds none but excluded ones in
    a thousand draws leaves the category as it is.
    """
    step = choose(setting.recipe.category, stream(setting.seed, "choose category", annotation.id))
    if step is None:
        return annotation.category_id, ()
    rng = stream(setting.seed, f"noise {step.noise.name}", annotation.id)
    kept_out: list[int] = []
    for _ in range(MOST_DRAWS):
        category_id = int(step.noise.function(annotation.category_id, tuple(setting.categories), rng, **step.strengths))
        if category_id not in setting.categories:
            raise ValueError(f"the noise {step.noise.name} gave category {category_id}, which does not exist")
        if category_id == annotation.category_id or category_id not in excluded:
            return category_id, tuple(kept_out)
        kept_out.append(category_id)
    return annotation.category_id, tuple(dict.fromkeys(kept_out))


def noise_mask(runs: RLEMask, annotation_id: int, setting: Setting) -> MaskResult:
    """What becomes of the mask of an annotation."""
    step = choose(setting.recipe.mask, stream(setting.seed, "choose mask", annotation_id))
    if not runs.area():
        return MaskResult("no_mask", step.noise.name if step else None)
    if step is None:
        return MaskResult("not_drawn")
    name, clean = step.noise.name, segmentations.cropped(runs)
    result = step.noise.function(clean, stream(setting.seed, f"noise {name}", annotation_id), **step.strengths)
    noisy, drawn = result if isinstance(result, Noised) else Noised(result, {})
    return compared(clean, noisy, name, {**step.strengths, **drawn}, setting.options)


def compared(clean: Mask, noisy: Mask, name: str, parameters: Mapping[str, object], options: Options) -> MaskResult:
    """What has become of a clean mask, tight and not empty, by a noise of that name."""
    clean_px = area_px(clean)
    if noisy.pixels.dtype != np.uint8 or not noisy.pixels.flags.c_contiguous:  # from a user's own noise
        noisy = noisy._replace(pixels=np.ascontiguousarray(noisy.pixels, np.uint8))
    noisy = tight(noisy)
    if not noisy.pixels.size:
        return MaskResult("dropped" if options.on_empty == "drop" else "would_be_empty", name, parameters)
    noisy_px, common_px = area_px(noisy), overlap_px(clean, noisy)
    if noisy_px == common_px == clean_px:
        return MaskResult("unmoved", name, parameters, iou=1.0)
    iou = common_px / (clean_px + noisy_px - common_px)
    return MaskResult("noised", name, parameters, noisy, noisy_px, iou)


def choose(steps: Sequence[Step], rng: Generator) -> Step | None:
    """One of the steps, each with its share as probability, or none of them.

    Draws two numbers, whatever the outcome.
    """
    whether, which = rng.random(), rng.random()
    total = 0.0
    for step in steps:  # not sum(), which Python 3.12 changed
        total += step.share
    if whether >= total:
        return None
    reached = 0.0
    for step in steps:
        reached += step.share
        if which < reached / total:
            return step
    raise AssertionError  # reached / total is 1 in the end, and which is less


def _form(annotation: Annotation, options: Options) -> segmentations.Form:
    assert annotation.segmentation is not None  # or there would be no mask to noise
    return segmentations.form_of(annotation.segmentation) if options.segmentation == "same" else options.segmentation


def _mask_edits(annotation: Annotation, noisy: Mask, noisy_px: int, options: Options) -> dict[str, object]:
    edits: dict[str, object] = {}
    if options.boxes == "refit" and annotation.area is not msgspec.UNSET:
        edits["area"] = float(noisy_px)
    if options.boxes == "refit" and annotation.bbox is not msgspec.UNSET:
        edits["bbox"] = box(noisy)
    return edits
