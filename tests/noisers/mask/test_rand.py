import numpy as np
import pytest

from annotation_noise.geometry.masks import area_px, from_frame
from noisers.mask.rand import rand

SQUARE = from_frame(np.pad(np.ones((6, 6), np.uint8), 10))


def test_it_grows_or_shrinks_by_the_margin_and_says_which() -> None:
    results = [rand(SQUARE, np.random.default_rng(seed), kernel_px=5) for seed in range(200)]
    areas = {"dilate": 10 * 10, "erode": 2 * 2}
    assert all(area_px(mask) == areas[str(drawn["operation"])] for mask, drawn in results)
    dilated = sum(drawn["operation"] == "dilate" for _, drawn in results)
    assert abs(dilated - 100) < 4 * np.sqrt(200 / 4)


def test_it_leaves_alone_with_a_side_of_one() -> None:
    assert area_px(rand(SQUARE, np.random.default_rng(0), kernel_px=1).mask) == 36


@pytest.mark.parametrize("side", [0, 2, 4])
def test_it_refuses_sides_that_are_not_odd(side: int) -> None:
    with pytest.raises(ValueError, match=f"kernel_px must be odd and positive, not {side}"):
        rand(SQUARE, np.random.default_rng(0), kernel_px=side)
