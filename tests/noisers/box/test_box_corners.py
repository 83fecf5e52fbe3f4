from typing import Any, Literal

import numpy as np
import pytest
from scipy.stats import kstest

from annotation_noise.core.draws import stream
from noisers import Box
from noisers.box.box_corners import box_corners
from tests.noisers.box.boxes import ious

COUNT = 20_000
BOX = Box(1000.0, 2000.0, 200.0, 100.0)


def drawn(box: Box, law: Literal["normal", "uniform"], spread_share: float, count: int = COUNT) -> list[Box]:
    rng = stream(1, "test", 1)
    return [box_corners(box, rng, law=law, spread_share=spread_share) for _ in range(count)]


@pytest.mark.parametrize(("spread_share", "mean"), [(0.05, 0.856), (0.1, 0.737)])
def test_the_mean_iou_is_that_of_the_published_levels(spread_share: float, mean: float) -> None:
    """Means known to three digits, so that half of the last is allowed beside the chance."""
    values = ious(BOX, drawn(BOX, "normal", spread_share))
    assert abs(values.mean() - mean) < 4 * values.std() / np.sqrt(COUNT) + 0.0005


@pytest.mark.parametrize(("law", "expected"), [("normal", ("norm", (0, 0.1))), ("uniform", ("uniform", (-0.1, 0.2)))])
def test_each_corner_moves_by_its_law(law: Any, expected: Any) -> None:
    left, top, width, height = np.array(drawn(BOX, law, 0.1, 5000)).T
    moves = [(left - 1000) / 200, (top - 2000) / 100, (left + width - 1200) / 200, (top + height - 2100) / 100]
    for move in moves:
        assert kstest(move, expected[0], args=expected[1]).pvalue > 1e-4
    assert np.abs(np.corrcoef(moves) - np.eye(4)).max() < 5 / np.sqrt(5000)


def test_sides_are_never_below_a_pixel() -> None:
    noisy = drawn(Box(5.0, 5.0, 2.0, 1.5), "normal", 0.5, 500)
    assert min(min(box.width, box.height) for box in noisy) >= 1
    assert len(set(noisy)) > 400
    thin = Box(5.0, 5.0, 0.5, 30.0)
    assert set(drawn(thin, "uniform", 0.5, 20)) == {thin}


def test_a_box_that_nothing_fits_stays() -> None:
    """Left and right change places, again and again."""

    class Always:
        def normal(self, mean: float, spread: float, size: int) -> Any:
            return np.array([1.0, 0.0, -1.0, 0.0])

    assert box_corners(BOX, Always(), law="normal", spread_share=1.0) == BOX  # type: ignore[arg-type]
