"""Annotations that are added: their fields, their ids, and how they are written."""

from typing import Any

import numpy as np
import pytest

from annotation_noise.core.outcome import Applied
from annotation_noise.core.scenes import Added, numbered
from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import from_frame
from noise_annotations import noise
from noisers import Add, Remove
from noisers.registry import described
from tests.scattered import STEPS, Dataset, added_of, frame_of, noised, scattered

MARKS = ("boundary_type", "class_noise", "box_noise")


@pytest.fixture(scope="module")
def clean() -> Dataset:
    return scattered(12)


def test_what_is_added_is_written_like_its_first_parent(clean: Dataset) -> None:
    noisy, changes = noise(clean, corruption_values={"all_of": STEPS})
    source = {a["id"]: a for a in clean["annotations"]}
    rows = {row.annotation_id: row for row in changes}
    for annotation in added_of(clean, noisy):
        row = rows[annotation["id"]]
        parent, frame = source[row.parents[0]], frame_of(annotation)
        assert list(annotation) == [*parent, "boundary_type", "class_noise"]
        assert type(annotation["segmentation"]) is type(parent["segmentation"])
        if isinstance(parent["segmentation"], dict):
            assert type(annotation["segmentation"]["counts"]) is type(parent["segmentation"]["counts"])
        rows_of, columns = np.flatnonzero(frame.any(1)), np.flatnonzero(frame.any(0))
        box = [columns[0], rows_of[0], columns[-1] - columns[0] + 1, rows_of[-1] - rows_of[0] + 1]
        assert annotation.get("bbox", box) == box
        assert annotation.get("area", frame.sum()) == frame.sum()
        assert annotation.get("iscrowd", 0) == 0
        assert (annotation["boundary_type"], annotation["class_noise"]) == (row.noise, False)
        same = ("image_id", "seen_by")
        assert [annotation[key] for key in same] == [parent[key] for key in same]


def test_new_ids_go_by_parents() -> None:
    mask = from_frame(np.ones((2, 2)))

    def added(parents: tuple[int, ...], image: int, name: str, number: int) -> Added:
        return Added(parents, image, name, number, 1, mask, Applied(name, "instances", "added"))

    inputs = [
        ((9,), 1, "a", 0),
        ((2, 9), 1, "a", 0),
        ((2,), 4, "b", 1),
        ((2,), 4, "b", 0),
        ((), 5, "a", 0),
        ((), 4, "z", 0),
    ]
    order = [5, 4, 3, 2, 1, 0]
    found = numbered([added(*values) for values in inputs], 40)
    assert [(number, instance[:4]) for number, instance in found] == [
        (41 + place, inputs[index]) for place, index in enumerate(order)
    ]
    assert [number for number, _ in numbered([added(*inputs[0])], 2**63 - 2)] == [2**63 - 1]
    with pytest.raises(InputError, match="ids above the largest, 9223372036854775806, but there is no room left"):
        numbered([added(*values) for values in inputs[:2]], 2**63 - 2)


def test_marks_of_an_earlier_run_are_not_those_of_a_copy(tiny: Any) -> None:
    """Its mask is that of the duplicate, its box that of the mask."""
    earlier = {"boundary_type": "rand", "class_noise": True, "box_noise": "box_shift_scale"}
    tiny["annotations"] = [{**tiny["annotations"][0], **earlier}]
    parent, copy = noise(tiny, corruption_values={"duplicate": [1, "rand", 3]}).dataset["annotations"]
    assert {key: parent[key] for key in MARKS} == earlier
    assert {key: copy[key] for key in MARKS} == {
        "boundary_type": "duplicate",
        "class_noise": False,
        "box_noise": "none",
    }


def test_a_noise_that_replaces_and_one_without_parents() -> None:
    """What is removed and added in one step, on the only annotation; what comes from nowhere has all that COCO has."""
    clean = scattered(1, 5)
    clean["annotations"] = [a for a in clean["annotations"] if not a.get("iscrowd") and a["segmentation"]][:1]

    def replaced(scene: Any, rng: Any, *, instance: Any) -> list[Any]:
        return [Remove(instance.id), Add(instance.mask, instance.category_id)]

    noises = {"replaced": described(replaced, "instances", {})}
    noisy, changes = noised(clean, {"replaced": 1}, noises)
    (source,), (copy,) = clean["annotations"], noisy["annotations"]
    assert copy.keys() == {"id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd", *MARKS[:2]}
    assert (copy["id"], copy["image_id"], copy["iscrowd"]) == (source["id"] + 1, source["image_id"], 0)
    assert np.array_equal(frame_of(copy), frame_of(source))
    assert [(row.mask_outcome, row.parents) for row in changes] == [("removed", ()), ("added", ())]
