"""In which form masks are written: by real files, through the whole command, read back by pycocotools."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from noise_annotations import main
from tests.conftest import shared
from tests.reference import decode

Dataset = dict[str, Any]
DATA = ("coco", "lvis")


def files(data: str) -> list[Path]:
    if data == "lvis":
        return [shared("lvis_sample/lvis_val_100.json")]
    return sorted(shared("coco_tiny/annotations").glob("instances_*.json"))


def run(folder: Path, data: str, *words: str) -> list[tuple[Dataset, str]]:
    """Noise the files of real data; the noisy datasets, each with its log."""
    source, target = folder / "in", folder / "_".join(["out", *words]).replace("--", "")
    source.mkdir(exist_ok=True)
    for path in files(data):
        shutil.copy(path, source / f"instances_{path.name}")
    assert main([str(source), *words, "--workers", "1", "--output_dir", str(target)]) == 0
    names = sorted(path.name for path in source.iterdir())
    return [
        (json.loads((target / name).read_text()), (target / name).with_suffix(".noise.csv").read_text())
        for name in names
    ]


@pytest.mark.parametrize("data", DATA)
def test_in_polygons_the_largest_part_is_first_and_nothing_but_the_form_differs(tmp_path: Path, data: str) -> None:
    """Run lengths have no parts: what their file has must be in the other, and the logs must be the same."""
    several = 0
    words = ("--benchmark", "hard", "--segmentation")
    for (polygons, log), (runs, same_log) in zip(
        run(tmp_path, data, *words, "polygon"), run(tmp_path, data, *words, "rle"), strict=True
    ):
        assert log == same_log
        size = {image["id"]: (image["height"], image["width"]) for image in polygons["images"]}
        noised = {int(row["annotation_id"]) for row in csv.DictReader(log.splitlines()) if row["mask_outcome"] == "noised"}
        for annotation, same in zip(polygons["annotations"], runs["annotations"], strict=True):
            height, width = size[annotation["image_id"]]
            rings, pixels = annotation.pop("segmentation"), decode(same.pop("segmentation"), height, width)
            assert annotation == same
            assert np.array_equal(decode(rings, height, width), pixels)
            if annotation["id"] in noised:
                areas = [shapely.Polygon(np.reshape(ring, (-1, 2))).area for ring in rings]
                assert areas == sorted(areas, reverse=True)
                assert sum(areas) == annotation["area"] == pixels.sum()
                several += len(rings) > 1
    assert several > 100
