from typing import cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import chisquare, norm

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import area_px, from_frame, to_frame
from noisers.mask.row_chop import row_chop
from tests.noisers.mask.figures import picture, rectangle


class Steps:
    """Stands in for a generator and gives these steps, run by run, left end and right end."""

    def __init__(self, *steps: tuple[float, float]) -> None:
        self.steps = np.array(steps, np.float64)

    def normal(self, mean: float, std: float, shape: tuple[int, int]) -> NDArray[np.float64]:
        assert (mean, shape) == (0, self.steps.shape)
        return std * self.steps


def test_by_hand() -> None:
    frame = picture(
        """
        ............
        ...####.##..
        ##########..
        ....###.....
        #..#...#..##
        ...####.....
        ............
        """
    )
    steps = Steps(
        (-1, 0.4), (0.6, 1),  # the first run one to the left, the second loses one pixel and gains one
        (-5, 3),  # beyond both borders
        (2, -1.5),  # turned inside out: from column 6 to 4, halves to the even one
        (3, 1), (-2, 9), (-1, -1), (-9, -9),  # 3..1 vanishes, 1..16, 6..6, 1..2
        (0.5, -0.5),  # halves to the even one: nothing
    )  # fmt: skip
    expected = picture(
        """
        ............
        ..#####..##.
        ############
        ............
        .###########
        ...####.....
        ............
        """
    )
    noisy = row_chop(from_frame(frame), cast(Generator, steps), std_px=1)
    assert np.array_equal(to_frame(noisy), expected)


def test_all_of_it_may_vanish() -> None:
    steps = Steps(*[(2, -2)] * 3)
    assert area_px(row_chop(rectangle(np.s_[5:8], np.s_[5:9]), cast(Generator, steps), std_px=1)) == 0
    beyond = Steps(*[(90, 90)] * 3)
    assert area_px(row_chop(rectangle(np.s_[5:8], np.s_[5:9]), cast(Generator, beyond), std_px=1)) == 0


def test_ends_are_normal_and_rows_independent() -> None:
    mask = rectangle(np.s_[0:1000], np.s_[40:60], 1000, 100)
    noisy = to_frame(row_chop(mask, stream(1, "test", 1), std_px=2))
    left = noisy.argmax(axis=1) - 40
    right = 99 - noisy[:, ::-1].argmax(axis=1) - 59
    for steps in (left, right):
        counts = [(steps <= -4).sum(), *((steps == step).sum() for step in range(-3, 4)), (steps >= 4).sum()]
        bounds = norm(0, 2).cdf([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5])
        assert chisquare(counts, 1000 * np.diff([0, *bounds, 1])).pvalue > 1e-4
    for a, b in ((left, right), (left[1:], left[:-1]), (right[1:], right[:-1])):
        assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(1000)
