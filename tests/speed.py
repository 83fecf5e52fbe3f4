"""How long the whole command takes, against the plain description of the reference, in one run.

    python tests/speed.py [--annotations 20000] [--benchmark medium] [--segmentation rle]

Tiles the real annotations in ../shared/data/coco_tiny with new ids to the number asked for, and times
as processes, one after the other: tests/reference.py and `noise_annotations.py`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TINY = ROOT.parent / "shared" / "data" / "coco_tiny" / "annotations"


def tiled(count: int, target: Path) -> None:
    """Write a COCO file of `count` annotations: the real ones again and again, images and all, with new ids."""
    datasets = [json.loads((TINY / f"instances_{split}2017.json").read_text()) for split in ("train", "val")]
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


def seconds(words: Sequence[str | Path]) -> float:
    """Wall time of a command."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotations", type=int, default=20_000)
    parser.add_argument("--benchmark", default="medium")
    parser.add_argument("--segmentation", default="rle")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "tiled.json", Path(name) / "out"
        tiled(arguments.annotations, source)
        reference = seconds(
            [ROOT / "tests" / "reference.py", source, Path(name) / "reference.json", arguments.benchmark]
        )
        options = ["--benchmark", arguments.benchmark, "--segmentation", arguments.segmentation]
        ours = seconds([ROOT / "noise_annotations.py", source, *options, "--output_dir", target])
    for title, taken in (("reference", reference), ("noise_annotations.py", ours)):
        print(f"{title:22} {taken:8.2f} s  {taken / arguments.annotations * 1e6:8.0f} us per annotation")
    print(f"{'ratio':22} {reference / ours:8.1f}")


if __name__ == "__main__":
    main()
