"""One annotation: which noises it gets, and what they change.

Decided for each annotation by itself, from the seed and its id alone (see `draws`). Whether it
gets a mask noise is one number against the sum of the shares, and which one is a second number
against their proportions. So with one seed the annotations noised at a lower level are among
those noised at a higher one, and where the proportions are the same, as in the presets, by the
same noise.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.random import Generator

from errors import InputError
from formats.coco import Annotation
from geometry import segmentations
from geometry.masks import Mask, area_px, box, iou, tight
from noisers import Noised
from pipeline.draws import stream
from pipeline.recipe import Recipe, Step

MaskOutcome = Literal["noised", "unmoved", "would_be_empty", "dropped", "no_mask", "not_drawn", "crowd"]


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

    categories: name by id, ids ascending.
    """

    recipe: Recipe
    categories: dict[int, str]
    seed: int
    options: Options


class Result(NamedTuple):
    """What became of an annotation.

    edits: keys to replace or add, with plain values; None where the annotation is dropped.
    mask_outcome: "noised"; "unmoved" where the noise moved no pixel; "would_be_empty" or
        "dropped" where it left none; "no_mask" where there was none to begin with (whether a
        noise was drawn or not); "not_drawn"; "crowd".
    noise: the mask noise that was drawn, whatever came of it, or None.
    parameters: its strengths and what it drew.
    iou: of the noisy with the clean mask, where it was noised or unmoved.
    category_id: the category it has now.
    """

    edits: dict[str, object] | None
    mask_outcome: MaskOutcome
    noise: str | None
    parameters: Mapping[str, str | int | float]
    iou: float | None
    category_id: int

    @property
    def boundary_type(self) -> str:
        """The mask noise that the annotation really carries, or "none"."""
        return self.noise if self.noise and self.mask_outcome in ("noised", "unmoved") else "none"


def annotate(annotation: Annotation, height: int, width: int, setting: Setting) -> Result:
    """Noise one annotation of an image of `height` x `width` pixels; nothing is mutated.

    Raises InputError, beginning with the field, for a segmentation that is malformed or does not
    fit the image.
    """
    options, seed = setting.options, setting.seed
    try:
        clean = segmentations.read(annotation.segmentation, height, width)
    except ValueError as error:
        raise InputError(f"segmentation{error}") from error
    if annotation.iscrowd and options.crowd == "keep":
        return _result(annotation, "crowd", None, {}, None, annotation.category_id)

    category_id = annotation.category_id
    step = choose(setting.recipe.category, stream(seed, "choose category", annotation.id))
    if step:
        rng = stream(seed, f"noise {step.noise.name}", annotation.id)
        category_id = int(step.noise.function(category_id, tuple(setting.categories), rng, **step.strengths))
        if category_id not in setting.categories:
            raise ValueError(f"the noise {step.noise.name} gave category {category_id}, which does not exist")

    step = choose(setting.recipe.mask, stream(seed, "choose mask", annotation.id))
    name = step.noise.name if step else None
    if not clean.pixels.size:
        return _result(annotation, "no_mask", name, {}, None, category_id)
    if not step:
        return _result(annotation, "not_drawn", None, {}, None, category_id)
    noisy, drawn = _noised(clean, step, stream(seed, f"noise {name}", annotation.id))
    parameters = {**step.strengths, **drawn}
    if not noisy.pixels.size:
        if options.on_empty == "drop":
            return Result(None, "dropped", name, parameters, None, annotation.category_id)
        return _result(annotation, "would_be_empty", name, parameters, None, category_id)
    overlap = iou(clean, noisy)
    if overlap == 1:
        return _result(annotation, "unmoved", name, parameters, overlap, category_id)
    result = _result(annotation, "noised", name, parameters, overlap, category_id)
    return result._replace(edits=_mask_edits(annotation, noisy, options) | (result.edits or {}))


def choose(steps: Sequence[Step], rng: Generator) -> Step | None:
    """One of the steps, each with its share as probability, or none of them.

    Draws two numbers, whatever the outcome.
    """
    whether, which = rng.random(2).tolist()
    reached = list(accumulate(step.share for step in steps))  # not sum(), which Python 3.12 changed
    if not steps or whether >= reached[-1]:
        return None
    return next(step for step, upto in zip(steps, reached, strict=True) if which < upto / reached[-1])


def _noised(clean: Mask, step: Step, rng: Generator) -> Noised:
    result = step.noise.function(clean, rng, **step.strengths)
    noisy, drawn = result if isinstance(result, Noised) else Noised(result, {})
    pixels = np.ascontiguousarray(noisy.pixels, np.uint8)  # a user's own noise may return booleans
    return Noised(tight(noisy._replace(pixels=pixels)), drawn)


def _mask_edits(annotation: Annotation, noisy: Mask, options: Options) -> dict[str, object]:
    assert annotation.segmentation is not None  # or there would be no mask to noise
    same = segmentations.form_of(annotation.segmentation)
    form = same if options.segmentation == "same" else options.segmentation
    edits: dict[str, object] = {"segmentation": segmentations.write(noisy, form)}
    if options.boxes == "refit" and annotation.area is not msgspec.UNSET:
        edits["area"] = float(area_px(noisy))
    if options.boxes == "refit" and annotation.bbox is not msgspec.UNSET:
        edits["bbox"] = box(noisy)
    return edits


def _result(
    annotation: Annotation,
    outcome: MaskOutcome,
    noise: str | None,
    parameters: Mapping[str, str | int | float],
    overlap: float | None,
    category_id: int,
) -> Result:
    """A result with the edits that every annotation gets: the category and the two marker fields."""
    result = Result({}, outcome, noise, parameters, overlap, category_id)
    flipped = category_id != annotation.category_id
    edits: dict[str, object] = {"category_id": category_id} if flipped else {}
    # A mark from an earlier run stays true unless this run has something to add.
    if annotation.boundary_type is msgspec.UNSET or result.boundary_type != "none":
        edits["boundary_type"] = result.boundary_type
    if annotation.class_noise is msgspec.UNSET or flipped:
        edits["class_noise"] = flipped
    return result._replace(edits=edits)
