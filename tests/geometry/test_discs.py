"""Distances by brute force: every pixel of the whole frame against every other."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from annotation_noise.geometry.discs import closed, gap_px, grown, shrunk
from annotation_noise.geometry.masks import Mask, area_px, from_frame, padded, to_frame, union

Frame = NDArray[np.uint8]
sizes = st.tuples(st.integers(1, 14), st.integers(1, 18))
frames = st.one_of(
    hnp.arrays(np.uint8, sizes, elements=st.integers(0, 1)),
    hnp.arrays(np.uint8, sizes, elements=st.integers(0, 1), fill=st.just(np.uint8(0))),  # few pixels
    hnp.arrays(np.uint8, sizes, elements=st.integers(0, 1), fill=st.just(np.uint8(1))),  # few holes
).filter(lambda frame: bool(frame.any()))
radii = st.one_of(st.integers(0, 40).map(float), st.floats(0, 9))
margins = st.integers(0, 20)

FULL, DOT = np.ones((7, 9), np.uint8), np.zeros((7, 9), np.uint8)
DOT[3, 4] = 1


def distances(frame: Frame) -> NDArray[np.float64]:
    """Of each pixel from the nearest one of the frame; infinite where it has none."""
    pixels, everywhere = np.argwhere(frame), np.argwhere(np.ones_like(frame))
    squares = ((everywhere[:, None] - pixels[None]) ** 2).sum(axis=2)
    return np.asarray(np.sqrt(squares.min(axis=1, initial=2**40)).reshape(frame.shape))


@given(frames, radii, margins)
@example(FULL, 40.0, 0)
@example(DOT, 1.0, 0)
@example(DOT, 40.0, 0)
def test_grown_has_all_that_is_near(frame: Frame, radius_px: float, margin_px: int) -> None:
    result = grown(padded(from_frame(frame), margin_px), radius_px)
    assert np.array_equal(to_frame(result), distances(frame) <= radius_px)


@given(frames, radii, margins)
@example(FULL, 40.0, 0)
@example(DOT, 1.0, 0)
@example(DOT, 0.9, 3)
def test_shrunk_has_what_is_far_from_the_background_of_the_frame(
    frame: Frame, radius_px: float, margin_px: int
) -> None:
    result = shrunk(padded(from_frame(frame), margin_px), radius_px)
    assert np.array_equal(to_frame(result), frame * (distances(1 - frame) > radius_px))


def rectangle(rows: int, columns: int, frame: tuple[int, int] = (60, 80), at: tuple[int, int] = (20, 25)) -> Mask:
    pixels = np.zeros(frame, np.uint8)
    pixels[at[0] : at[0] + rows, at[1] : at[1] + columns] = 1
    return from_frame(pixels)


@pytest.mark.parametrize(("radius_px", "in_a_corner"), [(0, 0), (1, 0), (2, 1), (3, 4), (4, 8), (5, 15)])
def test_a_rectangle_by_hand(radius_px: int, in_a_corner: int) -> None:
    """Grown: a strip at each side, and at each corner the points of a quarter of the disc, off its two axes."""
    mask = rectangle(11, 14)
    assert area_px(grown(mask, radius_px)) == 11 * 14 + 2 * radius_px * (11 + 14) + 4 * in_a_corner
    assert area_px(shrunk(mask, radius_px)) == (11 - 2 * radius_px) * (14 - 2 * radius_px)
    in_the_corner = rectangle(11, 14, at=(0, 0))
    assert area_px(shrunk(in_the_corner, radius_px)) == (11 - radius_px) * (14 - radius_px)
    assert area_px(grown(in_the_corner, radius_px)) == 11 * 14 + radius_px * (11 + 14) + in_a_corner


def by_discs(frame: Frame, radius_px: float) -> Frame:
    """The pixels that no disc within the background covers, on a plane that goes on far enough."""
    radius_px = min(radius_px, math.hypot(*frame.shape))
    reach = 2 * math.floor(radius_px) + 2
    plane = np.pad(frame, reach)
    middles = (distances(plane) > radius_px).astype(np.uint8)
    open_px = distances(middles) <= radius_px
    return (~open_px[reach:-reach, reach:-reach]).astype(np.uint8)


@given(frames, st.one_of(st.integers(0, 5).map(float), st.floats(0, 5)), margins)
@example(FULL, 5.0, 0)
@example(DOT, 5.0, 0)
def test_closed_has_what_no_disc_of_background_covers(frame: Frame, radius_px: float, margin_px: int) -> None:
    result = to_frame(closed(padded(from_frame(frame), margin_px), radius_px))
    assert np.array_equal(result, by_discs(frame, radius_px))
    assert (result >= frame).all()


def test_closed_by_hand() -> None:
    """A gap of four columns is filled at radius 2 and not at radius 1; what is beside the mask is not."""
    frame = np.zeros((30, 40), np.uint8)
    frame[5:25, 2:16] = frame[5:25, 20:38] = 1  # two columns from the border
    assert np.array_equal(to_frame(closed(from_frame(frame), 1)), frame)
    filled = to_frame(closed(from_frame(frame), 2))
    assert filled[7:23, 2:38].all()
    assert not filled[:5].any() and not filled[25:].any() and not filled[:, :2].any() and not filled[:, 38:].any()
    assert to_frame(closed(from_frame(frame), 1e300))[6:24, 2:38].all()


@given(sizes, st.data(), st.sampled_from([0.0, 0.3, 0.5, 1.0, 2.0, 2.5, 6.0, 1e300]), margins)
def test_gaps_by_all_pairs_of_pixels(
    size: tuple[int, int], data: st.DataObject, most_px: float, margin_px: int
) -> None:
    few = hnp.arrays(np.uint8, size, elements=st.integers(0, 1), fill=st.just(np.uint8(0)))
    a, b = (data.draw(few.filter(lambda frame: bool(frame.any()))) for _ in range(2))
    pairs = np.argwhere(a)[:, None] - np.argwhere(b)[None]
    gap = max(math.sqrt((pairs**2).sum(axis=2).min()) - 1, 0.0)
    first, second = padded(from_frame(a), margin_px), from_frame(b)
    expected = gap if gap <= most_px else math.inf
    assert gap_px(first, second, most_px) == gap_px(second, first, most_px) == expected
    assert np.array_equal(to_frame(union(first, second)), a | b)


@pytest.mark.parametrize(
    ("right", "down", "gap"), [(0, 0, 0), (5, 0, 0), (6, 0, 1), (5, 5, 2**0.5 - 1), (8, 9, 41**0.5 - 1)]
)
def test_gaps_by_hand(right: int, down: int, gap: float) -> None:
    """Squares of side 5: the same, side by side, a column apart, corner at corner, nearest pixels off by (4, 5)."""
    a, b = rectangle(5, 5), rectangle(5, 5, at=(20 + down, 25 + right))
    assert gap_px(a, b, 10) == pytest.approx(gap)
    assert gap_px(a, b, gap) == gap
    assert not gap or gap_px(a, b, gap - 0.01) == math.inf


def test_the_union_with_nothing_is_the_mask() -> None:
    nothing, mask = from_frame(np.zeros((60, 80))), rectangle(3, 4)
    assert np.array_equal(to_frame(union(nothing, mask)), to_frame(mask))
    assert np.array_equal(to_frame(union(mask, nothing)), to_frame(mask))
    assert union(nothing, nothing).pixels.size == grown(nothing, 3).pixels.size == shrunk(nothing, 3).pixels.size == 0


@pytest.mark.parametrize("radius_px", [200.0, 1e300])
def test_a_radius_beyond_the_frame(radius_px: float) -> None:
    assert to_frame(grown(rectangle(3, 4), radius_px)).all()
    assert not to_frame(shrunk(rectangle(3, 4), radius_px)).any()
    assert to_frame(shrunk(from_frame(FULL), radius_px)).all()
