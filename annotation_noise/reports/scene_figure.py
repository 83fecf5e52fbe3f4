"""Images with their instances, clean and noisy: panels side by side, in which what has changed stands out."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from annotation_noise.coco.schema import Image
from annotation_noise.geometry.masks import Mask, area_px, box, overlap_px
from annotation_noise.reports.drawing import INK, LONG, PAPER, Name, area, ground, names, outline, outline_px, rectangle
from annotation_noise.reports.style import GREY, INSTANCE_COLOURS, drawing
from annotation_noise.reports.words import in_picture

_PANEL_IN, _DPI = 7.5, 100
_INSIDE = 0.9  # what an instance that was merged or split has in common with what it became, as a share of the smaller


class DrawnInstance(NamedTuple):
    """An annotation as it is drawn.

    mask: tight, empty where it has none. category: its name, or its id. box: its own, None where it has none.
    """

    id: int
    mask: Mask
    category: str
    category_id: int
    box: tuple[float, ...] | None


class Panel(NamedTuple):
    """An image with some instances.

    photograph: (height, width, 3) uint8 RGB, or None for a plain ground. clean: the instances of the clean file.
    colours: by instance id.
    """

    title: str
    image: Image
    photograph: NDArray[np.uint8] | None
    shown: Sequence[DrawnInstance]
    clean: Sequence[DrawnInstance]
    colours: Mapping[int, str]


def versions(
    image: Image,
    photograph: NDArray[np.uint8] | None,
    clean: Sequence[DrawnInstance],
    noisy: Sequence[Sequence[DrawnInstance]],
    titles: Sequence[str] = ("noisy",),
) -> list[Panel]:
    """The panels of an image: the clean one, and each of its noisy versions. An instance has one colour in all of them.

    titles: of the noisy ones, before what has changed in them.
    """
    ids = dict.fromkeys(instance.id for version in (clean, *noisy) for instance in version)
    colours = {number: INSTANCE_COLOURS[place % len(INSTANCE_COLOURS)] for place, number in enumerate(ids)}
    heads = [f"{title}: {_counted(clean, version)}" for title, version in zip(titles, noisy, strict=True)]
    return [
        Panel(title, image, photograph, shown, clean, colours)
        for title, shown in zip([f"clean: {in_picture(image.name)}", *heads], (clean, *noisy), strict=True)
    ]


def draw_panels(path: Path, rows: Sequence[Sequence[Panel]], panel_in: float = _PANEL_IN, font_pt: float = 11) -> None:
    """Draw rows of panels and write them as a PNG; the same bytes for the same input.

    rows: the panels of a row show one image, and all rows have as many. panel_in: the long side of an image in inches,
    at 100 pixels an inch.

    Where a class changed, the name says `old → new`, dark on white; of an instance that is new, `new: class`, of one
    that covers several that are gone, `merged: class`, of a part of one, `split: class`. What is gone has a dashed
    outline and, unless it was merged or split, the name `gone: class`. A box that is not that of its mask, and was
    before, is drawn too.
    """
    sizes = [_size_in(row[0].image, panel_in) for row in rows]
    title_in, rim_in = 0.045 * font_pt, 0.05
    wide = max(max(width, 4 * panel_in / _PANEL_IN) for width, _ in sizes) + 2 * rim_in
    size = (len(rows[0]) * wide, sum(height + title_in for _, height in sizes))
    with drawing(font_pt=font_pt, title_pt=font_pt + 2):
        figure = Figure(size, dpi=_DPI)
        top_in = size[1]
        for row, (_, height) in zip(rows, sizes, strict=True):
            top_in -= height + title_in
            for column, panel in enumerate(row):
                left_in, width = column * wide + rim_in, wide - 2 * rim_in
                place = (left_in / size[0], (top_in + rim_in) / size[1], width / size[0], (height - rim_in) / size[1])
                _draw(figure.add_axes(place), panel)
        figure.savefig(path, format="png", metadata={"Software": None})


def _size_in(image: Image, panel_in: float) -> tuple[float, float]:
    long = max(image.height, image.width)
    return panel_in * image.width / long, panel_in * image.height / long


def _draw(axes: Axes, panel: Panel) -> None:
    before = {instance.id: instance for instance in panel.clean}
    ground(axes, panel.photograph, panel.image.height, panel.image.width)
    for instance in gone(panel.clean, panel.shown):
        outline(axes, instance.mask, INK, 1.2, halo=PAPER, dashed=True)
    for instance in sorted(panel.shown, key=lambda instance: -int(instance.mask.pixels.sum())):
        old = before.get(instance.id)
        if old and outline_px(instance.mask) > LONG * outline_px(old.mask):
            area(axes, instance.mask, panel.colours[instance.id], alpha=0.8)  # the outline would hide the mask
        else:
            area(axes, instance.mask, panel.colours[instance.id])
            outline(axes, instance.mask, panel.colours[instance.id])
        if old and instance.box != old.box and _differs(instance):
            rectangle(axes, instance.box, panel.colours[instance.id])
    left_out = names(axes, list(_names(panel)))
    axes.set_title(f"{panel.title} ({left_out} names left out)" if left_out else panel.title, loc="left")


def gone(clean: Sequence[DrawnInstance], noisy: Sequence[DrawnInstance]) -> list[DrawnInstance]:
    """The clean instances that a noisy version lacks."""
    there = {instance.id for instance in noisy}
    return [instance for instance in clean if instance.id not in there]


def _counted(clean: Sequence[DrawnInstance], noisy: Sequence[DrawnInstance]) -> str:
    before = {instance.id: instance for instance in clean}
    stayed = [instance for instance in noisy if instance.id in before]
    moved = sum(not _same(instance.mask, before[instance.id].mask) for instance in stayed)
    renamed = sum(instance.category_id != before[instance.id].category_id for instance in stayed)
    boxes = sum(instance.box != before[instance.id].box and _differs(instance) for instance in stayed)
    changed = {
        f"{moved} of {len(clean)} outlines": moved,
        "1 class" if renamed == 1 else f"{renamed} classes": renamed,
        "1 box" if boxes == 1 else f"{boxes} boxes": boxes,
    }
    listed = ", ".join(what for what, count in changed.items() if count)
    others = {"gone": len(clean) - len(stayed), "new": len(noisy) - len(stayed)}
    parts = [f"{listed} changed"] if listed else []
    return ", ".join([*parts, *(f"{count} {what}" for what, count in others.items() if count)]) or "nothing changed"


def _same(a: Mask, b: Mask) -> bool:
    return a[1:] == b[1:] and np.array_equal(a.pixels, b.pixels)


def _differs(instance: DrawnInstance) -> bool:
    """Whether an instance has a box that is not that of its mask, by more than rounding."""
    pairs = zip(instance.box or (), box(instance.mask), strict=False)
    return any(abs(own - of_mask) > 1 for own, of_mask in pairs)


def _names(panel: Panel) -> Iterator[Name]:
    before = {instance.id: instance for instance in panel.clean}
    lost = gone(panel.clean, panel.shown)
    became: set[int] = set()
    for instance in panel.shown:
        old = before.get(instance.id)
        text = instance.category
        if old is None:
            word, origins = origin(instance, lost)
            became.update(origins)
            text = f"{word}: {instance.category}"
        elif instance.category_id != old.category_id:
            text = f"{old.category} → {instance.category}"
        yield from _name(instance, text, panel.colours[instance.id], text != instance.category)
    for instance in lost:
        if instance.id not in became:
            yield from _name(instance, f"gone: {instance.category}", GREY)


def origin(new: DrawnInstance, lost: Sequence[DrawnInstance]) -> tuple[str, list[int]]:
    """What an instance that only the noisy version has is called, and the ids of those that it was made of.

    lost: the clean instances that are gone. "merged" where it covers several of them, "split" where it lies in one;
    else "new". By the masks alone, which is what one sees.
    """
    covered = [instance.id for instance in lost if _lies_in(instance.mask, new.mask)]
    around = [instance.id for instance in lost if _lies_in(new.mask, instance.mask)]
    if len(covered) > 1:
        return "merged", covered
    return ("split", around) if around and not covered else ("new", [])


def _lies_in(a: Mask, b: Mask) -> bool:
    return bool(a.pixels.size) and overlap_px(a, b) >= _INSIDE * area_px(a)


def _name(instance: DrawnInstance, text: str, colour: str, is_marked: bool = False) -> Iterator[Name]:
    if instance.mask.pixels.size:
        left, top, width, height = box(instance.mask)
        yield Name(text, left, top, width, height, colour, is_marked)
