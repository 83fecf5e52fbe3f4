"""Instances that come and go: who, from whom, in which order, and what is said of it."""

import json

import msgspec
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from noise_annotations import noise
from tests.scattered import OTHERS, STEPS, Dataset, added_of, by_hand, frame_of, scattered, shuffled, without

ALL = {"all_of": [*STEPS, *OTHERS]}
MARKS = ("boundary_type", "class_noise", "box_noise")


@pytest.fixture(scope="module")
def clean() -> Dataset:
    return scattered(12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_steps_are_their_functions_one_after_another(clean: Dataset, seed: int) -> None:
    """Each sees the clean scene of those that are left; an exact one counts its share of all that it may meet."""
    expected = by_hand(clean, STEPS, seed)
    noisy, changes = noise(clean, corruption_values={"all_of": STEPS}, seed=seed)
    assert {row.annotation_id: row.noise for row in changes if row.mask_outcome == "removed"} == expected.removed
    assert [a["id"] for a in noisy["annotations"] if a in added_of(clean, noisy)] == [
        max(a["id"] for a in clean["annotations"]) + 1 + place for place in range(len(expected.added))
    ]
    rows = [row for row in changes if row.mask_outcome == "added"]
    found = added_of(clean, noisy)
    assert noisy["annotations"][-len(found) :] == found
    for row, annotation, (parents, name, category, frame) in zip(rows, found, expected.added, strict=True):
        assert (row.annotation_id, row.parents, row.noise) == (annotation["id"], parents, name)
        assert annotation["category_id"] == row.noisy_category_id == category
        assert np.array_equal(frame_of(annotation), frame)
    assert {*expected.removed.values()} == {"missing", "merge"}
    assert {name for _, name, _, _ in expected.added} == {"duplicate", "merge"}


def test_the_order_of_the_file_changes_no_instance(clean: Dataset) -> None:
    expected, noisy = noise(clean, corruption_values=ALL), noise(shuffled(clean), corruption_values=ALL)
    of_id = {a["id"]: a for a in expected.dataset["annotations"]}
    assert {a["id"]: a for a in noisy.dataset["annotations"]} == of_id
    rows = {row.annotation_id: row for row in expected.changes}
    for row in noisy.changes:
        assert row == rows.pop(row.annotation_id)
    assert not rows
    added = added_of(clean, noisy.dataset)
    assert noisy.dataset["annotations"][-len(added) :] == added == added_of(clean, expected.dataset)


def test_a_split_by_image_gives_the_same_instances(clean: Dataset) -> None:
    """Ids apart. Of exact counts each file has its own."""
    values = {"all_of": [step for step in [*STEPS, *OTHERS] if "exact" not in json.dumps(step)]}
    whole = noise(clean, corruption_values=values)
    parts = []
    for chosen in (range(1, 5), range(5, 13)):
        part = {**clean, "images": [i for i in clean["images"] if i["id"] in chosen]}
        part["annotations"] = [a for a in clean["annotations"] if a["image_id"] in chosen]
        parts.append((part, noise(part, corruption_values=values)))
    kept = {a["id"]: a for a in whole.dataset["annotations"] if a not in added_of(clean, whole.dataset)}
    found = [a for part, noisy in parts for a in noisy.dataset["annotations"] if a not in added_of(part, noisy.dataset)]
    assert {a["id"]: a for a in found} == kept
    added = [a for part, noisy in parts for a in added_of(part, noisy.dataset)]
    assert sorted(msgspec.json.encode(without(a, "id")) for a in added) == sorted(
        msgspec.json.encode(without(a, "id")) for a in added_of(clean, whole.dataset)
    )
    parents = [row.parents for _, noisy in parts for row in noisy.changes if row.parents]
    assert sorted(parents) == [row.parents for row in whole.changes if row.parents]


def test_noisy_dataset_and_log_give_the_clean_one_back(clean: Dataset) -> None:
    """Of noised masks and boxes alone the clean file has to be asked."""
    noisy, changes = noise(clean, corruption_values=ALL)
    source = {a["id"]: a for a in clean["annotations"]}
    rows = {row.annotation_id: row for row in changes}
    rebuilt = {}
    for annotation in noisy["annotations"]:
        row = rows.get(annotation["id"])
        if row and row.mask_outcome == "added":
            continue
        clean_again = without(annotation, *MARKS)
        if row and row.class_noise:
            clean_again["category_id"] = row.category_id
        if row and any(step.outcome == "noised" for step in row.steps):
            of_shape = ("segmentation", "area", "bbox")
            clean_again |= {key: source[annotation["id"]][key] for key in of_shape if key in clean_again}
        rebuilt[annotation["id"]] = clean_again
    gone = [row for row in changes if row.mask_outcome == "removed"]
    rebuilt |= {row.annotation_id: json.loads(row.annotation) for row in gone}
    assert rebuilt == source
    assert {step.kind for row in changes for step in row.steps} == {"mask", "category", "box", "instances"}


def test_the_log_tells_every_step_that_met_an_annotation(clean: Dataset) -> None:
    """Those after its removal did not."""
    values = {
        "all_of": [
            {"duplicate": [1, "rand", 1]},
            {"missing": [0.5, 0]},
            {"duplicate": [1, "rand", 1]},
            {"rand": [1, 3]},
            {"flip_class": 1},
        ]
    }
    met: dict[str, list[str]] = {
        "removed": ["duplicate", "missing"],
        "noised": ["duplicate", "missing?", "duplicate", "rand", "flip_class"],
    }
    outcomes = set()
    for row in noise(clean, corruption_values=values).changes:
        names = [step.noise for step in row.steps]
        outcomes.add(row.mask_outcome)
        if row.mask_outcome == "removed":
            assert names == met["removed"]
            assert [step.outcome for step in row.steps] == ["stayed", "removed"]
            assert (row.noise, row.parameters) == ("missing", {"min_instances_per_image": 0})
        elif row.mask_outcome == "noised":
            assert names == [name for name in met["noised"] if not name.endswith("?")]
            assert [step.outcome for step in row.steps[:2]] == ["stayed", "stayed"]
            assert (row.noise, set(row.parameters)) == ("rand", {"kernel_px", "operation"})
    assert outcomes >= {"removed", "noised", "added"}


def test_crowd_regions_come_and_go_only_where_they_are_instances(clean: Dataset) -> None:
    crowds = {a["id"] for a in clean["annotations"] if a.get("iscrowd")}
    assert len(crowds) > 3
    kept = noise(clean, corruption_values={"all_of": [{"merge": [1, 60, False, False]}, {"missing": [1, 0]}]})
    assert {a["id"] for a in kept.dataset["annotations"]} & {a["id"] for a in clean["annotations"]} == crowds
    assert not {number for row in kept.changes for number in (row.annotation_id, *row.parents)} & crowds
    gone = noise(clean, corruption_values={"missing": [1, 0]}, crowd="noise")
    assert gone.dataset["annotations"] == []


def test_run_lengths_as_pycocotools_has_them_stand_in_the_log_as_text(clean: Dataset) -> None:
    (source, *_) = (a for a in clean["annotations"] if isinstance(a["segmentation"], dict) and not a.get("iscrowd"))
    runs = coco_mask.encode(np.asfortranarray(frame_of(source)))
    dataset = {**clean, "annotations": [{**source, "segmentation": runs}]}
    (row,) = noise(dataset, corruption_values={"missing": [1, 0]}).changes
    assert json.loads(row.annotation) == {
        **source,
        "segmentation": {"size": list(runs["size"]), "counts": runs["counts"].decode()},
    }
