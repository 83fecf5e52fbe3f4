"""Trying a noise before any work: on masks, classes, boxes and scenes of every sort, with strengths as may be drawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from annotation_noise.core import calls
from annotation_noise.core.draws import stream
from annotation_noise.core.steps import Draw, Search, Step, drawn_strengths, in_px
from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Mask, area_px, from_frame
from noisers import Box, Classes, Instance, Scene

DRAWS = 20  # of strengths that are drawn
NO_CLASSES = Classes()


def _masks() -> list[Mask]:
    """A square, one with a hole, two parts, a pixel, a line at the border, the whole frame."""
    frames = np.zeros((6, 16, 16), np.uint8)
    frames[:2, 4:12, 4:12] = 1
    frames[1, 6:9, 6:9] = 0
    frames[2, 1:5, 1:5] = frames[2, 9:15, 8:12] = 1
    frames[3, 7, 7] = 1
    frames[4, 0, :] = 1
    frames[5] = 1
    return [calls.frozen(from_frame(frame)) for frame in frames]


MASKS = _masks()


def try_out(step: Step, classes: Classes = NO_CLASSES) -> None:
    """Call a noise a few times, so that what it cannot take is said before any work is done. Raises InputError.

    classes: of the file; where there are none yet, a noise that asks for them is not tried.
    """
    if not classes.names and ("classes" in step.noise.context or step.noise.kind == "category"):
        return
    ids = classes.ids or (0,)
    boxes = [Box(float(mask.left), float(mask.top), *map(float, mask.pixels.shape[::-1])) for mask in MASKS]
    instances = tuple(
        Instance(number, ids[number % len(ids)], mask, box)
        for number, (mask, box) in enumerate(zip(MASKS, boxes, strict=True), 1)
    )
    scene = Scene(1, 16, 16, instances)
    subjects: dict[str, list[Any]] = {
        "mask": [*MASKS],
        "category": [*ids],
        "box": boxes,
        "instances": [scene] * len(instances),
    }
    times = DRAWS if any(isinstance(value, (Draw, Search)) for value in step.strengths.values()) else 1
    for number in range(times):
        strengths = drawn_strengths(step, 0, number, position=number / max(times - 1, 1))
        for place, subject in enumerate(subjects[step.noise.kind]):
            instance = instances[place % len(instances)]
            _try(step, subject, instance, in_px(strengths, step.noise, area_px(instance.mask)), scene, classes)


def _try(
    step: Step,
    subject: Any,
    instance: Instance,
    strengths: Mapping[str, Any],
    scene: Scene,
    classes: Classes,
) -> None:
    noise, rng = step.noise, stream(0, "trial", 0)
    context: calls.Context = {
        "instance": lambda: instance,
        "chosen": lambda: scene.instances[::2],
        "scene": lambda: scene,
        "classes": lambda: classes,
        "donor": lambda: scene.instances[0],
    }
    try:
        result = calls.called(noise, subject, rng, strengths, context)
        if noise.kind == "mask":
            calls.noised(result, subject, noise)
        elif noise.kind == "category":
            calls.category(result, classes, noise)
        elif noise.kind == "box":
            calls.box(result, noise)
        else:
            calls.edits(result, scene, classes, noise)
    except InputError as error:
        fault = error.__cause__
        if isinstance(fault, ValueError) and "read-only" not in str(fault):  # a strength that it does not take
            raise InputError(f"{noise.name}: {fault}") from error
        rows, columns = instance.mask.pixels.shape
        where = {"mask": f"a mask of {columns} x {rows} pixels", "category": f"category {subject}"}.get(
            noise.kind, "a square"
        )
        raise InputError(f"{str(error).removeprefix(': ')} (when it was tried on {where})") from error
