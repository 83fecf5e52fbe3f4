"""How long the whole command takes, against the plain description of the reference, in one run.

    python tests/speed.py [--annotations 20000] [--benchmark medium] [--reference_annotations 20000]
    python tests/speed.py --per_image [--annotations 20000]

Tiles the real annotations of REAL_ANNOTATIONS (tests/select_real.py), or else drawn ones, with new ids to the number
asked for, and times as whole commands, one after the other, short ones several times: tests/reference.py (on a smaller
file and scaled, if so asked) and `noise_annotations.py` with one worker and with one a core, writing run lengths as the
reference does, and polygons. Then three walls, and how far away each is: reading and writing the bytes;
shapely's simplify alone; and all that the libraries' own functions take, whoever calls them. The last two are
measured on a part, in one process, and divided by the cores. With --per_image it times, instead, a
folder of files of SA-1B's form, one an image (the same ones, their masks repeated up to 100, SA-1B's
average), at medium without class noise.
"""

import argparse
import contextlib
import inspect
import io
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import msgspec
import shapely
from pycocotools.coco import COCO
from rlemasklib import RLEMask

sys.path.insert(0, str(Path(__file__).parent.parent))

from annotation_noise.coco.file import CocoFile, read
from annotation_noise.core.outcome import Options
from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.core.recipe import recipe
from annotation_noise.running.rewrite import noise_quietly, setting_for
from noisers import load
from tests.annotation_files import at_least_one, real_or_drawn, started
from tests.reference import LEVELS

ENOUGH_S = 12
PART = 6000  # annotations, of which the libraries' functions are timed
SIMPLIFY = [(shapely, "simplify")]
RUNS = ("area", "from_array", "from_counts", "from_dict", "from_polygon", "pad", "tight_crop", "to_array", "to_dict")
LIBRARIES = [
    *((cv2, name) for name in ("boundingRect", "countNonZero", "dilate", "erode", "fillPoly", "findContours")),
    *((shapely, name) for name in ("get_coordinates", "linearrings", "simplify")),
    *((RLEMask, name) for name in (*RUNS, "union")),
    *((msgspec.json, name) for name in ("decode", "encode")),
]
ROOT = Path(__file__).parent.parent


def tiled(coco: Path, count: int, target: Path) -> None:
    """Write a COCO file of `count` annotations: those of a folder again and again, images and all, with new ids."""
    datasets = [json.loads((coco / f"instances_{split}2017.json").read_text()) for split in ("train", "val")]
    images: list[Any] = [image for dataset in datasets for image in dataset["images"]]
    annotations: list[Any] = [annotation for dataset in datasets for annotation in dataset["annotations"]]
    copies = -(-count // len(annotations))
    with target.open("w") as file:
        file.write('{"info": {"description": "tiled"}, "images": [')
        renamed = ({**image, "id": image["id"] * copies + copy} for copy in range(copies) for image in images)
        file.write(", ".join(map(json.dumps, renamed)))
        file.write('], "annotations": [')
        for number in range(count):
            annotation, copy = annotations[number % len(annotations)], number // len(annotations)
            new = {"id": number + 1, "image_id": annotation["image_id"] * copies + copy}
            file.write((", " if number else "") + json.dumps({**annotation, **new}))
        file.write(f'], "categories": {json.dumps(datasets[0]["categories"])}}}')


def per_image(source: Path, count: int, folder: Path) -> int:
    """Write files of SA-1B's form with at least `count` masks in all, as run lengths; returns how many masks."""
    contents: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    for split in ("train", "val"):
        with contextlib.redirect_stdout(None):
            coco = COCO(source / f"instances_{split}2017.json")
        for image in coco.dataset["images"]:
            annotations = coco.loadAnns(coco.getAnnIds(imgIds=image["id"], iscrowd=False))
            for annotation in annotations:
                counts = coco.annToRLE(annotation)["counts"]
                text = counts if isinstance(counts, str) else counts.decode()
                annotation["segmentation"] = {"size": [image["height"], image["width"]], "counts": text}
            if annotations:
                contents.append((image, (annotations * 100)[: max(100, len(annotations))]))
    written = 0
    for number in itertools.count():
        image, annotations = contents[number % len(contents)]
        renamed = [
            {**{key: a[key] for key in ("segmentation", "bbox", "area")}, "id": written + place}
            for place, a in enumerate(annotations)
        ]
        head = {"image_id": number, "width": image["width"], "height": image["height"], "file_name": f"sa_{number}.jpg"}
        (folder / f"sa_{number}.json").write_text(json.dumps({"image": head, "annotations": renamed}))
        written += len(annotations)
        if written >= count:
            return written
    raise AssertionError


def time_per_image(source: Path, count: int, cores: int, folder: Path) -> None:
    """Measure and print, for files of SA-1B's form."""
    (folder / "in").mkdir()
    count = per_image(source, count, folder / "in")
    values = {noise: value for noise, value in BENCHMARKS["medium"].items() if noise != "flip_class"}
    print(f"{count:,} masks in {len(list((folder / 'in').iterdir())):,} files, medium, {cores} cores")
    for workers in sorted({1, cores}):
        words: list[str | Path] = ["--glob", "*.json", "--corruption_values", json.dumps(values), "--output_dir"]
        words += [folder / "out", "--workers", str(workers)]
        taken = seconds([ROOT / "noise_annotations.py", folder / "in", *words, "--overwrite"])
        title = f"noise_annotations.py --glob, {workers} worker{'s' if workers > 1 else ''}"
        print(f"{title:45} {taken:8.1f} s {taken / count * 1e6:6.0f} us each")


def spent(functions: Sequence[tuple[Any, str]], file: CocoFile, benchmark: str) -> float:
    """Seconds inside these functions while a file is noised and written as run lengths, in this process."""
    total = 0.0

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal total
            begun = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                total += time.perf_counter() - begun

        return call

    setting = setting_for(file, recipe(BENCHMARKS[benchmark], load()), 1, Options(segmentation="rle"))
    with contextlib.ExitStack() as stack:
        for owner, name in functions:
            call = timed(getattr(owner, name))
            kept = staticmethod(call) if isinstance(inspect.getattr_static(owner, name), staticmethod) else call
            stack.enter_context(mock.patch.object(owner, name, kept))
        noise_quietly(file, setting, io.BytesIO(), io.BytesIO())
    return total


def walls(source: Path, folder: Path, count: int, benchmark: str, cores: int) -> dict[str, float]:
    """What no way of calling the libraries gets below, in seconds: title and time of each wall."""
    begun = time.perf_counter()
    shutil.copyfile(folder / "tiled.json", folder / "copy.json")
    (folder / "copy.json").read_bytes()
    bytes_s = time.perf_counter() - begun
    tiled(source, PART, folder / "timed.json")
    file = read(folder / "timed.json")
    cv2.setNumThreads(1)
    simplify_s, libraries_s = (min(spent(calls, file, benchmark) for _ in range(3)) for calls in (SIMPLIFY, LIBRARIES))
    return {
        "reading and writing the bytes": bytes_s,
        f"simplify, on {cores} cores": simplify_s * count / PART / cores,
        f"the libraries' functions, on {cores} cores": libraries_s * count / PART / cores,
    }


def seconds(words: Sequence[str | Path]) -> float:
    """Wall time of a command: the median of as many runs as take ENOUGH_S, five at most."""
    runs: list[float] = []
    while len(runs) < 5 and sum(runs) < ENOUGH_S:
        begun = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
        runs.append(time.perf_counter() - begun)
    return statistics.median(runs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotations", type=at_least_one, default=20_000)
    parser.add_argument("--reference_annotations", type=at_least_one, default=20_000)
    parser.add_argument("--benchmark", choices=LEVELS, default="medium")
    parser.add_argument("--per_image", action="store_true")
    arguments = parser.parse_args()
    count, cores = arguments.annotations, len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kind, files = real_or_drawn(folder / "drawn")
        print(f"{kind} annotations")
        if arguments.per_image:
            time_per_image(files.coco, count, cores, folder)
            return
        part = min(count, arguments.reference_annotations)
        tiled(files.coco, part, folder / "part.json")
        words = [ROOT / "tests" / "reference.py", folder / "part.json", folder / "reference.json", arguments.benchmark]
        reference = seconds(words) * count / part
        scaled = f", scaled from {part:,}" if part < count else ""
        print(f"{count:,} annotations, {arguments.benchmark}, {cores} cores")
        print(f"{'reference' + scaled:45} {reference:8.1f} s {reference / count * 1e6:6.0f} us each")
        tiled(files.coco, count, folder / "tiled.json")
        target: list[str | Path] = ["--output_dir", folder / "out", "--overwrite"]
        for form in ("same", "rle"):
            for workers in sorted({1, cores}):
                options = ["--benchmark", arguments.benchmark, "--segmentation", form, "--workers", str(workers)]
                taken = seconds([ROOT / "noise_annotations.py", folder / "tiled.json", *options, *target])
                title = f"noise_annotations.py, {form}, {workers} worker{'s' if workers > 1 else ''}"
                times = reference / taken
                print(f"{title:45} {taken:8.1f} s {taken / count * 1e6:6.0f} us each {times:5.1f} times as fast")
        for title, wall in walls(files.coco, folder, count, arguments.benchmark, cores).items():
            times = reference / wall
            print(
                f"{'wall: ' + title:45} {wall:8.1f} s {wall / count * 1e6:6.0f} us each {times:5.1f} times as fast, "
                f"{taken / wall:.1f} times away"
            )


if __name__ == "__main__":
    started(main)
