"""What a command asks for, checked as far as that goes without reading the input."""

import argparse
from collections.abc import Mapping, Sequence
from glob import iglob
from pathlib import Path
from typing import NamedTuple

from benchmarks import BENCHMARKS
from errors import InputError
from formats.outputs import JOURNAL, MANIFEST, check_apart, check_input_name, check_target, names_of_outputs
from formats.records import Split
from noisers import load
from pipeline import export
from pipeline.convert import splits_of
from pipeline.outcome import Options
from pipeline.recipe import parse, recipe, title
from pipeline.steps import Recipe


class Plan(NamedTuple):
    """Which files go through which recipes into which folder, and how.

    paths: COCO files. splits: of another dataset, to be converted to COCO files first.
    root, names: the folder, and the files below it that --glob found, sorted.
    to: the format that is written beside the COCO files.
    recipes: by sub-folder of the target; a single recipe has none and the name "".
    """

    paths: Sequence[Path]
    recipes: Mapping[str, Recipe]
    options: Options
    seed: int
    target: Path
    to: str
    splits: Sequence[Split] = ()
    root: Path = Path()
    names: Sequence[str] | None = None


def plan(arguments: argparse.Namespace) -> Plan:
    """Check everything that can be checked before any work. Raises InputError."""
    if arguments.workers is not None and arguments.workers < 1:
        raise InputError(f"--workers must be 1 or more, not {arguments.workers}")
    if arguments.workers is not None and arguments.cluster is not None:
        raise InputError("give either --workers or --cluster: a cluster has its own workers")
    _check_preview(arguments)
    seed = checked_seed(arguments.seed)
    dicts = None if arguments.corruption_values is None else parse(" ".join(arguments.corruption_values))
    recipes = recipes_by_folder(arguments.benchmark, dicts, arguments.plugin)
    name = arguments.method_name or arguments.benchmark or "custom"
    if Path(name).name != name:
        raise InputError(f"--method_name becomes part of a folder's name, so it cannot be {name!r}")
    target = arguments.output_dir or Path(f"noisy_data_{name}")
    options = Options(arguments.segmentation, arguments.boxes, arguments.crowd, arguments.on_empty)
    if arguments.glob is not None:
        if arguments.source != "coco" or arguments.to != "coco":
            raise InputError("--glob takes COCO files and makes COCO files; give it without --from and --to")
        names = _found(arguments.path, arguments.glob, target, arguments.splits)
        check_target(target, {}, [], arguments.overwrite or arguments.dry_run)
        return Plan([], recipes, options, seed, target, "coco", (), arguments.path, names)
    if arguments.resume:
        raise InputError("--resume goes on with a run over many files (--glob); others begin again")
    splits = splits_of(arguments)
    paths = [] if splits else inputs(arguments.path, arguments.splits)
    written = names_of_outputs(paths or [Path(f"instances_{split.name}.json") for split in splits])
    files = {target / name: [*written, *export.label_files(arguments.to, target / name)] for name in recipes}
    check_target(target, files, paths or [arguments.path], arguments.overwrite or arguments.dry_run)
    return Plan(paths, recipes, options, seed, target, arguments.to, splits)


def _found(path: Path | None, pattern: str, target: Path, splits: Sequence[str] | None) -> list[str]:
    """The names of the files below PATH that match, sorted. Raises InputError."""
    if path is None or not path.is_dir():
        raise InputError(f"--glob looks below a folder, and {path or 'PATH'} is none")
    if splits:
        raise InputError("give either --splits or --glob: both choose among files")
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise InputError(f"--glob takes a pattern below PATH, like '**/*.json', not {pattern!r}")
    check_apart(target, path)
    # Names as text: a Path for each of millions of files would take gigabytes.
    found = iglob(pattern, root_dir=path, recursive=True)  # noqa: PTH207
    names = sorted({name for name in found if (path / name).is_file()})  # `**/**` finds a file twice
    if not names:
        raise InputError(f"{path} has no file that matches {pattern}")
    if len({Path(name).suffix for name in names}) > 1:
        _check_logs_differ(names)
    for name in names:
        if not _is_text(name):
            raise InputError(f"{path / name}: a file's name must be text to stand in the journal")
        check_input_name(path / name, MANIFEST, JOURNAL)
    return names


def _check_logs_differ(names: Sequence[str]) -> None:
    first: dict[Path, str] = {}
    for name in names:
        other = first.setdefault(Path(name).with_suffix(""), name)
        if other != name:
            raise InputError(f"{other} and {name} differ in their ending alone, so their logs would have one name")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_preview(arguments: argparse.Namespace) -> None:
    if arguments.preview is None:
        if arguments.images is not None:
            raise InputError("--images is where --preview finds photographs; say how many images with --preview N")
        return
    if arguments.preview < 1:
        raise InputError(f"--preview must be 1 or more, not {arguments.preview}")
    if arguments.dry_run:
        raise InputError("--preview draws pictures into the output folder, but --dry_run writes nothing")
    if arguments.glob is not None:
        raise InputError("--preview draws images of a COCO file; for one of many (--glob), name that file as PATH")
    if arguments.images is not None and not arguments.images.is_dir():
        raise InputError(f"--images {arguments.images} is not a folder")


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
