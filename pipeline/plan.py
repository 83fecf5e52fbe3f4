"""What a command asks for, checked as far as that goes without reading the input."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import BENCHMARKS
from errors import InputError
from formats.folder import check_target
from noisers import load
from pipeline.annotate import Options
from pipeline.recipe import Recipe, parse, recipe, title


class Plan(NamedTuple):
    """Which files go through which recipes into which folder, and how.

    recipes: by sub-folder of the target; a single recipe has none and the name "".
    """

    paths: Sequence[Path]
    recipes: Mapping[str, Recipe]
    options: Options
    seed: int
    target: Path


def plan(arguments: argparse.Namespace) -> Plan:
    """Check everything that can be checked before any work. Raises InputError."""
    if arguments.workers is not None and arguments.workers < 1:
        raise InputError(f"--workers must be 1 or more, not {arguments.workers}")
    if arguments.workers is not None and arguments.cluster is not None:
        raise InputError("give either --workers or --cluster: a cluster has its own workers")
    seed = checked_seed(arguments.seed)
    dicts = None if arguments.corruption_values is None else parse(" ".join(arguments.corruption_values))
    recipes = recipes_by_folder(arguments.benchmark, dicts, arguments.plugin)
    name = arguments.method_name or arguments.benchmark or "custom"
    if Path(name).name != name:
        raise InputError(f"--method_name becomes part of a folder's name, so it cannot be {name!r}")
    target = arguments.output_dir or Path(f"noisy_data_{name}")
    paths = inputs(arguments.path, arguments.splits)
    check_target(target, [target / name for name in recipes], paths, arguments.overwrite or arguments.dry_run)
    options = Options(arguments.segmentation, arguments.boxes, arguments.crowd, arguments.on_empty)
    return Plan(paths, recipes, options, seed, target)


def inputs(path: Path | None, splits: Sequence[str] | None) -> list[Path]:
    """The COCO files that PATH names, sorted by name. Raises InputError."""
    if path is None:
        raise InputError("PATH is missing: a COCO file, or a folder with instances_*.json")
    if not path.exists():
        raise InputError(f"{path} does not exist")
    if not path.is_dir():
        if splits:
            raise InputError(f"--splits chooses among the files of a folder, but {path} is a file")
        return [path]
    found = sorted(path.glob("instances_*.json"))
    if not found:
        raise InputError(f"{path} has no instances_*.json; name a COCO file itself if it is called otherwise")
    for split in splits or ():
        if not any(file.name.startswith(f"instances_{split}") for file in found):
            raise InputError(f"{path} has no instances_{split}*.json, only {', '.join(f.name for f in found)}")
    return [f for f in found if splits is None or f.name.startswith(tuple(f"instances_{split}" for split in splits))]


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
    found = [recipe(values, noisers) for values in dicts or ()]
    if len(found) == 1:
        return {"": found[0]}
    named = {title(one): one for one in found}
    if len(named) < len(found):
        raise InputError("two dicts of --corruption_values ask for the same noise; each must make its own dataset")
    return named


def checked_seed(seed: int) -> int:
    """The seed, if it is one. Raises InputError."""
    if not 0 <= seed < 2**64:
        raise InputError(f"the seed must lie between 0 and 2^64 - 1, not {seed}")
    return seed
