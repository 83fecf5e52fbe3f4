"""The presets of `benchmarks.py`, read from where it lies: in the root of a clone, or in this package as installed.

It is read and not imported, so that a `benchmarks` of the user's own is neither hidden nor taken for ours.
"""

import json
import runpy
import textwrap
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple

from annotation_noise.errors import InputError


class Family(NamedTuple):
    """The presets of a paper, a script or a team. levels: corruption values by level; the others are sentences."""

    about: str
    source: str
    evidence: str
    differs: str
    levels: Mapping[str, Mapping[str, object]]


def preset_name(family: str, level: str) -> str:
    """What a preset is called: `una/20`, or `dn-detr` where a family has but one, without a name."""
    return f"{family}/{level}" if level else family


_PLACES = [folder / "benchmarks.py" for folder in Path(__file__).parents[1:3]]
_DATA = runpy.run_path(next(str(place) for place in _PLACES if place.is_file()))
FAMILIES: Final = {name: Family(**family) for name, family in _DATA["FAMILIES"].items()}
PLAIN_NAMES: Final[Mapping[str, str]] = _DATA["PLAIN_NAMES"]
_BY_NAME = {
    preset_name(name, level): values for name, family in FAMILIES.items() for level, values in family.levels.items()
}
BENCHMARKS: Final[Mapping[str, Mapping[str, object]]] = {
    **{plain: _BY_NAME[name] for plain, name in PLAIN_NAMES.items()},
    **_BY_NAME,
}


def preset(name: str) -> Mapping[str, object]:
    """The corruption values of a preset. Raises InputError for a name that none has."""
    if name in BENCHMARKS:
        return BENCHMARKS[name]
    if name in FAMILIES:
        raise InputError(f"{name} has several levels: {', '.join(_names(name))}")
    near = get_close_matches(name, BENCHMARKS, 3) or get_close_matches(name, FAMILIES, 3)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise InputError(
        f"there is no benchmark {name!r}; {hint}there are {', '.join(PLAIN_NAMES)}, and levels of "
        f"{', '.join(FAMILIES)} (--list_benchmarks)"
    )


def plain_name(name: str) -> str:
    """The shorter name of a preset that has one, and else its name."""
    return next((plain for plain, full in PLAIN_NAMES.items() if full == name), name)


def _names(family: str) -> list[str]:
    """The names of a family's presets, a plain one in place of the longer."""
    return [plain_name(preset_name(family, level)) for level in FAMILIES[family].levels]


def listing() -> str:
    """All presets by family, as `--list_benchmarks` prints them."""
    return "\n\n".join(_listed(name) for name in FAMILIES)


def _listed(name: str) -> str:
    family = FAMILIES[name]
    lines = [*_wrapped(", ".join(_names(name)), ""), *_wrapped(family.about)]
    for word in ("source", "evidence", "differs"):
        lines += _wrapped(f"{word}: {getattr(family, word)}")
    return "\n".join([name, *lines] if len(family.levels) > 1 else lines)


def _wrapped(text: str, indent: str = "    ") -> list[str]:
    return textwrap.wrap(
        text, 100, initial_indent=indent, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def as_yaml(name: str) -> str:
    """The values of a preset in a form that `--corruption_values @FILE` takes. Raises InputError."""
    import yaml  # which the workers, who get recipes that are parsed, need not load

    values = json.loads(json.dumps(preset(name)))  # so that YAML does not point from one place to another
    text = yaml.safe_dump(values, sort_keys=False, default_flow_style=None, width=100)
    return f"# {name}, for --corruption_values @FILE\n{text.rstrip()}"
