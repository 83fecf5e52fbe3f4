import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.geometry import contours as geometry
from annotation_noise.geometry.discs import grown
from annotation_noise.geometry.masks import from_frame, to_frame
from noisers.mask import clicks as module
from noisers.mask.clicks import clicks
from tests.noisers.mask.figures import disc, holds, iou, rectangle
from tests.strategies import full_frames


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (0.0, {(20, 10), (24, 20), (30, 13)}),  # on pixels 0, 14 and 27
        (0.5, {(30, 20), (26, 10), (20, 17)}),  # on pixels 20, 34 and 7
    ],
)
def test_a_square_of_side_11_clicked_every_20_px_by_hand(start: float, expected: set[tuple[int, int]]) -> None:
    """Its contour is 40 px long, so that two clicks would be due; three are made, 13.3 px apart.

    It runs from the upper left corner down, right, up and back; each click is on the next whole pixel.
    """
    (ring,) = geometry.contours(rectangle(np.s_[10:21], np.s_[20:31]))
    clicked = module._clicked(geometry.every_pixel(ring.points), 20, start)
    assert {tuple(point) for point in clicked.tolist()} == expected


@pytest.mark.parametrize("spacing_px", [3, 7, 20, 1e300])
def test_as_many_clicks_as_the_length_asks_for(spacing_px: float) -> None:
    points = geometry.every_pixel(geometry.contours(disc(40))[0].points)
    diagonal = int((np.abs(np.roll(points, -1, axis=0) - points).sum(axis=1) == 2).sum())
    length = len(points) - diagonal + diagonal * math.sqrt(2)
    for start in (0.0, 0.3, 0.9):
        count = len(module._clicked(points, spacing_px, start))
        assert count == max(math.ceil(length / spacing_px), 3)


def test_every_pixel_is_clicked_alike_often() -> None:
    """A square with a contour of 36 px, of which 3 are clicked: each pixel as the first of its third in 12."""
    mask = rectangle(np.s_[10:20], np.s_[20:30])
    points = geometry.every_pixel(geometry.contours(mask)[0].points)
    order = {tuple(point): place for place, point in enumerate(points.tolist())}
    clicked = [module._clicked(points, 12, stream(1, "test", number).random()) for number in range(3000)]
    firsts = [min(order[tuple(point)] for point in of_one.tolist()) for of_one in clicked]
    assert chisquare(np.bincount(firsts, minlength=12)).pvalue > 1e-4


@given(frame=full_frames, spacing_px=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_a_click_on_every_pixel_changes_nothing(frame: NDArray[np.uint8], spacing_px: float, seed: int) -> None:
    noisy = clicks(from_frame(frame), stream(seed, "test", 1), spacing_px=spacing_px)
    assert np.array_equal(to_frame(noisy), frame)


@pytest.mark.parametrize("count", [6, 12, 24])
def test_a_disc_becomes_a_polygon_within_it(count: int) -> None:
    """All its arcs are alike but the last, half of the others: the triangles to the centre add up to its area."""
    clean = disc(40)
    arc = 2 * math.pi / (count - 0.5)
    share = ((count - 1) * math.sin(arc) + math.sin(arc / 2)) / (2 * math.pi)
    length = 263.76  # of the contour, which is longer than the circle: it goes from pixel to pixel
    noisy = clicks(clean, stream(1, "test", 1), spacing_px=length / (count - 0.5))
    assert holds(grown(clean, 1), noisy)  # the lines between clicks are drawn by pixels
    assert abs(iou(clean, noisy) - share) < 0.02


def test_a_hole_is_clicked_too() -> None:
    frame = np.zeros((60, 60), np.uint8)
    frame[5:55, 5:55] = 1
    frame[15:45, 15:45] = 0
    noisy = to_frame(clicks(from_frame(frame), stream(3, "test", 1), spacing_px=30))
    assert noisy[30, 30] == 0 and noisy[30, 7:12].any()
    assert noisy[15:45, 15:45].sum() > 0
