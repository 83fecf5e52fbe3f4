"""An image before and after: clean annotations on the left, noisy ones on the right."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from annotation_noise.coco.by_image import ImagePlaces, by_image
from annotation_noise.coco.file import CocoFile, annotations, read
from annotation_noise.coco.photographs import choose_images, find_photograph, read_photograph, split_of
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.progress import followed
from annotation_noise.reports.scene_figure import DrawnInstance, draw_panels, versions
from annotation_noise.reports.words import in_picture

AT_MOST = 15  # instances in an image that is easily taken in


class Previews(NamedTuple):
    """The pictures that were drawn, and how many of them lack their photograph, though a folder was named."""

    paths: list[Path]
    missing: int


def preview(clean: CocoFile, noisy: Path, log: Path, count: int, photographs: Path | None) -> Previews:
    """Draw `count` images of a dataset beside the noisy file, as STEM.preview-IMAGE_ID.png.

    noisy, log: the noisy version of the file and its noise log. photographs: a folder with the photographs, or
    with a sub-folder of them that is called as the split; images whose photograph is there come first.
    Which images: see `by_interest`. Fewer where the dataset has fewer.
    """
    csv.field_size_limit(2**31 - 1)  # the log has whole annotations of those that are gone
    with log.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        changes = Counter(int(row["image_id"]) for row in rows if _changed(row))
    split = split_of(clean.path)
    images = choose_images(by_interest(by_image(clean), changes), count, photographs, split)
    before, after = instances_of(clean, images), instances_of(read(noisy), images)
    paths, missing = [], 0
    for image in followed(images, f"pictures of {clean.path.name}", "images"):
        place = find_photograph(image, photographs, split) if photographs else None
        photograph = read_photograph(place, image.height, image.width) if place else None
        missing += photographs is not None and photograph is None
        path = noisy.with_name(f"{noisy.stem}.preview-{image.id}.png")
        draw_panels(path, [versions(image, photograph, before[image.id], [after[image.id]])])
        paths.append(path)
    return Previews(paths, missing)


def _changed(row: Mapping[str, str]) -> bool:
    return row["mask_outcome"] in ("noised", "dropped", "removed", "added") or row["class_noise"] == "true"


def by_interest(images: Sequence[ImagePlaces], changes: Mapping[int, int]) -> list[Image]:
    """All images, the best ones to look at first.

    changes: how many annotations of an image were changed, by image id. Images with at most 15
    annotations come before crowded ones; among each, those with the most changed annotations first, and
    then in the order of their ids.
    """

    def interest(entry: ImagePlaces) -> tuple[bool, int, int]:
        return len(entry.places) > AT_MOST, -changes.get(entry.image.id, 0), entry.image.id

    return [image for image, _ in sorted(images, key=interest)]


def instances_of(file: CocoFile, images: Sequence[Image]) -> dict[int, list[DrawnInstance]]:
    """The instances of some images, by image id. Raises InputError for a segmentation that cannot be read."""
    wanted = {image.id for image in images}
    return {
        image.id: [_instance(annotation, image, file) for annotation in annotations(file, places)]
        for image, places in by_image(file)
        if image.id in wanted
    }


def _instance(annotation: Annotation, image: Image, file: CocoFile) -> DrawnInstance:
    try:
        mask = segmentations.read_mask(annotation.segmentation, image.height, image.width)
    except ValueError as error:
        raise InputError(f"{file.path}: annotation {annotation.id}: segmentation{error}") from error
    category_id = annotation.category_id
    own = tuple(annotation.bbox) if annotation.bbox else None
    name = file.tables.categories[category_id] or str(category_id)
    return DrawnInstance(annotation.id, mask, in_picture(name), category_id, own)
