import math
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from annotation_noise.geometry.discs import grown
from annotation_noise.geometry.masks import Mask, area_px, from_frame, to_frame
from noisers.mask.markov_boundary import markov_boundary
from tests.noisers.mask.figures import disc, holds, rectangle, text
from tests.strategies import full_frames

QUIET: Final[dict[str, Any]] = {
    "relative": False,
    "grow_share": 0.8,
    "move_share": 0.05,
    "speckle_share": 0.0,
    "smooth": False,
}
Pixel = tuple[int, int]


def noised(mask: Mask, number: int = 1, **strengths: Any) -> Mask:
    return markov_boundary(mask, stream(1, "test", number), **{**QUIET, **strengths})


def plainly(
    frame: NDArray[np.uint8],
    rng: Generator,
    steps: int,
    grow_share: float,
    move_share: float,
    speckle_share: float,
    smooth: bool,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The same by its definition, pixel after pixel of the frame; and where the blur is 1/2 but for rounding."""
    height, width = frame.shape
    every = [(y, x) for y in range(height) for x in range(width)]
    mask = {place for place in every if frame[place]}

    def beside(place: Pixel) -> list[Pixel]:
        y, x = place
        around = ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1))
        return [(b, a) for b, a in around if 0 <= b < height and 0 <= a < width]

    for _ in range(steps):
        if not mask:
            break
        grows = rng.random() < grow_share
        edge = [p for p in every if (p in mask) != grows and any((q in mask) == grows for q in beside(p))]
        mask ^= {place for place in edge if rng.random() < move_share}
    if speckle_share:
        near = [(y, x) for y, x in every if any((b - y) ** 2 + (a - x) ** 2 <= 9 for b, a in mask)]
        mask ^= {place for place in near if rng.random() < speckle_share}
    unclear = np.zeros(frame.shape, bool)
    if smooth:
        weights = [math.exp(-(step**2) / 8) for step in range(-2, 3)]

        def mirrored(place: int, length: int) -> int:
            while not 0 <= place < length and length > 1:
                place = -place if place < 0 else 2 * (length - 1) - place
            return place if length > 1 else 0

        blurred = {
            (y, x): sum(
                weights[down + 2] * weights[right + 2] / sum(weights) ** 2
                for down in range(-2, 3)
                for right in range(-2, 3)
                if (mirrored(y + down, height), mirrored(x + right, width)) in mask
            )
            for y, x in every
        }
        mask = {place for place in every if blurred[place] > 0.5}
        for place in every:
            unclear[place] = abs(blurred[place] - 0.5) < 1e-6
    noisy = np.zeros_like(frame)
    for place in mask:
        noisy[place] = 1
    return noisy, unclear


@settings(max_examples=40)
@given(
    frame=full_frames.filter(lambda frame: frame.size <= 400),
    seed=st.integers(0, 2**32),
    steps=st.integers(0, 20),
    grow_share=st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]),
    move_share=st.sampled_from([0.05, 0.4, 1.0]),
    speckle_share=st.sampled_from([0.0, 0.2]),
    smooth=st.booleans(),
)
def test_it_is_what_its_definition_says(
    frame: NDArray[np.uint8],
    seed: int,
    steps: int,
    grow_share: float,
    move_share: float,
    speckle_share: float,
    smooth: bool,
) -> None:
    shares = {"grow_share": grow_share, "move_share": move_share, "speckle_share": speckle_share, "smooth": smooth}
    noisy = markov_boundary(from_frame(frame), stream(seed, "test", 1), steps=steps, relative=False, **shares)  # type: ignore[arg-type]
    expected, unclear = plainly(frame, stream(seed, "test", 1), steps, **shares)  # type: ignore[arg-type]
    assert np.array_equal(to_frame(noisy)[~unclear], expected[~unclear])


def test_when_all_of_the_edge_moves_by_hand() -> None:
    """A pixel grows into diamonds, and these shrink into it again."""
    pixel = text(".......", ".......", ".......", "...#...", ".......", ".......", ".......")
    diamond = text(".......", "...#...", "..###..", ".#####.", "..###..", "...#...", ".......")
    assert np.array_equal(to_frame(noised(pixel, steps=2, grow_share=1, move_share=1)), to_frame(diamond))
    assert np.array_equal(to_frame(noised(diamond, steps=2, grow_share=0, move_share=1)), to_frame(pixel))
    assert area_px(noised(diamond, steps=3, grow_share=0, move_share=1)) == 0


def test_smoothing_alone_rounds_corners_by_hand() -> None:
    """At the corner of a large square 9 of 25 pixels are of it, whose weights are less than half, and on a side 15."""
    square = rectangle(np.s_[10:20], np.s_[20:30])
    rounded = to_frame(square)
    rounded[[10, 10, 19, 19], [20, 29, 20, 29]] = 0
    assert np.array_equal(to_frame(noised(square, steps=0, smooth=True)), rounded)
    assert area_px(noised(rectangle(np.s_[10:11], np.s_[20:21]), steps=0, smooth=True)) == 0
    assert to_frame(noised(rectangle(np.s_[:], np.s_[:]), steps=0, smooth=True)).all()


def test_with_one_direction_it_grows_or_shrinks_by_a_pixel_a_step_at_most() -> None:
    clean = disc(20)
    larger = noised(clean, steps=15, grow_share=1, move_share=0.3)
    smaller = noised(clean, steps=15, grow_share=0, move_share=0.3)
    assert holds(larger, clean) and holds(clean, smaller)
    assert holds(noised(clean, steps=15, grow_share=1, move_share=1), larger)
    assert holds(smaller, noised(clean, steps=15, grow_share=0, move_share=1))
    assert area_px(larger) > area_px(clean) > area_px(smaller) > 0


@pytest.mark.parametrize(
    ("steps", "grow_share", "move_share", "moved_px"),
    [
        (180, 1.0, 0.05, 15.45),
        (180, 0.8, 0.05, 9.9),
        (180, 0.2, 0.05, -10.8),
        (180, 0.5, 0.05, 0),
        (100, 0.8, 0.02, 1.7),
    ],
)
def test_how_far_a_straight_edge_moves(steps: int, grow_share: float, move_share: float, moved_px: float) -> None:
    """Over 200 rows, in the mean of 12: the figures of a simulation with the same rule."""
    half = rectangle(np.s_[:], np.s_[:40], 200, 80)
    strengths: dict[str, Any] = {"steps": steps, "grow_share": grow_share, "move_share": move_share}
    moved = [area_px(noised(half, number, **strengths)) / 200 - 40 for number in range(12)]
    # Of the net number of steps, steps (2 g - 1), the standard deviation is 2 sqrt(steps g (1 - g)); each is 0.086 px.
    spread = 2 * math.sqrt(steps * grow_share * (1 - grow_share)) * 1.7 * move_share
    assert abs(np.mean(moved) - moved_px) < 4 * spread / math.sqrt(12) + 0.4


def test_relative_steps_are_those_of_a_mask_100_px_wide() -> None:
    large, small = rectangle(np.s_[20:120], np.s_[20:120], 200, 200), rectangle(np.s_[20:45], np.s_[20:45], 200, 200)
    for mask, steps in ((large, 40), (small, 10)):
        relative = noised(mask, steps=40, relative=True)
        assert np.array_equal(to_frame(relative), to_frame(noised(mask, steps=steps)))


def test_specks_are_near_the_mask() -> None:
    clean = disc(20)
    noisy = to_frame(noised(clean, steps=0, speckle_share=0.2))
    y, x = np.mgrid[:101, :101] - 50
    assert not noisy[np.hypot(x, y) > 23 + 1e-9].any()
    near = area_px(grown(clean, 3))
    flipped = int((noisy != to_frame(clean)).sum())
    assert abs(flipped - 0.2 * near) < 4 * math.sqrt(near * 0.2 * 0.8)


def test_more_steps_go_on_from_fewer() -> None:
    rng = stream(1, "test", 1)
    halfway = markov_boundary(disc(20), rng, steps=16, **QUIET)
    onward = markov_boundary(halfway, rng, steps=24, **QUIET)
    assert np.array_equal(to_frame(onward), to_frame(noised(disc(20), steps=40)))
