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
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from arguments import CHOICES, parser
from errors import InputError, RunError

if TYPE_CHECKING:
    from formats.coco import CocoFile
    from pipeline.account import Row
    from pipeline.engine import Workers
    from pipeline.plan import Plan

VERSION = "0.1.0"
NOTHING = "nothing was written"


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
    from pipeline.plan import checked_seed, recipes_by_folder

    options = Options(segmentation, boxes, crowd, on_empty)  # type: ignore[arg-type]
    for name, allowed in CHOICES.items():
        if getattr(options, name) not in allowed:
            raise InputError(f"{name} must be one of {', '.join(allowed)}; not {getattr(options, name)!r}")
    dicts = None if corruption_values is None else [corruption_values]
    (recipe,) = recipes_by_folder(benchmark, dicts, [Path(plugin) for plugin in plugins]).values()
    tables = tables_of(dataset)
    setting = Setting(recipe, tables.categories, checked_seed(seed), options)
    return NoisyDataset(*noise_dataset(dataset, tables, setting))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: done. 1: a worker was lost. 2: bad input or usage, or a disk that refuses. 130: interrupted.
    Each said in one sentence on stderr. Other than with 0, nothing has been written under a final name.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_args(words)
    try:
        text = _listing(arguments.plugin) if arguments.list_noises else _run(arguments, words)
    except InputError as error:
        print("; ".join([f"error: {error}", *_notes(error)]), file=sys.stderr)
        return 2
    except RunError as error:
        print("; ".join([f"error: {error}", *(_notes(error) or [NOTHING])]), file=sys.stderr)
        return 1
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        what = f"error: cannot write the output{where}: {error.strerror or error}"
        print("; ".join([what, *(_notes(error) or [NOTHING])]), file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        print("; ".join(["interrupted", *(_notes(error) or [NOTHING])]), file=sys.stderr)
        return 130
    try:
        print(text, flush=True)
    except BrokenPipeError:  # whoever reads it, `head` for instance, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run(arguments: argparse.Namespace, words: Sequence[str]) -> str:
    """Do what the arguments ask for; returns the summary to print."""
    from formats.coco import read
    from formats.folder import outputs, staged
    from pipeline.engine import chosen
    from pipeline.plan import plan
    from reports.manifest import described

    wanted = plan(arguments)
    if wanted.names is not None:
        return _run_many(arguments, words, wanted, wanted.names)
    shown = f"{wanted.target} (dry run: nothing is written)" if arguments.dry_run else f"{wanted.target}"
    summaries = []
    with chosen(wanted.paths, arguments.workers, arguments.cluster) as workers:
        files = [read(path) for path in wanted.paths]
        with nullcontext() if arguments.dry_run else staged(wanted.target) as staging:
            inputs = [described(path, str(path)) for path in wanted.paths] if staging else []
            for name in wanted.recipes:
                folder = staging / name if staging else None
                realised, seconds = _noise_files(wanted, files, name, folder, workers)
                if folder:
                    written = [output for path in wanted.paths for output in outputs(Path(path.name), folder)]
                    _write_manifest(arguments, words, wanted, name, folder, inputs, written, realised)
                summaries.append(_summary(f"{shown}/{name}" if name else shown, arguments, realised, seconds))
    return "\n\n".join(summaries)


def _run_many(arguments: argparse.Namespace, words: Sequence[str], wanted: Plan, names: Sequence[str]) -> str:
    """Do the same for the many files that --glob finds."""
    from formats.folder import JOURNAL, kept
    from pipeline.account import realised
    from pipeline.engine import chosen
    from pipeline.many import Sweep, noise_files
    from pipeline.recipe import values_of
    from pipeline.versions import versions

    settings = {
        "path": str(wanted.root.resolve()),
        "seed": wanted.seed,
        "corruption_values": {name: values_of(recipe) for name, recipe in wanted.recipes.items()},
        "options": wanted.options._asdict(),
        "program": {"noise_annotations": VERSION, **versions()},
    }
    keeping = kept(wanted.target, settings, arguments.resume, arguments.overwrite)
    shown = f"{wanted.target} (dry run: nothing is written)" if arguments.dry_run else f"{wanted.target}"
    summaries = []
    with (
        nullcontext() if arguments.dry_run else keeping as staging,
        chosen((wanted.root / name for name in names), arguments.workers, arguments.cluster) as workers,
    ):
        for name, recipe in wanted.recipes.items():
            begun = time.perf_counter()
            folder = staging / name if staging else None
            sweep = Sweep(wanted.root.absolute(), folder, recipe, wanted.seed, wanted.options)
            told = noise_files(names, sweep, workers)
            total = {f"{len(names):,} files": realised(told, tuple(step.noise.name for step in recipe.mask))}
            if folder:
                inputs = [{"folder": str(wanted.root), "glob": arguments.glob, "files": len(names)}]
                _write_manifest(arguments, words, wanted, name, folder, inputs, [folder / JOURNAL], total)
            where = f"{shown}/{name}" if name else shown
            summaries.append(_summary(where, arguments, total, [time.perf_counter() - begun]))
    return "\n\n".join(summaries)


def _noise_files(
    plan: Plan, files: Sequence[CocoFile], name: str, folder: Path | None, workers: Workers | None
) -> tuple[dict[str, dict[str, object]], list[float]]:
    """Put all files through one recipe, into `folder` if there is one.

    Returns what was realised, by file name, and the seconds that each file took.
    """
    from formats.folder import outputs
    from pipeline.account import realised
    from pipeline.files import noise_file, setting_for

    recipe = plan.recipes[name]
    results, seconds = {}, []
    if folder:
        folder.mkdir(exist_ok=True)
    for file in files:
        begun = time.perf_counter()
        noisy_path, log_path = outputs(Path(file.path.name), folder)
        setting = setting_for(file, recipe, plan.seed, plan.options)
        with noisy_path.open("wb") as noisy, log_path.open("wb") as log:
            counts = noise_file(file, setting, noisy, log, workers)
        results[file.path.name] = realised(counts, tuple(step.noise.name for step in recipe.mask))
        seconds.append(time.perf_counter() - begun)
    return results, seconds


def _write_manifest(
    arguments: argparse.Namespace,
    words: Sequence[str],
    plan: Plan,
    name: str,
    folder: Path,
    inputs: Sequence[Mapping[str, object]],
    written: Sequence[Path],
    realised: dict[str, dict[str, object]],
) -> None:
    from formats.folder import MANIFEST
    from pipeline.recipe import values_of
    from pipeline.versions import versions
    from reports.manifest import described, write

    content = {
        "command": shlex.join(["python", "noise_annotations.py", *words]),
        "benchmark": arguments.benchmark,
        "seed": plan.seed,
        "corruption_values": values_of(plan.recipes[name]),
        "options": plan.options._asdict(),
        "inputs": inputs,
        "plugins": [described(path, str(path)) for path in arguments.plugin],
        "outputs": [described(path, path.name) for path in written],
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


def _listing(plugins: Sequence[Path]) -> str:
    from noisers import listing

    return listing(tuple(plugins))


def _notes(error: BaseException) -> list[str]:
    """What a run over many files says of the files that it has finished."""
    return getattr(error, "__notes__", [])


def _stop(signal_number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)  # a polite kill cleans up, like Ctrl-C
    sys.exit(main())
