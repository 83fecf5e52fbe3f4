"""A dataset held in memory: the same noise, annotation by annotation, without any bytes."""

from collections.abc import Mapping
from typing import Any

from errors import InputError
from formats.federated import changed
from formats.tables import Annotation, Category, Head, Image, Tables, check, convert
from pipeline.account import Row, row
from pipeline.annotate import apply
from pipeline.edits import completed
from pipeline.lists import NoisyClasses, lists_after
from pipeline.outcome import Setting


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


def noise_dataset(dataset: Mapping[str, Any], tables: Tables, setting: Setting) -> tuple[dict[str, Any], list[Row]]:
    """The noisy dataset and the rows of its log.

    The input is not mutated; whatever the noise does not change is shared with it. Counts of
    compressed run lengths may be str or, as pycocotools gives them, bytes.
    """
    sources = dataset["annotations"]
    annotations = convert([_with_text_counts(source) for source in sources], list[Annotation], "annotations")
    noisy, changes = [], []
    lists = tables.federated
    noisy_classes = NoisyClasses.of(len(sources))
    for place, (source, annotation, (height, width)) in enumerate(
        zip(sources, annotations, tables.sizes.tolist(), strict=True)
    ):
        try:
            excluded = lists.negative.get(source["image_id"], ()) if lists else ()
            outcome = apply(annotation, height, width, setting, excluded)
        except InputError as error:
            raise InputError(f"annotations[{place}]{error}") from error
        edits = completed(outcome, annotation, setting)
        if edits is not None:
            noisy.append({**source, **edits})
        if change := row(annotation, outcome, setting.classes):
            changes.append(change)
        if lists:
            noisy_classes.note(place, outcome)
    if not lists:
        return {**dataset, "annotations": noisy}, changes
    after = lists_after(lists, noisy_classes, tables.categories)
    images = [_with(image, changed(image, after.not_exhaustive)) for image in dataset["images"]]
    categories = [_with(category, changed(category, counts=after.counts)) for category in dataset["categories"]]
    return {**dataset, "images": images, "annotations": noisy, "categories": categories}, changes


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
