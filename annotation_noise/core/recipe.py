"""`--corruption_values`, parsed and checked, or a preset, as a recipe.

A dict names the noises, each with its values (`step_values`). Of the noises of one kind in a dict an annotation gets at
most one; kinds are independent of each other. Beyond that, a dict may have one key that combines others:

    {"one_of": {"rand": [0.3, 3], "flip_class": 0.2}}
        at most one of these, of whatever kind
    {"all_of": [{"localization": [0.5, 2]}, {"rand": [0.5, 3]}, {"one_of": …}]}
        all of these, in this order, each with its own coin
"""

import ast
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from annotation_noise.core.step_values import step_of
from annotation_noise.core.steps import Draw, Exact, OneOf, Recipe, Search, Step, one_of
from annotation_noise.errors import InputError
from annotation_noise.reading import read_text
from noisers import Noiser
from noisers.registry import COMBINATIONS, NOISES
from noisers.strengths import plain, short

HALF_A_PAIR = re.compile("[\ud800-\udfff]")  # Python takes it in a string, JSON and UTF-8 do not


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
            text = read_text(Path(where))
        except InputError as error:
            raise InputError(f"--corruption_values: {error}") from error
    value = _literal(text, where)
    dicts = [d for d in (value if isinstance(value, list) else [value]) if isinstance(d, dict)]
    if not dicts or (isinstance(value, list) and len(dicts) < len(value)):
        raise InputError(
            f"{where} must be a dict or a list of dicts, like {{'rand': [0.2, 3], 'flip_class': 0.2}}; "
            f"not {short(text)}"
        )
    return dicts


def _literal(text: str, where: str) -> object:
    try:
        tree = ast.parse(text.strip(), mode="eval")
        value = ast.literal_eval(tree)
        dicts = (node.keys for node in ast.walk(tree) if isinstance(node, ast.Dict))
        keys = [[ast.literal_eval(key) for key in of_dict if key] for of_dict in dicts]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        value, keys = _yaml(text, where)
    for of_dict in keys:
        for place, key in enumerate(of_dict):
            if key in of_dict[:place]:
                raise InputError(f"{where}: the key {key!r} is there twice in one dict, of which one would be lost")
    return value


def _yaml(text: str, where: str) -> tuple[object, list[list[str]]]:
    """What a YAML text says, and the keys of each of its mappings, as they are written."""
    import yaml  # which the workers, who get recipes that are parsed, need not load

    keys: list[list[str]] = []

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            keys.append([key.value for key, _ in node.value if isinstance(key.value, str)])
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader), keys
    except Exception as error:  # what a number or a date raises that is none, too
        raise InputError(
            f"{where} cannot be read as a Python literal, JSON or YAML: {short(text)}; "
            "an example that can: \"{'rand': [0.2, 3], 'flip_class': 0.2}\""
        ) from error


def recipe(values: Mapping[str, object], noisers: Mapping[str, Noiser]) -> Recipe:
    """Check corruption values and put them in order.

    Raises InputError: an unknown noise, unknown, missing or unfit strengths, shares outside
    [0, 1] or, over the noises of which an annotation gets one, summing to more than 1; a text that is none.
    """
    if any(map(HALF_A_PAIR.search, _strings(values))):
        raise InputError(f"corruption values are no text: half of a surrogate pair stands in {short(ascii(values))}")
    nodes = _labelled(_nodes(values, noisers))
    if not nodes:
        raise InputError(f"corruption values must name at least one noise; there is none in {short(values)}")
    kinds = frozenset(step.noise.kind for node in nodes for step in _of(node))
    is_dict = not set(values) & set(COMBINATIONS)
    is_plain = is_dict and kinds <= {"mask", "category"} and all(isinstance(node, OneOf) for node in nodes)
    return Recipe(nodes, _values_of(nodes, is_dict), kinds, is_plain)


def _strings(values: object) -> Iterator[str]:
    """All texts in some values, those of keys too."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        for key, value in values.items():
            yield from (*_strings(key), *_strings(value))
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from _strings(value)


def _nodes(values: Mapping[str, object], noisers: Mapping[str, Noiser]) -> tuple[OneOf | Step, ...]:
    combination = next((key for key in COMBINATIONS if key in values), None)
    if combination is None:
        steps = _steps(values, noisers)
        of_kind = ([step for step in steps if step.noise.kind == kind] for kind in NOISES)
        return tuple(_at_most_one(same, f"choose {same[0].noise.kind}") for same in of_kind if same)
    if len(values) > 1:
        raise InputError(f"{combination} must be the only key of its dict; put what stands beside it into all_of")
    if combination == "one_of":
        return (_one_of(values[combination], noisers),)
    parts = values[combination]
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, Mapping) and len(part) == 1 for part in parts):
        raise InputError(
            "all_of takes a list of dicts with one noise each, like [{'localization': [0.5, 2]}, {'flip_class': 0.1}]; "
            f"not {short(parts)}"
        )
    nodes: list[OneOf | Step] = []
    for part in parts:
        nodes += _nodes(part, noisers) if set(part) & set(COMBINATIONS) else _steps(part, noisers)
    return tuple(nodes)


def _steps(values: Mapping[str, object], noisers: Mapping[str, Noiser]) -> list[Step]:
    return [step_of(str(name), value, noisers) for name, value in sorted(values.items(), key=str)]


def _one_of(values: object, noisers: Mapping[str, Noiser]) -> OneOf | Step:
    if not isinstance(values, Mapping) or not values:
        raise InputError(
            f"one_of takes a dict of noises, like {{'rand': [0.3, 3], 'flip_class': 0.2}}; not {short(values)}"
        )
    steps = _steps(values, noisers)
    return _at_most_one(steps, f"choose {' or '.join(step.label for step in steps)}")


def _at_most_one(steps: Sequence[Step], purpose: str) -> OneOf | Step:
    """The steps of which an annotation gets one; a step alone may also have a share that is no plain number."""
    if len(steps) == 1 and not isinstance(steps[0].share, float):
        return steps[0]
    names = ", ".join(step.label for step in steps)
    shares = [step.share for step in steps if isinstance(step.share, float)]
    if len(shares) < len(steps):
        raise InputError(
            f"an annotation gets one of {names}, so their shares are probabilities, plain numbers; "
            "exact and drawn ones have their place in all_of"
        )
    if math.fsum(shares) > 1 + 1e-9:  # 0.1 + 0.2 + 0.7 is a little more than 1 in floating point
        kinds = {step.noise.kind for step in steps}
        kind = f"{kinds.pop()} " if len(kinds) == 1 else ""
        raise InputError(
            f"the shares of {names} sum to {math.fsum(shares):g}, but an annotation gets one {kind}noise: at most 1"
        )
    return one_of(steps, purpose)


def _labelled(nodes: Sequence[OneOf | Step]) -> tuple[OneOf | Step, ...]:
    """The same with labels that differ, so that no two steps share their draws."""
    times: dict[str, int] = {}

    def label(step: Step) -> Step:
        times[step.label] = times.get(step.label, 0) + 1
        return step if times[step.label] == 1 else step._replace(label=f"{step.label} {times[step.label]}")

    result: list[OneOf | Step] = []
    for node in nodes:
        if isinstance(node, Step):
            result.append(label(node))
            continue
        steps = tuple(map(label, node.steps))
        changed = [step.label for step in steps] != [step.label for step in node.steps]
        purpose = f"choose {' or '.join(step.label for step in steps)}" if changed else node.purpose
        result.append(one_of(steps, purpose))
    return tuple(result)


def _values_of(nodes: Sequence[OneOf | Step], is_dict: bool) -> dict[str, object]:
    """Corruption values with everything named, which make the same recipe again; for the manifest."""

    def named(steps: Sequence[Step]) -> dict[str, object]:
        return {step.noise.name: _named(step) for step in steps}

    if is_dict:
        return {name: value for node in nodes for name, value in named(_of(node)).items()}
    parts: list[dict[str, object]] = [
        {"one_of": named(node.steps)} if isinstance(node, OneOf) else named([node]) for node in nodes
    ]
    return {"all_of": parts} if len(parts) > 1 or not isinstance(nodes[0], OneOf) else parts[0]


def _of(node: OneOf | Step) -> Sequence[Step]:
    return node.steps if isinstance(node, OneOf) else (node,)


def _named(step: Step) -> dict[str, object]:
    values: dict[str, object] = {"share": _plain(step.share)}
    values |= {name: _plain(value) for name, value in step.strengths.items()}
    values |= {key: getattr(step, key) for key in ("per", "draws_per") if getattr(step, key) != "annotation"}
    if "annotator" in (step.per, step.draws_per):
        values["annotators"] = step.annotators
    if step.target_iou is not None:
        values["target_iou"] = _plain(step.target_iou)
    if step.where is not None:
        values["where"] = msgspec.to_builtins(step.where)
    return values


def _plain(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, Exact):
        return {"exact": value.share}
    if isinstance(value, Search):
        return {"search": list(value)}
    if isinstance(value, Draw):
        limits = {"least": value.least, "most": value.most}
        partner = {"with": value.partner} if value.partner else {}
        cut = {key: limit for key, limit in limits.items() if math.isfinite(limit)}
        return {value.law: list(value.of), **cut, **partner}
    return plain(value)


def title(chosen: Recipe) -> str:
    """A readable name for a recipe, fit for a folder: `localization-0.2-2+flip_class-0.3`.

    It says shares and strengths; recipes that differ in something else have one name.
    """
    return "+".join(
        "-".join([s.noise.name, *map(_short_plain, (s.share, *s.strengths.values()))]) for s in chosen.steps
    )


def _short_plain(value: object) -> str:
    if isinstance(value, Search):
        return "_".join(["search", *(f"{number:g}" for number in value)])
    if isinstance(value, Draw):
        return "_".join([value.law, *(f"{number:g}" for number in value.of)])
    value = value.share if isinstance(value, Exact) else value
    return f"{value:g}" if isinstance(value, (int, float)) else Path(str(getattr(value, "file", value)) or "table").stem
