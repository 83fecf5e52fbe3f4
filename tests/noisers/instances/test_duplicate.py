import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import to_frame
from noise_annotations import noise
from noisers.instances.duplicate import duplicate
from noisers.mask.localization import localization
from noisers.mask.rand import rand
from tests.noisers.instances.scenes import dataset, scene_of, square
from tests.reference import decode

SQUARE, DOT = np.zeros((40, 50), np.uint8), np.zeros((40, 50), np.uint8)
SQUARE[10:20, 20:32] = DOT[5, 7] = 1
SCENE = scene_of([SQUARE, DOT, 0 * DOT, np.ones_like(DOT)], ids=[4, 6, 8, 9], categories=[3, 7, 3, 3])


def added(place: int, name: str, strength: float, seed: int = 1) -> Any:
    instance = SCENE.instances[place]
    return duplicate(SCENE, stream(seed, "test", 1), instance=instance, noise=name, strength=strength)


def test_the_copy_is_the_mask_under_that_noise() -> None:
    for seed in range(20):
        (copy,) = added(0, "rand", 3.0, seed)
        expected = rand(SCENE.instances[0].mask, stream(seed, "test", 1), kernel_px=3)
        assert np.array_equal(to_frame(copy.mask), to_frame(expected.mask))
        assert (copy.category_id, copy.parents, copy.drawn) == (3, (4,), expected.drawn)
        (copy,) = added(0, "localization", 2.0, seed)
        expected_mask = localization(SCENE.instances[0].mask, stream(seed, "test", 1), std_px=2)
        assert np.array_equal(to_frame(copy.mask), to_frame(expected_mask))
        assert not copy.drawn


def test_a_copy_that_would_be_empty_is_the_mask_itself() -> None:
    areas = {to_frame(added(1, "rand", 3.0, seed)[0].mask).sum() for seed in range(20)}
    assert areas == {1, 9}
    assert added(1, "rand", 3.0)[0].category_id == 7


def test_without_a_mask_there_is_no_copy_and_of_the_whole_frame_it_is_the_frame() -> None:
    assert added(2, "localization", 2.0) == []
    assert to_frame(added(3, "rand", 31.0)[0].mask).all()


@pytest.mark.parametrize(
    ("name", "strength", "message"),
    [
        ("blur", 1.0, "noise must be a mask noise with one strength, not 'blur'"),
        ("hand", 1.0, "noise must be a mask noise with one strength, not 'hand'"),
        ("flip_class", 1.0, "noise must be a mask noise with one strength, not 'flip_class'"),
        ("box_shift_scale", 1.0, "noise must be a mask noise with one strength, not 'box_shift_scale'"),
        ("duplicate", 1.0, "noise must be a mask noise with one strength, not 'duplicate'"),
        ("localization", -1.0, "localization: std_px must be finite and not negative, not -1"),
        ("rand", 2.5, "rand: kernel_px must be a whole number, not 2.5"),
        ("rand", 4.0, "kernel_px must be odd and positive, not 4"),
    ],
)
def test_what_it_cannot_take_is_said(name: str, strength: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        added(0, name, strength)
    with pytest.raises(ValueError, match=f"^duplicate: {message}"):
        noise(dataset([[square(3, 3, 9)]]), corruption_values={"duplicate": [1, name, strength]})


def test_copies_have_ids_above_the_largest_and_the_fields_of_their_parent() -> None:
    source = dataset([[square(3, 3, 20), square(30, 20, 15)], [square(3, 3, 20), []]], area=1.0, note="by hand")
    source["annotations"][0]["iscrowd"] = 1  # is left alone
    noisy = noise(source, corruption_values={"duplicate": [1, "rand", 5]}).dataset["annotations"]
    assert [annotation["id"] for annotation in noisy] == [1, 2, 3, 4, 5, 6]
    for copy, parent in zip(noisy[4:], source["annotations"][1:3], strict=True):
        assert {key: copy[key] for key in ("image_id", "category_id", "iscrowd", "note")} == {
            key: parent[key] for key in ("image_id", "category_id", "iscrowd", "note")
        }
        side = 20 if parent["image_id"] == 2 else 15
        assert copy["area"] == decode(copy["segmentation"], 48, 64).sum()
        assert copy["area"] in ((side - 4) ** 2, (side + 4) ** 2)


def test_copies_are_still_recognised(coco_tiny: Path) -> None:
    """Under localization by 2 px the IoU of a copy with its parent is above a half, but for slivers and specks."""
    source = json.loads((coco_tiny / "instances_val2017.json").read_text())
    result = noise(source, corruption_values={"duplicate": [1, "localization", 2]})
    clean = {annotation["id"]: annotation for annotation in source["annotations"]}
    noisy = {annotation["id"]: annotation for annotation in result.dataset["annotations"]}
    size = {image["id"]: (image["height"], image["width"]) for image in source["images"]}
    copies = [row for row in result.changes if row.mask_outcome == "added"]
    assert len(copies) == len(noisy) - len(clean) > 100
    ious, areas = [], []
    for row in copies:
        parent = clean[row.parents[0]]
        a, b = (
            decode(annotation["segmentation"], *size[parent["image_id"]])
            for annotation in (parent, noisy[row.annotation_id])
        )
        ious.append((a & b).sum() / (a | b).sum())
        areas.append(a.sum())
    large = np.array(areas) >= 32**2
    assert np.array(ious)[large].min() > 0.5
    assert np.median(ious) > 0.5
