from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare, kstest, uniform

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, area_px, overlap_px, tight, to_frame
from annotation_noise.geometry.moves import rotated, shifted
from noisers import Noised
from noisers.mask.displace import displace
from tests.noisers.mask.figures import disc, iou, rectangle


def displaced(mask: Mask, number: int, wrong_share: float, most_angle_deg: float = 0) -> Noised:
    return displace(mask, stream(1, "test", number), wrong_share=wrong_share, most_angle_deg=most_angle_deg)


def wrong(noisy: Mask, clean: Mask) -> float:
    return (area_px(noisy) + area_px(clean) - 2 * overlap_px(noisy, clean)) / area_px(clean)


@pytest.mark.parametrize(
    ("wrong_share", "straight_px", "diagonal_px"),
    [
        (0, 0, 0),
        (0.1, 0, 0),  # d to the side: 2 d / 10 is wrong; so far from 0 as from 0.2
        (0.11, 1, 0),  # e over the corner: 2 (1 - (1 - e / 10)²): 0, 0.38, 0.72, ...
        (0.2, 1, 1),
        (0.38, 2, 1),
        (0.5, 2, 1),
        (0.56, 3, 2),
        (2, 10, 10),
    ],
)
def test_a_square_of_ten_by_hand(wrong_share: float, straight_px: int, diagonal_px: int) -> None:
    square = rectangle(np.s_[30:40], np.s_[50:60], 80, 120)
    for number in range(40):
        noisy, drawn = displaced(square, number, wrong_share)
        right, down = int(drawn["right_px"]), int(drawn["down_px"])
        steps = diagonal_px if right and down else straight_px
        assert {abs(right), abs(down)} <= {0, steps}
        assert max(abs(right), abs(down)) in (straight_px, diagonal_px)
        assert np.array_equal(to_frame(noisy), to_frame(shifted(square, right, down)))


def test_the_iou_is_that_of_the_share() -> None:
    mask = disc(60, 401)
    for number in range(20):
        noisy, _ = displaced(mask, number, 0.5, 30)
        assert wrong(noisy, mask) == pytest.approx(0.5, abs=0.02)
        assert iou(noisy, mask) == pytest.approx(0.6, abs=0.02)


def test_all_eight_directions_are_alike_and_the_angle_is_uniform() -> None:
    mask = rectangle(np.s_[30:40], np.s_[50:60], 80, 120)
    drawn = [displaced(mask, number, 1.5, 20).drawn for number in range(1500)]
    directions = Counter((np.sign(values["right_px"]), np.sign(values["down_px"])) for values in drawn)
    assert len(directions) == 8 and chisquare(list(directions.values())).pvalue > 1e-4
    assert kstest([float(values["clockwise_deg"]) for values in drawn], uniform(-20, 40).cdf).pvalue > 1e-4


def test_where_turning_is_enough_it_is_not_moved() -> None:
    bar = rectangle(np.s_[58:62], np.s_[30:90], 120, 120)
    for number in range(30):
        noisy, drawn = displaced(bar, number, 0.3, 180)
        turned = rotated(bar, float(drawn["clockwise_deg"]))
        if wrong(turned, bar) >= 0.3:
            assert (drawn["right_px"], drawn["down_px"]) == (0, 0)
            assert np.array_equal(to_frame(noisy), to_frame(turned))
        else:
            assert abs(wrong(noisy, bar) - 0.3) <= abs(wrong(turned, bar) - 0.3)


def test_it_does_not_leave_the_image() -> None:
    """Straight out of it a share of 1 is never reached, and the last pixels stay."""
    corner = rectangle(np.s_[:6], np.s_[:6])
    shares = set()
    for number in range(60):
        noisy, drawn = displaced(corner, number, 1.9)
        assert tight(noisy).pixels.size
        if int(drawn["right_px"]) < 0 and int(drawn["down_px"]) <= 0:
            shares.add(wrong(noisy, corner))
    assert shares == {30 / 36, 35 / 36}
