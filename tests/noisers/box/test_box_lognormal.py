import numpy as np
import pytest
from scipy.stats import kstest

from annotation_noise.core.draws import stream
from noisers import Box
from noisers.box.box_lognormal import box_lognormal

BOX = Box(1000.0, 2000.0, 200.0, 100.0)


def drawn(x: float, y: float, width: float, height: float, count: int = 5000) -> list[Box]:
    rng = stream(1, "test", 1)
    strengths = {"x_std_share": x, "y_std_share": y, "width_std_log": width, "height_std_log": height}
    return [box_lognormal(BOX, rng, **strengths) for _ in range(count)]


def test_centre_and_log_ratio_are_normal_each_with_its_own_spread() -> None:
    left, top, width, height = np.array(drawn(0.02, 0.04, 0.05, 0.1)).T
    shares = [
        (left + width / 2 - 1100) / 200,
        (top + height / 2 - 2050) / 100,
        np.log(width / 200),
        np.log(height / 100),
    ]
    for share, spread in zip(shares, (0.02, 0.04, 0.05, 0.1), strict=True):
        assert kstest(share, "norm", args=(0, spread)).pvalue > 1e-4
    assert np.abs(np.corrcoef(shares) - np.eye(4)).max() < 5 / np.sqrt(5000)


@pytest.mark.parametrize("spread", [1e3, 1e300])
def test_however_large_the_spread_factors_are_a_thousand_at_most(spread: float) -> None:
    for box in drawn(0, 0, spread, spread, 50):
        assert 0.2 - 1e-9 <= box.width <= 200_000 * (1 + 1e-9) and 0.1 - 1e-9 <= box.height <= 100_000 * (1 + 1e-9)
