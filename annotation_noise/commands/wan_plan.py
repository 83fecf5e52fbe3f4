"""What a COCO-WAN command asks for, checked as far as that goes without images and weights."""

import re
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from annotation_noise.commands.options import check_counts, inputs, output_folder, resolved
from annotation_noise.core.outcome import Options
from annotation_noise.core.requested import checked_seed
from annotation_noise.errors import InputError
from annotation_noise.output.folder import settle
from annotation_noise.output.outputs import check_target, names_of_outputs
from annotation_noise.reading import check_regular
from annotation_noise.running.workers import cores
from annotation_noise.wan.draw import Asking
from annotation_noise.wan.drawn_masks import path_of
from annotation_noise.wan.presets import PRESETS
from annotation_noise.wan.prompts import PROMPTS, tried
from annotation_noise.wan.shares import shares as shares_in
from noisers.strengths import Strength, checked


class Plan(NamedTuple):
    """What is drawn, by what, into which folder.

    preset: its name, or None where anything but its own is asked for. parts: the folder of the part files.
    shard, shards: which share of the images; the first of one where the work is not shared out.
    The others are the command's options of these names; data_path and sam_path may be empty with `join`.
    """

    paths: Sequence[Path]
    asking: Asking
    options: Options
    preset: str | None
    target: Path
    parts: Path
    shard: int
    shards: int
    data_path: Path
    sam_path: str
    device: str
    dtype: str
    batch_prompts: int
    workers: int
    overwrite: bool
    resume: bool
    strict: bool
    join: bool
    command: Sequence[str]


def planned(arguments: Namespace, preset: str) -> Plan:
    """Check everything that can be checked before any work. Raises InputError."""
    check_counts(arguments, "workers", "batch_prompts")
    for name in ("annotations_path", *(() if arguments.join else ("data_path", "sam_path"))):
        if getattr(arguments, name) is None:
            raise InputError(f"--{name} is missing")
    if arguments.join and (arguments.shard or arguments.resume):
        raise InputError("--join puts finished shares together; give it without --shard and --resume")
    shard, shards = _shard(arguments.shard)
    name, strengths = _prompt(arguments.prompt, arguments.scale_bbox)
    asking = Asking(
        tried(name, strengths), strengths, checked_seed(arguments.seed), arguments.mask, arguments.single_mask
    )
    default = PRESETS[preset].prompt
    target = output_folder(arguments, PRESETS[preset].folder if name == default else f"sam_{name}")
    named = target if target.name not in ("", "..") else target.resolve()
    if arguments.sam_path and (weights := Path(arguments.sam_path)).exists() and not weights.is_dir():
        check_regular(weights)
    parts = named.with_name(f"{named.name}.parts")
    paths = inputs(arguments.annotations_path, arguments.splits)
    settle(target)
    check_target(target, {target: names_of_outputs(paths)}, paths, arguments.overwrite or shards > 1)
    if not arguments.join:
        for path in paths:
            _check_parts(parts, path.stem, shard, shards, arguments.overwrite or arguments.resume)
    usual = (name, strengths.get("scale", 1), asking.mask, asking.single_mask) == (default, 1, "best", False)
    return resolved(
        Plan,
        arguments,
        paths=paths,
        asking=asking,
        options=Options(
            arguments.segmentation, arguments.boxes, "keep", arguments.on_empty, attributes=arguments.attributes
        ),
        preset=preset if usual else None,
        target=target,
        parts=parts,
        shard=shard,
        shards=shards,
        data_path=arguments.data_path or Path(),
        sam_path=arguments.sam_path or "",
        workers=arguments.workers or cores(),
    )


def _check_parts(folder: Path, stem: str, shard: int, shards: int, may_exist: bool) -> None:
    share_of = shares_in(folder, stem)
    if other := [path.name for path, (_, count) in share_of.items() if count != shards]:
        raise InputError(f"{folder} has {other[0]}, of work shared out in another way; finish or remove that first")
    path = path_of(folder, stem, shard, shards)
    if path in share_of and not may_exist:
        raise InputError(f"{path} is there from an interrupted run; --resume goes on with it, --overwrite begins anew")


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise InputError(f"--shard must be like 2/8, the second of eight, not {text!r}")
    return int(match[1]), int(match[2])


def _prompt(words: Sequence[str], scale_bbox: float | None) -> tuple[str, dict[str, Strength]]:
    """Name and strengths of the prompt asked for; `scale` is what --scale_bbox says, or 1."""
    name = words[0]
    types = PROMPTS[name].strengths if name in PROMPTS else {}
    strengths: dict[str, Strength] = {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if not equals:
            raise InputError(f"--prompt takes strengths like points=3, not {word!r}")
        if key in strengths:
            raise InputError(f"--prompt {name} gives {key} twice")
        strengths[key] = checked(value, types.get(key, float), f"--prompt {name}: {key}")
    if "scale" not in types:
        if scale_bbox is not None:
            raise InputError(f"--scale_bbox scales a box, but the prompt {name} has none to scale")
    elif "scale" not in strengths:
        strengths["scale"] = checked(1.0 if scale_bbox is None else scale_bbox, types["scale"], "--scale_bbox")
    elif scale_bbox is not None:
        raise InputError("give either --scale_bbox or scale=; they mean the same")
    return name, {key: strengths[key] for key in (*types, *strengths) if key in strengths}
