"""A dataset held in memory: the same noise, annotation by annotation, without any bytes."""

from collections.abc import Mapping
from typing import Any

from errors import InputError
from formats.records import Annotation, Category, Head, Image, Tables, check, convert
from pipeline.account import Row, row
from pipeline.annotate import Setting, annotate, completed


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
    for index, (source, annotation, (height, width)) in enumerate(
        zip(sources, annotations, tables.sizes.tolist(), strict=True)
    ):
        try:
            result = annotate(annotation, height, width, setting)
        except InputError as error:
            raise InputError(f"annotations[{index}].{error}") from error
        edits = completed(result)
        if edits is not None:
            noisy.append({**source, **edits})
        if change := row(annotation, result, tables.categories):
            changes.append(change)
    return {**dataset, "annotations": noisy}, changes


def _with_text_counts(annotation: Mapping[str, Any]) -> Mapping[str, Any]:
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, Mapping) and isinstance(segmentation.get("counts"), bytes):
        return {
            **annotation,
            "segmentation": {**segmentation, "counts": segmentation["counts"].decode("ascii", "replace")},
        }
    return annotation
