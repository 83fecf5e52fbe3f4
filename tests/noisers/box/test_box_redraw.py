from typing import Any

import numpy as np
import pytest

from annotation_noise.core.draws import stream
from noisers import Box
from noisers.box.box_redraw import box_redraw
from tests.noisers.box.boxes import instance_in, ious

COUNT = 20_000
BOX = Box(1000.0, 2000.0, 200.0, 100.0)


class Shares:
    """Stands in for a generator that draws these numbers, two at a time."""

    def __init__(self, *shares: float) -> None:
        self.shares = list(shares)

    def uniform(self, low: float, high: float, size: int) -> Any:
        assert (low, high, size) == (-0.5, 1.5, 2)
        return np.array([self.shares.pop(0), self.shares.pop(0)])


@pytest.mark.parametrize(
    ("box", "shares", "expected"),
    [
        ((100, 100, 50, 40), (1.2, 0.1, -0.25, 0.75), (105.0, 90.0, 55.0, 40.0)),
        ((100, 100, 50, 40), (0.12345, 0.5, 0, 1), (106.17, 100.0, 18.83, 40.0)),  # 106.1725, rounded
        ((0, 100, 50, 40), (-0.4, 0.5, 0, 1), (0.0, 100.0, 25.0, 40.0)),  # cut off on the left
        ((590, 100, 50, 40), (0.5, 1.5, 0, 1), (615.0, 100.0, 25.0, 40.0)),  # and on the right
        (
            (0, 100, 50, 40),
            (-0.4, -0.2, 0, 1),
            (12.5, 110.0, 25.0, 20.0),
        ),  # nothing of it in the image: the middle half
        ((100, 100, 50, 40), (0.5, 0.5, 0, 1), (112.5, 110.0, 25.0, 20.0)),
    ],
)
def test_by_hand(box: Any, shares: Any, expected: Any) -> None:
    rng: Any = Shares(*shares)
    assert box_redraw(Box(*box), rng, instance=instance_in(480, 640)) == pytest.approx(expected)


def test_far_from_borders_size_and_iou_are_those_of_una() -> None:
    rng = stream(1, "test", 1)
    noisy = [box_redraw(BOX, rng, instance=instance_in(5000, 5000)) for _ in range(COUNT)]
    values = ious(BOX, noisy)
    assert abs(values.mean() - 0.152) < 4 * values.std() / np.sqrt(COUNT) + 0.0005
    assert abs(np.median(values) - 0.088) < 0.005
    assert abs((values >= 0.5).mean() - 0.048) < 4 * np.sqrt(0.048 * 0.952 / COUNT) + 0.0005
    _, _, width, height = np.array(noisy).T
    for sides, length in ((width, 200), (height, 100)):
        assert abs(sides.mean() - 2 * length / 3) < 4 * sides.std() / np.sqrt(COUNT)
