from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, area_px, from_frame, overlap_px, to_frame
from noisers.mask import local_dilate_erode as module
from noisers.mask.local_dilate_erode import local_dilate_erode
from tests.noisers.mask.figures import disc, iou, rectangle, text
from tests.strategies import full_frames


class Drawn:
    """Stands in for a generator whose nine numbers of a change are given."""

    def __init__(self, **numbers: float) -> None:
        order = ("left", "top", "right", "bottom", "speck", "colour", "grows", "form", "radius")
        self.numbers = np.array([{"speck": 0.9, **numbers}.get(name, 0.0) for name in order])

    def random(self, count: int) -> NDArray[np.float64]:
        return self.numbers


def changed(mask: Mask, radius_px: float, **numbers: float) -> Mask:
    rng = cast(Generator, Drawn(**numbers))
    return local_dilate_erode(mask, rng, count=1, radius_px=radius_px)


ALL = {"left": 0.0, "top": 0.0, "right": 0.999, "bottom": 0.999}


def test_changes_of_a_square_by_hand() -> None:
    """4 x 4 pixels in a box of 6 x 6 with the pixel around: the left half of it has three columns."""
    square = text("......", ".####.", ".####.", ".####.", ".####.", "......")
    left = {**ALL, "right": 0.4}  # int(0.4 · 6) + 1 columns
    grown = text("###...", "#####.", "#####.", "#####.", "#####.", "###...")
    assert np.array_equal(to_frame(changed(square, 1, **left, grows=0.0)), to_frame(grown))
    shrunk = text("......", "...##.", "..###.", "..###.", "...##.", "......")
    assert np.array_equal(to_frame(changed(square, 1, **left, grows=0.9)), to_frame(shrunk))
    flat = text("......", "#####.", "#####.", "#####.", "#####.", "......")  # half the height of 3 is 1
    assert np.array_equal(to_frame(changed(square, 1, **left, grows=0.0, form=0.5)), to_frame(flat))
    pierced = text("......", ".####.", ".####.", ".##.#.", ".####.", "......")  # a rectangle of one pixel
    assert np.array_equal(to_frame(changed(square, 1, left=0.5, top=0.5, speck=0.1, colour=0.9)), to_frame(pierced))


@pytest.mark.parametrize("radius", [1, 2, 3, 4, 10])
def test_elements_are_odd_and_symmetric(radius: int) -> None:
    wide, half = 2 * radius + 1, 2 * (radius // 2) + 1
    for form, size in enumerate([(wide, wide), (wide, wide), (half, wide), (wide, half)]):
        element = module._element(form, radius)
        assert element.shape == size
        assert np.array_equal(element, element[::-1]) and np.array_equal(element, element[:, ::-1])
        assert element[size[0] // 2].all() and element[:, size[1] // 2].all()


def test_elements_of_a_radius_of_2_by_hand() -> None:
    rows = [
        ("#####",) * 5,
        ("..#..", ".###.", "#####", ".###.", "..#.."),
        ("..#..", "#####", "..#.."),
        (".#.", ".#.", "###", ".#.", ".#."),
    ]
    for form, expected in enumerate(rows):
        assert ["".join(".#"[pixel] for pixel in row) for row in module._element(form, 2)] == [*expected]


def plainly(frame: NDArray[np.uint8], rng: Generator, count: int, most: int) -> NDArray[np.uint8]:
    """The same by its definition, pixel after pixel."""
    rows, columns = np.nonzero(frame)
    first_y, first_x = max(rows.min() - most, 0), max(columns.min() - most, 0)
    height = min(rows.max() + most + 1, len(frame)) - first_y
    width = min(columns.max() + most + 1, len(frame[0])) - first_x
    noisy = frame.copy()
    for _ in range(count):
        u = rng.random(9)
        left, top = int(u[0] * width), int(u[1] * height)
        right, bottom = left + int(u[2] * (width - left)), top + int(u[3] * (height - top))  # the last ones
        if u[4] < 0.25:
            noisy[first_y + (top + bottom) // 2, first_x + (left + right) // 2] = u[5] < 0.5
        element = module._element(int(4 * u[7]), 1 + int(most * u[8]))
        offsets = np.argwhere(element) - np.array(element.shape) // 2
        before = noisy.copy()
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                seen = [
                    before[first_y + y + down, first_x + x + right_by]
                    for down, right_by in offsets.tolist()
                    if top <= y + down <= bottom and left <= x + right_by <= right
                ]
                noisy[first_y + y, first_x + x] = max(seen) if u[6] < 0.5 else min(seen)
    return noisy


@settings(max_examples=30)
@given(
    frame=full_frames.filter(lambda frame: frame.size < 200),
    count=st.integers(0, 4),
    radius_px=st.floats(0, 4),
    seed=st.integers(0, 2**32),
)
def test_it_is_what_its_definition_says(frame: NDArray[np.uint8], count: int, radius_px: float, seed: int) -> None:
    noisy = local_dilate_erode(from_frame(frame), stream(seed, "test", 1), count=count, radius_px=radius_px)
    most = int(radius_px)
    expected = plainly(frame, stream(seed, "test", 1), count, most) if most else frame
    assert np.array_equal(to_frame(noisy), expected)


def test_more_changes_wear_the_mask_out() -> None:
    def mean_iou(count: int) -> float:
        noisy = [local_dilate_erode(disc(30), stream(1, "test", n), count=count, radius_px=4) for n in range(10)]
        return float(np.mean([iou(disc(30), mask) for mask in noisy]))

    ious = [mean_iou(count) for count in (0, 5, 20, 80)]
    assert ious[0] == 1 and ious == sorted(ious, reverse=True)


def test_it_stays_within_its_box_widened() -> None:
    clean = rectangle(np.s_[15:25], np.s_[20:32])
    for number in range(30):
        noisy = local_dilate_erode(clean, stream(1, "test", number), count=30, radius_px=3.9)
        assert overlap_px(noisy, rectangle(np.s_[12:28], np.s_[17:35])) == area_px(noisy)
