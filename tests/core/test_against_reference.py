"""Every annotation, drawn and real, through the whole command, against the plain description of the reference."""

import csv
import json
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from noise_annotations import main
from tests import reference

Frame = NDArray[np.uint8]
SPLITS = ("train2017", "val2017")


class Pair(NamedTuple):
    clean: Frame
    noisy: Frame
    annotation: dict[str, Any]
    row: dict[str, str]


def pairs(source: Path, target: Path, values: str, *options: str) -> list[Pair]:
    """Clean and noisy frame of every instance without holes, decoded by pycocotools."""
    assert main([str(source), "--output_dir", str(target), "--seed", "5", "--corruption_values", values, *options]) == 0
    found = []
    for split in SPLITS:
        clean, noisy = (json.loads((folder / f"instances_{split}.json").read_text()) for folder in (source, target))
        with (target / f"instances_{split}.noise.csv").open() as file:
            rows = {int(row["annotation_id"]): row for row in csv.DictReader(file)}
        size = {image["id"]: (image["height"], image["width"]) for image in clean["images"]}
        for before, after in zip(clean["annotations"], noisy["annotations"], strict=True):
            one, other = (reference.decode(a["segmentation"], *size[a["image_id"]]) for a in (before, after))
            if not before["iscrowd"] and not reference.has_holes(one):
                found.append(Pair(one, other, after, rows[after["id"]]))
    return found


def compare(found: list[Pair], expected: list[Frame]) -> None:
    """Equal pixel for pixel; where the reference leaves none, the clean mask stays and the log says so."""
    assert len(found) > 1300
    for pair, frame in zip(found, expected, strict=True):
        if frame.any():
            assert np.array_equal(pair.noisy, frame), pair.annotation["id"]
            same = bool(np.array_equal(frame, pair.clean))
            assert pair.row["mask_outcome"] == ("unmoved" if same else "noised")
            iou = (pair.clean & frame).sum() / (pair.clean | frame).sum()
            assert pair.row["iou"] == f"{iou:.6f}"
            assert pair.annotation["boundary_type"] == pair.row["noise"]
        else:
            assert np.array_equal(pair.noisy, pair.clean)
            assert pair.row["mask_outcome"] == "would_be_empty"
            assert pair.annotation["boundary_type"] == "none"


@pytest.mark.parametrize("form", ["same", "rle"])
@pytest.mark.parametrize("kernel_px", [3, 7])
def test_rand(coco_tiny: Path, tmp_path: Path, kernel_px: int, form: str) -> None:
    found = pairs(coco_tiny, tmp_path / "out", f"{{'rand': [1, {kernel_px}]}}", "--segmentation", form)
    operations = [json.loads(pair.row["parameters"])["operation"] for pair in found]
    assert abs(operations.count("dilate") - len(found) / 2) < 4 * np.sqrt(len(found) / 4)
    compare(
        found, [reference.rand(p.clean, operation, kernel_px) for p, operation in zip(found, operations, strict=True)]
    )


@pytest.mark.parametrize("tolerance_px", [5, 15])
def test_approximation(coco_tiny: Path, tmp_path: Path, tolerance_px: int) -> None:
    """The one difference: contours of fewer than four points stay where the reference loses them."""
    found = pairs(coco_tiny, tmp_path / "out", f"{{'approximation': [1, {tolerance_px}]}}")
    compare(found, [reference.approximation(pair.clean, tolerance_px, keep_small=True) for pair in found])
    lossy = [reference.approximation(pair.clean, tolerance_px, keep_small=False) for pair in found]
    differ = [pair for pair, frame in zip(found, lossy, strict=True) if not np.array_equal(pair.noisy, frame)]
    assert differ and all(min(map(len, reference.contours(pair.clean))) < 4 for pair in differ)


@pytest.mark.parametrize("std_px", [2, 4])
def test_localization(coco_tiny: Path, tmp_path: Path, std_px: int) -> None:
    found = pairs(coco_tiny, tmp_path / "out", f"{{'localization': [1, {std_px}]}}")
    rng_of = partial(stream, 5, "noise localization")
    compare(found, [reference.localization(pair.clean, rng_of(pair.annotation["id"]), std_px) for pair in found])
