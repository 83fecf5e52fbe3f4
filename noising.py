"""One run of `noise_annotations.py`: read, plan, noise, write, report.

What the words of the command ask for is checked first, then every input, and only then does the work begin.
All that is written goes into a hidden folder, which gets its name when it is complete.
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
from formats.folder import kept, staged
from formats.outputs import JOURNAL, MANIFEST, outputs
from pipeline.account import realised
from pipeline.convert import CLEAN, converted, sample_files, skipped_text
from pipeline.engine import Workers, chosen
from pipeline.export import check_input, export
from pipeline.files import noise_file, setting_for
from pipeline.many import Sweep, noise_files
from pipeline.plan import Plan, plan
from pipeline.versions import versions
from reports.manifest import described, described_conversion, write
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
    with (
        chosen([*wanted.paths, *sample_files(wanted.splits)], arguments.workers, arguments.cluster) as workers,
        nullcontext() if arguments.dry_run else staged(wanted.target, arguments.overwrite) as staging,
        converted(wanted.splits, staging, workers) as clean,
    ):
        lone = arguments.preview is None and wanted.to == "coco"
        files = [read(path, lone) for path in (*wanted.paths, *(one.path for one in clean))]
        check_input(wanted.to, files)
        inputs = [described(path, str(path)) for path in wanted.paths] if staging else []
        for one in clean if staging else ():
            name = str(wanted.target / CLEAN / one.path.name)
            inputs.append(described_conversion(one.path, name, one.origin, one.counts, one.skipped))
        for name in wanted.recipes:
            folder = staging / name if staging else None
            counts, seconds = _noise_files(wanted, files, name, folder, workers)
            told = []
            if folder:
                made = [outputs(Path(file.path.name), folder) for file in files]
                exported = export(wanted.to, [one.noisy for one in made], folder, workers)
                pictures, said = _draw(arguments, files, folder)
                written = [path for one in made for path in one if path.exists()]
                written += [*exported.outputs, *pictures, *(one.path for one in clean if not name)]
                _write_manifest(arguments, words, wanted, name, folder, inputs, written, counts)
                told = [*exported.told, *said]
            summary = _summary(f"{shown}/{name}" if name else shown, arguments, counts, seconds)
            summaries.append("\n".join([summary, *told]))
    skipped = ["\n".join(skipped_text(clean))] if any(one.skipped for one in clean) else []
    return "\n\n".join([*summaries, *skipped])


def _run_many(arguments: argparse.Namespace, words: Sequence[str], wanted: Plan, names: Sequence[str]) -> str:
    """Do the same for the many files that --glob finds."""
    settings = {
        "path": str(wanted.root.resolve()),
        "glob": arguments.glob,
        "seed": wanted.seed,
        "corruption_values": {name: dict(recipe.values) for name, recipe in wanted.recipes.items()},
        "options": wanted.options._asdict(),
        "plugins": [described(path, str(path)) for path in arguments.plugin],
        "program": {"noise_annotations": VERSION, **versions()},
    }
    keeping = kept(wanted.target, settings, arguments.resume, arguments.overwrite)
    shown = f"{wanted.target} (dry run: nothing is written)" if arguments.dry_run else f"{wanted.target}"
    summaries = []
    with (
        nullcontext() if arguments.dry_run else keeping as journal,
        chosen((wanted.root / name for name in names), arguments.workers, arguments.cluster) as workers,
    ):
        for name, recipe in wanted.recipes.items():
            begun = time.perf_counter()
            folder = journal.path.parent / name if journal else None
            sweep = Sweep(wanted.root.absolute(), folder, recipe, wanted.seed, wanted.options)
            counts = noise_files(names, sweep, workers, journal)
            total = {f"{len(names):,} files": realised(counts, recipe.names)}
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
        made = outputs(Path(file.path.name), folder)
        setting = setting_for(file, recipe, plan.seed, plan.options)
        with (
            made.noisy.open("wb") as noisy,
            made.log.open("wb") as log,
            made.lists.open("wb") if file.tables.federated else nullcontext() as lists,
        ):
            counts = noise_file(file, setting, noisy, log, workers, lists=lists)
        results[file.path.name] = realised(counts, recipe.names)
        seconds.append(time.perf_counter() - begun)
    return results, seconds


def _draw(arguments: argparse.Namespace, files: Sequence[CocoFile], folder: Path) -> tuple[list[Path], list[str]]:
    """Draw the pictures of `--preview` into the folder, if any; returns them and what to say of them."""
    if not arguments.preview:
        return [], []
    from reports.preview import preview

    made = [outputs(Path(file.path.name), folder) for file in files]
    drawn = [
        preview(file, one.noisy, one.log, arguments.preview, arguments.images)
        for file, one in zip(files, made, strict=True)
    ]
    paths = [path for one in drawn for path in one.paths]
    missing = sum(one.missing for one in drawn)
    told = [f"\npictures, clean beside noisy: {', '.join(path.name for path in paths)}"]
    if missing:
        told.append(f"{missing} of them on a plain ground: {arguments.images} has no photograph of that name and size")
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
        "corruption_values": dict(plan.recipes[name].values),
        "options": plan.options._asdict(),
        "inputs": inputs,
        "plugins": [described(path, str(path)) for path in arguments.plugin],
        "outputs": [described(path, path.relative_to(folder).as_posix()) for path in written],
        "realised": realised,
        "versions": {"noise_annotations": VERSION, "python": platform.python_version(), **versions()},
    }
    write(folder / MANIFEST, content)


def _summary(
    shown: str, arguments: argparse.Namespace, realised: dict[str, dict[str, object]], seconds: list[float]
) -> str:

    what = f"benchmark {arguments.benchmark}" if arguments.benchmark else "custom noise"
    return f"{what}, seed {arguments.seed} -> {shown}\n\n{table(realised, seconds)}"
