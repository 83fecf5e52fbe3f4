"""An image before and after: clean annotations on the left, noisy ones on the right."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from annotation_noise.coco.by_image import ImagePlaces, by_image
from annotation_noise.coco.file import CocoFile, annotations, read
from annotation_noise.coco.photographs import choose_images, find_photograph, read_photograph, split_of
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.masks import Mask, box
from annotation_noise.progress import followed
from annotation_noise.reports.drawing import Name, area, ground, names, outline, rectangle
from annotation_noise.reports.style import INSTANCE_COLOURS, drawing
from annotation_noise.reports.words import in_picture

AT_MOST = 15  # instances in an image that is easily taken in

_PANEL_IN, _DPI = 7.5, 100


class DrawnInstance(NamedTuple):
    """An annotation as it is drawn.

    mask: tight, empty where it has none. category: its name, or its id. box: its own, None where it has none.
    """

    id: int
    mask: Mask
    category: str
    category_id: int
    box: tuple[float, ...] | None


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
        draw_versions(path, image, photograph, before[image.id], after[image.id])
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


def draw_versions(
    path: Path,
    image: Image,
    photograph: NDArray[np.uint8] | None,
    clean: Sequence[DrawnInstance],
    noisy: Sequence[DrawnInstance],
) -> None:
    """Draw both versions of an image side by side and write them as a PNG; the same bytes for the same input.

    photograph: (height, width, 3) uint8 RGB, or None for a plain ground. An instance has one colour
    on both sides. Where its class changed, the name on the right says `old → new`, dark on white; of an instance that
    is new, `new: class`. A box that is not that of its mask, and was before, is drawn too.
    """
    before = {instance.id: instance for instance in clean}
    known = [*clean, *(instance for instance in noisy if instance.id not in before)]
    colour = {instance.id: INSTANCE_COLOURS[place % len(INSTANCE_COLOURS)] for place, instance in enumerate(known)}
    long = max(image.height, image.width)
    width_in, height_in = _PANEL_IN * image.width / long, _PANEL_IN * image.height / long
    with drawing(font_pt=11, title_pt=13):
        figure = Figure((2 * max(width_in, 4) + 0.3, height_in + 0.5), dpi=_DPI)
        bottom, top = 0.05 / (height_in + 0.5), (height_in + 0.05) / (height_in + 0.5)
        panels = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.005, right=0.995, bottom=bottom, top=top, wspace=0.015)
        titles = _titles(image, clean, noisy)
        for axes, shown, title in zip(panels, (clean, noisy), titles, strict=True):
            ground(axes, photograph, image.height, image.width)
            for instance in sorted(shown, key=lambda instance: -int(instance.mask.pixels.sum())):
                area(axes, instance.mask, colour[instance.id])
                outline(axes, instance.mask, colour[instance.id])
                if instance.id in before and instance.box != before[instance.id].box and _differs(instance):
                    rectangle(axes, instance.box, colour[instance.id])
            left_out = names(axes, _names(shown, before, colour))
            axes.set_title(f"{title} ({left_out} names left out)" if left_out else title, loc="left")
        figure.savefig(path, format="png", metadata={"Software": None})


def _titles(image: Image, clean: Sequence[DrawnInstance], noisy: Sequence[DrawnInstance]) -> tuple[str, str]:
    before = {instance.id: instance for instance in clean}
    stayed = [instance for instance in noisy if instance.id in before]
    moved = sum(not _same(instance.mask, before[instance.id].mask) for instance in stayed)
    renamed = sum(instance.category_id != before[instance.id].category_id for instance in stayed)
    classes = "1 class" if renamed == 1 else f"{renamed} classes"
    others = {
        "gone": len(clean) - len(stayed),
        "new": len(noisy) - len(stayed),
        "boxes moved": sum(instance.box != before[instance.id].box and _differs(instance) for instance in stayed),
    }
    more = [f", {count} {what}" for what, count in others.items() if count]
    return (
        f"clean: {in_picture(image.name)}",
        f"noisy: {moved} of {len(clean)} outlines and {classes} changed{''.join(more)}",
    )


def _same(a: Mask, b: Mask) -> bool:
    return a[1:] == b[1:] and np.array_equal(a.pixels, b.pixels)


def _differs(instance: DrawnInstance) -> bool:
    """Whether an instance has a box that is not that of its mask, by more than rounding."""
    pairs = zip(instance.box or (), box(instance.mask), strict=False)
    return any(abs(own - of_mask) > 1 for own, of_mask in pairs)


def _names(
    shown: Sequence[DrawnInstance], before: Mapping[int, DrawnInstance], colour: Mapping[int, str]
) -> list[Name]:
    written = []
    for instance in shown:
        old = before.get(instance.id)
        changed = old is None or instance.category_id != old.category_id
        text = instance.category
        if changed:
            text = f"{old.category} → {instance.category}" if old else f"new: {instance.category}"
        if instance.mask.pixels.size:
            left, top, width, height = box(instance.mask)
            written.append(Name(text, left, top, width, height, colour[instance.id], changed))
    return written
