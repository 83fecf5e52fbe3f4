"""Classes that LVIS knows to be absent from an image, and every noise that gives a class."""

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.coco.file import read
from annotation_noise.core.outcome import Options
from annotation_noise.core.recipe import recipe
from annotation_noise.core.requested import setting_of
from annotation_noise.running.rewrite import noise_file
from noise_annotations import noise
from noisers import Add, Classes, Instance, Scene, load
from noisers.registry import described
from tests.conftest import unstated
from tests.core.test_lvis_presence import check_true
from tests.noisers.instances.scenes import square
from tests.scattered import noised

Dataset = dict[str, Any]
ABSENT: tuple[list[int], ...] = ([4, 5], [6], [])
CLASS_NOISES: dict[str, Any] = {
    "flip_class": 1,
    "flip_symmetric": 1,
    "flip_supercategory": 1,
    "flip_other_supercategory": 1,
    "flip_confusion": [1, {"3": {"3": 0.2, "4": 0.5, "6": 0.3}, "6": {"4": 1.0}}],
    "flip_pairs": [1, [[3, 4], [6, 3]]],
    "flip_groups": [1, {"all": {"3": 1, "4": 1, "5": 1, "6": 1}}, False],
    "flip_present": 1,
    "flip_among": [1, 3, 0.3],
}


def federated(images: int = 300) -> Dataset:
    """Images with two instances, of which the first knows two absent classes, the second one, the third none."""
    return {
        "images": [
            {
                "id": n,
                "width": 64,
                "height": 48,
                "neg_category_ids": ABSENT[n % 3],
                "not_exhaustive_category_ids": [],
            }
            for n in range(images)
        ],
        "categories": [
            {"id": n, "name": f"n{n}", "supercategory": "ab"[n % 2], "instance_count": 0, "image_count": 0}
            for n in (3, 4, 5, 6)
        ],
        "annotations": [
            {"id": n, "image_id": n // 2, "category_id": 3, "segmentation": square(3, 3, 9)} for n in range(2 * images)
        ],
    }


def test_every_noise_of_classes_is_here() -> None:
    assert set(CLASS_NOISES) == {noise.name for noise in load().values() if noise.kind == "category"}


@pytest.mark.parametrize("name", CLASS_NOISES)
def test_no_flip_lands_in_them(name: str) -> None:
    clean = federated()
    for annotation in clean["annotations"][1::2]:
        annotation["category_id"] = 6 if annotation["image_id"] % 3 != 1 else 3
    noisy = noise(clean, corruption_values={name: CLASS_NOISES[name]}).dataset
    check_true(clean, noisy)


def test_a_uniform_draw_is_uniform_over_the_rest() -> None:
    noisy = noise(federated(3000), corruption_values={"flip_symmetric": 1}).dataset["annotations"]
    for which, rest in ((0, [6]), (1, [4, 5]), (2, [4, 5, 6])):
        drawn = Counter(a["category_id"] for a in noisy if a["image_id"] % 3 == which)
        assert sorted(drawn) == rest
        assert len(drawn) == 1 or chisquare([*drawn.values()]).pvalue > 1e-4


def test_what_is_added_is_drawn_again_and_the_log_of_the_lists_says_so(tmp_path: Path) -> None:
    clean = federated()
    values = {"bogus": {"share": 1, "shape": "own_shape", "same_class": False, "iou_below": 0.5}}
    (tmp_path / "lvis.json").write_text(json.dumps(clean))
    file = read(tmp_path / "lvis.json")
    setting = setting_of(file.tables, recipe(values, load()), 1, Options())
    noisy, log, lists = io.BytesIO(), io.BytesIO(), io.BytesIO()
    counts = noise_file(file, setting, noisy, log, lists=lists)
    result = json.loads(noisy.getvalue())
    assert result == unstated(noise(clean, corruption_values=values).dataset)
    check_true(clean, result)
    extra = result["annotations"][600:]
    assert len(extra) == 600
    for which in range(3):
        drawn = Counter(a["category_id"] for a in extra if a["image_id"] % 3 == which)
        assert sorted(drawn) == [n for n in (3, 4, 5, 6) if n not in ABSENT[which]]
        assert len(drawn) == 1 or chisquare([*drawn.values()]).pvalue > 1e-4
    rows = [row.split(",") for row in lists.getvalue().decode().splitlines() if ",kept_out," in row]
    assert len(rows) == counts["drawn_again"] > 100
    image_of = {a["id"]: a["image_id"] for a in extra}
    assert all(image_of[int(row[-1])] == int(row[0]) and int(row[3]) in ABSENT[int(row[0]) % 3] for row in rows)


def test_a_noise_that_knows_no_other_class_adds_nothing_there() -> None:
    def sixth(scene: Scene, rng: np.random.Generator, *, instance: Instance, classes: Classes) -> list[Add]:
        return [Add(instance.mask, 6, (instance.id,))]

    own = {"sixth": described(sixth, "instances", {})}
    clean = federated(6)
    noisy, changes = noised(clean, {"sixth": 1}, own)
    check_true(clean, noisy)
    assert {a["image_id"] for a in noisy["annotations"][12:]} == {0, 2, 3, 5}
    unable = [row for row in changes if row.mask_outcome != "added"]
    assert [row.annotation_id for row in unable] == [2, 3, 8, 9]
    assert {row.steps[0].drawn["why"] for row in unable} == {"known_to_be_absent"}


def test_a_copy_of_a_class_that_contradicts_its_list_is_left_alone() -> None:
    """An image whose list names what it has: what is there may be there twice."""
    clean = federated(3)
    clean["images"][0]["neg_category_ids"] = [3]
    noisy = noise(clean, corruption_values={"duplicate": [1, "localization", 1]}).dataset["annotations"]
    assert len(noisy) == 12


@pytest.mark.parametrize("name", ["bogus", "copy_from"])
def test_real_lists_stay_true(lvis_sample: Path, name: str) -> None:
    clean = json.loads(lvis_sample.read_text())
    values = {"bogus": [0.5, "own_shape", False, 0.2], "copy_from": 0.5}
    noisy = noise(clean, corruption_values={name: values[name]}, seed=3).dataset
    assert len(noisy["annotations"]) > len(clean["annotations"])
    check_true(clean, noisy)
