"""What a promptable model is to this program, and how it is asked.

A model looks at an image once (`embed`) and is then asked for one mask after another (`decode`).
Prompts go to it in batches, each of one image and of prompts of one shape, so that how the work is
shared out, and where it was interrupted, changes no batch.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Pixels
from annotation_noise.wan.prompts import Prompt

Choice = Literal["best", "first", "largest"]


class OutOfMemory(Exception):
    """The device has no room for a batch of this size."""


class Answers(NamedTuple):
    """What a model answers to a batch of n prompts: for each a few masks to choose from.

    predicted_iou: (n, masks) float64, how good the model takes each of them to be.
    masks: gives the mask `which[i]` of each prompt i: from (n,) to (n, height, width), bool.
    """

    predicted_iou: NDArray[np.float64]
    masks: Callable[[NDArray[np.intp]], NDArray[np.bool_]]


class Model(NamedTuple):
    """A promptable model.

    prepare: what can be done for an image without the device, by any thread.
    embed: looks at an image that is prepared.
    decode: answers prompts of one shape, for the image of an embedding; three masks a prompt, or
        one where the last argument is true. It and `embed` raise OutOfMemory.
    described: what the model is, for the manifest.
    """

    prepare: Callable[[Pixels], Any]
    embed: Callable[[Any], Any]
    decode: Callable[[Any, Sequence[Prompt], bool], Answers]
    described: Mapping[str, object]


class Drawn(NamedTuple):
    """The mask that was chosen for a prompt, (height, width) bool, and the IoU that the model predicts for it."""

    mask: NDArray[np.bool_]
    predicted_iou: float


def look(model: Model, prepared: Any) -> Any:
    """The embedding of an image. Raises InputError where the device has no room for even one."""
    try:
        return model.embed(prepared)
    except OutOfMemory:
        raise InputError(
            "out of memory on the device for a single image; use a smaller model, --dtype bfloat16 or --device cpu"
        ) from None


def ask(
    model: Model, embedding: Any, prompts: Sequence[Prompt], choice: Choice, single: bool, batch: int
) -> tuple[list[Drawn], int]:
    """The masks for the prompts of one image, in their order, and the batch size that the device had room for.

    choice: which of the three masks; the first of several that are equally good. single: ask for one.
    batch: how many prompts at a time; halved for as long as the device is out of memory. Raises
    InputError where it has no room for one.
    """
    by_shape: dict[tuple[int, bool], list[int]] = {}
    for place, prompt in enumerate(prompts):
        by_shape.setdefault((len(prompt.points), prompt.box is None), []).append(place)
    drawn: dict[int, Drawn] = {}
    for places in by_shape.values():
        done = 0
        while done < len(places):
            now = places[done : done + batch]
            try:
                answers = model.decode(embedding, [prompts[place] for place in now], single)
                if not np.isfinite(answers.predicted_iou).all():
                    raise InputError(
                        "the model gives scores that are no numbers; try --dtype float32, or weights that are whole"
                    )
                drawn.update(zip(now, _chosen(answers, choice), strict=True))
            except OutOfMemory:
                if len(now) == 1:
                    raise InputError(
                        "out of memory on the device for a single prompt; use a smaller model or --device cpu"
                    ) from None
                batch = len(now) // 2
                tqdm.write(f"out of memory on the device: going on with --batch_prompts {batch}", file=sys.stderr)
                continue
            done += len(now)
    return [drawn[place] for place in range(len(prompts))], batch


def _chosen(answers: Answers, choice: Choice) -> list[Drawn]:
    prompts, masks = answers.predicted_iou.shape
    which = np.zeros(prompts, np.intp)
    if choice == "best":
        which = answers.predicted_iou.argmax(axis=1)
    elif choice == "largest" and masks > 1:
        areas = [answers.masks(np.full(prompts, index)).sum(axis=(1, 2)) for index in range(masks)]
        which = np.argmax(areas, axis=0)
    scores = answers.predicted_iou[np.arange(prompts), which].tolist()
    return [Drawn(mask, score) for mask, score in zip(answers.masks(which), scores, strict=True)]
