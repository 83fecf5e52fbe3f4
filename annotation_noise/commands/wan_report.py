"""What a COCO-WAN run says at its end, and its manifest."""

import platform
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from annotation_noise.coco.file import CocoFile
from annotation_noise.commands import VERSION
from annotation_noise.commands.wan_plan import Plan
from annotation_noise.output.manifest import described, described_input, write_manifest
from annotation_noise.output.outputs import MANIFEST
from annotation_noise.versions import versions


def hint(parts: Path, faults: int, joining: bool) -> str:
    """What is left to do after a run: about images that could not be used, and about part files."""
    if not faults:
        return f"\n\n{parts} is not needed any more" if joining else ""
    lost = f"\n\n{faults} images were missing or broken; their annotations are clean. Once the images are there,\n"
    if joining:
        return f"{lost}the commands of the shares with --resume draw them, and this one with --overwrite joins again"
    return f"{lost}the same command with --resume --overwrite draws them; the others are kept in {parts}"


def share_done(parts: Path, shard: int, shards: int, faults: int) -> str:
    """What is left to do after a share."""
    lost = f"; {faults} images were missing or broken, and --resume tries them again" if faults else ""
    return (
        f"share {shard} of {shards} is done, in {parts}{lost}\n"
        "once all are there: the same command with --join instead of --shard"
    )


def manifest(
    folder: Path,
    plan: Plan,
    files: Sequence[CocoFile],
    setting: Mapping[str, Any],
    realised: Mapping[str, object],
    missing: Mapping[str, object],
) -> None:
    """Write the manifest of what stands in a folder.

    setting: that of the parts. realised, missing: by file name, the counts and the
    images that could not be used.
    """
    outputs = [folder / name for file in files for name in (file.path.name, f"{file.path.stem}.noise.csv")]
    content = {
        "command": shlex.join(_of_one_run(plan.command)),
        "benchmark": plan.preset,
        "seed": plan.asking.seed,
        "prompt": {plan.asking.prompt.name: plan.asking.strengths},
        "mask": plan.asking.mask,
        "single_mask": plan.asking.single_mask,
        "model": setting["model"],
        "options": plan.options.noted,
        "inputs": [described_input(str(file.path), file.data) for file in files],
        "outputs": [described(path) for path in outputs],
        "realised": realised,
        "images_not_used": missing,
        "versions": {
            "noise_annotations": VERSION,
            "python": platform.python_version(),
            **versions(),
            **setting["versions"],
        },
    }
    write_manifest(folder / MANIFEST, content)


def _of_one_run(words: Sequence[str]) -> list[str]:
    """The command that does in one go what took an interrupted run or several shares."""
    kept, skip = [], False
    for word in words:
        if not skip and word not in ("--resume", "--join", "--shard") and not word.startswith("--shard="):
            kept.append(word)
        skip = word == "--shard"
    return kept
