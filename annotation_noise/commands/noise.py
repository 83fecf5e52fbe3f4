"""The work of `noise_annotations.py`: read, noise, write, report.

What the words of the command ask for is checked first, then every input, and only then does the work begin.
All that is written goes into a hidden folder, which gets its name when it is complete.
"""

import platform
import sys
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from annotation_noise.coco.file import CocoFile, read
from annotation_noise.coco.statement import Statement, already_noisy, of_file, on_top
from annotation_noise.commands import VERSION
from annotation_noise.commands.noise_plan import Plan, command_of, described_plugins, planned
from annotation_noise.commands.noise_ways import faster, ways_of
from annotation_noise.commands.statement import statement_of
from annotation_noise.core import presets
from annotation_noise.core.log import realised
from annotation_noise.core.outcome import Setting
from annotation_noise.errors import InputError
from annotation_noise.exports.format import RunSummary
from annotation_noise.geometry.canary import GEOMETRY
from annotation_noise.output.folder import content_of, kept, staged
from annotation_noise.output.manifest import described_conversion, described_input, listed, write_manifest
from annotation_noise.output.outputs import JOURNAL, MANIFEST, outputs
from annotation_noise.reports.summary import markdown, table
from annotation_noise.running.blind import renumbers
from annotation_noise.running.choice import input_bytes, workers_for
from annotation_noise.running.convert import CLEAN, converted, sample_files, skipped_text
from annotation_noise.running.export import check_input, export
from annotation_noise.running.many_files import Sweep, noise_files
from annotation_noise.running.rewrite import noise_file, setting_for
from annotation_noise.running.stretches import Work
from annotation_noise.running.workers import Workers
from annotation_noise.versions import versions
from noisers import listing

__all__ = ["answer", "planned", "run"]


def answer(arguments: Namespace) -> str | None:
    """What options that only ask print; None where there are none of them. Raises InputError."""
    if arguments.list_noises:
        return listing(tuple(arguments.plugin))
    if arguments.list_benchmarks:
        return presets.listing()
    return None if arguments.describe is None else presets.as_yaml(arguments.describe)


def run(plan: Plan) -> str:
    """Do what a plan says; returns the summary to print."""
    if plan.names is not None:
        return _run_many(plan, plan.names)
    summaries, sources = [], [*plan.paths, *sample_files(plan.splits)]
    ways = ways_of(plan, size := input_bytes(sources))
    with (
        workers_for(sources, plan.workers, plan.cluster, ways.values()) as workers,
        nullcontext() if plan.dry_run else staged(plan.target, plan.overwrite) as staging,
        staged(plan.key, plan.overwrite) if plan.key and not plan.dry_run else nullcontext(staging) as key,
        converted(plan.splits, key, workers) as conversions,
    ):
        lone = plan.preview is None and plan.to == "coco"
        files = [read(path, lone) for path in (*plan.paths, *(conversion.path for conversion in conversions))]
        check_input(plan.to, files)
        for file in files:
            if file.statement is not None and not _is_meant(file.statement, plan):
                print(
                    f"warning: {already_noisy(file.path, file.statement, on_top(file.statement, plan.seed))}",
                    file=sys.stderr,
                )
        settings = {  # all of them before any work: a noise may not fit the classes of the last file
            name: [setting_for(file, recipe, plan.seed, plan.options) for file in files]
            for name, recipe in plan.recipes.items()
        }
        inputs = [described_input(str(file.path), file.data) for file in files[: len(plan.paths)]] if staging else []
        for path, origin, counts, skipped in conversions if staging else ():
            clean = (plan.key or plan.target) / CLEAN / path.name
            inputs.append(described_conversion(path, str(clean), origin, counts, skipped))
        for name in plan.recipes:
            folder, telling = (place / name if place else None for place in (staging, key))
            made = [_made_of(file, folder, telling) for file in files]
            digests = [str(each["sha256"]) for each in inputs] or [""] * len(files)
            statements = [
                of_file(_statement(plan, name), file.statement, digest)
                for file, digest in zip(files, digests, strict=True)
            ]
            results, seconds = _noise_files(files, settings[name], statements, made, workers, ways[name])
            notes = list[str]()
            if folder and telling:
                made_by = None if plan.key else RunSummary(command_of(plan), markdown(results))
                exported = export(plan.to, [each.noisy for each in made], folder, workers, made_by)
                pictures, notes = _draw(plan, files, folder)
                written = [path for each in made for path in each if path.exists()]
                written += [*exported.outputs, *pictures]
                written += [conversion.path for conversion in conversions if not name]
                shown = listed([path for path in written if path.is_relative_to(folder)], folder) if plan.key else []
                if plan.key:  # the folder's own manifest is there for --overwrite, and says nothing else
                    write_manifest(folder / MANIFEST, {"outputs": shown})
                _write_manifest(plan, name, telling, inputs, written, results, shown)
                notes = [*exported.sentences, *notes]
            summaries.append("\n".join([_summary(plan, name, results, seconds), *notes]))
    left_out = skipped_text(conversions)
    return "\n\n".join([*summaries, *(["\n".join(left_out)] if left_out else []), *faster(plan, size)])


def _is_meant(before: Any, plan: Plan) -> bool:
    """Whether noise on a file that says this of itself is as it should be: wan_hard is class noise on SAM's masks."""
    leaves_masks = all("mask" not in recipe.kinds for recipe in plan.recipes.values())
    return leaves_masks and isinstance(before, dict) and "prompt" in before


def _statement(plan: Plan, name: str) -> Statement | None:
    """What the files of a recipe say of their noise; blind ones say nothing."""
    if plan.options.blind:
        return None
    return statement_of(plan.benchmark, {"corruption_values": plan.recipes[name].values}, plan.seed)


def _run_many(plan: Plan, names: Sequence[str]) -> str:
    """Do the same for the many files that --glob finds."""
    settings = {
        "path": str(plan.path.resolve()),
        "glob": plan.glob,
        "benchmark": plan.benchmark,
        "seed": plan.seed,
        "corruption_values": {name: dict(recipe.values) for name, recipe in plan.recipes.items()},
        "options": plan.options.noted,
        "plugins": plan.plugins,
        "program": {"noise_annotations": VERSION, **versions()},
    }
    summaries, size = [], input_bytes(plan.path / name for name in names)
    ways = ways_of(plan, size)
    with (
        nullcontext() if plan.dry_run else kept(plan.target, settings, plan.resume, plan.overwrite) as journal,
        workers_for((plan.path / name for name in names), plan.workers, plan.cluster, ways.values()) as workers,
    ):
        for name, recipe in plan.recipes.items():
            begun = time.perf_counter()
            folder = content_of(journal) / name if journal else None
            statement = _statement(plan, name)
            sweep = Sweep(plan.path.absolute(), folder, recipe, plan.seed, plan.options, statement, ways[name])
            counts = noise_files(names, sweep, workers, journal)
            if counts["noisy_before"]:
                how_many = f"{counts['noisy_before']:,} of the {len(names):,} files say that they are"
                print(f"warning: {how_many} noisy already; this noise comes on top of that", file=sys.stderr)
            results = {f"{len(names):,} files": realised(counts, recipe.names)}
            if folder:
                inputs = [{"folder": str(plan.path), "glob": plan.glob, "files": len(names)}]
                _write_manifest(plan, name, folder, inputs, [folder / JOURNAL], results)
            summaries.append(_summary(plan, name, results, [time.perf_counter() - begun]))
    return "\n\n".join([*summaries, *faster(plan, size)])


class _Made(NamedTuple):
    """What is made of a file; all but the noisy version tells what was noised."""

    noisy: Path
    log: Path
    lists: Path
    ids: Path


def _made_of(file: CocoFile, folder: Path | None, telling: Path | None) -> _Made:
    """Where what is made of a file goes: its noisy version into `folder`, all else into `telling`; or nowhere."""
    name = Path(file.path.name)
    _, log, lists = outputs(name, telling)
    return _Made(outputs(name, folder).noisy, log, lists, telling / f"{name.stem}.ids.csv" if telling else log)


def _noise_files(
    files: Sequence[CocoFile],
    settings: Sequence[Setting],
    statements: Sequence[Statement | None],
    made: Sequence[_Made],
    workers: Workers | None,
    way: Work,
) -> tuple[dict[str, dict[str, object]], list[float]]:
    """Put all files through one recipe, each by its setting and with its statement.

    Returns what was realised, by file name, and the seconds that each file took.
    """
    results, seconds = {}, []
    for file, setting, statement, paths in zip(files, settings, statements, made, strict=True):
        begun = time.perf_counter()
        for path in (paths.noisy, paths.log):
            path.parent.mkdir(exist_ok=True)
        with (
            paths.noisy.open("wb") as noisy,
            paths.log.open("wb") as log,
            paths.lists.open("wb") if file.tables.federated else nullcontext() as lists,
            paths.ids.open("wb") if renumbers(setting) else nullcontext() as ids,
        ):
            counts = noise_file(file, setting, noisy, log, workers, lists=lists, ids=ids, statement=statement, way=way)
        results[file.path.name] = realised(counts, setting.recipe.names)
        seconds.append(time.perf_counter() - begun)
    return results, seconds


def _draw(plan: Plan, files: Sequence[CocoFile], folder: Path) -> tuple[list[Path], list[str]]:
    """Draw the pictures of `--preview` into the folder, if any; returns them and what to say of them."""
    if not plan.preview:
        return [], []
    from annotation_noise.reports.preview import preview  # matplotlib, which nobody needs who draws nothing

    paths, missing = list[Path](), 0
    for file in files:
        made = outputs(Path(file.path.name), folder)
        drawn = preview(file, made.noisy, made.log, plan.preview, plan.images)
        paths += drawn.paths
        missing += drawn.missing
    notes = [f"\npictures, clean beside noisy: {', '.join(path.name for path in paths)}"]
    if missing:
        notes.append(f"{missing} of them on a plain ground: {plan.images} has no photograph of that name and size")
    return paths, notes


def _write_manifest(
    plan: Plan,
    name: str,
    folder: Path,
    inputs: Sequence[Mapping[str, object]],
    written: Sequence[Path],
    results: Mapping[str, Mapping[str, object]],
    noisy: Sequence[Mapping[str, object]] = (),
) -> None:
    if described_plugins(plan.plugin) != plan.plugins:  # each worker has loaded them for itself
        raise InputError("a plugin has changed while the run went on")
    content: dict[str, object] = {
        "command": command_of(plan),
        "benchmark": plan.benchmark,
        "seed": plan.seed,
        "corruption_values": dict(plan.recipes[name].values),
        "options": plan.options.noted,
        "inputs": inputs,
        "plugins": plan.plugins,
        "outputs": listed([path for path in written if path.is_relative_to(folder)], folder),
        **({"noisy": noisy} if noisy else {}),
        "realised": results,
        "versions": {"noise_annotations": VERSION, "python": platform.python_version(), **versions()}
        | {"geometry": GEOMETRY},
    }
    write_manifest(folder / MANIFEST, content)


def _summary(plan: Plan, name: str, results: Mapping[str, Mapping[str, object]], seconds: Sequence[float]) -> str:
    noise = f"benchmark {plan.benchmark}" if plan.benchmark else "custom noise"
    target = f"{plan.target}{' (dry run: nothing is written)' if plan.dry_run else ''}"
    heading = f"{noise}, seed {plan.seed} -> {f'{target}/{name}' if name else target}"
    if plan.key:
        heading += f"\nwhat tells the noised from the clean, all logs too: {plan.key}"
    if plan.key and plan.seed == 1:
        heading += (
            "\nwarning: whoever guesses the seed can draw the same numbers; --blind needs one that nobody guesses"
        )
    return f"{heading}\n\n{table(results, seconds)}"
