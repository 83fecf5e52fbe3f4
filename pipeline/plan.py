"""The recipes and the seed that are asked for, checked."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import BENCHMARKS
from errors import InputError
from noisers import load
from pipeline.recipe import recipe, title
from pipeline.steps import Recipe


def recipes_by_folder(
    benchmark: str | None, dicts: Sequence[Mapping[str, object]] | None, plugins: Sequence[Path]
) -> dict[str, Recipe]:
    """The recipes asked for, by sub-folder. Raises InputError."""
    if (benchmark is None) == (dicts is None):
        raise InputError("give either a benchmark or corruption values (--benchmark NAME, or --corruption_values DICT)")
    if benchmark is not None:
        if benchmark not in BENCHMARKS:
            raise InputError(f"benchmark must be one of {', '.join(BENCHMARKS)}; not {benchmark!r}")
        dicts = [BENCHMARKS[benchmark]]
    noisers = load(tuple(plugins))
    recipes = [recipe(values, noisers) for values in dicts or ()]
    if len(recipes) == 1:
        return {"": recipes[0]}
    named = {title(chosen): chosen for chosen in recipes}
    if len(named) < len(recipes):
        raise InputError("two dicts of --corruption_values ask for the same noise; each must make its own dataset")
    return named


def checked_seed(seed: int) -> int:
    """The seed, if it is one. Raises InputError."""
    if not 0 <= seed < 2**64:
        raise InputError(f"the seed must lie between 0 and 2^64 - 1, not {seed}")
    return seed
