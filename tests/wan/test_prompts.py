import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Mask, box, from_frame, to_frame
from annotation_noise.wan.prompts import PROMPTS, Prompt, tried
from tests.strategies import full_frames

DRAWING = ("random_point", "random_points", "points_and_background", "sloppy_box", "scribble", "box_and_points")
WITHOUT_SKELETON = [name for name in PROMPTS if name != "scribble"]


def made(name: str, mask: Mask, seed: int = 0, **strengths: float) -> Prompt:
    kind = PROMPTS[name]
    drawn: Prompt = kind.function(mask, np.random.default_rng(seed), **{**kind.example, **strengths})
    return drawn


def available(name: str) -> str:
    if name == "scribble":
        pytest.importorskip("skimage", reason="scribbles need scikit-image: pip install -r requirements-wan.txt")
    return name


# A dog of 3 x 2 pixels at column 4, row 5, on an image of 20 x 10.
SMALL = Mask(np.ones((2, 3), np.uint8), 4, 5, 10, 20)


def test_the_tight_box() -> None:
    assert made("box", SMALL, scale=1) == Prompt(box=(4, 5, 7, 7))


def test_a_scaled_box_keeps_its_centre() -> None:
    assert made("box", SMALL, scale=2) == Prompt(box=(2.5, 4, 8.5, 8))  # centre (5.5, 6), now 6 x 4


def test_a_scaled_box_stays_within_the_image() -> None:
    assert made("box", SMALL, scale=10) == Prompt(box=(0, 0, 20, 10))  # 30 x 20 around (5.5, 6)


def test_the_centre_of_the_box() -> None:
    assert made("box_centre", SMALL) == Prompt(((5.5, 6.0),), (1,))


def test_the_centre_may_lie_in_a_hole() -> None:
    ring = np.ones((5, 5), np.uint8)
    ring[1:4, 1:4] = 0
    (point,) = made("box_centre", from_frame(ring)).points
    assert point == (2.5, 2.5)


@given(full_frames, st.integers(0, 9))
def test_the_deepest_point_is_farthest_from_what_is_no_mask(frame: NDArray[np.uint8], margin: int) -> None:
    framed = np.pad(frame, margin)
    mask = from_frame(framed)
    ((x, y),) = made("deepest_point", mask).points
    height, width = framed.shape
    outside = [(r, c) for r in range(-1, height + 1) for c in range(-1, width + 1) if not _is_on(framed, r, c)]
    depth = {
        (r, c): min((r - a) ** 2 + (c - b) ** 2 for a, b in outside) for r, c in np.argwhere(framed).tolist()[:200]
    }
    mine = min((y - a) ** 2 + (x - b) ** 2 for a, b in outside)
    assert mine >= max(depth.values())
    assert _is_on(framed, int(y), int(x))
    earlier = [place for place, value in depth.items() if value == mine]
    assert not earlier or min(earlier) >= (y, x)


def _is_on(frame: NDArray[np.uint8], row: int, column: int) -> bool:
    return 0 <= row < frame.shape[0] and 0 <= column < frame.shape[1] and bool(frame[row, column])


@pytest.mark.parametrize("name", list(PROMPTS))
def test_on_real_masks(real_masks: list[Mask], name: str) -> None:
    """Points with label 1 on the mask, those with 0 beside it, boxes within the image."""
    available(name)
    for number, mask in enumerate(real_masks):
        prompt = made(name, mask, number)
        frame = to_frame(mask)
        assert len(prompt.points) == len(prompt.labels)
        assert prompt.points or prompt.box
        if name != "box_centre":
            assert [int(frame[int(y), int(x)]) for x, y in prompt.points] == list(prompt.labels)
        if prompt.box:
            left, top, right, bottom = prompt.box
            assert 0 <= left < right <= mask.frame_width
            assert 0 <= top < bottom <= mask.frame_height


@pytest.mark.parametrize("name", ["box", "box_and_points"])
def test_the_box_is_cocos(real_masks: list[Mask], name: str) -> None:
    for mask in real_masks:
        left, top, width, height = box(mask)
        assert made(name, mask).box == (left, top, left + width, top + height)


@given(full_frames, st.sampled_from(WITHOUT_SKELETON), st.integers(0, 2**32))
def test_any_mask_has_any_prompt(frame: NDArray[np.uint8], name: str, seed: int) -> None:
    mask = from_frame(frame)
    prompt = made(name, mask, seed)
    for (x, y), label in zip(prompt.points, prompt.labels, strict=True):
        if name != "box_centre":
            assert frame[int(y), int(x)] == label
    if prompt.box:
        left, top, right, bottom = prompt.box
        assert 0 <= left < right <= frame.shape[1]
        assert 0 <= top < bottom <= frame.shape[0]


@given(full_frames, st.integers(1, 60), st.integers(0, 2**32))
def test_no_pixel_is_drawn_twice(frame: NDArray[np.uint8], count: int, seed: int) -> None:
    points = made("random_points", from_frame(frame), seed, points=count).points
    assert len(points) == len(set(points)) == min(count, int(frame.sum()))


def test_every_pixel_is_as_likely() -> None:
    drawn = [made("random_point", SMALL, seed).points[0] for seed in range(3000)]
    counts = [drawn.count((x, y)) for x in (4.0, 5.0, 6.0) for y in (5.0, 6.0)]
    assert sum(counts) == 3000
    # each is binomial with mean 500 and standard deviation 20.4; six standard deviations either way
    assert all(378 < count < 622 for count in counts)


def test_background_points_lie_around_the_box() -> None:
    """At a margin of half its longer side of 3 pixels, 1.5 and rounded to 2: columns 2 to 8, rows 3 to 8."""
    found = set()
    for seed in range(300):
        prompt = made("points_and_background", SMALL, seed, points=1, background_points=4, margin_share=0.5)
        assert prompt.labels == (1, 0, 0, 0, 0)
        found |= set(prompt.points[1:])
    window = {(float(x), float(y)) for x in range(2, 9) for y in range(3, 9)}
    assert found == window - {(float(x), float(y)) for x in (4, 5, 6) for y in (5, 6)}


def test_without_background_there_are_no_background_points() -> None:
    everything = from_frame(np.ones((4, 4), np.uint8))
    prompt = made("points_and_background", everything, points=2, background_points=5)
    assert prompt.labels == (1, 1)


def test_a_sloppy_box_has_the_spread_that_is_asked_for() -> None:
    mask = Mask(np.ones((100, 200), np.uint8), 400, 300, 1000, 1000)  # far from the image's border
    boxes = np.array([made("sloppy_box", mask, seed, shift_share=0.1, scale_share=0.05).box for seed in range(4000)])
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    # of 4000 normal draws the standard deviation is known to 1.1 %, the mean to 1.6 % of it; five times that
    for values, mean, std in ((x, 500, 20), (y, 350, 10), (width, 200, 10), (height, 100, 5)):
        assert abs(values.std() / std - 1) < 0.056
        assert abs(values.mean() - mean) < 0.08 * std
    assert abs(np.corrcoef(x, width)[0, 1]) < 5 / math.sqrt(4000)


def test_a_box_without_slop_is_the_tight_box() -> None:
    assert made("sloppy_box", SMALL, shift_share=0, scale_share=0).box == (4, 5, 7, 7)


def test_a_box_shifted_beyond_the_image_keeps_a_pixel_of_it() -> None:
    """Shifted by a normal step of 100 pixels in y, on an image of 10."""
    boxes = [made("sloppy_box", SMALL, seed, shift_share=50, scale_share=0).box for seed in range(200)]
    rows = [(found[1], found[3]) for found in boxes if found]
    assert rows.count((0, 1)) > 60
    assert rows.count((9, 10)) > 60
    assert all(0 <= top < bottom <= 10 for top, bottom in rows)


def test_a_scribble_runs_along_the_middle() -> None:
    available("scribble")
    bar = np.zeros((20, 60), np.uint8)
    bar[6:13, 5:55] = 1  # seven rows: its middle is row 9
    mask = from_frame(bar)
    for seed in range(20):
        points = made("scribble", mask, seed, points=5, length_share=0.5).points
        assert len(points) == 5
        x, y = np.array(points).T
        assert set(y.tolist()) == {9.0}
        steps = np.diff(x)
        assert (steps > 0).all() or (steps < 0).all()
        assert 18 <= abs(x[-1] - x[0]) <= 25  # half of what is left of 50 columns without the ends


def test_a_whole_scribble_reaches_from_end_to_end() -> None:
    available("scribble")
    line = np.zeros((9, 40), np.uint8)
    line[4, 3:37] = 1
    points = made("scribble", from_frame(line), points=3, length_share=1).points
    assert sorted(points)[0] == (3.0, 4.0)
    assert sorted(points)[2] == (36.0, 4.0)


@pytest.mark.parametrize("name", DRAWING)
def test_draws_depend_on_seed_and_annotation_alone(name: str) -> None:
    available(name)
    kind = PROMPTS[name]
    blob = from_frame(np.pad(np.ones((30, 40), np.uint8), 20))

    def drawn(seed: int, number: int) -> Prompt:
        rng: Generator = stream(seed, f"prompt {name}", number)
        points: Prompt = kind.function(blob, rng, **kind.example)
        return points

    assert drawn(1, 7) == drawn(1, 7)
    assert drawn(1, 7) != drawn(1, 8)
    assert drawn(1, 7) != drawn(2, 7)


@pytest.mark.parametrize("name", [name for name in PROMPTS if name not in DRAWING])
def test_the_others_draw_nothing(name: str, real_masks: list[Mask]) -> None:
    assert [made(name, mask, 1) for mask in real_masks[:50]] == [made(name, mask, 2) for mask in real_masks[:50]]


@pytest.mark.parametrize(
    ("name", "strengths", "message"),
    [
        ("blob", {}, "--prompt must be one of box, box_centre, .*; not 'blob'"),
        ("box", {}, "the prompt box lacks scale; an example: --prompt box scale=1.0"),
        ("box_centre", {"points": 2}, "the prompt box_centre takes no points"),
        ("box", {"scale": 0.0}, "the prompt box: scale must be above 0, not 0"),
        ("random_points", {"points": 0}, "the prompt random_points: points must be 1 or more, not 0"),
        ("scribble", {"points": 3, "length_share": 1.5}, "length_share must be above 0 and at most 1, not 1.5"),
    ],
)
def test_what_a_prompt_cannot_take_is_said(name: str, strengths: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        tried(name, strengths)


def test_every_prompt_takes_its_example() -> None:
    for kind in PROMPTS.values():
        assert tried(available(kind.name), kind.example) == kind
