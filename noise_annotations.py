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
    from concurrent.futures import Executor

    from formats.coco import CocoFile
    from pipeline.account import Row
    from pipeline.plan import Plan

VERSION = "0.1.0"


class NoisyDataset(NamedTuple):
    """What `noise` returns.

    dataset: the noisy dataset; parts that the noise does not change are shared with the input. Of LVIS's
        images and categories, lists and counts follow the noise (`pipeline.lists`).
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
        text = _noise_list(arguments.plugin) if arguments.list_noises else _run(arguments, words)
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
    try:
        print(text, flush=True)
    except BrokenPipeError:  # whoever reads it, `head` for instance, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run(arguments: argparse.Namespace, words: Sequence[str]) -> str:
    """Do what the arguments ask for; returns the summary to print."""
    from formats.coco import read
    from formats.folder import staged
    from pipeline.convert import CLEAN, converted, sample_files, skipped_text
    from pipeline.engine import chosen
    from pipeline.export import check_input, export
    from pipeline.plan import plan
    from reports.manifest import described, described_conversion

    wanted = plan(arguments)
    shown = f"{wanted.target} (dry run: nothing is written)" if arguments.dry_run else f"{wanted.target}"
    summaries = []
    weighed = [*wanted.paths, *sample_files(wanted.splits)]
    with (
        chosen(weighed, arguments.workers, arguments.cluster) as (executor, workers),
        nullcontext() if arguments.dry_run else staged(wanted.target) as staging,
        converted(wanted.splits, staging, executor, workers) as clean,
    ):
        files = [read(path) for path in (*wanted.paths, *(one.path for one in clean))]
        check_input(wanted.to, files)
        inputs = [described(path, str(path)) for path in wanted.paths] if staging else []
        for one in clean if staging else ():
            name = str(wanted.target / CLEAN / one.path.name)
            inputs.append(described_conversion(one.path, name, one.origin, one.counts, one.skipped))
        for name in wanted.recipes:
            folder = staging / name if staging else None
            realised, seconds = _noise_files(wanted, files, name, folder, executor, workers)
            told = []
            if folder:
                noisy = [_outputs(file.path, folder)[0] for file in files]
                exported = export(wanted.to, noisy, folder, executor, workers)
                outputs = [output for file in files for output in _outputs(file.path, folder) if output.exists()]
                outputs += [*exported.outputs, *(one.path for one in clean if not name)]
                _write_manifest(arguments, words, wanted, name, folder, inputs, outputs, realised)
                told = exported.told
            summary = _summary(f"{shown}/{name}" if name else shown, arguments, realised, seconds)
            summaries.append("\n".join([summary, *told]))
    skipped = ["\n".join(skipped_text(clean))] if any(one.skipped for one in clean) else []
    return "\n\n".join([*summaries, *skipped])


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
        noisy_path, log_path, lists_path = _outputs(file.path, folder)
        setting = Setting(recipe, file.tables.categories, plan.seed, plan.options)
        with (
            noisy_path.open("wb") as noisy,
            log_path.open("wb") as log,
            nullcontext() if file.tables.federated is None else lists_path.open("wb") as lists,
        ):
            counts = noise_file(file, setting, noisy, log, executor, workers, lists=lists)
        results[file.path.name] = realised(counts, tuple(step.noise.name for step in recipe.mask))
        seconds.append(time.perf_counter() - begun)
    return results, seconds


def _outputs(path: Path, folder: Path | None) -> tuple[Path, Path, Path]:
    """Where the noisy version of a file, its noise log and, of a federated file, the log of its lists go."""
    if folder is None:
        return Path(os.devnull), Path(os.devnull), Path(os.devnull)
    return folder / path.name, folder / f"{path.stem}.noise.csv", folder / f"{path.stem}.lists.csv"


def _write_manifest(
    arguments: argparse.Namespace,
    words: Sequence[str],
    plan: Plan,
    name: str,
    folder: Path,
    inputs: Sequence[Mapping[str, object]],
    outputs: Sequence[Path],
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
        "outputs": [described(path, path.relative_to(folder).as_posix()) for path in outputs],
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
    for noiser in load(tuple(plugins)).values():
        names = ["share", *noiser.strengths]
        lines.append(
            f"{noiser.name}: {'share' if len(names) == 1 else '[' + ', '.join(names) + ']'}   ({noiser.kind} noise)"
        )
        lines.append(f"    {(noiser.function.__doc__ or 'no description').strip().splitlines()[0]}")
    return "\n".join(lines)


def _stop(signal_number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)  # a polite kill cleans up, like Ctrl-C
    sys.exit(main())
