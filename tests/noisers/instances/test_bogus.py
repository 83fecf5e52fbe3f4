"""Bogus instances; the rule of the IoU is held against whole frames and pycocotools' decoder."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import to_frame
from noise_annotations import noise
from noisers import Add, Scene, Unable
from noisers.instances.bogus import Shape, bogus
from noisers.kinds import classes
from tests.noisers.instances.scenes import dataset, scene_of, square
from tests.reference import decode

FIVE = classes(dict.fromkeys((3, 4, 5, 7, 8), ""), {})
SHAPES: list[Shape] = ["own_shape", "box", "ellipse", "any_box"]


def frame(left: int, top: int, width: int, height: int) -> NDArray[np.uint8]:
    pixels = np.zeros((40, 50), np.uint8)
    pixels[top : top + height, left : left + width] = 1
    return pixels


SMALL = frame(2, 3, 5, 4)
SMALL[3, 2] = 0  # a corner is missing
SCENE = scene_of([SMALL, frame(20, 20, 15, 15)])


def added(scene: Scene, seed: int, shape: Shape, same_class: bool = False, iou_below: float = 0.2) -> Add | Unable:
    (edit,) = bogus(
        scene,
        stream(seed, "test", 1),
        instance=scene.instances[0],
        classes=FIVE,
        shape=shape,
        same_class=same_class,
        iou_below=iou_below,
    )
    return edit


def place(add: Add | Unable) -> tuple[int, ...]:
    assert isinstance(add, Add)
    return add.mask.left, add.mask.top, *add.mask.pixels.shape[::-1]


def test_sizes_and_shapes_by_hand() -> None:
    """Of 5 x 4: an ellipse lacks its corners."""
    expected: dict[str, NDArray[Any]] = {
        "own_shape": SMALL[3:7, 2:7],
        "box": np.ones((4, 5)),
        "ellipse": np.ones((4, 5)),
    }
    for row, column in ((0, 0), (0, 4), (3, 0), (3, 4)):
        expected["ellipse"][row, column] = 0
    for shape in SHAPES[:3]:
        add = added(SCENE, 1, shape)
        assert isinstance(add, Add) and add.parents == (1,)
        assert np.array_equal(add.mask.pixels, expected[shape])


def test_places_are_uniform_up_to_both_borders() -> None:
    """A pixel in a frame of 4 x 3 with a single other one, which it may not cover."""
    pixels = np.zeros((3, 4), np.uint8)
    pixels[1, 2] = 1
    scene = scene_of([pixels])
    places = Counter(place(added(scene, seed, "own_shape", iou_below=0.5)) for seed in range(3000))
    assert set(places) == {(x, y, 1, 1) for x in range(4) for y in range(3) if (x, y) != (2, 1)}
    assert chisquare([*places.values()]).pvalue > 1e-4


def test_any_box_lies_between_two_uniform_points() -> None:
    """In a frame of 2 x 1: two of 0..2 that differ, and two of 0..1 that do."""
    places = Counter(
        place(added(scene_of([np.zeros((1, 2), np.uint8)]), n, "any_box", iou_below=1)) for n in range(3000)
    )
    assert set(places) == {(0, 0, 1, 1), (1, 0, 1, 1), (0, 0, 2, 1)}
    assert chisquare([*places.values()]).pvalue > 1e-4


def test_each_class_is_as_likely_or_it_is_that_of_the_chosen_one() -> None:
    drawn = Counter(add.category_id for n in range(3000) if isinstance(add := added(SCENE, n, "own_shape"), Add))
    assert sorted(drawn) == list(FIVE.ids)
    assert chisquare([*drawn.values()]).pvalue > 1e-4
    for seed in range(20):
        add = added(SCENE, seed, "own_shape", same_class=True)
        assert isinstance(add, Add) and add.category_id == 3


rectangles = st.tuples(st.integers(0, 45), st.integers(0, 35), st.integers(1, 30), st.integers(1, 30))


@given(
    st.lists(rectangles, min_size=1, max_size=6), st.sampled_from(SHAPES), st.sampled_from([0.01, 0.2, 0.5]), st.data()
)
def test_no_clean_mask_or_box_is_overlapped_more_than_it_may_be(
    parts: list[Any], shape: Shape, iou_below: float, data: st.DataObject
) -> None:
    scene = scene_of([frame(*part) for part in parts])
    add = added(scene, data.draw(st.integers(0, 2**64 - 1)), shape, iou_below=iou_below)
    if isinstance(add, Unable):
        assert add == Unable(1, "no_place")
        return
    ours = to_frame(add.mask) > 0
    boxed = frame(*place(add)) > 0
    for instance in scene.instances:
        theirs = to_frame(instance.mask) > 0
        for other in (ours, boxed):  # a rectangle is its own box
            assert (other & theirs).sum() / (other | theirs).sum() < iou_below


def test_a_full_image_gets_none() -> None:
    full = scene_of([np.ones((9, 9), np.uint8), np.ones((9, 9), np.uint8)])
    for shape in SHAPES:
        assert added(full, 1, shape, iou_below=0.01) == Unable(1, "no_place")
    assert added(SCENE, 1, "own_shape", iou_below=0) == Unable(1, "no_place")


def test_without_a_mask_there_is_no_size() -> None:
    empty = scene_of([np.zeros((9, 9), np.uint8)])
    assert added(empty, 1, "box") == Unable(1, "no_mask")
    assert isinstance(added(empty, 1, "any_box"), Add)


def test_in_a_dataset_they_stand_at_the_end_and_full_images_are_in_the_log() -> None:
    """Two images with room; one that is full, whose two instances get none."""
    source = dataset([[square(3, 3, 9)] * 2, [square(0, 0, 64)] * 2, [square(30, 20, 9)]])
    values = {"bogus": {"share": 1, "shape": "box", "same_class": False, "iou_below": 0.2}}
    result = noise(source, corruption_values=values)
    extra = result.dataset["annotations"][5:]
    assert [(a["id"], a["image_id"]) for a in extra] == [(6, 1), (7, 1), (8, 3)]
    assert result.dataset["annotations"][:5] == [
        {**a, "boundary_type": "none", "class_noise": False} for a in source["annotations"]
    ]
    for annotation in extra:
        clean = [a for a in source["annotations"] if a["image_id"] == annotation["image_id"]]
        for other in clean:
            a, b = (decode(each["segmentation"], 48, 64) > 0 for each in (annotation, other))
            assert (a & b).sum() / (a | b).sum() < 0.2
    rows = [(row.annotation_id, row.mask_outcome, row.steps[0].outcome, row.parents) for row in result.changes]
    assert rows == [
        (3, "not_drawn", "unable", ()),
        (4, "not_drawn", "unable", ()),
        (6, "added", "added", (1,)),
        (7, "added", "added", (2,)),
        (8, "added", "added", (5,)),
    ]
    assert result.changes[0].steps[0].drawn["why"] == "no_place"


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_an_exact_share_of_the_clean_number(share: float) -> None:
    source = dataset([[square(3, 3, 5)] * 10] * 20)
    values = {"bogus": {"share": {"exact": share}, "shape": "own_shape", "same_class": True, "iou_below": 0.2}}
    assert len(noise(source, corruption_values=values).dataset["annotations"]) == 200 + 200 * share
