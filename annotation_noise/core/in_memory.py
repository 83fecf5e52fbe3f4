"""A dataset held in memory: the same noise, annotation by annotation, without any bytes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from annotation_noise.coco.lvis import changed
from annotation_noise.coco.schema import Annotation, Category, Head, Image, Tables, check, convert
from annotation_noise.coco.statement import KEY, Statement, of_file
from annotation_noise.core.apply import apply
from annotation_noise.core.choose import Clean, asks_for_scenes, coin_of, looks_at_neighbours, may_meet
from annotation_noise.core.donors import as_donor, asking_for_donors, donor_ranks
from annotation_noise.core.edits import added, completed
from annotation_noise.core.log import Row, row, row_of_added, row_of_removed
from annotation_noise.core.lvis_lists import NoisyClasses, added_classes, lists_after
from annotation_noise.core.outcome import NO_UNABLES, Outcome, Setting
from annotation_noise.core.scenes import Frame, Presence, all_rounds, numbered, play, scene_of
from annotation_noise.core.steps import Step
from annotation_noise.errors import InputError
from noisers import Instance, Scene

ByImage = Mapping[int, tuple[Frame, list[Clean]]]


def tables_of(dataset: Mapping[str, Any]) -> Tables:
    """Check a COCO dict as json.load gives it. Raises InputError with the place, as for a file."""
    for key in ("images", "annotations", "categories"):
        if not isinstance(dataset.get(key), list):
            raise InputError(f"`{key}` must be a list; a COCO dataset has lists of images, annotations and categories")
    return check(
        convert(dataset["images"], list[Image], "images"),
        convert(dataset["annotations"], list[Head], "annotations"),
        convert(dataset["categories"], list[Category], "categories"),
    )


def noise_dataset(
    dataset: Mapping[str, Any], tables: Tables, setting: Setting, statement: Statement | None = None
) -> tuple[dict[str, Any], list[Row]]:
    """The noisy dataset and the rows of its log. statement: what the dataset says of its noise.

    The input is not mutated; whatever the noise does not change is shared with it. Counts of
    compressed run lengths may be str or, as pycocotools gives them, bytes.
    """
    sources = dataset["annotations"]
    texts = [_with_text_counts(source) for source in sources]
    annotations = convert(texts, list[Annotation], "annotations")
    sizes, lists = tables.sizes.tolist(), tables.federated
    whole_images = asks_for_scenes(setting.recipe) or looks_at_neighbours(setting.recipe)
    by_image = _by_image(annotations, sizes) if whole_images else {}
    negative = lists.negative if lists else {}
    presence, setting = all_rounds(setting, partial(_coins, by_image), partial(_play_all, by_image, negative))
    noisy, changes = [], []
    noisy_classes = NoisyClasses.of(len(sources))
    for place, (source, annotation, (height, width)) in enumerate(zip(sources, annotations, sizes, strict=True)):
        if applied := presence.removed.get(annotation.id):
            outcome = Outcome("removed", annotation.category_id, applied)
            change: Row | None = row_of_removed(annotation, outcome, setting.classes, json.dumps(texts[place]))
        else:
            excluded, unables = negative.get(annotation.image_id, ()), presence.unables.get(annotation.id, NO_UNABLES)
            scene = partial(_scene, by_image, annotation.image_id, presence, setting)
            try:
                outcome = apply(annotation, height, width, setting, excluded, scene, unables)
            except InputError as error:
                raise InputError(f"annotations[{place}]{error}") from error
            change = row(annotation, outcome, setting.classes)
        try:
            edits = completed(outcome, annotation, height, width, setting)
        except InputError as error:
            raise InputError(f"annotations[{place}]: {error}") from error
        if edits is not None:
            noisy.append({**source, **edits})
        changes += [change] if change else []
        if lists:
            noisy_classes.note(place, outcome)
    place_of = {annotation.id: place for place, annotation in enumerate(annotations)} if presence.added else {}
    ordered = numbered(presence.added, tables.largest_id)
    for number, instance in ordered:
        parent = place_of[instance.parents[0]] if instance.parents else None
        try:
            values = added(instance, None if parent is None else annotations[parent], setting)
        except InputError as error:
            raise InputError(f"annotations[{parent}]: {error}") from error
        noisy.append({**({} if parent is None else sources[parent]), "id": number, **values})
        changes.append(row_of_added(number, instance, setting.classes))
    stated = {} if statement is None else {KEY: of_file(statement, dataset.get(KEY))}
    if not lists:
        return {**dataset, "annotations": noisy, **stated}, changes
    after = lists_after(lists, noisy_classes, tables.categories, added_classes(ordered))
    images = [_with(image, changed(image, after.not_exhaustive)) for image in dataset["images"]]
    categories = [_with(category, changed(category, counts=after.counts)) for category in dataset["categories"]]
    return {**dataset, "images": images, "annotations": noisy, "categories": categories, **stated}, changes


def _by_image(annotations: Sequence[Annotation], sizes: Sequence[Sequence[int]]) -> ByImage:
    by_image: dict[int, tuple[Frame, list[Clean]]] = {}
    for place, (annotation, (height, width)) in enumerate(zip(annotations, sizes, strict=True)):
        try:
            clean = Clean(annotation, height, width)
        except InputError as error:
            raise InputError(f"annotations[{place}]{error}") from error
        by_image.setdefault(annotation.image_id, (Frame(annotation.image_id, height, width), []))[1].append(clean)
    return by_image


def _scene(by_image: ByImage, image_id: int, presence: Presence, setting: Setting) -> Scene:
    frame, cleans = by_image[image_id]
    return scene_of(frame, cleans, presence.removed, setting)


def _coins(by_image: ByImage, step: Step, setting: Setting) -> dict[int, float]:
    able = [
        clean.annotation.id for _, cleans in by_image.values() for clean in cleans if may_meet(step, clean, setting)
    ]
    return {number: coin_of(step, setting.seed, number) for number in able}


def _play_all(
    by_image: ByImage,
    negative: Mapping[int, Sequence[int]],
    steps: Sequence[Step],
    earlier: Presence,
    setting: Setting,
) -> Iterator[Presence]:
    everybody = [clean for _, cleans in by_image.values() for clean in cleans] if asking_for_donors(steps) else []
    by_id = sorted(everybody, key=lambda clean: clean.annotation.id)
    rank_of = {clean.annotation.id: rank for rank, clean in enumerate(by_id)}

    def donors(step: Step, number: int) -> Iterator[Instance]:
        _, cleans = by_image[by_id[rank_of[number]].annotation.image_id]
        own = np.sort([rank_of[clean.annotation.id] for clean in cleans])
        for rank in donor_ranks(step, setting.seed, number, own, len(by_id)):
            yield from as_donor(by_id[rank], setting)

    for frame, cleans in by_image.values():
        try:
            yield play(frame, cleans, steps, earlier, setting, negative.get(frame.id, ()), donors)
        except InputError as error:
            raise InputError(f"image {frame.id}{error}") from error


def _with(entry: dict[str, Any], values: Mapping[str, object]) -> dict[str, Any]:
    return {**entry, **values} if values else entry


def _with_text_counts(annotation: Mapping[str, Any]) -> Mapping[str, Any]:
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, Mapping) and isinstance(segmentation.get("counts"), bytes):
        return {
            **annotation,
            "segmentation": {**segmentation, "counts": segmentation["counts"].decode("ascii", "replace")},
        }
    return annotation
