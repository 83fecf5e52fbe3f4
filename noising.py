"""One run of `noise_annotations.py`: read, plan, noise, write, report.

What the words of the command ask for is checked first, then every input is read and checked, and only
then is anything written: into a folder that gets its name when it is complete.
"""

import argparse
import platform
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from arguments import VERSION
from errors import require
from formats.coco import CocoFile, read
from formats.folder import JOURNAL, MANIFEST, kept, outputs, staged
from pipeline.account import realised
from pipeline.engine import Workers, chosen
from pipeline.files import noise_file, setting_for
from pipeline.many import Sweep, noise_files
from pipeline.plan import Plan, plan
from pipeline.recipe import values_of
from pipeline.versions import versions
from reports.manifest import described, write
from reports.summary import table


def run(arguments: argparse.Namespace, words: Sequence[str]) -> str:
    """Do what the arguments ask for; returns the summary to print."""
    if arguments.preview is not None:
        require("matplotlib", "--preview")
    wanted = plan(arguments)
    if wanted.names is not None:
        return _run_many(arguments, words, wanted, wanted.names)
    shown = f"{wanted.target} (dry run: nothing is written)" if arguments.dry_run else f"{wanted.target}"
    summaries = []
    with chosen(wanted.paths, arguments.workers, arguments.cluster) as workers:
        files = [read(path, lone=arguments.preview is None) for path in wanted.paths]
        with nullcontext() if arguments.dry_run else staged(wanted.target) as staging:
            inputs = [described(path, str(path)) for path in wanted.paths] if staging else []
            for name in wanted.recipes:
                folder = staging / name if staging else None
                counts, seconds = _noise_files(wanted, files, name, folder, workers)
                pictures, told = _draw(arguments, files, folder) if folder and arguments.preview else ([], "")
                if folder:
                    written = [output for path in wanted.paths for output in outputs(Path(path.name), folder)]
                    _write_manifest(arguments, words, wanted, name, folder, inputs, [*written, *pictures], counts)
                summaries.append(_summary(f"{shown}/{name}" if name else shown, arguments, counts, seconds) + told)
    return "\n\n".join(summaries)


def _run_many(arguments: argparse.Namespace, words: Sequence[str], wanted: Plan, names: Sequence[str]) -> str:
    """Do the same for the many files that --glob finds."""
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


def _draw(arguments: argparse.Namespace, files: Sequence[CocoFile], folder: Path) -> tuple[list[Path], str]:
    """Draw the pictures of `--preview` into the folder; returns them and a word on them for the summary."""
    from reports.preview import preview

    drawn = [
        preview(file, *outputs(Path(file.path.name), folder), arguments.preview, arguments.images) for file in files
    ]
    paths = [path for one in drawn for path in one.paths]
    missing = sum(one.missing for one in drawn)
    told = f"\n\npictures, clean beside noisy: {', '.join(path.name for path in paths)}"
    if missing:
        told += f"\n{missing} of them on a plain ground: {arguments.images} has no photograph of that name and size"
    return paths, told


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

    what = f"benchmark {arguments.benchmark}" if arguments.benchmark else "custom noise"
    return f"{what}, seed {arguments.seed} -> {shown}\n\n{table(realised, seconds)}"
