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

from annotation_noise.coco.by_image import IMAGES_PER_STRETCH, ImagePlaces, Stretch, stretches
from annotation_noise.coco.file import CocoFile, Entry, annotation_ids
from annotation_noise.coco.splice import splice, without
from annotation_noise.core.choose import coin_of, hit_by, may_meet
from annotation_noise.core.donors import as_donor, asking_for_donors, donor_ranks
from annotation_noise.core.edits import MARKS, added
from annotation_noise.core.outcome import Setting
from annotation_noise.core.scenes import Added, Frame, Presence, all_rounds, nobody, play, rounds
from annotation_noise.core.steps import Step
from annotation_noise.errors import InputError
from annotation_noise.running.images import read_images
from annotation_noise.running.workers import Workers, run
from noisers import Instance

DonorPlaces = dict[tuple[str, int], list[ImagePlaces]]


class Job(NamedTuple):
    """Some images of a file.

    earlier: what has become of their annotations by now, none of those added. donors: by label of a step and id of an
        annotation that it may meet, where the annotations of other images stand that it may copy.
    """

    stretch: Stretch
    earlier: Presence
    donors: DonorPlaces


def presence_in(
    file: CocoFile, setting: Setting, workers: Workers | None, tell: Callable[[int], object] = lambda images: None
) -> tuple[Presence, Setting]:
    """What becomes of the instances of a file, and the setting with every exact count.

    Tells how many images are done, some at a time. Raises InputError with the file and the place.
    """
    ids = annotation_ids(file)

    def play_all(steps: Sequence[Step], earlier: Presence, setting: Setting) -> Iterator[Presence]:
        labels = frozenset(step.label for step in steps)
        left = len(file.tables.images)
        jobs = _jobs(file, ids, steps, earlier, setting)
        for presence in run(partial(play_stretch, labels=labels, setting=setting), jobs, workers):
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


def _jobs(
    file: CocoFile, ids: NDArray[np.int64], steps: Sequence[Step], earlier: Presence, setting: Setting
) -> Iterator[Job]:
    asking = asking_for_donors(steps)
    by_id = _by_id(file, ids) if asking else None
    for stretch in stretches(file):
        numbers = [number for _, places in stretch.images for number in ids[places[:, 0]].tolist()]
        removed = {number: earlier.removed[number] for number in numbers if number in earlier.removed}
        unables = {number: earlier.unables[number] for number in numbers if number in earlier.unables}
        donors = {} if by_id is None else _donors(file, ids, by_id, stretch, asking, setting)
        yield Job(stretch, Presence(removed, [], unables), donors)


class _ById(NamedTuple):
    """All annotations of a file in the order of their ids: these, the places of their images, and where they stand."""

    ids: NDArray[np.int64]
    owners: NDArray[np.int64]
    places: NDArray[np.int64]


def _by_id(file: CocoFile, ids: NDArray[np.int64]) -> _ById:
    order = np.argsort(ids)
    return _ById(ids[order], file.tables.owners[order], file.places[order])


def _donors(
    file: CocoFile, ids: NDArray[np.int64], by_id: _ById, stretch: Stretch, steps: Sequence[Step], setting: Setting
) -> DonorPlaces:
    """The donors of those annotations of a stretch on which the coins of some steps fall."""
    donors: DonorPlaces = {}
    labels, of_file = {step.label for step in steps}, file.tables.images
    for image, places in stretch.images:
        numbers = ids[places[:, 0]]
        own = np.searchsorted(by_id.ids, np.sort(numbers))
        for number in numbers.tolist():
            for step in hit_by(number, image.id, setting):
                if step.label in labels:
                    ranks = donor_ranks(step, setting.seed, number, own, len(by_id.ids))
                    donors[step.label, number] = [
                        ImagePlaces(of_file[by_id.owners[rank]], by_id.places[[rank]]) for rank in ranks
                    ]
    return donors


def play_stretch(job: Job, labels: frozenset[str], setting: Setting) -> Presence:
    """What the steps of these labels make of the instances of some images."""
    steps = [step for step in setting.recipe.steps if step.label in labels]

    def donors(step: Step, number: int) -> Iterator[Instance]:
        for *_, cleans in read_images(Stretch(job.stretch.source, job.donors[step.label, number])):
            yield from as_donor(cleans[0], setting)

    whole = nobody()
    for image, by_id, cleans in read_images(job.stretch):
        frame, absent = Frame(image.id, image.height, image.width), image.neg_category_ids or ()
        try:
            presence = play(frame, cleans, steps, job.earlier, setting, absent, donors)
            written = [_written(instance, by_id, setting) for instance in presence.added]
        except InputError as error:
            raise InputError(f"{job.stretch.source.path}: image {image.id}{error}") from error
        whole.join(presence._replace(added=written))
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
    if setting.options.blind and not parent:  # it must look like one that has always been there
        able = [number for number, entry in by_id.items() if entry.annotation.segmentation is not None]
        parent = by_id[min(able)] if able else None
    try:
        values = added(instance, parent.annotation if parent else None, setting)
        source = without(parent.raw, MARKS) if parent and setting.options.blind else parent and parent.raw
        raw = splice(source, values) if source else msgspec.json.encode({"id": 0, **values})
    except InputError as error:
        raise InputError(f", annotation {parent and parent.annotation.id}: {error}") from error
    return instance._replace(raw=raw, mask=instance.mask._replace(pixels=np.zeros((0, 0), np.uint8)))
