"""The steps that need whole images or the whole file, for a file: scenes in the workers, exact counts in the parent.

Only recipes that ask for it come here. The file is shared out by images. A job is some images with the places of their
annotations; what comes back says which of them go, and brings what is added as finished bytes but for the ids, for
which all must be known.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.by_image import IMAGES_PER_STRETCH, Stretch, stretches
from annotation_noise.coco.file import CocoFile, Entry, annotation_ids
from annotation_noise.coco.splice import splice
from annotation_noise.core.choose import coin_of, may_meet
from annotation_noise.core.edits import added
from annotation_noise.core.outcome import Setting
from annotation_noise.core.scenes import Added, Frame, Presence, Removed, all_rounds, play, rounds
from annotation_noise.core.steps import Step
from annotation_noise.errors import InputError
from annotation_noise.running.images import read_images
from annotation_noise.running.workers import Workers, run


class Job(NamedTuple):
    """Some images of a file. removed: the ids of those of their annotations that are gone by now."""

    stretch: Stretch
    removed: frozenset[int]


def presence_in(
    file: CocoFile, setting: Setting, workers: Workers | None, tell: Callable[[int], object] = lambda images: None
) -> tuple[Presence, Setting]:
    """What becomes of the instances of a file, and the setting with every exact count.

    Tells how many images are done, some at a time. Raises InputError with the file and the place.
    """
    ids = annotation_ids(file)

    def play_all(steps: Sequence[Step], removed: Removed, setting: Setting) -> Iterator[Presence]:
        labels = frozenset(step.label for step in steps)
        left = len(file.tables.images)
        for presence in run(partial(play_stretch, labels=labels, setting=setting), _jobs(file, ids, removed), workers):
            yield presence
            tell(min(IMAGES_PER_STRETCH, left))
            left -= IMAGES_PER_STRETCH

    def coins_of(step: Step, setting: Setting) -> dict[int, float]:
        coins: dict[int, float] = {}
        for part in run(partial(coins_of_stretch, label=step.label, setting=setting), stretches(file), workers):
            coins |= part
        return coins

    return all_rounds(setting, coins_of, play_all)


def images_to_play(file: CocoFile, setting: Setting) -> int:
    """How many images `presence_in` tells of, each as often as the recipe asks for it."""
    return len(file.tables.images) * len(rounds(setting.recipe))


def _jobs(file: CocoFile, ids: NDArray[np.int64], removed: Removed) -> Iterator[Job]:
    for stretch in stretches(file):
        of_images = [ids[places[:, 0]].tolist() for _, places in stretch.images] if removed else []
        yield Job(stretch, frozenset(number for image in of_images for number in image if number in removed))


def play_stretch(job: Job, labels: frozenset[str], setting: Setting) -> Presence:
    """What the steps of these labels make of the instances of some images."""
    steps = [step for step in setting.recipe.steps if step.label in labels]
    whole = Presence({}, [])
    for image, by_id, cleans in read_images(job.stretch):
        try:
            presence = play(Frame(image.id, image.height, image.width), cleans, steps, job.removed, setting)
            whole.added.extend(_written(instance, by_id, setting) for instance in presence.added)
        except InputError as error:
            raise InputError(f"{job.stretch.path}: image {image.id}{error}") from error
        whole.removed.update(presence.removed)
    return whole


def coins_of_stretch(stretch: Stretch, label: str, setting: Setting) -> dict[int, float]:
    """The coins of a step for the annotations of some images that it may meet, by annotation id."""
    (step,) = (step for step in setting.recipe.steps if step.label == label)
    met = (
        clean.annotation.id for *_, cleans in read_images(stretch) for clean in cleans if may_meet(step, clean, setting)
    )
    return {number: coin_of(step, setting.seed, number) for number in met}


def _written(instance: Added, by_id: Mapping[int, Entry], setting: Setting) -> Added:
    """The same with its JSON object instead of its mask; the object has its first parent's id still, or 0."""
    parent = by_id[instance.parents[0]] if instance.parents else None
    try:
        values = added(instance, parent.annotation if parent else None, setting)
        raw = splice(parent.raw, values) if parent else msgspec.json.encode({"id": 0, **values})
    except InputError as error:
        raise InputError(f", annotation {instance.parents[0]}: {error}") from error
    return instance._replace(raw=raw, mask=instance.mask._replace(pixels=np.zeros((0, 0), np.uint8)))
