"""Write docs/presets.md from the data in benchmarks.py: python -m examples.make_preset_page."""

from pathlib import Path
from textwrap import fill

from annotation_noise.core.presets import FAMILIES, PLAIN_NAMES, preset_name

PAGE = Path(__file__).parents[1] / "docs" / "presets.md"
HEAD = """\
# The presets

What `--benchmark NAME` takes: {presets} presets of {families} families, each a row of noises with shares and strengths.
`python noise_annotations.py --describe NAME` prints the values, as YAML to start from, `--list_benchmarks` this list.
In all of them crowd regions are left alone, and a box follows its mask but for noises of boxes, which leave masks as
they are. Written by `python -m examples.make_preset_page` from `benchmarks.py`.

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
    return "\n".join([HEAD.format(presets=count, families=len(FAMILIES)) + "\n".join(rows), *sections]) + "\n"


def _wrapped(text: str) -> str:
    indent = "  " if text.startswith("-") else ""
    return fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _presets(name: str) -> str:
    plain = {full: f"`{short}` or `{full}`" for short, full in PLAIN_NAMES.items()}
    names = (preset_name(name, level) for level in FAMILIES[name].levels)
    return ", ".join(plain.get(full, f"`{full}`") for full in names)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
