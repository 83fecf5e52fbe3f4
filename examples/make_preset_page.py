"""Write docs/presets.md and its pictures from benchmarks.py: python -m examples.make_preset_page [FAMILY ...].

With names it draws the pictures of these families alone.
"""

import sys
import tempfile
from pathlib import Path
from textwrap import fill

from annotation_noise.coco.file import CocoFile
from annotation_noise.commands.show import noisy_instances
from annotation_noise.core.presets import FAMILIES, PLAIN_NAMES, preset, preset_name
from annotation_noise.reports.preview import instances_of
from annotation_noise.reports.scene_figure import draw_panels, versions
from examples.pictures import PAGES, changed, clear_images, datasets, small_png

PAGE = PAGES / "presets.md"
PICTURES = PAGES / "pictures" / "presets"
SEED = 1
# The level that is shown, where it is not the one in the middle of its family's.
SHOWN = {
    "badcoco": "swap-10",
    "lncis": "sym20",
    "loeffler": "mixed-20",
    "noisy-lvis": "sym40",
    "sp-guided": "90-50",
    "teams": "careless",
}
HEAD = """\
# The presets

What `--benchmark NAME` takes: {presets} presets of {families} families, each a row of noises with shares and strengths.
`python noise_annotations.py --describe NAME` prints the values, as YAML to start from, `--list_benchmarks` this list.
In all of them crowd regions are left alone, and a box follows its mask but for noises of boxes, which leave masks as
they are. [How noisy they are](how_noisy.md) is measured.

Each family is shown at one level, on the image of the rough drawn dataset that it changes most, clean beside noisy: a
changed class reads `old → new`, what is gone has a dashed outline, a box that is not its mask's is dashed too, and a
mask that its outline would hide is filled. `python show_noise.py none FILE --annotation ID --benchmark NAME` draws the
image of an annotation of yours.

Written by `python -m examples.make_preset_page` from `benchmarks.py`.

| family | what it does |
| --- | --- |
"""


def page() -> str:
    """The page, in Markdown."""
    count = sum(len(family.levels) for family in FAMILIES.values())
    rows = [f"| [{name}](#{name}) | {family.about} |" for name, family in FAMILIES.items()]
    sections = []
    for name, family in FAMILIES.items():
        sections += [f"\n## {name}\n", _wrapped(family.about), ""]
        sections += [_wrapped(f"- Presets: {_presets(name)}"), _wrapped(f"- Source: {family.source}")]
        sections += [_wrapped(f"- Evidence: {family.evidence}"), _wrapped(f"- What differs: {family.differs}")]
        sections += ["", f"![An image clean and under {shown(name)}](pictures/presets/{name}.png)"]
    return "\n".join([HEAD.format(presets=count, families=len(FAMILIES)) + "\n".join(rows), *sections]) + "\n"


def _wrapped(text: str) -> str:
    indent = "  " if text.startswith("-") else ""
    return fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _presets(name: str) -> str:
    plain = {full: f"`{short}` or `{full}`" for short, full in PLAIN_NAMES.items()}
    names = (preset_name(name, level) for level in FAMILIES[name].levels)
    return ", ".join(plain.get(full, f"`{full}`") for full in names)


def shown(family: str) -> str:
    """The preset of a family that is shown."""
    levels = list(FAMILIES[family].levels)
    return preset_name(family, SHOWN.get(family, levels[len(levels) // 2]))


def picture(family: str, file: CocoFile, folder: Path) -> bytes:
    """The picture of a family, as PNG: the image of the file that the shown preset changes most."""
    images = clear_images(file)
    clean, noisy = instances_of(file, images), noisy_instances(file, preset(shown(family)), images, SEED)
    best = max(images, key=lambda image: (changed(clean[image.id], noisy[image.id]), -image.id))
    panels = [versions(best, None, clean[best.id], [noisy[best.id]], [shown(family)])]
    return small_png(lambda path: draw_panels(path, panels, panel_in=4.6, font_pt=9), folder)


def main() -> None:
    """Write the page, and the pictures of all families or of those that are named."""
    PAGE.write_text(page(), encoding="utf-8")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, _ = datasets(folder)
        for family in sys.argv[1:] or FAMILIES:
            (PICTURES / f"{family}.png").write_bytes(picture(family, file, folder))


if __name__ == "__main__":
    main()
