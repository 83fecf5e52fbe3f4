"""The lists of LVIS files stay true of the noisy file: by hand, on whole files, and as a property."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_noise.coco.file import read
from annotation_noise.coco.lvis import Federated
from annotation_noise.core.lvis_lists import NoisyClasses, joined, lists_after
from annotation_noise.core.outcome import Options, Outcome, Setting
from annotation_noise.core.recipe import recipe
from annotation_noise.running.rewrite import noise_file
from noise_annotations import noise
from noisers import load
from noisers.kinds import classes
from tests.coco.test_splice import STYLES
from tests.conftest import unstated

CATEGORIES = {1: "ant", 2: "bee", 3: "cat", 4: "dog", 5: "eel"}
BOX = [[1.0, 1.0, 9.0, 1.0, 9.0, 9.0, 1.0, 9.0]]


def made(labels: list[tuple[int, int]], moves: dict[int, int | None], **lists: Any) -> Any:
    """What becomes of annotations (image, category) of which some, by place, get another category or go."""
    clean = Federated(
        lists.get("negative", {}),
        lists.get("not_exhaustive", {}),
        np.array([image for image, _ in labels]),
        np.array([category for _, category in labels]),
        np.arange(100, 100 + len(labels)),
    )
    noisy = [moves.get(place, category) for place, (_, category) in enumerate(labels)]
    is_kept = np.array([category is not None for category in noisy])
    return lists_after(clean, NoisyClasses(np.array([c or 0 for c in noisy]), is_kept, {}), CATEGORIES)


@pytest.mark.parametrize(
    ("labels", "moves", "old", "new", "rows"),
    [
        # The image loses its only 1: of 1 nothing is known any more. Nobody has looked for 2.
        ([1], {0: 2}, (), [2], [("added", 2, 100)]),
        ([1], {0: 2}, (1,), [2], [("removed", 1, 100), ("added", 2, 100)]),
        # One of two 1s is called 2, which the image has: not every 1 is annotated as such; every 2 is.
        ([1, 1, 2], {1: 2}, (), [1], [("added", 1, 101)]),
        ([1, 1, 2], {1: 2}, (1,), None, []),
        ([1, 1, 2], {1: 2}, (2,), [2, 1], [("added", 1, 101)]),
        # 1 and 2 change places: of each an instance is not annotated as such.
        ([1, 2], {0: 2, 1: 1}, (), [1, 2], [("added", 1, 100), ("added", 2, 101)]),
        # Dropped annotations are instances that nobody annotates.
        ([1, 1], {0: None}, (), [1], [("added", 1, 100)]),
        ([1], {0: None}, (1,), [], [("removed", 1, 100)]),
        # What no noise concerns stays as it was, even if it was not sound.
        ([1, 3], {0: 3}, (5,), [5], []),
        ([1, 3], {}, (3,), None, []),
    ],
)
def test_not_exhaustive_by_hand(labels: Any, moves: Any, old: Any, new: Any, rows: Any) -> None:
    after = made([(7, label) for label in labels], moves, not_exhaustive={7: old})
    assert after.not_exhaustive == ({} if new is None or new == list(old) else {7: new})
    assert [(row.change, row.category_id, row.annotation_id) for row in after.rows] == rows


def test_other_images_and_images_without_the_list_are_left_alone() -> None:
    after = made([(7, 1), (8, 1), (9, 1)], {0: 2, 1: 2}, not_exhaustive={7: (), 9: ()})
    assert after.not_exhaustive == {7: [2]}


def test_counts_by_hand() -> None:
    after = made([(7, 1), (7, 1), (8, 1), (8, 3), (9, 3)], {1: 3, 3: None}, not_exhaustive={})
    assert after.counts == {1: (2, 2), 3: (2, 2)}


def test_what_was_kept_out_is_told() -> None:
    clean = Federated({7: (3,)}, {7: ()}, np.array([7]), np.array([1]), np.array([50]))
    after = lists_after(clean, NoisyClasses(np.array([1]), np.array([True]), {0: (3, 3)}), CATEGORIES)
    assert [tuple(row) for row in after.rows] == [(7, "neg_category_ids", "kept_out", 3, "cat", 50)] * 2
    assert after.not_exhaustive == {}


def test_stretches_that_follow_on_each_other_are_put_together() -> None:
    first, second = NoisyClasses.of(2), NoisyClasses.of(3)
    first.note(0, Outcome("noised", 4))
    first.note(1, Outcome("not_drawn", 5, kept_out=(2,)))
    second.note(0, Outcome("dropped", 1))
    second.note(1, Outcome("removed", 3))
    second.note(2, Outcome("crowd", 2, kept_out=(1, 3)))
    both = joined([first, second])
    assert both.category_ids.tolist() == [4, 5, 1, 3, 2]
    assert both.is_kept.tolist() == [True, True, False, False, True]
    assert both.kept_out == {1: (2,), 4: (1, 3)}
    assert joined([]).category_ids.tolist() == []


def dataset(
    labels: list[tuple[int, int]], negative: dict[int, list[int]], listed: dict[int, list[int]]
) -> dict[str, Any]:
    images = sorted({*negative, *listed, *(image for image, _ in labels)})
    return {
        "info": {"images": []},
        "images": [
            {
                "id": number,
                "width": 12,
                "height": 10,
                "not_exhaustive_category_ids": listed.get(number, []),
                "coco_url": f"http://x/train2017/{number:012}.jpg",
                "neg_category_ids": negative.get(number, []),
            }
            for number in images
        ],
        "annotations": [
            {
                "id": place + 1,
                "image_id": image,
                "category_id": category,
                "segmentation": BOX,
                "bbox": [1, 1, 8, 8],
                "area": 64.0,
            }
            for place, (image, category) in enumerate(labels)
        ],
        "categories": [
            {
                "id": number,
                "instance_count": sum(category == number for _, category in labels),
                "name": name,
                "frequency": "rcf"[number % 3],
                "image_count": len({image for image, category in labels if category == number}),
            }
            for number, name in CATEGORIES.items()
        ],
    }


@st.composite
def datasets(draw: st.DrawFn) -> dict[str, Any]:
    """Sound LVIS files: what an image has is not among its negatives, and what is not exhaustive is there."""
    labels = draw(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(list(CATEGORIES))), max_size=12))
    has = {image: {c for i, c in labels if i == image} for image in range(1, 5)}
    negative = {i: draw(st.lists(st.sampled_from(list(CATEGORIES)), unique=True)) for i in has}
    negative = {i: [c for c in numbers if c not in has[i]] for i, numbers in negative.items()}
    listed = {i: draw(st.lists(st.sampled_from(sorted(has[i])), unique=True)) if has[i] else [] for i in has}
    return dataset(labels, negative, listed)


def check_true(clean: dict[str, Any], noisy: dict[str, Any]) -> None:
    """What the lists and counts must be, from their meaning."""
    moved = {a["id"]: a["category_id"] for a in noisy["annotations"]}
    for before, after in zip(clean["images"], noisy["images"], strict=True):
        ours = [a for a in clean["annotations"] if a["image_id"] == after["id"]]
        had, has = {a["category_id"] for a in ours}, {moved[a["id"]] for a in ours if a["id"] in moved}
        assert after["neg_category_ids"] == before["neg_category_ids"]
        assert not has & set(after["neg_category_ids"])
        lost = {a["category_id"] for a in ours if moved.get(a["id"]) != a["category_id"]}
        incomplete = {c for c in has if c in before["not_exhaustive_category_ids"] or c in lost or c not in had}
        assert sorted(after["not_exhaustive_category_ids"]) == sorted(incomplete)
    for before, after in zip(clean["categories"], noisy["categories"], strict=True):
        ours = [a for a in noisy["annotations"] if a["category_id"] == after["id"]]
        assert after == {
            **before,
            "instance_count": len(ours),
            "image_count": len({a["image_id"] for a in ours}),
        }


@given(datasets(), st.integers(0, 1000), st.sampled_from(["keep", "drop"]))
def test_the_lists_stay_true(clean: dict[str, Any], seed: int, on_empty: str) -> None:
    values = {"flip_class": 0.7, "rand": [0.5, 9]}  # which erodes a box of 8 pixels to nothing
    noisy = noise(clean, corruption_values=values, seed=seed, on_empty=on_empty).dataset
    check_true(clean, noisy)


def on_file(path: Path, content: dict[str, Any], **style: Any) -> tuple[bytes, list[dict[str, str]]]:
    path.write_text(json.dumps(content, **style))
    file = read(path)
    setting = Setting(recipe({"flip_class": 1}, load()), classes(file.tables.categories, {}), 3, Options())
    noisy, log, lists = io.BytesIO(), io.BytesIO(), io.BytesIO()
    noise_file(file, setting, noisy, log, annotations_per_job=2, lists=lists)
    return noisy.getvalue(), list(csv.DictReader(io.StringIO(lists.getvalue().decode())))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("order", [1, -1])
def test_on_file_as_in_memory_wherever_the_parts_stand(tmp_path: Path, style: dict[str, Any], order: int) -> None:
    labels = [(1 + place % 3, 1 + place % 4) for place in range(11)]
    clean = dataset(labels, {1: [5], 2: [5]}, {1: [1], 3: [3]})
    clean = dict(list(clean.items())[::order])
    content, rows = on_file(tmp_path / "lvis.json", clean, **style)
    noisy = json.loads(content)
    assert list(noisy) == list(clean)
    assert noisy == unstated(noise(clean, corruption_values={"flip_class": 1}, seed=3).dataset)
    check_true(clean, noisy)
    assert noisy["images"] != clean["images"]
    assert noisy["categories"] != clean["categories"]
    assert {row["list"] for row in rows} == {"neg_category_ids", "not_exhaustive_category_ids"}


def test_nothing_is_invented(tmp_path: Path) -> None:
    clean = dataset([(1, 1), (2, 1)], {}, {})
    for image in clean["images"]:
        del image["not_exhaustive_category_ids"]
    for category in clean["categories"]:
        del category["image_count"]
    noisy = json.loads(on_file(tmp_path / "lvis.json", clean)[0])
    assert [list(image) for image in noisy["images"]] == [list(image) for image in clean["images"]]
    assert [list(category) for category in noisy["categories"]] == [list(c) for c in clean["categories"]]


def test_a_file_without_annotations_stays_as_it_is(tmp_path: Path) -> None:
    clean = dataset([], {1: [3]}, {})
    content, rows = on_file(tmp_path / "lvis.json", clean)
    assert content == json.dumps(clean).encode()
    assert rows == []


def test_the_draw_is_uniform_over_what_is_not_negative() -> None:
    """One image, K = 5 categories of which two are negative: each of the other three gets a third."""
    clean = dataset([(1, 1)] * 6000, {1: [2, 4]}, {})
    for annotation in clean["annotations"]:
        del annotation["segmentation"]
    found = Counter(a["category_id"] for a in noise(clean, corruption_values={"flip_class": 1}).dataset["annotations"])
    assert set(found) == {1, 3, 5}
    assert all(abs(count - 2000) < 4 * np.sqrt(6000 * (1 / 3) * (2 / 3)) for count in found.values())


def test_a_category_that_leaves_no_choice_stays() -> None:
    clean = dataset([(1, 1)], {1: [2, 3, 4, 5]}, {})
    for seed in range(20):
        assert (
            noise(clean, corruption_values={"flip_class": 1}, seed=seed).dataset["annotations"][0]["category_id"] == 1
        )


def test_only_draws_that_land_in_the_list_are_drawn_again(lvis_sample: Path) -> None:
    """Everything else is as it is without lists."""
    clean = json.loads(lvis_sample.read_text())
    bare = {**clean, "images": [{k: v for k, v in i.items() if not k.endswith("ids")} for i in clean["images"]]}
    negative = {image["id"]: image["neg_category_ids"] for image in clean["images"]}
    with_lists = noise(clean, corruption_values={"flip_class": 1, "rand": [0.3, 3]}).dataset
    without = noise(bare, corruption_values={"flip_class": 1, "rand": [0.3, 3]}).dataset
    differ = 0
    for one, other in zip(with_lists["annotations"], without["annotations"], strict=True):
        if other["category_id"] in negative[other["image_id"]]:
            differ += 1
            other = {**other, "category_id": one["category_id"], "class_noise": one["class_noise"]}
        assert one == other
    assert differ > 0
    assert without["categories"] == clean["categories"]


@pytest.mark.parametrize("on_empty", ["keep", "drop"])
def test_lists_of_whole_files_stay_true(lvis_sample: Path, on_empty: str) -> None:
    clean = json.loads(lvis_sample.read_text())
    noisy = noise(clean, benchmark="hard", seed=5, on_empty=on_empty).dataset
    check_true(clean, noisy)
    assert noisy["images"] != clean["images"]
