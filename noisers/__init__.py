"""The noises, one file each: pure functions of a mask (or a category) and a random generator.

A noise is a function under `@noiser`. Its name is its public name, its keyword-only parameters
are its strengths, and every file in this folder is found by itself:

    @noiser("mask", example={"std_px": 2.0})
    def localization(mask: Mask, rng: Generator, *, std_px: float) -> Mask | Noised: ...

    @noiser("category", example={})
    def flip_class(category_id: int, categories: tuple[int, ...], rng: Generator) -> int: ...

A noise holds no probability and no default strength: shares and strengths come from the preset
or the command line. It raises ValueError for a strength that it cannot take; every noise that a
run asks for is tried on a small mask before any work is done, so that such an error comes first.
"""

import functools
import importlib
import importlib.util
import inspect
import pkgutil
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from errors import InputError
from geometry.masks import Mask

Kind = Literal["mask", "category"]
Strength = int | float
Function = TypeVar("Function", bound=Callable[..., Any])


class Noised(NamedTuple):
    """What a mask noise returns that has drawn something worth a place in the log.

    mask: the noisy mask; any window of the frame, not necessarily tight; may be empty.
    drawn: name and value of what was drawn, plain strings and numbers.
    """

    mask: Mask
    drawn: Mapping[str, str | int | float]


class Noiser(NamedTuple):
    """A noise as the program knows it.

    name: what `--corruption_values` calls it.
    kind: "mask" or "category".
    function: the decorated function.
    strengths: name and type (int or float) of its keyword-only parameters, in their order.
    example: strengths that it can take, for trials and tests.
    plugin: the user's own file that it comes from, or None.

    Pickled, it is its name and that file: another process looks it up there.
    """

    name: str
    kind: Kind
    function: Callable[..., Any]
    strengths: dict[str, type]
    example: Mapping[str, Strength]
    plugin: Path | None = None

    def __reduce__(self) -> tuple[Callable[..., "Noiser"], tuple[str, Path | None]]:
        return _found, (self.name, self.plugin)


_REGISTRY: dict[str, Noiser] = {}


def noiser(kind: Kind, *, example: Mapping[str, Strength]) -> Callable[[Function], Function]:
    """Register a function as the noise of its own name and return it unchanged.

    kind: "mask" for f(mask, rng, *, strengths) -> Mask | Noised, "category" for
    f(category_id, categories, rng, *, strengths) -> int, where `categories` are all ids, ascending.
    example: a value for each strength.

    Raises ValueError where another noise has the name or the example does not fit the strengths.
    """

    def register(function: Function) -> Function:
        name = function.__name__
        hints = typing.get_type_hints(function)
        keyword_only = [p for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
        strengths = {p.name: hints.get(p.name, float) for p in keyword_only}
        if set(example) != set(strengths):
            raise ValueError(f"`example` of the noise {name} must name its strengths: {', '.join(strengths)}")
        if name in _REGISTRY and inspect.getfile(_REGISTRY[name].function) != inspect.getfile(function):
            raise ValueError(f"there is a noise named {name} already")
        _REGISTRY[name] = Noiser(name, kind, function, strengths, example)
        return function

    return register


def _found(name: str, plugin: Path | None) -> Noiser:
    return load((plugin,) if plugin else ())[name]


@functools.cache
def load(plugins: tuple[Path, ...] = ()) -> dict[str, Noiser]:
    """All noises by name: those of this folder, then those of the user's own files.

    Raises InputError for a file that cannot be imported or registers no noise.
    """
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    for path in plugins:
        try:
            _run_file(path.absolute())
        except Exception as error:
            raise InputError(f"the plugin {path} cannot be loaded: {type(error).__name__}: {error}") from error
        found = [noise for noise in _REGISTRY.values() if inspect.getfile(noise.function) == str(path.absolute())]
        if not found:
            raise InputError(f"the plugin {path} has no function under @noiser")
        _REGISTRY.update({noise.name: noise._replace(plugin=path.absolute()) for noise in found})
    return dict(sorted(_REGISTRY.items()))


def _run_file(path: Path) -> None:
    spec = importlib.util.spec_from_file_location(f"noise_plugin_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError("not a Python file (its name must end in .py)")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def listing(plugins: tuple[Path, ...] = ()) -> str:
    """All noises with their strengths and a sentence each, as `--list_noises` prints them."""
    lines = []
    for noise in load(plugins).values():
        names = ["share", *noise.strengths]
        taken = "share" if len(names) == 1 else f"[{', '.join(names)}]"
        lines.append(f"{noise.name}: {taken}   ({noise.kind} noise)")
        lines.append(f"    {(noise.function.__doc__ or 'no description').strip().splitlines()[0]}")
    return "\n".join(lines)
