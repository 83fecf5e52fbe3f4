"""Which noises there are: found by themselves in the folders beside this file, and in the user's own files."""

import functools
import importlib
import importlib.util
import inspect
import pkgutil
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from annotation_noise.errors import InputError
from annotation_noise.reading import check_regular
from noisers.strengths import Strength, checked, in_words

Function = TypeVar("Function", bound=Callable[..., Any])

# The kinds of functions of this form, with their two positional parameters. Prompts are not noises, but they have
# strengths and are registered and checked alike.
SUBJECTS = {"mask": "mask", "category": "category_id", "box": "box", "instances": "scene", "prompt": "mask"}
NOISES = ("mask", "category", "box", "instances")
CONTEXT = ("instance", "chosen", "scene", "classes", "donor")  # keyword-only parameters that are filled in by name
# What corruption values say beside the strengths.
OPTIONS = ("share", "per", "draws_per", "annotators", "where", "target_iou")
COMBINATIONS = ("one_of", "all_of")


class Noiser(NamedTuple):
    """A noise as the program knows it.

    name: what `--corruption_values` calls it.
    kind: what it changes: "mask", "category", "box" or "instances"; "prompt" for what SAM is given.
    function: the decorated function.
    strengths: annotation of each keyword-only parameter that is a strength, in their order.
    context: names of those that are filled in.
    example: strengths that it can take, for trials and tests.
    levels: three such, mild to strong, for tests and pictures; or none.
    plugin: the user's own file that it comes from, or None.

    Pickled, it is its name and that file: another process looks it up there.
    """

    name: str
    kind: str
    function: Callable[..., Any]
    strengths: dict[str, Any]
    context: tuple[str, ...]
    example: Mapping[str, Strength]
    levels: tuple[Mapping[str, Strength], ...] = ()
    plugin: Path | None = None

    def __reduce__(self) -> tuple[Callable[..., "Noiser"], tuple[str, Path | None]]:
        return _looked_up, (self.name, self.plugin)


_REGISTRY: dict[str, Noiser] = {}


def noiser(
    kind: str, *, example: Mapping[str, Any], levels: Mapping[str, Sequence[Any]] = MappingProxyType({})
) -> Callable[[Function], Function]:
    """Register a function as the noise of its own name and return it unchanged.

    kind: see `noisers`. example: a value for each strength. levels: for strengths that make it stronger, three values,
    mild to strong; the others stay as in the example.

    Raises ValueError where the kind is unknown, the function does not have its form, another noise has the name, or the
    example or the levels do not fit the strengths.
    """
    if kind not in NOISES:
        raise ValueError(f"a noise changes one of {', '.join(NOISES)}; there is no kind {kind!r}")

    def register(function: Function) -> Function:
        noise = described(function, kind, example, levels)
        known = _REGISTRY.get(noise.name)
        if known and known.plugin is None and inspect.getfile(known.function) != inspect.getfile(function):
            raise ValueError(f"there is a noise named {noise.name} already")
        _REGISTRY[noise.name] = noise
        return function

    return register


def described(
    function: Callable[..., Any],
    kind: str,
    example: Mapping[str, Any],
    levels: Mapping[str, Sequence[Any]] = MappingProxyType({}),
) -> Noiser:
    """What a function says of itself. Raises ValueError where it does not have the form of its kind."""
    name, subject = function.__name__, SUBJECTS[kind]
    parameters = inspect.signature(function).parameters.values()
    hints = typing.get_type_hints(function, include_extras=True)
    if [p.kind for p in parameters if p.kind is not p.KEYWORD_ONLY] != [inspect.Parameter.POSITIONAL_OR_KEYWORD] * 2:
        raise ValueError(f"the {kind} noise {name} must be a function of ({subject}, rng, *, strengths)")
    keywords = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    strengths = {key: hints.get(key, float) for key in keywords if key not in CONTEXT}
    if taken := [word for word in (name, *strengths) if word in (*OPTIONS, *COMBINATIONS)]:
        raise ValueError(
            f"the noise {name} cannot use the name {taken[0]}, which corruption values have for themselves"
        )
    if set(example) != set(strengths):
        raise ValueError(f"`example` of the noise {name} must name its strengths: {', '.join(strengths)}")
    if not set(levels) <= set(strengths) or not all(len(values) == 3 for values in levels.values()):
        raise ValueError(f"`levels` of the noise {name} must have three values for some of {', '.join(strengths)}")

    def fitting(values: Mapping[str, Any], which: str) -> dict[str, Strength]:
        where = f"`{which}` of the noise {name}"
        return {key: checked(values[key], strengths[key], f"{where}: {key}") for key in strengths}

    rising = ({**example, **{key: values[place] for key, values in levels.items()}} for place in range(3))
    three = tuple(fitting(values, "levels") for values in rising) if levels else ()
    context = tuple(key for key in keywords if key in CONTEXT)
    if kind == "instances" and not {"instance", "chosen"} & set(context):
        raise ValueError(f"the instances noise {name} must ask for `instance` or `chosen`, which its share chooses")
    if "donor" in context and (kind != "instances" or "instance" not in context):
        raise ValueError(f"the {kind} noise {name} cannot ask for a `donor`, which belongs to the `instance` of a call")
    if kind != "instances" and "chosen" in context:
        raise ValueError(f"the {kind} noise {name} cannot ask for `chosen`, which only instances noises get")
    return Noiser(name, kind, function, strengths, context, fitting(example, "example"), three)


def _looked_up(name: str, plugin: Path | None) -> Noiser:
    return load((plugin,) if plugin else ())[name]


@functools.cache
def load(plugins: tuple[Path, ...] = ()) -> dict[str, Noiser]:
    """The noises of the folders beside this file and those of these files of the user's own, by name, sorted.

    Raises InputError for a file that cannot be imported or registers no noise.
    """
    for module in pkgutil.walk_packages([str(Path(__file__).parent)], "noisers."):
        importlib.import_module(module.name)
    for path in plugins:
        check_regular(path)
        try:
            _run_file(path.absolute())
        except (Exception, SystemExit) as error:
            words = " ".join(str(error).split())
            raise InputError(f"the plugin {path} cannot be loaded: {type(error).__name__}: {words}") from error
        own = [noise for noise in _REGISTRY.values() if inspect.getfile(noise.function) == str(path.absolute())]
        if not own:
            raise InputError(f"the plugin {path} has no function under @noiser")
        _REGISTRY.update({noise.name: noise._replace(plugin=path.absolute()) for noise in own})
    wanted = {None, *(path.absolute() for path in plugins)}  # an earlier call may have asked for others
    return {name: noise for name, noise in sorted(_REGISTRY.items()) if noise.plugin in wanted}


def _run_file(path: Path) -> None:
    spec = importlib.util.spec_from_file_location(f"noise_plugin_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError("not a Python file (its name must end in .py)")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def listing(plugins: tuple[Path, ...] = ()) -> str:
    """All noises by kind with their strengths, their bounds and a sentence each, as `--list_noises` prints them."""
    lines = []
    for noise in sorted(load(plugins).values(), key=lambda noise: NOISES.index(noise.kind)):
        names = ["share", *noise.strengths]
        taken = "share" if len(names) == 1 else f"[{', '.join(names)}]"
        lines.append(f"{noise.name}: {taken}   ({noise.kind} noise)")
        lines.append(f"    {((noise.function.__doc__ or '').strip() or 'no description').splitlines()[0]}")
        lines += [f"    {name}: {in_words(kind)}" for name, kind in noise.strengths.items()]
    return "\n".join(lines)
