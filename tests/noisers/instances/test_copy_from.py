"""Copies from other images; donors in files and in memory are the same, whoever does the work."""

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chisquare

from annotation_noise.coco.file import read
from annotation_noise.core.log import Row
from annotation_noise.core.outcome import Options
from annotation_noise.core.recipe import recipe
from annotation_noise.core.requested import setting_of
from annotation_noise.geometry.masks import to_frame
from annotation_noise.running.rewrite import noise_file
from noise_annotations import noise
from noisers import Add, Unable, load
from noisers.instances.copy_from import copy_from
from tests.conftest import unstated
from tests.noisers.instances.scenes import dataset, scene_of, square
from tests.reference import decode
from tests.scattered import scattered, shuffled

RNG = np.random.default_rng(0)


def copied(donor: NDArray[np.uint8], height: int, width: int) -> Any:
    scene, other = scene_of([np.ones((height, width), np.uint8)]), scene_of([donor], categories=[7], ids=[99])
    (edit,) = copy_from(scene, RNG, instance=scene.instances[0], donor=other.instances[0])
    return edit


def test_at_its_own_place_scaled_with_the_image_by_hand() -> None:
    """From 20 x 10 pixels into 40 x 30: columns 3 to 7 become 6 to 14, rows 2 to 4 become 6 to 12."""
    donor = np.zeros((10, 20), np.uint8)
    donor[2:4, 3:7] = 1
    donor[2, 3] = 0
    add = copied(donor, 30, 40)
    expected = np.zeros((30, 40), np.uint8)
    expected[6:12, 6:14] = 1
    expected[6:9, 6:8] = 0
    assert isinstance(add, Add)
    assert np.array_equal(to_frame(add.mask), expected)
    assert (add.category_id, add.parents, add.drawn) == (7, (1,), {"donor": 99})
    assert np.array_equal(to_frame(copied(donor, 10, 20).mask), donor)


def test_a_small_image_takes_what_is_left() -> None:
    corner = np.zeros((100, 100), np.uint8)
    corner[99, 99] = 1
    assert to_frame(copied(corner, 3, 3).mask)[2, 2] == 1
    ring = np.ones((100, 100), np.uint8)
    ring[1:99, 1:99] = 0
    assert copied(ring, 1, 1) == Unable(1, "would_be_empty")
    scene = scene_of([ring])
    assert copy_from(scene, RNG, instance=scene.instances[0], donor=None) == [Unable(1, "no_donor")]


def donor_of(row: Row) -> int:
    number = row.steps[0].drawn["donor"]
    assert isinstance(number, int)
    return number


def test_each_instance_of_another_image_is_as_likely() -> None:
    """Three images with 300, 2 and 2 instances, the last one with a crowd region and one without a mask besides."""
    polygons = [[square(3, 3, 9)] * 300, [square(3, 3, 9)] * 2, [square(3, 3, 9), [], square(3, 3, 9), square(3, 3, 9)]]
    source = dataset(polygons)
    source["annotations"][-1]["iscrowd"] = 1
    rows = [row for row in noise(source, corruption_values={"copy_from": 1}).changes if row.mask_outcome == "added"]
    donors = {row.parents[0]: donor_of(row) for row in rows}
    assert len(donors) == 305
    times = Counter(donors[number] for number in range(1, 301))
    assert sorted(times) == [301, 302, 303, 305]
    assert chisquare([*times.values()]).pvalue > 1e-4
    image_of = {a["id"]: a["image_id"] for a in source["annotations"]}
    assert all(image_of[parent] != image_of[donor] for parent, donor in donors.items())


def test_in_a_file_of_one_image_there_is_no_donor() -> None:
    result = noise(dataset([[square(3, 3, 9)] * 2, []]), corruption_values={"copy_from": 1})
    assert len(result.dataset["annotations"]) == 2
    assert [row.steps[0].drawn for row in result.changes] == [{"why": "no_donor"}] * 2


VALUES: dict[str, Any] = {
    "all_of": [
        {"missing": {"share": 0.3, "min_instances_per_image": 0}},
        {"copy_from": 0.5},
        {"copy_from": {"share": {"exact": 0.3}}},
        {"one_of": {"bogus": [0.4, "ellipse", False, 0.2], "copy_from": 0.4}},
        {"split": [0.3, "seeds", 0.1]},
        {"redundant": [0.3, -0.5, 0.2]},
        {"missing_small": [0.5, 4, 1]},
        {"flip_present": 0.3},
        {"box_redraw": 0.3},
    ]
}


@pytest.mark.parametrize("seed", [1, 2])
def test_neither_order_nor_stretches_nor_bytes_matter(tmp_path: Path, seed: int) -> None:
    clean = scattered(40, seed)
    in_memory = noise(clean, corruption_values=VALUES, seed=seed)
    again = noise(shuffled(clean), corruption_values=VALUES, seed=seed)
    by_id = {a["id"]: a for a in in_memory.dataset["annotations"]}
    assert {a["id"]: a for a in again.dataset["annotations"]} == by_id
    (tmp_path / "file.json").write_text(json.dumps(clean))
    file = read(tmp_path / "file.json")
    setting = setting_of(file.tables, recipe(VALUES, load()), seed, Options())
    for annotations_per_job in (7, 512):
        noisy, log = io.BytesIO(), io.BytesIO()
        counts = noise_file(file, setting, noisy, log, annotations_per_job=annotations_per_job)
        assert json.loads(noisy.getvalue()) == unstated(in_memory.dataset)
    assert counts["added copy_from"] > 30 and counts["unable split"] > 0
    rows = log.getvalue().decode().splitlines()
    assert len(rows) == 1 + len(in_memory.changes)
    unable = [row for row in in_memory.changes for step in row.steps if step.outcome == "unable"]
    assert len(unable) == sum(count for label, count in counts.items() if label.startswith("unable ")) or any(
        row.mask_outcome == "removed" for row in unable
    )


def test_a_real_copy_is_the_donor_where_frames_are_alike(coco_tiny: Path) -> None:
    source = json.loads((coco_tiny / "instances_val2017.json").read_text())
    result = noise(source, corruption_values={"copy_from": 0.3})
    size = {image["id"]: (image["height"], image["width"]) for image in source["images"]}
    noisy = {a["id"]: a for a in result.dataset["annotations"]}
    clean = {a["id"]: a for a in source["annotations"]}
    same = 0
    for row in result.changes:
        if row.mask_outcome == "added":
            copy, donor = noisy[row.annotation_id], clean[donor_of(row)]
            assert copy["category_id"] == donor["category_id"] and copy["image_id"] != donor["image_id"]
            if size[copy["image_id"]] == size[donor["image_id"]]:
                same += 1
                ours, theirs = (decode(a["segmentation"], *size[a["image_id"]]) for a in (copy, donor))
                assert np.array_equal(ours, theirs)
    assert same > 10
