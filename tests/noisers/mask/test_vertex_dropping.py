from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, from_frame, to_frame
from noisers.mask.vertex_dropping import vertex_dropping
from tests.noisers.mask.figures import disc, iou, rectangle, text
from tests.strategies import full_frames


class Offset:
    """Stands in for a generator whose offset is given."""

    def __init__(self, offset: int) -> None:
        self.offset, self.below = offset, 0

    def integers(self, below: int) -> int:
        self.below = below
        return self.offset


def kept(mask: Mask, every: int, offset: int) -> Mask:
    return vertex_dropping(mask, cast(Generator, Offset(offset)), every=every)


def test_a_square_by_hand() -> None:
    """Its contour of 16 pixels begins at a corner: every 4th is a corner, or lies in the middle of a side."""
    square = rectangle(np.s_[0:5], np.s_[0:5], 5, 5)
    assert to_frame(kept(square, 4, 0)).all()
    diamond = text("..#..", ".###.", "#####", ".###.", "..#..")
    assert np.array_equal(to_frame(kept(square, 4, 2)), to_frame(diamond))


@pytest.mark.parametrize("every", [6, 16, 10**9])
def test_three_points_are_kept_at_least(every: int) -> None:
    """A third of 16 is 5."""
    square = rectangle(np.s_[0:5], np.s_[0:5], 5, 5)
    for offset in range(5):
        assert np.array_equal(to_frame(kept(square, every, offset)), to_frame(kept(square, 5, offset)))


@given(frame=full_frames, seed=st.integers(0, 2**32))
def test_every_point_kept_changes_nothing(frame: NDArray[np.uint8], seed: int) -> None:
    assert np.array_equal(to_frame(vertex_dropping(from_frame(frame), stream(seed, "test", 1), every=1)), frame)


def test_the_offset_is_uniform() -> None:
    square = rectangle(np.s_[10:21], np.s_[20:31])  # 40 pixels around
    shapes = [to_frame(kept(square, 8, offset)).tobytes() for offset in range(8)]
    assert len(set(shapes)) == 8
    noisy = [to_frame(vertex_dropping(square, stream(1, "test", number), every=8)).tobytes() for number in range(2000)]
    assert chisquare([noisy.count(shape) for shape in shapes]).pvalue > 1e-4


def test_the_iou_falls_with_what_is_dropped() -> None:
    ious = [iou(disc(40), vertex_dropping(disc(40), stream(1, "test", 1), every=every)) for every in (1, 8, 20, 40, 80)]
    assert ious[0] == 1 and ious == sorted(ious, reverse=True) and ious[-1] < 0.7


def test_holes_lose_points_too() -> None:
    frame = np.zeros((60, 60), np.uint8)
    frame[5:55, 5:55] = 1
    frame[15:45, 15:45] = 0
    noisy = to_frame(vertex_dropping(from_frame(frame), stream(3, "test", 1), every=40))
    assert 0 < noisy[15:45, 15:45].sum() < 900
