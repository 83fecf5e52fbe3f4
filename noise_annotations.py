"""Put annotation noise into COCO instance annotations: read, plan, noise, write, report.

The noise is that of "Noisy Annotations in Semantic Segmentation" (arXiv 2406.10891): masks drawn
too large, too small, unsteadily or with too few points, and classes mixed up. The command line is
the usual way in (`--help`); `noise` is the same for a dataset that a program holds in memory.
"""

# The libraries that do the work take longer to load than it takes to read the help, so they are
# imported where the work begins.
from __future__ import annotations

import argparse
import os
import platform
import shlex
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import BENCHMARKS
from errors import InputError, RunError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from formats.coco import CocoFile
    from pipeline.account import Row
    from pipeline.annotate import Options
    from pipeline.recipe import Recipe

VERSION = "0.1.0"
SMALL_BYTES = 2_000_000  # of input: starting worker processes would take longer than the work

EXAMPLES = """\
examples:
  python noise_annotations.py annotations --benchmark easy --seed 1
      noises annotations/instances_*.json into noisy_data_easy/
  python noise_annotations.py annotations --method_name shaky \\
         --corruption_values "{'localization': [0.5, 4], 'flip_class': 0.1}"
      moves the outlines of half of the masks by 4 pixels and draws a tenth of
      the classes anew, into noisy_data_shaky/
  python noise_annotations.py annotations --corruption_values @values.yaml
      a dict, or a list of dicts for as many noisy datasets, from a file
  python noise_annotations.py --list_noises
"""

CHOICES = {
    "segmentation": ("same", "rle", "polygon"),
    "boxes": ("refit", "keep"),
    "crowd": ("keep", "noise"),
    "on_empty": ("keep", "drop"),
}


class NoisyDataset(NamedTuple):
    """What `noise` returns.

    dataset: the noisy dataset; parts that the noise does not change are shared with the input.
    changes: a row per annotation that changed or whose mask could not, in the dataset's order.
    """

    dataset: dict[str, Any]
    changes: list[Row]


def noise(
    dataset: Mapping[str, Any],
    *,
    benchmark: str | None = None,
    corruption_values: Mapping[str, object] | None = None,
    seed: int = 1,
    segmentation: str = "same",
    boxes: str = "refit",
    crowd: str = "keep",
    on_empty: str = "keep",
    plugins: Sequence[str | Path] = (),
) -> NoisyDataset:
    """Noise a COCO dataset in memory, exactly as the command line noises its file.

    dataset: a dict as json.load gives it, with images, annotations and categories; not changed.
    benchmark, corruption_values: a preset's name, or a dict like {"rand": [0.2, 3]}; one of them.
    seed: 0 to 2^64 - 1. The other options are those of the command line.

    Raises InputError, a ValueError, in one sentence with the place, as the command line says it.
    """
    from pipeline.annotate import Options, Setting
    from pipeline.dataset import noise_dataset, tables_of

    options = Options(segmentation, boxes, crowd, on_empty)  # type: ignore[arg-type]
    for name, allowed in CHOICES.items():
        if getattr(options, name) not in allowed:
            raise InputError(f"{name} must be one of {', '.join(allowed)}; not {getattr(options, name)!r}")
    dicts = None if corruption_values is None else [corruption_values]
    (recipe,) = _recipes(benchmark, dicts, [Path(plugin) for plugin in plugins]).values()
    tables = tables_of(dataset)
    setting = Setting(recipe, tables.categories, _checked_seed(seed), options)
    return NoisyDataset(*noise_dataset(dataset, tables, setting))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: done. 1: a worker was lost. 2: bad input or usage, or a disk that refuses. 130: interrupted.
    Each said in one sentence on stderr. Other than with 0, nothing has been written under a final name.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser().parse_args(words)
    try:
        if arguments.list_noises:
            print(_noise_list(arguments.plugin))
        else:
            print(_run(arguments, words))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except RunError as error:
        print(f"error: {error}; nothing was written", file=sys.stderr)
        return 1
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"error: cannot write the output{where}: {error.strerror or error}; nothing was written", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return 130
    return 0


class Plan(NamedTuple):
    """What a command asks for, checked as far as that goes without reading the input.

    recipes: by sub-folder of the target; a single recipe has none and the name "".
    """

    paths: Sequence[Path]
    recipes: Mapping[str, Recipe]
    options: Options
    seed: int
    target: Path


def _run(arguments: argparse.Namespace, words: Sequence[str]) -> str:
    """Do what the arguments ask for; returns the summary to print."""
    from formats.coco import read
    from formats.folder import staged

    plan = _plan(arguments)
    shown = f"{plan.target} (dry run: nothing is written)" if arguments.dry_run else f"{plan.target}"
    summaries = []
    with _executor(plan.paths, arguments.workers, arguments.cluster) as (executor, workers):
        files = [read(path) for path in plan.paths]
        with nullcontext() if arguments.dry_run else staged(plan.target) as staging:
            for name in plan.recipes:
                folder = staging / name if staging else None
                realised, seconds = _noise_files(plan, files, name, folder, executor, workers)
                if folder:
                    _write_manifest(arguments, words, plan, name, folder, realised)
                summaries.append(_summary(f"{shown}/{name}" if name else shown, arguments, realised, seconds))
    return "\n\n".join(summaries)


def _executor(
    paths: Sequence[Path], workers: int | None, address: str | None
) -> AbstractContextManager[tuple[Executor | None, int]]:
    """Who does the work, and how many jobs at a time: nobody else, worker processes, or a cluster."""
    if address is not None:
        from pipeline.cluster import cluster

        return cluster(address)
    workers = workers or len(os.sched_getaffinity(0))
    if workers == 1 or sum(path.stat().st_size for path in paths) < SMALL_BYTES:
        return nullcontext((None, 1))
    from pipeline.engine import processes

    return processes(workers)


def _plan(arguments: argparse.Namespace) -> Plan:
    """Check everything that can be checked before any work. Raises InputError."""
    from formats.folder import check_target
    from pipeline.annotate import Options
    from pipeline.recipe import parse

    if arguments.workers is not None and arguments.workers < 1:
        raise InputError(f"--workers must be 1 or more, not {arguments.workers}")
    if arguments.workers is not None and arguments.cluster is not None:
        raise InputError("give either --workers or --cluster: a cluster has its own workers")
    seed = _checked_seed(arguments.seed)
    dicts = None if arguments.corruption_values is None else parse(" ".join(arguments.corruption_values))
    recipes = _recipes(arguments.benchmark, dicts, arguments.plugin)
    name = arguments.method_name or arguments.benchmark or "custom"
    if Path(name).name != name:
        raise InputError(f"--method_name becomes part of a folder's name, so it cannot be {name!r}")
    target = arguments.output_dir or Path(f"noisy_data_{name}")
    paths = _inputs(arguments.path, arguments.splits)
    check_target(target, [target / name for name in recipes], paths, arguments.overwrite or arguments.dry_run)
    options = Options(**{name: getattr(arguments, name) for name in CHOICES})
    return Plan(paths, recipes, options, seed, target)


def _inputs(path: Path | None, splits: Sequence[str] | None) -> list[Path]:
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


def _recipes(
    benchmark: str | None, dicts: Sequence[Mapping[str, object]] | None, plugins: Sequence[Path]
) -> dict[str, Recipe]:
    """The recipes asked for, by sub-folder. Raises InputError."""
    from noisers import load
    from pipeline.recipe import recipe, title

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


def _checked_seed(seed: int) -> int:
    if not 0 <= seed < 2**64:
        raise InputError(f"the seed must lie between 0 and 2^64 - 1, not {seed}")
    return seed


def _noise_files(
    plan: Plan, files: Sequence[CocoFile], name: str, folder: Path | None, executor: Executor | None, workers: int
) -> tuple[dict[str, dict[str, object]], list[float]]:
    """Put all files through one recipe, into `folder` if there is one.

    Returns what was realised, by file name, and the seconds that each file took.
    """
    from pipeline.account import realised
    from pipeline.annotate import Setting
    from pipeline.files import noise_file

    recipe = plan.recipes[name]
    results, seconds = {}, []
    if folder:
        folder.mkdir(exist_ok=True)
    for file in files:
        begun = time.perf_counter()
        noisy_path, log_path = _outputs(file.path, folder)
        setting = Setting(recipe, file.tables.categories, plan.seed, plan.options)
        with noisy_path.open("wb") as noisy, log_path.open("wb") as log:
            counts = noise_file(file, setting, noisy, log, executor, workers)
        results[file.path.name] = realised(counts, tuple(step.noise.name for step in recipe.mask))
        seconds.append(time.perf_counter() - begun)
    return results, seconds


def _outputs(path: Path, folder: Path | None) -> tuple[Path, Path]:
    """Where the noisy version of a file and its noise log go."""
    if folder is None:
        return Path("/dev/null"), Path("/dev/null")
    return folder / path.name, folder / f"{path.stem}.noise.csv"


def _write_manifest(
    arguments: argparse.Namespace,
    words: Sequence[str],
    plan: Plan,
    name: str,
    folder: Path,
    realised: dict[str, dict[str, object]],
) -> None:
    from formats.folder import MANIFEST
    from pipeline.recipe import values_of
    from pipeline.versions import versions
    from reports.manifest import described, write

    outputs = [output for path in plan.paths for output in _outputs(path, folder)]
    content = {
        "command": shlex.join(["python", "noise_annotations.py", *words]),
        "benchmark": arguments.benchmark,
        "seed": plan.seed,
        "corruption_values": values_of(plan.recipes[name]),
        "options": plan.options._asdict(),
        "inputs": [described(path, str(path)) for path in plan.paths],
        "plugins": [described(path, str(path)) for path in arguments.plugin],
        "outputs": [described(path, path.name) for path in outputs],
        "realised": realised,
        "versions": {"noise_annotations": VERSION, "python": platform.python_version(), **versions()},
    }
    write(folder / MANIFEST, content)


def _summary(
    shown: str, arguments: argparse.Namespace, realised: dict[str, dict[str, object]], seconds: list[float]
) -> str:
    from reports.summary import table

    what = f"benchmark {arguments.benchmark}" if arguments.benchmark else "custom noise"
    return f"{what}, seed {arguments.seed} -> {shown}\n\n{table(realised, seconds)}"


def _noise_list(plugins: Sequence[Path]) -> str:
    """What `--list_noises` prints."""
    from noisers import load

    lines = []
    for noise in load(tuple(plugins)).values():
        names = ["share", *noise.strengths]
        lines.append(
            f"{noise.name}: {'share' if len(names) == 1 else '[' + ', '.join(names) + ']'}   ({noise.kind} noise)"
        )
        lines.append(f"    {(noise.function.__doc__ or 'no description').strip().splitlines()[0]}")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="noise_annotations.py",
        description="Put annotation noise into COCO instance annotations, reproducibly. Writes noisy\n"
        "files of the same names, a log of every change and a manifest into a new folder.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "path", metavar="PATH", type=Path, nargs="?", help="a COCO file, or a folder with instances_*.json"
    )
    what = parser.add_argument_group("what noise")
    what.add_argument("--benchmark", metavar="NAME", help=f"a preset: {', '.join(BENCHMARKS)}")
    what.add_argument(
        "--corruption_values",
        metavar="DICT",
        nargs="+",
        help="your own noise: a dict of noises, each [share, strength], or a list of dicts for several noisy datasets; "
        "as a Python literal, JSON, or @FILE (JSON or YAML)",
    )
    what.add_argument("--seed", type=int, default=1, help="the same seed gives the same noise (default: 1)")
    what.add_argument(
        "--plugin", metavar="FILE", type=Path, action="append", default=[], help="a Python file with noises of your own"
    )
    what.add_argument("--list_noises", action="store_true", help="list the noises and their strengths, and exit")
    where = parser.add_argument_group("which files")
    where.add_argument("--splits", metavar="SPLIT", nargs="+", help="of a folder, only instances_SPLIT*.json")
    where.add_argument(
        "--method_name", metavar="NAME", help="write into noisy_data_NAME (default: the benchmark, or custom)"
    )
    where.add_argument("--output_dir", metavar="DIR", type=Path, help="write into this folder instead")
    where.add_argument(
        "--overwrite", action="store_true", help="replace the files of an earlier run in the output folder"
    )
    where.add_argument("--dry_run", action="store_true", help="do everything but write; ends with the same summary")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--workers", metavar="N", type=int, help="worker processes; the result is the same (default: one a core)"
    )
    how.add_argument("--cluster", metavar="ADDRESS", help="work on a Dask cluster instead, like tcp://scheduler:8786")
    how.add_argument(
        "--segmentation",
        choices=CHOICES["segmentation"],
        default="same",
        help="form of noised masks: as in the source, compressed run lengths, or polygons; all exact (default: same)",
    )
    how.add_argument(
        "--boxes",
        choices=CHOICES["boxes"],
        default="refit",
        help="let bbox and area follow the noised mask, or keep the clean ones (default: refit)",
    )
    how.add_argument(
        "--crowd",
        choices=CHOICES["crowd"],
        default="keep",
        help="leave crowd regions alone, or noise them too (default: keep)",
    )
    how.add_argument(
        "--on_empty",
        choices=CHOICES["on_empty"],
        default="keep",
        help="where noise would leave no pixel, keep the clean mask or drop the annotation (default: keep)",
    )
    return parser


def _stop(signal_number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)  # a polite kill cleans up, like Ctrl-C
    sys.exit(main())
