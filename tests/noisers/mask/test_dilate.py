from typing import Literal

import numpy as np
import pytest

from annotation_noise.geometry.masks import Mask, area_px, from_frame, overlap_px, to_frame
from noisers.mask.dilate import dilate
from tests.noisers.mask.figures import picture, rectangle

RNG = np.random.default_rng(0)  # it draws nothing
Shape = Literal["disc", "square"]
RECTANGLE = rectangle(np.s_[10:20], np.s_[20:32])


def grown(mask: Mask, radius_px: float, shape: Shape) -> Mask:
    return dilate(mask, RNG, radius_px=radius_px, shape=shape)


@pytest.mark.parametrize(
    ("radius_px", "shape", "area"),
    [
        (0, "square", 10 * 12),
        (0.99, "square", 10 * 12),
        (1, "square", 12 * 14),
        (3, "square", 16 * 18),
        (3.9, "square", 16 * 18),
        (0.99, "disc", 10 * 12),
        (1, "disc", 10 * 12 + 2 * 22),
        (2, "disc", 10 * 12 + 2 * 44 + 4 * 1),  # two rows on each side; at the corners only (1, 1) is within 2
        (3, "disc", 10 * 12 + 2 * 66 + 4 * 4),  # (1, 1), (1, 2), (2, 1), (2, 2)
    ],
)
def test_a_rectangle_by_hand(radius_px: float, shape: Shape, area: int) -> None:
    assert area_px(grown(RECTANGLE, radius_px, shape)) == area


@pytest.mark.parametrize("shape", ["disc", "square"])
def test_a_gap_narrower_than_the_shape_is_closed(shape: Shape) -> None:
    frame = np.zeros((20, 30), np.uint8)
    frame[5:15, 2:12] = frame[5:15, 15:25] = 1  # three columns apart
    assert not to_frame(grown(from_frame(frame), 1, shape))[10, 13]
    assert to_frame(grown(from_frame(frame), 2, shape))[6:14, 2:25].all()


@pytest.mark.parametrize("shape", ["disc", "square"])
def test_it_never_shrinks_and_is_cut_off_at_the_frame(shape: Shape) -> None:
    areas = []
    for radius_px in (0, 1, 2, 5, 30, 1e9):
        noisy = grown(RECTANGLE, radius_px, shape)
        assert overlap_px(noisy, RECTANGLE) == area_px(RECTANGLE)
        areas.append(area_px(noisy))
    assert areas == sorted(areas) and areas[-1] == 40 * 50


def test_a_pixel_becomes_the_shape_itself() -> None:
    pixel = rectangle(np.s_[4:5], np.s_[4:5], 9, 9)
    assert np.array_equal(
        to_frame(grown(pixel, 3, "disc")),
        picture(
            """
            .........
            ....#....
            ..#####..
            ..#####..
            .#######.
            ..#####..
            ..#####..
            ....#....
            .........
            """
        ),
    )
    assert np.array_equal(to_frame(grown(pixel, 3, "square")), np.pad(np.ones((7, 7), np.uint8), 1))
