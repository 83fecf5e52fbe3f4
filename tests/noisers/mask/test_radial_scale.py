import math
from typing import Literal

import numpy as np
import pytest

from annotation_noise.core.draws import stream
from annotation_noise.geometry.contours import contours
from annotation_noise.geometry.masks import Mask, area_px, from_frame, tight, to_frame
from noisers import Noised
from noisers.mask.radial_scale import radial_scale
from tests.noisers.mask.figures import assert_encloses, rectangle


def scaled(mask: Mask, farthest_px: float, number: int = 0, direction: Literal["fixed", "coin"] = "fixed") -> Noised:
    return radial_scale(mask, stream(1, "test", number), farthest_px=farthest_px, direction=direction)


@pytest.mark.parametrize(
    ("farthest_px", "side"),
    [
        (2, 13),  # half diagonal 7.071 → 9.071: corners at 6.414 from the middle, so 12 between them
        (math.sqrt(2), 13),
        (-math.sqrt(2), 9),
        (0, 11),
        (-7.07, 1),
        (-7.0711, 0),
        (-1e300, 0),
        (1e300, 41),
    ],
)
def test_a_square_by_hand(farthest_px: float, side: int) -> None:
    square = rectangle(np.s_[15:26], np.s_[15:26], 41, 41)  # its corners are 10 apart
    noisy = tight(scaled(square, farthest_px).mask)
    assert noisy.pixels.shape == (side, side)
    assert noisy.pixels.all()


def test_all_parts_go_away_from_one_middle() -> None:
    """Two squares at -10 and +10 of the middle move apart, and the hole of one grows with it."""
    frame = np.zeros((41, 61), np.uint8)
    frame[15:26, 15:26] = frame[15:26, 35:46] = 1
    frame[18:23, 38:43] = 0
    mask = from_frame(frame)
    farthest = math.hypot(15, 5)
    noisy = to_frame(scaled(mask, farthest).mask)  # twice as far
    expected = np.zeros((41, 61), np.uint8)
    expected[10:31, 0:21] = expected[10:31, 40:61] = 1
    expected[15:26, 45:56] = 0  # the hole's contour, at 37 and 43, goes to 44 and 56,
    expected[[15, 15, 25, 25], [45, 55, 45, 55]] = 1  # and over the hole's corners from side to side
    assert np.array_equal(noisy, expected)


def test_a_pixel_can_only_vanish() -> None:
    pixel = rectangle(np.s_[5:6], np.s_[5:6])
    assert area_px(scaled(pixel, 3).mask) == 1
    assert area_px(scaled(pixel, -0.1).mask) == 0


def test_a_coin_says_whether_outward_or_inward() -> None:
    mask = rectangle(np.s_[10:20], np.s_[20:30])
    drawn = [scaled(mask, 3, number, "coin").drawn["outward_px"] for number in range(2000)]
    assert set(drawn) == {3, -3}
    assert abs(drawn.count(3) - 1000) < 4 * math.sqrt(500)
    assert {scaled(mask, -3, number).drawn["outward_px"] for number in range(50)} == {-3}


@pytest.mark.parametrize("farthest_px", [-12, -5, -1, 2, 6.5, 10])
def test_it_is_what_its_definition_says(farthest_px: float) -> None:
    """Vertex by vertex, and pixel by pixel by the even-odd rule."""
    frame = np.zeros((60, 60), np.uint8)
    frame[15:40, 15:45] = 1
    frame[22:33, 25:38] = 0
    frame[30:50, 10:30] |= np.tri(20, 20, dtype=np.uint8)
    mask = from_frame(frame)
    rows, columns = np.nonzero(frame)
    middle_x, middle_y = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
    rings = [[(x - middle_x, y - middle_y) for x, y in ring.points.tolist()] for ring in contours(mask)]
    farthest = max(math.hypot(x, y) for ring in rings for x, y in ring)
    factor = (farthest + farthest_px) / farthest
    moved = [[(float(round(middle_x + x * factor)), float(round(middle_y + y * factor))) for x, y in r] for r in rings]
    assert_encloses(scaled(mask, farthest_px).mask, moved)
