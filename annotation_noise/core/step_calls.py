"""The noise of a step, called for one annotation: once, for each part of its mask, or until an IoU is reached."""

from collections.abc import Callable, Mapping
from typing import Any

from numpy.random import Generator

from annotation_noise.core import calls
from annotation_noise.core.choose import Clean, image_of
from annotation_noise.core.draws import stream
from annotation_noise.core.outcome import Setting
from annotation_noise.core.steps import Draw, Step, drawn, key_of, search_places, value_of
from annotation_noise.geometry.masks import Mask, area_px, overlap_px, parts, union
from noisers import Scene

NEAR_ENOUGH = 0.001  # below the IoU that is looked for
NOTHING_LEFT = -1.0  # in place of the IoU of an empty mask

SceneOf = Callable[[], Scene] | None  # makes the clean scene of an annotation, where a step may ask for it
NoisyMask = tuple[Mask, Mapping[str, object]]  # with the strengths of the noise and what it drew


def call(
    step: Step,
    subject: object,
    clean: Clean,
    setting: Setting,
    scene: SceneOf,
    part: int = 0,
    position: float = 1.0,
) -> tuple[Any, Mapping[str, object], Generator]:
    """What the noise of a step makes of its subject, not checked, the strengths it had, and its generator.

    part, position: as `steps.drawn` has them.
    """
    annotation = clean.annotation
    image_id = image_of(annotation, setting)
    strengths, rng = drawn(step, setting.seed, annotation.id, image_id, clean.area_px, part, position)
    context = context_of(clean, setting, scene) if step.noise.context else {}
    return calls.called(step.noise, subject, rng, strengths, context), strengths, rng


def context_of(clean: Clean, setting: Setting, scene: SceneOf) -> calls.Context:
    """What a noise of an annotation may ask for by name."""
    return {
        "instance": lambda: clean.instance,
        "scene": scene or _no_scene,
        "classes": lambda: setting.classes,
    }


def _no_scene() -> Scene:
    raise AssertionError  # who calls a noise has looked at what its recipe asks for


def mask_noised(step: Step, mask: Mask, clean: Clean, setting: Setting, scene: SceneOf) -> NoisyMask:
    """What a step makes of a mask; clean: the annotation, whose mask other steps may have changed to this."""

    def noised(mask: Mask, part: int, position: float) -> NoisyMask:
        result, strengths, _ = call(step, calls.frozen(mask), clean, setting, scene, part, position)
        noisy, drawn = calls.noised(result, mask, step.noise)
        return noisy, {**strengths, **drawn} if drawn else strengths

    if step.per == "part":
        return _by_part(mask, noised)
    if step.target_iou is None:
        return noised(mask, 0, 1.0)
    seed, annotation, target_iou = setting.seed, clean.annotation, step.target_iou
    if isinstance(target_iou, Draw):
        owner = key_of(step.per, step.annotators, seed, annotation.id, image_of(annotation, setting))
        target_iou = value_of(target_iou, False, stream(seed, f"target {step.label}", owner))
    return _until(target_iou, clean.mask, search_places(step), lambda position: noised(mask, 0, position))


def _by_part(mask: Mask, noised: Callable[[Mask, int, float], NoisyMask]) -> NoisyMask:
    """The union of what becomes of each part; each strength, and what was drawn, is a list of its values by part."""
    noisy_parts = [noised(part, place, 1.0) for place, part in enumerate(parts(mask))]
    keys = dict.fromkeys(key for _, drawn in noisy_parts for key in drawn)
    listed = {key: [drawn.get(key) for _, drawn in noisy_parts] for key in keys}
    return union(*(noisy for noisy, _ in noisy_parts)), listed


def _until(target_iou: float, clean: Mask, places: int, noised: Callable[[float], NoisyMask]) -> NoisyMask:
    """The first state, from mild to strong, whose IoU with the clean mask is not above the target.

    places: at how many places of its way the strength is looked for, beside the first. noised: by the position, 0 to 1.

    By halving, so that it is the first of all where the IoU falls with the strength. Where even the strongest state
    stays above the target, it is that one, and where nothing is left of the first that does not, it is the one before;
    `target_reached` tells.
    """

    def state(place: int) -> tuple[NoisyMask, float]:
        noisy, drawn = noised(place / places)
        noisy_px, common_px = area_px(noisy), overlap_px(clean, noisy)
        return (noisy, drawn), common_px / (area_px(clean) + noisy_px - common_px) if noisy_px else NOTHING_LEFT

    low, high = 0, places
    mild, mild_iou = state(low)
    strong, strong_iou = (mild, mild_iou) if mild_iou <= target_iou else state(high)
    while strong_iou <= target_iou < mild_iou and high - low > 1 and strong_iou < target_iou - NEAR_ENOUGH:
        middle = (low + high) // 2
        between, between_iou = state(middle)
        if between_iou > target_iou:
            low, mild = middle, between
        else:
            high, strong, strong_iou = middle, between, between_iou
    reached = NOTHING_LEFT < strong_iou <= target_iou
    noisy, drawn = mild if strong_iou == NOTHING_LEFT else strong
    return noisy, {**drawn, "target_iou": round(target_iou, 6), "target_reached": reached}
