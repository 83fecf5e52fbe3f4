"""Lists and counts of an LVIS file stay true where instances come and go."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.file import read
from annotation_noise.core.outcome import Options
from annotation_noise.core.recipe import recipe
from annotation_noise.core.requested import setting_of
from annotation_noise.running.rewrite import noise_file
from noise_annotations import noise
from noisers import load
from tests.conftest import unstated
from tests.scattered import STEPS, Dataset, added_of, scattered

VALUES = {"all_of": [*STEPS, {"rand": [0.5, 9]}, {"flip_class": 0.3}]}  # rand erodes small ones to nothing


def federated(clean: Dataset) -> Dataset:
    """The same as an LVIS file: what an image has not is not there, or nobody knows."""
    dataset = {**clean, "annotations": [{k: v for k, v in a.items() if k != "iscrowd"} for a in clean["annotations"]]}
    has = {
        i["id"]: {a["category_id"] for a in clean["annotations"] if a["image_id"] == i["id"]} for i in clean["images"]
    }
    dataset["images"] = [
        {
            **image,
            "neg_category_ids": [c for c in (1, 3, 7) if c not in has[image["id"]] and (c + image["id"]) % 2],
            "not_exhaustive_category_ids": [c for c in has[image["id"]] if not (c + image["id"]) % 3],
        }
        for image in clean["images"]
    ]
    dataset["categories"] = [
        {**c, "instance_count": 0, "image_count": 0, "frequency": "f"} for c in clean["categories"]
    ]
    return dataset


def check_true(clean: Dataset, noisy: Dataset) -> None:
    """What the lists and counts must be, from their meaning."""
    called = {a["id"]: a["category_id"] for a in noisy["annotations"]}
    for before, after in zip(clean["images"], noisy["images"], strict=True):
        ours = [a for a in clean["annotations"] if a["image_id"] == after["id"]]
        had = {a["category_id"] for a in ours}
        has = {a["category_id"] for a in noisy["annotations"] if a["image_id"] == after["id"]}
        lost = {a["category_id"] for a in ours if called.get(a["id"]) != a["category_id"]}
        assert after["neg_category_ids"] == before["neg_category_ids"]
        assert not has & set(after["neg_category_ids"])
        listed = {c for c in has if c in before["not_exhaustive_category_ids"] or c in lost or c not in had}
        assert sorted(after["not_exhaustive_category_ids"]) == sorted(listed)
    for before, after in zip(clean["categories"], noisy["categories"], strict=True):
        ours = [a for a in noisy["annotations"] if a["category_id"] == after["id"]]
        counts = {"instance_count": len(ours), "image_count": len({a["image_id"] for a in ours})}
        assert after == {**before, **counts}


@pytest.mark.parametrize("on_empty", ["keep", "drop"])
@pytest.mark.parametrize("seed", [1, 2])
def test_lists_and_counts_stay_true(tmp_path: Path, on_empty: Any, seed: int) -> None:
    clean = federated(scattered(20, seed))
    (tmp_path / "lvis.json").write_text(json.dumps(clean))
    file = read(tmp_path / "lvis.json")
    setting = setting_of(file.tables, recipe(VALUES, load()), seed, Options(on_empty=on_empty))
    noisy, log, lists = io.BytesIO(), io.BytesIO(), io.BytesIO()
    counts = noise_file(file, setting, noisy, log, lists=lists, annotations_per_job=5)
    result = json.loads(noisy.getvalue())
    check_true(clean, result)
    assert result == unstated(noise(clean, corruption_values=VALUES, seed=seed, on_empty=on_empty).dataset)
    assert added_of(clean, result)
    assert (counts["dropped"] > 0) is (on_empty == "drop")
    assert counts["listed"] == lists.getvalue().count(b",added,") > 0
    assert counts["unlisted"] == lists.getvalue().count(b",removed,") > 0


@pytest.mark.parametrize("on_empty", ["keep", "drop"])
def test_lists_of_whole_files_stay_true(lvis_sample: Path, on_empty: str) -> None:
    clean = json.loads(lvis_sample.read_text())
    noisy = noise(clean, corruption_values=VALUES, seed=5, on_empty=on_empty).dataset
    check_true(clean, noisy)
    assert added_of(clean, noisy)
    assert len(noisy["annotations"]) != len(clean["annotations"])


def test_all_may_go(tmp_path: Path) -> None:
    clean = federated(scattered(3))
    noisy = noise(clean, corruption_values={"missing": [1, 0]}).dataset
    assert noisy["annotations"] == []
    assert all(image["not_exhaustive_category_ids"] == [] for image in noisy["images"])
    check_true(clean, noisy)
