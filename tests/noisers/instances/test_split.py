"""Splitting, against a plain second way: every pixel, every distance and every piece one by one."""

import math
from itertools import product
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import to_frame
from noise_annotations import noise
from noisers import Add, Remove, Unable
from noisers.instances.split import split
from tests.noisers.instances.scenes import dataset, scene_of, square
from tests.strategies import full_frames

Frame = NDArray[np.uint8]
Pixel = tuple[int, int]
Way = Literal["seeds", "line"]


def parts(frame: Frame, seed: int, way: Way = "seeds", least_share: float = 0.1) -> list[Frame]:
    """The parts from the noise, the larger one first; none where there was no cut."""
    scene = scene_of([frame])
    edits = split(scene, stream(seed, "test", 1), instance=scene.instances[0], way=way, least_share=least_share)
    if edits == [Unable(1, "no_cut")]:
        return []
    removed, *added = edits
    assert removed == Remove(1) and len(added) == 2
    assert all(isinstance(edit, Add) and (edit.category_id, edit.parents) == (3, (1,)) for edit in added)
    return [to_frame(edit.mask) for edit in added if isinstance(edit, Add)]


def pieces(pixels: set[Pixel]) -> int:
    """Sets of pixels that hang together by sides or corners."""
    left, count = set(pixels), 0
    while left:
        count, waiting = count + 1, [left.pop()]
        while waiting:
            row, column = waiting.pop()
            near = {(row + down, column + right) for down, right in product((-1, 0, 1), repeat=2)} & left
            left -= near
            waiting += near
    return count


def plainly(frame: Frame, rng: Generator, least_share: float) -> list[Frame]:
    mask = {(int(row), int(column)) for row, column in np.argwhere(frame)}
    height, width = frame.shape
    around = [p for p in product(range(-1, height + 1), range(-1, width + 1)) if p not in mask]

    def distance(row: int, column: int) -> float:
        return min(math.dist((row, column), other) for other in around) if (row, column) in mask else 0.0

    def slope(row: int, column: int) -> float:
        down = (distance(row + 1, column) - distance(row - 1, column)) / 2
        right = (distance(row, column + 1) - distance(row, column - 1)) / 2
        return down**2 + right**2

    middle = [pixel for pixel in sorted(mask) if slope(*pixel) < 0.1]
    middle = middle if len(middle) > 1 else sorted(mask)
    for _ in range(50 if len(mask) > 1 else 0):
        first, second = (middle[place] for place in rng.choice(len(middle), 2, replace=False))
        nearer = {p for p in mask if math.dist(p, first) <= math.dist(p, second)}
        halves = sorted((nearer, mask - nearer), key=len, reverse=True)
        if len(halves[1]) >= max(least_share * len(mask), 1) and sum(map(pieces, halves)) <= pieces(mask) + 1:
            frames = []
            for half in halves:
                frames.append(np.zeros_like(frame))
                for pixel in half:
                    frames[-1][pixel] = 1
            return frames
    return []


@pytest.mark.parametrize("least_share", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("seed", range(8))
def test_it_is_what_the_plain_way_gives(seed: int, least_share: float) -> None:
    rng = np.random.default_rng(seed)
    frame = np.zeros((14, 17), np.uint8)
    for _ in range(3):
        left, top = rng.integers(0, 12, 2)
        frame[top : top + rng.integers(1, 8), left : left + rng.integers(1, 8)] = 1
    frame[rng.integers(14), rng.integers(17)] = 0
    expected = plainly(frame, stream(seed, "test", 1), least_share)
    drawn = parts(frame, seed, least_share=least_share)
    assert len(drawn) == len(expected)
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(drawn, expected, strict=True))


@given(full_frames, st.sampled_from(["seeds", "line"]), st.sampled_from([0, 0.1, 0.3]), st.integers(0, 2**64 - 1))
def test_parts_are_disjoint_and_together_the_mask(frame: Frame, way: Way, least_share: float, seed: int) -> None:
    drawn = parts(frame, seed, way, least_share)
    if drawn:
        larger, smaller = drawn
        assert np.array_equal(larger + smaller, frame)
        assert larger.sum() >= smaller.sum() >= max(least_share * frame.sum(), 1)
        count = {tuple(map(int, pixel)) for pixel in np.argwhere(frame)}
        halves = [pieces({(int(row), int(column)) for row, column in np.argwhere(part)}) for part in drawn]
        assert sum(halves) <= pieces({(row, column) for row, column in count}) + 1


def test_a_bar_by_hand() -> None:
    """Of a row of ten pixels any two are seeds, and the cut lies half way: each half has two pixels at least of ten."""
    bar = np.zeros((3, 12), np.uint8)
    bar[1, 1:11] = 1
    smaller = {int(parts(bar, seed, least_share=0.2)[1].sum()) for seed in range(200)}
    assert smaller == {2, 3, 4, 5}
    assert {int(parts(bar, seed, least_share=0.5)[1].sum()) for seed in range(20)} == {5}


def test_lines_by_hand() -> None:
    """A square of four: along the rows or the columns, at 1, 2 or 3; the larger part first."""
    frame = np.zeros((8, 9), np.uint8)
    frame[2:6, 3:7] = 1
    shapes = set()
    for seed in range(300):
        drawn = parts(frame, seed, "line", 0)
        shapes.add(tuple(tuple(int(np.ptp(axis)) + 1 for axis in np.nonzero(part)) for part in drawn))
    assert shapes == {((4, 3), (4, 1)), ((4, 2), (4, 2)), ((3, 4), (1, 4)), ((2, 4), (2, 4))}


@pytest.mark.parametrize("way", ["seeds", "line"])
def test_what_cannot_be_cut_stays(way: Way) -> None:
    nothing, dot = np.zeros((5, 5), np.uint8), np.zeros((5, 5), np.uint8)
    dot[2, 2] = 1
    assert parts(nothing, 1, way) == parts(dot, 1, way) == []
    three = np.zeros((5, 5), np.uint8)
    three[2, 1:4] = 1
    assert parts(three, 1, way, 0.5) == []  # one and two


def test_two_pieces_may_be_cut_between_them_or_one_of_them_once() -> None:
    frame = np.zeros((9, 30), np.uint8)
    frame[2:7, 2:12] = frame[2:7, 20:28] = 1
    counts = set()
    for seed in range(100):
        drawn = parts(frame, seed)
        counts.add(tuple(sorted(pieces({(int(r), int(c)) for r, c in np.argwhere(part)}) for part in drawn)))
    assert counts == {(1, 1), (1, 2)}


def test_in_a_dataset_there_is_one_more_for_each() -> None:
    source: dict[str, Any] = dataset([[square(3, 3, 20), square(40, 30, 1)], [square(3, 3, 20)]], note="by hand")
    result = noise(source, corruption_values={"split": {"share": 1, "way": "seeds", "least_share": 0.1}})
    noisy = result.dataset["annotations"]
    assert [a["id"] for a in noisy] == [2, 4, 5, 6, 7]
    assert all(a["note"] == "by hand" for a in noisy)
    assert noisy[1]["area"] + noisy[2]["area"] == 400 if "area" in noisy[1] else True
    assert [(row.annotation_id, row.mask_outcome) for row in result.changes][:3] == [
        (1, "removed"),
        (2, "not_drawn"),
        (3, "removed"),
    ]
    assert result.changes[1].steps[0].drawn["why"] == "no_cut"
