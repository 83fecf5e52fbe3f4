"""Merging, against a plain second way: whole frames, and the gap of two masks over all pairs of their pixels."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.geometry.masks import to_frame
from noise_annotations import noise
from noisers import Add, Instance, Remove, Scene
from noisers.instances.merge import merge
from tests.noisers.instances.scenes import dataset, scene_of, square
from tests.reference import decode

Frame = NDArray[np.uint8]
RNG = np.random.default_rng(0)


class Merged(NamedTuple):
    """Two that became one. narrowest_px: between them."""

    larger: int
    smaller: int
    category_id: int
    frame: Frame
    narrowest_px: float


def gap(a: Frame, b: Frame) -> float:
    apart = [math.dist(p, q) for p in np.argwhere(a).tolist() for q in np.argwhere(b).tolist()]
    return max(min(apart, default=math.inf) - 1, 0)


def plainly(scene: Scene, chosen: Sequence[int], gap_px: float, same_class: bool) -> list[Merged]:
    """Again and again the nearest two of those that are left."""
    left = {instance.id: (instance.category_id, to_frame(instance.mask)) for instance in scene.instances}
    pairs_merged: list[Merged] = []
    while True:
        pairs = [
            (gap(left[a][1], left[b][1]), a, b)
            for a, b in combinations(sorted(left), 2)
            if (a in chosen or b in chosen) and (left[a][0] == left[b][0] or not same_class)
        ]
        if not pairs or min(pairs)[0] > gap_px:
            return pairs_merged
        narrowest_px, a, b = min(pairs)
        larger, smaller = (b, a) if left[b][1].sum() > left[a][1].sum() else (a, b)
        pairs_merged.append(Merged(larger, smaller, left[larger][0], left[a][1] | left[b][1], narrowest_px))
        del left[a], left[b]


def merged(scene: Scene, chosen: Sequence[Instance], gap_px: float, same_class: bool, closing: bool) -> list[Merged]:
    """The same from the noise, which takes two away for each that it adds."""
    edits = merge(scene, RNG, chosen=chosen, gap_px=gap_px, same_class=same_class, closing=closing)
    added = [edit for edit in edits if isinstance(edit, Add)]
    removed = [edit.id for edit in edits if isinstance(edit, Remove)]
    assert sorted(removed) == sorted(number for add in added for number in add.parents)
    assert len(set(removed)) == len(removed) == 2 * len(added)
    rows = []
    for add in added:
        larger, smaller = add.parents
        rows.append(Merged(larger, smaller, add.category_id, to_frame(add.mask), float(add.drawn["narrowest_px"])))
    return rows


rectangles = st.tuples(
    st.integers(0, 17), st.integers(0, 17), st.integers(0, 5), st.integers(0, 5), st.sampled_from([3, 7])
)


@given(st.lists(rectangles, min_size=1, max_size=7), st.sampled_from([0, 0.5, 1, 2.5, 6, 100]), st.data())
def test_it_is_the_nearest_pairs_first(
    parts: list[tuple[int, int, int, int, int]], gap_px: float, data: st.DataObject
) -> None:
    frames = []
    for left, top, width, height, _ in parts:
        frame = np.zeros((20, 22), np.uint8)
        frame[top : top + height, left : left + width] = 1  # of no width or height it has no mask
        frames.append(frame)
    ids = data.draw(st.permutations(range(1, len(parts) + 1)))
    scene = scene_of(frames, [part[-1] for part in parts], ids)
    chosen = data.draw(st.lists(st.sampled_from(scene.instances), unique_by=lambda instance: instance.id))
    same_class = data.draw(st.booleans())
    expected = plainly(scene, [instance.id for instance in chosen], gap_px, same_class)
    result = merged(scene, chosen, gap_px, same_class, closing=False)
    assert [row[:3] for row in result] == [row[:3] for row in expected]
    for one, other in zip(result, expected, strict=True):
        assert np.array_equal(one.frame, other.frame)
        assert one.narrowest_px == round(other.narrowest_px, 6)
    for one, other in zip(merged(scene, chosen, gap_px, same_class, closing=True), expected, strict=True):
        assert one[:3] == other[:3] and (one.frame >= other.frame).all()


def rows_of_squares(*lefts: int, sides: Sequence[int] = (), categories: Sequence[int] = ()) -> Scene:
    frames = []
    for left, side in zip(lefts, sides or [6] * len(lefts), strict=True):
        frame = np.zeros((40, 80), np.uint8)
        frame[10 : 10 + side, left : left + side] = 1
        frames.append(frame)
    return scene_of(frames, categories)


@pytest.mark.parametrize(
    ("lefts", "gap_px", "pairs"),
    [
        ((0, 6, 20), 0, [(1, 2, 0)]),
        ((0, 7, 20), 0, []),
        ((0, 7, 20), 1, [(1, 2, 1)]),
        ((0, 8, 15), 2, [(2, 3, 1)]),  # 1 and 2 are 2 apart, 2 and 3 only 1
        ((0, 8, 16), 2, [(1, 2, 2)]),  # as near: the lower ids
        ((0, 8, 16, 24), 2, [(1, 2, 2), (3, 4, 2)]),
        ((0, 9, 16, 25), 3, [(2, 3, 1)]),  # 1 and 4 have lost their neighbours
        ((0, 8, 15), 1.99, [(2, 3, 1)]),
        ((0, 70), 1e300, [(1, 2, 64)]),
    ],
)
def test_pairs_by_hand(lefts: tuple[int, ...], gap_px: float, pairs: list[tuple[int, int, float]]) -> None:
    scene = rows_of_squares(*lefts)
    result = merged(scene, scene.instances, gap_px, True, False)
    assert [(row.larger, row.smaller, row.narrowest_px) for row in result] == pairs


def test_the_larger_one_gives_the_class_and_among_equals_the_lower_id() -> None:
    scene = rows_of_squares(0, 6, 30, 36, sides=(6, 7, 6, 6), categories=(3, 7, 7, 3))
    assert merged(scene, scene.instances, 0, True, False) == []
    result = merged(scene, scene.instances, 0, False, False)
    assert [row[:3] for row in result] == [(2, 1, 7), (3, 4, 7)]


def test_one_of_two_must_be_chosen() -> None:
    scene = rows_of_squares(0, 6, 12, 18)
    result = merged(scene, scene.instances[3:], 0, True, False)
    assert [(row.larger, row.smaller) for row in result] == [(3, 4)]
    assert merged(scene, [], 0, True, False) == []


def test_closing_fills_the_gap() -> None:
    """Four columns between two squares of 20 rows, both at the left and the right border but for two columns."""
    frames = np.zeros((2, 30, 40), np.uint8)
    frames[0, 5:25, 2:16] = frames[1, 5:25, 20:38] = 1
    scene = scene_of(list(frames))
    (open_row,), (row,) = (merged(scene, scene.instances, 4, True, closing) for closing in (False, True))
    assert np.array_equal(open_row.frame, frames.max(axis=0))
    assert row.frame[7:23, 2:38].all() and row.frame.sum() <= 20 * 36
    assert not row.frame[:, :2].any() and not row.frame[:, 38:].any()


@pytest.mark.parametrize("count", [1, 2])
def test_masks_of_the_whole_frame(count: int) -> None:
    scene = scene_of([np.ones((9, 11), np.uint8)] * count)
    for closing in (False, True):
        result = merged(scene, scene.instances, 50, True, closing)
        assert [(row.larger, row.smaller) for row in result] == [(1, 2)][: count - 1]
        assert all(row.frame.all() for row in result)


def test_two_hundred_instances() -> None:
    """In a grid of 20 by 10, a column apart: each merges with a neighbour, in order of ids along the rows."""
    frames = []
    for row in range(10):
        for column in range(20):
            frame = np.zeros((480, 640), np.uint8)
            frame[48 * row : 48 * row + 46, 32 * column : 32 * column + 31] = 1
            frames.append(frame)
    scene = scene_of(frames)
    result = merged(scene, scene.instances, 2, True, True)
    assert [(row.larger, row.smaller) for row in result] == [(number, number + 1) for number in range(1, 200, 2)]


def test_in_a_dataset_one_is_fewer_for_each_merge() -> None:
    """Crowd regions have no part in it, and the larger one's other fields stay."""
    polygons = [square(0, 0, 10), square(10, 0, 12), square(22, 0, 9), square(50, 30, 5)]
    source = dataset([polygons, [square(0, 0, 10), square(10, 0, 10)], polygons[:2]])
    for annotation in source["annotations"]:
        annotation["note"] = f"of {annotation['id']}"
    for place in (2, 5, 6, 7):
        source["annotations"][place]["iscrowd"] = 1
    values: dict[str, Any] = {"merge": {"share": 1, "gap_px": 0, "same_class": True, "closing": False}}
    result = noise(source, corruption_values=values)
    noisy = result.dataset["annotations"]
    assert [annotation["id"] for annotation in noisy] == [3, 4, 5, 6, 7, 8, 9]
    assert (noisy[-1]["note"], noisy[-1]["image_id"], noisy[-1]["iscrowd"]) == ("of 2", 1, 0)
    expected = np.zeros((48, 64), np.uint8)
    expected[:10, :10] = expected[:12, 10:22] = 1
    assert np.array_equal(decode(noisy[-1]["segmentation"], 48, 64), expected)
    (added,) = [row for row in result.changes if row.mask_outcome == "added"]
    assert added.parents == (2, 1)
    assert [row.annotation_id for row in result.changes if row.mask_outcome == "removed"] == [1, 2]
