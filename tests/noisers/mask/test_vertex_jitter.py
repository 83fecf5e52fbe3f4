import math
from typing import Literal, cast

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from annotation_noise.geometry.contours import contours, every_pixel
from annotation_noise.geometry.discs import grown, shrunk
from annotation_noise.geometry.masks import Mask, area_px, from_frame, to_frame
from noisers.mask.vertex_jitter import vertex_jitter
from tests.noisers.mask.figures import Point, assert_encloses, disc, iou, rectangle

Along = Literal["normal", "radial", "xy"]


class Numbers:
    """Stands in for a generator; gives the same number everywhere, in x and in y."""

    def __init__(self, *of: float) -> None:
        self.of = of

    def standard_normal(self, shape: int | tuple[int, int]) -> NDArray[np.float64]:
        if isinstance(shape, int):
            return np.full(shape, self.of[0])
        return np.repeat(np.array(self.of)[:, np.newaxis], shape[1], axis=1)


def with_numbers(mask: Mask, along: Along, std_px: float, *of: float) -> Mask:
    return vertex_jitter(mask, cast(Generator, Numbers(*of)), std_px=std_px, length_px=0, along=along)


def test_one_common_offset_in_xy_is_a_shift() -> None:
    noisy = with_numbers(rectangle(np.s_[10:20], np.s_[20:32]), "xy", 2, 1.5, -1.2)  # (3, -2.4)
    assert np.array_equal(to_frame(noisy), to_frame(rectangle(np.s_[8:18], np.s_[23:35])))


def test_one_common_offset_along_the_normal_is_a_dilation_or_an_erosion() -> None:
    mask = disc(30)
    assert iou(with_numbers(mask, "normal", 3, 1.0), grown(mask, 3)) > 0.97
    assert iou(with_numbers(mask, "normal", 3, -1.0), shrunk(mask, 3)) > 0.97


def test_one_common_offset_along_the_radius_moves_the_corners_of_a_square_by_it() -> None:
    square = rectangle(np.s_[10:31], np.s_[10:31])  # corners at 10 and 30, half diagonal 14.14
    noisy = to_frame(with_numbers(square, "radial", 3, 1.0))  # by 2.12 in x and y
    assert all(noisy[y, x] for x in (8, 32) for y in (8, 32))
    assert not noisy[7].any() or not noisy[7, 8]
    assert noisy[20, 7] and not noisy[20, 6] and not noisy[:, 6].any()  # the middles of the sides by 3


def test_a_hole_moves_too_and_stays_a_hole() -> None:
    frame = np.zeros((40, 40), np.uint8)
    frame[5:35, 5:35] = 1
    frame[15:25, 15:25] = 0
    noisy = to_frame(with_numbers(from_frame(frame), "xy", 1, 4, 0))
    expected = np.zeros((40, 40), np.uint8)
    expected[5:35, 9:39] = 1
    expected[15:25, 19:29] = 0
    assert np.array_equal(noisy, expected)


def test_a_pixel_has_no_normal_and_stays() -> None:
    pixel = rectangle(np.s_[5:6], np.s_[5:6])
    for along in ("normal", "radial"):
        assert np.array_equal(to_frame(with_numbers(pixel, along, 9, 1.0)), to_frame(pixel))


def plainly(mask: Mask, rng: Generator, std_px: float, length_px: float, along: Along) -> list[list[Point]]:
    """The rings of the noise, number by number as its docstring has it."""
    rows, columns = np.nonzero(to_frame(mask))
    middle_x, middle_y = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
    rings = []
    for ring in contours(mask):
        points = [(float(x), float(y)) for x, y in every_pixel(ring.points).tolist()]
        count = len(points)

        def together(white: list[float]) -> list[float]:
            """A moving average with Gaussian weights around the ring, brought back to a variance of 1."""
            count = len(white)
            weights = [
                sum(math.exp(-(((apart + turn * count) / length_px) ** 2)) for turn in range(-9, 10))
                if length_px
                else apart == 0
                for apart in range(count)
            ]
            size = math.sqrt(sum(weight**2 for weight in weights))
            return [
                sum(weights[(place - other) % count] * white[other] for other in range(count)) / size
                for place in range(count)
            ]

        first = together(rng.standard_normal(count).tolist())
        second = together(rng.standard_normal(count).tolist()) if along == "xy" else first
        corners = []
        for place, (x, y) in enumerate(points):
            if along == "xy":
                right, down = first[place], second[place]
            else:
                before, after = points[(place - 3) % count], points[(place + 3) % count]
                way = (
                    (before[1] - after[1], after[0] - before[0]) if along == "normal" else (x - middle_x, y - middle_y)
                )
                length = math.hypot(*way) or math.inf
                right, down = first[place] * way[0] / length, first[place] * way[1] / length
            corners.append((float(round(x + std_px * right)), float(round(y + std_px * down))))
        rings.append(corners)
    return rings


@pytest.mark.parametrize("along", ["normal", "radial", "xy"])
@pytest.mark.parametrize(("std_px", "length_px"), [(1.5, 0), (2, 4), (3, 15), (4, 1000)])
def test_it_is_what_its_definition_says(along: Along, std_px: float, length_px: float) -> None:
    frame = np.zeros((50, 60), np.uint8)
    frame[8:40, 12:44] = 1
    frame[18:30, 22:34] = 0
    frame[20:44, 40:50] |= np.tri(24, 10, dtype=np.uint8)
    mask = from_frame(frame)
    noisy = vertex_jitter(mask, stream(5, "test", 1), std_px=std_px, length_px=length_px, along=along)
    assert_encloses(noisy, plainly(mask, stream(5, "test", 1), std_px, length_px, along))


def test_long_waves_keep_a_shape_and_short_ones_fray_it() -> None:
    """At one std a wave that is long moves as many pixels, but leaves one connected piece."""
    mask = disc(35)

    def pieces(length_px: float) -> float:
        noisy = (
            vertex_jitter(mask, stream(6, "t", n), std_px=2, length_px=length_px, along="normal") for n in range(20)
        )
        return float(np.mean([len(contours(other)) for other in noisy]))

    assert pieces(20) == 1 < pieces(0)


def test_the_mean_area_stays() -> None:
    mask = disc(35)
    areas = [
        area_px(vertex_jitter(mask, stream(7, "t", n), std_px=2, length_px=10, along="normal")) for n in range(200)
    ]
    assert np.mean(areas) / area_px(mask) == pytest.approx(1, abs=0.03)
