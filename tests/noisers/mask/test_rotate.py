import math

import numpy as np
import pytest

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, area_px, from_frame, tight, to_frame
from annotation_noise.geometry.moves import centroid
from noisers.mask.rotate import rotate
from tests.noisers.mask.figures import disc, iou, rectangle


def turned(mask: Mask, degrees: float, clockwise: bool = True) -> Mask:
    for number in range(100):
        noisy, drawn = rotate(mask, stream(1, "test", number), angle_deg=degrees)
        if drawn["clockwise_deg"] == (degrees if clockwise else -degrees):
            return tight(noisy)
    raise AssertionError


def test_a_quarter_turn_by_hand() -> None:
    frame = np.zeros((21, 21), np.uint8)
    frame[8:13, 6:15] = 1  # 9 wide, 5 high, about (10, 10)
    upright = np.zeros((21, 21), np.uint8)
    upright[6:15, 8:13] = 1
    assert np.array_equal(to_frame(turned(from_frame(frame), 90)), upright)


def test_clockwise_is_as_one_sees_it() -> None:
    frame = np.zeros((41, 41), np.uint8)
    frame[20, 10:31] = frame[18:20, 28:31] = 1  # a line with a flag on top of its right end
    mask = from_frame(frame)
    assert centroid(mask) == (22, 59 / 3)
    clockwise, back = (to_frame(turned(mask, 90, way)) for way in (True, False))
    assert clockwise[27, 22:25].all() and not clockwise[27, :22].any() and not clockwise[11, 23:].any()
    assert back[13, 20:23].all() and not back[13, 23:].any() and not back[29, :22].any()


def test_half_a_turn_of_what_is_symmetric_is_itself() -> None:
    mask = rectangle(np.s_[8:15], np.s_[20:31])
    assert np.array_equal(to_frame(turned(mask, 180)), to_frame(mask))


@pytest.mark.parametrize("degrees", [5, 30, 77, 141])
def test_a_disc_stays_itself_within_its_border(degrees: float) -> None:
    mask, noisy = disc(30), turned(disc(30), degrees)
    changed = to_frame(mask) != to_frame(noisy)
    y, x = np.nonzero(changed)
    assert (np.abs(np.hypot(x - 50, y - 50) - 30) <= 1).all()
    assert iou(mask, noisy) > 0.97


@pytest.mark.parametrize("degrees", [0.1, 12, 45, 160])
def test_area_and_centroid_stay(degrees: float) -> None:
    mask = from_frame(np.pad(np.tri(60, 40, dtype=np.uint8), 60))
    noisy = turned(mask, degrees)
    assert abs(area_px(noisy) / area_px(mask) - 1) < 0.03
    assert math.dist(centroid(noisy), centroid(mask)) < 0.5


def test_a_fair_coin_says_which_way() -> None:
    mask = rectangle(np.s_[8:15], np.s_[20:31])
    drawn = [rotate(mask, stream(2, "test", n), angle_deg=7).drawn["clockwise_deg"] for n in range(2000)]
    assert set(drawn) == {7, -7}
    assert abs(drawn.count(7) - 1000) < 4 * math.sqrt(500)


def test_what_leaves_the_frame_is_cut_off() -> None:
    mask = rectangle(np.s_[0:4], np.s_[:])  # the upper border of 50 px
    noisy = to_frame(turned(mask, 90))
    assert noisy.shape == (40, 50)
    assert noisy[:26, 23:27].all() and 0 < noisy.sum() <= 4 * 27
