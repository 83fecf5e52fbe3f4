"""One annotation through the steps that meet it, one after the other; nothing is mutated.

A second mask noise gets what the first has made of the mask, and a box noise the box that belongs to it. All else that
a noise sees is clean, so nothing depends on the order of annotations.
"""

from collections.abc import Container, Mapping, Sequence

from annotation_noise.coco.schema import Annotation
from annotation_noise.core import calls
from annotation_noise.core.choose import Clean, box_of, is_left_alone, steps_of
from annotation_noise.core.outcome import NO_UNABLES, Applied, MaskOutcome, Options, Outcome, Setting, Unables, stayed
from annotation_noise.core.step_calls import SceneOf, call, context_of, mask_noised
from annotation_noise.core.steps import Step
from annotation_noise.geometry import masks as geometry
from annotation_noise.geometry.boxes import box_iou, clipped
from annotation_noise.geometry.masks import Mask, area_px, overlap_px, tight
from noisers import Box

MOST_DRAWS = 1000


def apply(
    annotation: Annotation,
    height: int,
    width: int,
    setting: Setting,
    excluded: Container[int] = (),
    scene: SceneOf = None,
    unables: Unables = NO_UNABLES,
) -> Outcome:
    """What becomes of one annotation of an image of `height` x `width` pixels; nothing is mutated.

    excluded: categories that it must not be given, those that are known to be absent from the image.
    scene: makes the clean scene, where a step may ask for it. unables: its instances noises that could do nothing.
    Raises InputError, beginning with the field, for a segmentation that is malformed or does not
    fit the image, and where a noise fails.
    """
    clean = Clean(annotation, height, width)
    if is_left_alone(annotation, setting.options):
        return Outcome("crowd", annotation.category_id)
    met = steps_of(clean, setting)
    outcome = _masks(clean, met, setting, scene)
    if len(met) > len(outcome.applied):
        outcome = _categories(outcome, clean, met, setting, scene, excluded)
        if "box" in setting.recipe.kinds:
            outcome = _boxes(outcome, clean, met, setting, scene)
        if "instances" in setting.recipe.kinds:
            outcome = outcome._replace(applied=(*stayed(met, unables), *outcome.applied))
    if setting.options.segmentation != "same" and not outcome.mask:
        outcome = outcome._replace(clean_runs=clean.runs)
    return outcome


def _masks(clean: Clean, steps: Sequence[Step], setting: Setting, scene: SceneOf) -> Outcome:
    """What those of the steps that are mask noises have made of an annotation."""
    category_id = clean.annotation.category_id
    if not clean.area_px:
        names = [step.noise.name for step in steps if step.noise.kind == "mask"]
        return Outcome("no_mask", category_id, tuple(Applied(name, "mask", "no_mask") for name in names))
    outcome = Outcome("not_drawn", category_id)
    for step in steps:
        if step.noise.kind != "mask":
            continue
        noisy, parameters = mask_noised(step, outcome.mask or clean.mask, clean, setting, scene)
        outcome = masked(outcome, clean, noisy, step.noise.name, parameters, setting.options)
        if not outcome.is_kept:
            break
    return outcome


def masked(
    before: Outcome, clean: Clean, noisy: Mask, name: str, drawn: Mapping[str, object], options: Options
) -> Outcome:
    """What has become of an annotation once its mask is `noisy`, by a noise of that name.

    before: what had become of it so far. clean: its mask is not empty.
    """
    noisy = tight(noisy)
    if not noisy.pixels.size:
        empty: MaskOutcome = "dropped" if options.on_empty == "drop" else "would_be_empty"
        applied = (*before.applied, Applied(name, "mask", empty, drawn))
        if empty == "dropped":
            return Outcome(empty, before.category_id, applied)
        return before._replace(mask_outcome=empty if before.iou is None else before.mask_outcome, applied=applied)
    clean_px, noisy_px, common_px = clean.area_px, area_px(noisy), overlap_px(clean.mask, noisy)
    if noisy_px == common_px == clean_px:
        applied = (*before.applied, Applied(name, "mask", "unmoved" if before.mask is None else "noised", drawn, 1.0))
        return Outcome("unmoved", before.category_id, applied, iou=1.0)
    iou = common_px / (clean_px + noisy_px - common_px)
    moved = before.mask is None or not same(before.mask, noisy)
    applied = (*before.applied, Applied(name, "mask", "noised" if moved else "unmoved", drawn, iou))
    return Outcome("noised", before.category_id, applied, noisy, noisy_px, iou)


def same(a: Mask, b: Mask) -> bool:
    """Whether two tight masks have the same pixels."""
    return a[1:] == b[1:] and a.pixels.shape == b.pixels.shape and bool((a.pixels == b.pixels).all())


def _categories(
    outcome: Outcome,
    clean: Clean,
    steps: Sequence[Step],
    setting: Setting,
    scene: SceneOf,
    excluded: Container[int],
) -> Outcome:
    """The same with the category that the category noises have given.

    An excluded category is drawn again, with the numbers that follow in the same stream: a draw
    that is uniform becomes uniform over the rest; so is, on request, one that no annotation has. A noise that
    finds none but such ones in a thousand draws, or 20 for each category, leaves the category as it is.
    """
    own = category_id = clean.annotation.category_id
    most_draws = MOST_DRAWS
    unwanted: Container[int] = ()
    if setting.options.flip_to == "annotated":
        unwanted, most_draws = setting.unannotated, max(MOST_DRAWS, 20 * len(setting.classes.names))
    for step in steps:
        if step.noise.kind != "category":
            continue
        before, kept_out = category_id, list[int]()
        result, strengths, rng = call(step, before, clean, setting, scene)
        for _ in range(most_draws):
            category_id = calls.category(result, setting.classes, step.noise)
            if category_id in (own, before):
                break
            if category_id in excluded:
                kept_out.append(category_id)
            elif category_id not in unwanted:
                break
            result = calls.called(step.noise, before, rng, strengths, context_of(clean, setting, scene))
        else:
            category_id, kept_out = before, list(dict.fromkeys(kept_out))
        drawn = Applied(step.noise.name, "category", "unmoved" if category_id == before else "changed", strengths)
        if kept_out:
            outcome = outcome._replace(kept_out=(*outcome.kept_out, *kept_out))
        if outcome.is_kept:
            outcome = outcome._replace(category_id=category_id, applied=(*outcome.applied, drawn))
    return outcome


def _boxes(outcome: Outcome, clean: Clean, steps: Sequence[Step], setting: Setting, scene: SceneOf) -> Outcome:
    """The same with the box that the box noises have given; it begins where the mask's noise has left it."""
    own = box_of(clean.annotation)
    height, width = clean.runs.shape
    for step in steps if outcome.is_kept else ():
        if step.noise.kind != "box":
            continue
        name = step.noise.name
        if own is None:
            outcome = outcome._replace(applied=(*outcome.applied, Applied(name, "box", "no_box")))
            continue
        refitted = Box(*geometry.box(outcome.mask)) if outcome.mask and setting.options.boxes == "refit" else own
        before = outcome.box or refitted
        result, strengths, _ = call(step, before, clean, setting, scene)
        noisy = clipped(calls.box(result, step.noise), height, width)
        if noisy is None:
            drawn = Applied(name, "box", "would_be_empty", strengths)
        else:
            moving = "unmoved" if noisy == before else "noised"
            drawn = Applied(name, "box", moving, strengths, box_iou(own, noisy))
        moved = outcome.box if noisy is None or noisy == before else noisy
        outcome = outcome._replace(applied=(*outcome.applied, drawn), box=moved)
    return outcome
