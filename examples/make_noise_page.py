"""Write docs/noises.md and its pictures from the noises themselves: python -m examples.make_noise_page [NAME ...].

With names it draws the pictures of these noises alone.
"""

import inspect
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

from annotation_noise.coco.by_image import by_image
from annotation_noise.coco.file import CocoFile, annotations
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.commands.show import SHARES, under_shares
from annotation_noise.commands.show_cells import level_cells
from annotation_noise.geometry import segmentations
from annotation_noise.reports.noise_figure import FigureRow, draw_noises
from annotation_noise.reports.preview import instances_of
from annotation_noise.reports.scene_figure import Panel, draw_panels, versions
from annotation_noise.reports.style import VERMILION
from examples.pictures import PAGES, changed, clear_images, datasets, small_png
from noisers import Noiser, load
from noisers.strengths import in_words

PAGE = PAGES / "noises.md"
PICTURES = PAGES / "pictures" / "noises"
OBJECTS = {"ragged": 655176, "smooth": 20078}  # of the rough and of the sample dataset: ids of annotations
SEED = 1
KINDS = {
    "mask": "Noises of the mask",
    "category": "Noises of the class",
    "box": "Noises of the box",
    "instances": "Noises of what is there",
}
HEAD = """\
# Noises

All {count} noises, each with what it does, what it takes, and a picture. [How to give values](values.md), and how to
combine noises; [presets](presets.md) combine them as papers do. `--list_noises` prints what each noise takes.

Noises of masks and boxes are shown on one ragged and one smooth object, at three strengths: the clean area is filled,
the noisy outline or box is drawn upon it; where outlines would hide the mask the noisy one is filled, so that blue is
what is lost and light orange what has come. Noises of the class and of what is there are shown on two images, clean and
with three shares: a changed class reads `old → new`, what is gone has a dashed outline. The objects are those of the
drawn datasets (`examples/make_sample_dataset.py`, and with `--rough`), some 50 to 200 pixels wide. `show_noise.py
IMAGE_OR_NONE FILE --annotation ID --noise NAME` draws the same of objects of your own.

Written by `python -m examples.make_noise_page` from the files in `noisers/`.
"""


class Subject(NamedTuple):
    """A dataset and the object of it that is shown."""

    file: CocoFile
    annotation: Annotation
    image: Image


def page() -> str:
    """The page, in Markdown."""
    noises = own_noises().values()
    lines = [HEAD.format(count=len(noises))]
    for kind, title in KINDS.items():
        own = [noise for noise in noises if noise.kind == kind]
        lines += [f"## {title}\n", "| noise | what it does |", "| --- | --- |"]
        lines += [*(f"| [{noise.name}](#{noise.name}) | {sentence(noise)} |" for noise in own), ""]
        for noise in own:
            lines += [f"### {noise.name}\n", _wrapped(sentence(noise)), "", *_strengths(noise)]
            lines += [
                _wrapped(f"- [its file](../noisers/{kind}/{noise.name}.py), with all there is to know; {source(noise)}")
            ]
            lines += ["", f"![{alternative(noise)}](pictures/noises/{noise.name}.png)", ""]
    return "\n".join(lines).rstrip() + "\n"


def own_noises() -> dict[str, Noiser]:
    """The program's own noises by name, without those that somebody else has registered in this process."""
    return {name: noise for name, noise in load().items() if noise.function.__module__.startswith("noisers.")}


def sentence(noise: Noiser) -> str:
    """What a noise does: the first sentence of its docstring."""
    return _text(noise).splitlines()[0]


def source(noise: Noiser) -> str:
    """Where a noise comes from, as its docstring has it."""
    found = re.search(r"Source: (.*?)(?:\n\n|\Z)", _text(noise), re.DOTALL)
    return f"source: {' '.join(found[1].split()) if found else 'none'}"


def _text(noise: Noiser) -> str:
    return inspect.getdoc(noise.function) or ""


def _strengths(noise: Noiser) -> Iterator[str]:
    """A line for each strength: its bounds, and what the docstring says of it."""
    for name, kind in noise.strengths.items():
        found = re.search(rf"^{name}: (.*?)(?=^\w+: |^\s*$|\Z)", _text(noise), re.DOTALL | re.MULTILINE)
        text = " ".join(found[1].split()) if found else "see its file"
        yield _wrapped(f"- `{name}`, {in_words(kind)}: {text}")


def _wrapped(text: str) -> str:
    return fill(
        text,
        120,
        subsequent_indent="  " if text.startswith("-") else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def alternative(noise: Noiser) -> str:
    """What stands in place of the picture."""
    if noise.kind in ("mask", "box"):
        return f"A ragged and a smooth object under {noise.name}, at {len(noise.levels) or 1} strengths"
    return f"Two images, clean and under {noise.name} with shares of {', '.join(f'{share:g}' for share in SHARES)}"


def subjects(folder: Path) -> dict[str, Subject]:
    """The objects that are shown, drawn in a folder."""
    return {
        word: _subject(file, number) for (word, number), file in zip(OBJECTS.items(), datasets(folder), strict=True)
    }


def _subject(file: CocoFile, number: int) -> Subject:
    for image, places in by_image(file):
        for annotation in annotations(file, places):
            if annotation.id == number:
                return Subject(file, annotation, image)
    raise LookupError(number)


def picture(noise: Noiser, shown: Mapping[str, Subject], folder: Path) -> bytes:
    """The picture of a noise, as PNG."""
    if noise.kind in ("mask", "box"):
        rows = [_row(noise, word, subject) for word, subject in shown.items()]
        return small_png(lambda path: draw_noises(path, f"{noise.name}, seed {SEED}", rows), folder)
    panels = [_panels(noise, subject.file) for subject in shown.values()]
    return small_png(lambda path: draw_panels(path, panels, panel_in=3.1, font_pt=8), folder)


def _row(noise: Noiser, word: str, subject: Subject) -> FigureRow:
    _, annotation, image = subject
    clean = segmentations.read_mask(annotation.segmentation, image.height, image.width)
    return FigureRow(word, VERMILION, clean, level_cells(noise, annotation, image, clean, SEED))


def _panels(noise: Noiser, file: CocoFile) -> list[Panel]:
    """The image in which the largest share changes most, clean and at three shares."""
    strengths = {**noise.example, **_own_strengths(noise, list(file.tables.categories.values()))}
    images = clear_images(file)
    clean = instances_of(file, images)
    noisy = list(under_shares(noise, file, images, SEED, strengths))
    best = max(images, key=lambda image: (*(changed(clean[image.id], of[image.id]) for of in noisy[:0:-1]), -image.id))
    titles = [f"share {share:g}" for share in SHARES]
    return versions(best, None, clean[best.id], [of[best.id] for of in noisy], titles)


def _own_strengths(noise: Noiser, names: Sequence[str]) -> dict[str, Any]:
    """Strengths for noises that need a table of the file's classes: each is taken for the next one in the list."""
    pairs = list(zip(names, [*names[1:], names[0]], strict=True))
    own: dict[str, dict[str, Any]] = {
        "flip_confusion": {"table": {name: {other: 1} for name, other in pairs}},
        "flip_groups": {"groups": {"first half": dict.fromkeys(names[::2], 1), "other": dict.fromkeys(names[1::2], 1)}},
        "flip_pairs": {"pairs": pairs},
        "merge": {"gap_px": 20, "same_class": False},
    }
    return own.get(noise.name, {})


def main() -> None:
    """Write the page, and the pictures of all noises or of those that are named."""
    PAGE.write_text(page(), encoding="utf-8")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shown = subjects(folder)
        for noise in [own_noises()[word] for word in sys.argv[1:]] or own_noises().values():
            (PICTURES / f"{noise.name}.png").write_bytes(picture(noise, shown, folder))


if __name__ == "__main__":
    main()
