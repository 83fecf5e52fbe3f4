"""The COCO-WAN commands: arguments → read → draw → assemble → report."""

# As in noise_annotations.py: what takes long to load is imported where the work begins.
from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from errors import InputError, carried_out
from weak.arguments import parser

if TYPE_CHECKING:
    from formats.coco import CocoFile
    from weak.drawn_masks import Part
    from weak.model import Model
    from weak.plan import Plan
    from weak.shares import Drawing

Load = Callable[[str, str, str], "Model"]

INCOMPLETE = 3
KEPT = "what is finished is kept, and --resume goes on with it"
LIBRARIES = ("torch", "transformers", "pillow", "scikit-image")


def main(program: str, preset: str, version: str, argv: Sequence[str] | None = None, load: Load | None = None) -> int:
    """Run a COCO-WAN command and return its exit status.

    0: done. 2: bad input or usage, no memory on the device, or a disk that refuses. 3: done, but
    images were missing or broken, and their annotations are clean. 130: interrupted. What is
    finished is kept in the part files, and `--resume` goes on with it; after 3 it looks for the images again.

    program, preset: name of the script and of its preset. version: of this program, for the manifest.
    load: makes a model of `--sam_path`, `--device` and `--dtype`; by default SAM.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill cleans up, like Ctrl-C
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = parser(program, preset).parse_args(words)
    faults = 0

    def run() -> str:
        nonlocal faults
        try:
            text, faults = _run(arguments, [program, *words], preset, version, load or _sam)
        except ModuleNotFoundError as error:
            raise InputError(_needs(error)) from error
        return text

    status = carried_out(run, kept=KEPT)
    return INCOMPLETE if faults and status == 0 else status


def _needs(error: ImportError) -> str:
    return f"COCO-WAN needs torch, transformers and pillow: pip install -r requirements-wan.txt ({error})"


def _sam(sam_path: str, device: str, dtype: str) -> Model:
    """The model of `--sam_path`; raises InputError where torch or transformers is not there."""
    try:
        from weak.sam import load
    except ImportError as error:
        raise InputError(_needs(error)) from error
    return load(sam_path, device, dtype)


def _run(arguments: argparse.Namespace, words: Sequence[str], preset: str, version: str, load: Load) -> tuple[str, int]:
    """Do what the arguments ask for; returns the summary and how many images could not be used."""
    from formats.coco import read
    from weak.draw import check, draw_images, share_of
    from weak.images import image_folder, images_of
    from weak.plan import plan
    from weak.told import share_done

    wanted = plan(arguments, preset)
    files = [read(path) for path in wanted.paths]
    seconds = [0.0] * len(files)
    if arguments.join:
        return _assemble(wanted, files, seconds, words, version, arguments)
    with contextlib.ExitStack() as stack:
        images = [images_of(file) for file in files]
        folders = [image_folder(arguments.data_path, f.path, i) for f, i in zip(files, images, strict=True)]
        for file in files:
            check(file)
        model = load(arguments.sam_path, arguments.device, arguments.dtype)
        shares = [share_of(all_of_it, wanted.shard, wanted.shards) for all_of_it in images]
        batch, faults = arguments.batch_prompts, 0
        # All parts are taken, and begun anew where that is asked for, before anything is drawn, so that no other run
        # comes between, and what is left of an earlier one is not taken for this one's.
        pairs = zip(files, shares, strict=True)
        parts = [stack.enter_context(_part(wanted, *pair, model, arguments.resume)) for pair in pairs]
        for place, (file, share, folder, part) in enumerate(zip(files, shares, folders, parts, strict=True)):
            begun = time.perf_counter()
            found, batch = draw_images(
                file, share, folder, model, wanted.asking, part, batch, wanted.workers, arguments.strict
            )
            faults += found
            seconds[place] += time.perf_counter() - begun
        if wanted.shards > 1:
            return share_done(wanted.parts, wanted.shard, wanted.shards, faults), faults
        return _assemble(wanted, files, seconds, words, version, arguments)


def _part(
    wanted: Plan, file: CocoFile, share: Sequence[Any], model: Model, resume: bool
) -> contextlib.AbstractContextManager[Part]:
    """The part file for this run's share of a file's images, open."""
    from weak.drawn_masks import Head, opened_part, path_of

    head = Head(wanted.shard, wanted.shards, len(share), _setting(wanted, file, model.described))
    path = path_of(wanted.parts, file.path.stem, wanted.shard, wanted.shards)
    return opened_part(path, head, anew=not resume)


def _setting(wanted: Plan, file: CocoFile, model: Mapping[str, object]) -> dict[str, Any]:
    """What decides the masks; parts go together where all of it is the same."""
    from pipeline.versions import versions
    from reports.manifest import described

    asking = wanted.asking
    found = versions(LIBRARIES)
    return {
        "annotations": described(file.path),
        "prompt": asking.prompt.name,
        "strengths": asking.strengths,
        "seed": asking.seed,
        "mask": asking.mask,
        "single_mask": asking.single_mask,
        "model": dict(model),
        "versions": {name: found[name] for name in LIBRARIES if name in found},
    }


def _assemble(
    wanted: Plan,
    files: Sequence[CocoFile],
    drawn_in: list[float],
    words: Sequence[str],
    version: str,
    arguments: argparse.Namespace,
) -> tuple[str, int]:
    """Put what was drawn into the datasets; returns the summary and how many images could not be used.

    drawn_in: seconds that the drawing of each file took.
    """
    from formats.folder import staged
    from pipeline.account import LEFT_ALONE, realised
    from reports.summary import table
    from weak.assemble import assemble
    from weak.shares import Drawing, common, drawing, remove
    from weak.told import hint, manifest

    name, strengths = wanted.asking.prompt.name, wanted.asking.strengths
    results, seconds, drawings, missing = {}, list[float](), list[Drawing](), {}
    with staged(wanted.target, arguments.overwrite) as staging:
        for file, so_far in zip(files, drawn_in, strict=True):
            begun = time.perf_counter() - so_far
            drawn = drawing(wanted.parts, file.path.stem, _setting(wanted, file, {}))
            drawings.append(drawn)
            missing[file.path.name] = _names(file, drawn)
            with (
                (staging / file.path.name).open("wb") as noisy,
                (staging / f"{file.path.stem}.noise.csv").open("wb") as log,
            ):
                counts = assemble(file, drawn, name, strengths, wanted.options, noisy, log)
            results[file.path.name] = realised(counts, {"mask": [name]}, (*LEFT_ALONE, "no_image"))
            seconds.append(time.perf_counter() - begun)
        manifest(
            staging, wanted, files, words, version, common([drawn.setting for drawn in drawings]), results, missing
        )
    faults = sum(map(len, missing.values()))
    if not faults and not arguments.join:
        for drawn in drawings:
            remove(drawn.parts)
    title = f"{wanted.preset or 'prompt ' + name}, seed {wanted.asking.seed} -> {wanted.target}"
    return f"{title}\n\n{table(results, seconds)}{hint(wanted.parts, faults, arguments.join)}", faults


def _names(file: CocoFile, drawn: Drawing) -> dict[str, str]:
    """Why images could not be used, by file name."""
    faulty = (image for image in file.tables.images if image.id in drawn.faults)
    return {image.file_name or str(image.path): drawn.faults[image.id] for image in faulty}
