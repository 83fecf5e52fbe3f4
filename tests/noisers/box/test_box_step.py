from collections import Counter

import pytest
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from noisers import Box
from noisers.box.box_step import box_step
from tests.noisers.box.boxes import instance_in

BOX = Box(100.0, 100.0, 50.0, 40.0)


def drawn(box: Box, size_change: float, step_share: float, count: int = 3000) -> Counter[Box]:
    instance = instance_in(480, 640, box)
    return Counter(
        box_step(box, stream(1, "test", n), instance=instance, size_change=size_change, step_share=step_share)
        for n in range(count)
    )


def test_odfis_example_by_hand() -> None:
    """Sides times the root of 0.7; 292 = 100 + 0.3 * 640, 244 = 100 + 0.3 * 480, and back would leave the image."""
    noisy = drawn(BOX, -0.3, 0.3)
    assert set(noisy) == {Box(left, top, 41.83, 33.47) for left, top in ((292, 100), (100, 244), (292, 244))}
    assert chisquare([*noisy.values()]).pvalue > 1e-4


def test_size_alone_and_step_alone() -> None:
    assert set(drawn(BOX, -0.5, 0, 20)) == {Box(100, 100, 35.36, 28.28)}
    assert set(drawn(BOX._replace(width=50.123), 0, 0, 20)) == {BOX._replace(width=50.123)}
    assert set(drawn(BOX, -1, 0, 20)) == {Box(100, 100, 0, 0)}
    steps = drawn(Box(300, 200, 50, 40), 0, 0.25)
    assert set(steps) == {Box(x, y, 50, 40) for x in (140, 300, 460) for y in (80, 200, 320) if (x, y) != (300, 200)}
    assert chisquare([*steps.values()]).pvalue > 1e-4


@pytest.mark.parametrize(("box", "expected"), [((600, 100, 50, 40), (40.0, 80.0)), ((100, 460, 50, 40), (100.0, 20.0))])
def test_a_larger_one_ends_at_the_border(box: tuple[float, ...], expected: tuple[float, float]) -> None:
    (noisy,) = drawn(Box(*box), 3, 0, 5)
    assert (noisy.width, noisy.height) == expected


def test_where_there_is_no_other_place_it_stays() -> None:
    assert set(drawn(Box(0, 0, 640, 480), 0, 0.3, 5)) == {Box(0, 0, 640, 480)}
    assert set(drawn(BOX, 0, 2.0, 5)) == {BOX}
