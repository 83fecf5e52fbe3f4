"""What noise to make: `--corruption_values`, parsed and checked, or a preset, as a `Recipe`.

A dict names the noises. Each has the short form [share, strength, ...], strengths in the order of
`--list_noises`, or named values {"share": 0.2, "std_px": 2}; a noise without strengths may have
its bare share. The share is the probability that an annotation gets the noise.
"""

import ast
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from errors import InputError
from geometry.masks import from_frame
from noisers import Noiser, Strength
from pipeline.draws import stream


class Step(NamedTuple):
    """One noise of a recipe.

    share: probability that an annotation gets it, 0 to 1.
    strengths: keyword arguments of its function.
    """

    noise: Noiser
    share: float
    strengths: dict[str, Strength]


class Recipe(NamedTuple):
    """The noises of one noisy dataset, by name; of each kind an annotation gets at most one."""

    mask: tuple[Step, ...]
    category: tuple[Step, ...]


def parse(text: str) -> list[dict[str, object]]:
    """The dicts that `--corruption_values` asks for.

    text: a dict or a list of dicts as a Python literal, as JSON, or as what is left of either
    once a shell has taken the quotes away ({rand: [0.2, 3]}), which is YAML; or `@FILE` with one
    of these inside. Raises InputError.
    """
    where = "--corruption_values"
    if text.startswith("@"):
        where = text[1:]
        try:
            text = Path(where).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise InputError(f"--corruption_values: cannot read {where}: {reason}") from error
    value = _literal(text, where)
    dicts = [d for d in (value if isinstance(value, list) else [value]) if isinstance(d, dict)]
    if not dicts or (isinstance(value, list) and len(dicts) < len(value)):
        raise InputError(
            f"{where} must be a dict or a list of dicts, like {{'rand': [0.2, 3], 'flip_class': 0.2}}; "
            f"not {_short(text)}"
        )
    return dicts


def _literal(text: str, where: str) -> object:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    import yaml  # which the workers, who get recipes that are parsed, need not load

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, TypeError) as error:
        raise InputError(
            f"{where} cannot be read as a Python literal, JSON or YAML: {_short(text)}; "
            "an example that can: \"{'rand': [0.2, 3], 'flip_class': 0.2}\""
        ) from error


def recipe(values: Mapping[str, object], noisers: Mapping[str, Noiser]) -> Recipe:
    """Check corruption values and put them in order.

    Raises InputError: an unknown noise, unknown, missing or unfit strengths, shares outside
    [0, 1] or, over the noises of a kind, summing to more than 1.
    """
    steps = [_step(str(name), value, noisers) for name, value in sorted(values.items(), key=str)]
    if not steps:
        raise InputError("corruption values must name at least one noise; the dict is empty")
    of_kind = {kind: tuple(s for s in steps if s.noise.kind == kind) for kind in ("mask", "category")}
    for kind, chosen in of_kind.items():
        total = math.fsum(s.share for s in chosen)
        if total > 1 + 1e-9:  # 0.1 + 0.2 + 0.7 is a little more than 1 in floating point
            names = ", ".join(s.noise.name for s in chosen)
            raise InputError(
                f"the shares of {names} sum to {total:g}, but an annotation gets one {kind} noise: at most 1"
            )
    return Recipe(**of_kind)


def values_of(chosen: Recipe) -> dict[str, dict[str, Strength]]:
    """A recipe as corruption values with everything named, for the manifest."""
    return {s.noise.name: {"share": s.share, **s.strengths} for s in (*chosen.mask, *chosen.category)}


def title(chosen: Recipe) -> str:
    """A readable name for a recipe, fit for a folder: `localization-0.2-2+flip_class-0.3`."""
    parts = (
        "-".join([s.noise.name, *(f"{v:g}" for v in (s.share, *s.strengths.values()))])
        for s in (*chosen.mask, *chosen.category)
    )
    return "+".join(parts)


def _step(name: str, value: object, noisers: Mapping[str, Noiser]) -> Step:
    if name not in noisers:
        raise InputError(f"there is no noise named {name!r}; the noises are {', '.join(noisers)}")
    noise = noisers[name]
    wanted = ["share", *noise.strengths]
    if isinstance(value, Mapping):
        named = dict(value)
    else:
        row = list(value) if isinstance(value, (list, tuple)) else [value]
        if len(row) != len(wanted):
            raise InputError(f"{name} takes [{', '.join(wanted)}], {len(wanted)} in all; not {_short(value)}")
        named = dict(zip(wanted, row, strict=True))
    if set(named) != set(wanted):
        odd = [str(k) for k in named if k not in wanted] or [k for k in wanted if k not in named]
        fault = "does not know" if set(named) - set(wanted) else "lacks"
        raise InputError(f"{name} {fault} {', '.join(odd)}; it takes {', '.join(wanted)}")
    share = number(named["share"], float, f"{name}: share")
    if not 0 <= share <= 1:
        raise InputError(f"{name}: share must lie between 0 and 1, not {share:g}")
    strengths = {k: number(named[k], kind, f"{name}: {k}") for k, kind in noise.strengths.items()}
    step = Step(noise, share, strengths)
    _try(step)
    return step


def number(value: object, kind: type, where: str) -> Strength:
    """A strength as the number that it must be, finite and not negative; `where` begins the InputError if it is not."""
    if isinstance(value, str):  # YAML takes 1e-3 for a string
        try:
            value = float(value)
        except ValueError:
            raise InputError(f"{where} must be a number, not {value!r}") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{where} must be a number, not {_short(value)}")
    if not math.isfinite(value) or value < 0:
        raise InputError(f"{where} must be finite and not negative, not {value}")
    if kind is int:
        if value != int(value):
            raise InputError(f"{where} must be a whole number, not {value}")
        return int(value)
    return float(value)


def _try(step: Step) -> None:
    """Call a noise once, so that what it cannot take is said before any work is done."""
    rng: Generator = stream(0, "trial", 0)
    arguments: tuple[Any, ...] = (7, (3, 7), rng)
    if step.noise.kind == "mask":
        frame = np.zeros((16, 16), np.uint8)
        frame[4:12, 4:12] = 1
        arguments = (from_frame(frame), rng)
    try:
        step.noise.function(*arguments, **step.strengths)
    except ValueError as error:
        raise InputError(f"{step.noise.name}: {error}") from error
    except Exception as error:
        raise InputError(
            f"the noise {step.noise.name} failed when it was tried on a square of 8 x 8 pixels: "
            f"{type(error).__name__}: {error}"
        ) from error


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
