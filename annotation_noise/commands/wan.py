"""The work of a COCO-WAN command: read → draw → assemble → report."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from annotation_noise.coco.file import CocoFile, read
from annotation_noise.coco.statement import already_noisy, of_file
from annotation_noise.commands.statement import statement_of
from annotation_noise.commands.wan_plan import Plan, planned
from annotation_noise.commands.wan_report import hint, manifest, share_done
from annotation_noise.core.log import LEFT_ALONE, realised
from annotation_noise.errors import Incomplete
from annotation_noise.output.folder import staged
from annotation_noise.output.manifest import described_input
from annotation_noise.reports.summary import table
from annotation_noise.versions import versions
from annotation_noise.wan.assemble import assemble
from annotation_noise.wan.draw import check, draw_images, share_of
from annotation_noise.wan.drawn_masks import Head, Part, opened_part, path_of
from annotation_noise.wan.images import image_folder, images_of
from annotation_noise.wan.model import Model
from annotation_noise.wan.prompts import listing
from annotation_noise.wan.shares import Drawing, common, drawing, remove

__all__ = ["listing", "planned", "run"]

LIBRARIES = ("torch", "transformers", "pillow", "scikit-image")


def run(plan: Plan, load: Callable[[str, str, str], Model] | None = None) -> str:
    """Do what a plan says; returns the summary, an Incomplete one where images could not be used.

    load: makes a model of `--sam_path`, `--device` and `--dtype`; by default SAM.
    """
    files = [read(path) for path in plan.paths]
    for file in files:
        if file.statement is not None:
            print(
                f"warning: {already_noisy(file.path, file.statement, 'this noise comes on top of that')}",
                file=sys.stderr,
            )
    seconds = [0.0] * len(files)
    if plan.join:
        return _assemble(plan, files, seconds)
    with ExitStack() as stack:
        images = [images_of(file) for file in files]
        folders = [image_folder(plan.data_path, f.path, i) for f, i in zip(files, images, strict=True)]
        for file in files:
            check(file)
        if load is None:
            from annotation_noise.wan import sam  # and torch, which nobody needs who joins shares

            load = sam.load
        model = load(plan.sam_path, plan.device, plan.dtype)
        shares = [share_of(all_of_it, plan.shard, plan.shards) for all_of_it in images]
        batch, faults = plan.batch_prompts, 0
        # All parts are taken, and begun anew where that is asked for, before anything is drawn, so that no other run
        # comes between, and what is left of an earlier one is not taken for this one's.
        parts = [stack.enter_context(_part(plan, *pair, model)) for pair in zip(files, shares, strict=True)]
        for place, (file, share, folder, part) in enumerate(zip(files, shares, folders, parts, strict=True)):
            begun = time.perf_counter()
            unusable, batch = draw_images(
                file, share, folder, model, plan.asking, part, batch, plan.workers, plan.strict
            )
            faults += unusable
            seconds[place] += time.perf_counter() - begun
        if plan.shards > 1:
            text = share_done(plan.parts, plan.shard, plan.shards, faults)
            return Incomplete(text) if faults else text
        return _assemble(plan, files, seconds)


def _part(plan: Plan, file: CocoFile, share: Sequence[Any], model: Model) -> AbstractContextManager[Part]:
    """The part file for this run's share of a file's images, open."""
    head = Head(plan.shard, plan.shards, len(share), _setting(plan, file, model.described))
    return opened_part(path_of(plan.parts, file.path.stem, plan.shard, plan.shards), head, anew=not plan.resume)


def _setting(plan: Plan, file: CocoFile, model: Mapping[str, object]) -> dict[str, Any]:
    """What decides the masks; parts go together where all of it is the same."""
    asking, installed = plan.asking, versions(LIBRARIES)
    return {
        "annotations": described_input(file.path.name, file.data),
        "prompt": asking.prompt.name,
        "strengths": asking.strengths,
        "seed": asking.seed,
        "mask": asking.mask,
        "single_mask": asking.single_mask,
        "model": dict(model),
        "versions": {name: installed[name] for name in LIBRARIES if name in installed},
    }


def _assemble(plan: Plan, files: Sequence[CocoFile], drawn_in: Sequence[float]) -> str:
    """Put what was drawn into the datasets; returns the summary, an Incomplete one where images could not be used.

    drawn_in: seconds that the drawing of each file took.
    """
    name, strengths = plan.asking.prompt.name, plan.asking.strengths
    asked_for = statement_of(plan.preset, {"prompt": {name: strengths}}, plan.asking.seed)
    results, seconds, drawings, missing = {}, list[float](), list[Drawing](), {}
    with staged(plan.target, plan.overwrite) as staging:
        for file, so_far in zip(files, drawn_in, strict=True):
            begun = time.perf_counter() - so_far
            setting = _setting(plan, file, {})
            drawn = drawing(plan.parts, file.path.stem, setting)
            statement = of_file(asked_for, file.statement, setting["annotations"]["sha256"])
            drawings.append(drawn)
            missing[file.path.name] = _names(file, drawn)
            with (
                (staging / file.path.name).open("wb") as noisy,
                (staging / f"{file.path.stem}.noise.csv").open("wb") as log,
            ):
                counts = assemble(file, drawn, name, strengths, plan.options, noisy, log, statement)
            results[file.path.name] = realised(counts, {"mask": [name]}, (*LEFT_ALONE, "no_image"))
            seconds.append(time.perf_counter() - begun)
        manifest(staging, plan, files, common([drawn.setting for drawn in drawings]), results, missing)
    faults = sum(map(len, missing.values()))
    if not faults and not plan.join:
        for drawn in drawings:
            remove(drawn.parts)
    title = f"{plan.preset or 'prompt ' + name}, seed {plan.asking.seed} -> {plan.target}"
    text = f"{title}\n\n{table(results, seconds)}{hint(plan.parts, faults, plan.join)}"
    return Incomplete(text) if faults else text


def _names(file: CocoFile, drawn: Drawing) -> dict[str, str]:
    """Why images could not be used, by file name."""
    faulty = (image for image in file.tables.images if image.id in drawn.faults)
    return {image.file_name or str(image.path): drawn.faults[image.id] for image in faulty}
