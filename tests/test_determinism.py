"""Every draw depends on seed, purpose and annotation id alone; what that promises, on drawn and on real files."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from noise_annotations import main, noise
from tests.conftest import SOURCES


def by_id(dataset: dict[str, Any]) -> dict[int, Any]:
    return {annotation["id"]: annotation for annotation in dataset["annotations"]}


@pytest.fixture(scope="module", params=["sample", *SOURCES])
def dataset(request: pytest.FixtureRequest) -> Any:
    given = request.getfixturevalue(request.param)
    folder = given if request.param == "sample" else given.coco
    return json.loads((folder / "instances_train2017.json").read_text())


def test_the_same_again(dataset: Any) -> None:
    assert noise(dataset, benchmark="hard", seed=3) == noise(dataset, benchmark="hard", seed=3)


def test_shuffled_input_gives_the_same_noise(dataset: Any) -> None:
    keys = ("images", "annotations", "categories")
    shuffled = {key: random.Random(0).sample(dataset[key], len(dataset[key])) for key in keys}
    assert shuffled["categories"] != dataset["categories"]
    expected, found = noise(dataset, benchmark="hard").dataset, noise(shuffled, benchmark="hard").dataset
    assert by_id(found) == by_id(expected)
    assert [a["id"] for a in found["annotations"]] == [a["id"] for a in shuffled["annotations"]]


def test_a_subset_of_the_images_gives_the_subset_of_the_noise(dataset: Any) -> None:
    images = dataset["images"][::3]
    chosen = {image["id"] for image in images}
    annotations = [a for a in dataset["annotations"] if a["image_id"] in chosen]
    expected = by_id(noise(dataset, benchmark="medium").dataset)
    found = noise({**dataset, "images": images, "annotations": annotations}, benchmark="medium").dataset
    assert by_id(found) == {number: expected[number] for number in by_id(found)}
    assert 0 < len(annotations) < len(dataset["annotations"])


def test_a_file_split_in_two_gives_the_two_halves(dataset: Any) -> None:
    middle = len(dataset["annotations"]) // 2
    whole = noise(dataset, benchmark="medium")
    parts = [
        noise({**dataset, "annotations": half}, benchmark="medium")
        for half in (dataset["annotations"][:middle], dataset["annotations"][middle:])
    ]
    assert [a for part in parts for a in part.dataset["annotations"]] == whole.dataset["annotations"]
    assert [row for part in parts for row in part.changes] == whole.changes


def test_easy_is_within_medium_is_within_hard(dataset: Any) -> None:
    masks, classes = [], []
    for level in ("easy", "medium", "hard"):
        changes = noise(dataset, benchmark=level, seed=2).changes
        masks.append({row.annotation_id: row.noise for row in changes if row.noise})
        classes.append({row.annotation_id: row.noisy_category_id for row in changes if row.class_noise})
    assert masks[0].items() < masks[1].items() < masks[2].items()  # even the kind of noise is the same
    assert classes[0].items() < classes[1].items() < classes[2].items()  # and the wrong class


def test_one_noise_does_not_disturb_another(dataset: Any) -> None:
    both = noise(dataset, corruption_values={"localization": [0.5, 3], "flip_class": 0.5}).dataset
    masks = noise(dataset, corruption_values={"localization": [0.5, 3]}).dataset
    classes = noise(dataset, corruption_values={"flip_class": 0.5}).dataset
    for left, right, a in zip(masks["annotations"], classes["annotations"], both["annotations"], strict=True):
        assert (left["segmentation"], right["category_id"]) == (a["segmentation"], a["category_id"])


def test_another_seed_differs(dataset: Any) -> None:
    rows = [{row.annotation_id for row in noise(dataset, benchmark="easy", seed=seed).changes} for seed in (1, 2)]
    assert rows[0] != rows[1]


def test_in_memory_and_on_file_are_the_same(dataset: Any, tmp_path: Path) -> None:
    path = tmp_path / "in" / "instances_x.json"
    path.parent.mkdir()
    path.write_text(json.dumps(dataset))
    assert main([str(path), "--benchmark", "medium", "--seed", "9", "--output_dir", str(tmp_path / "out")]) == 0
    noisy = json.loads((tmp_path / "out" / "instances_x.json").read_text())
    expected = noise(dataset, benchmark="medium", seed=9).dataset
    assert len(noisy["annotation_noise"].pop("input_sha256")) == 64  # which nobody knows of what is in memory
    assert noisy == expected
