from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, area_px, to_frame
from noise_annotations import noise
from noisers import Noised
from noisers.mask.shift import shift
from tests.noisers.mask.figures import iou, rectangle

SQUARE = rectangle(np.s_[20:30], np.s_[40:50], 60, 100)


def moved(mask: Mask, number: int, most_px: float = 0, most_share: float = 0, least_part: float = 0) -> Noised:
    rng = stream(1, "test", number)
    return shift(mask, rng, most_px=most_px, most_share=most_share, least_part=least_part)


def steps(
    mask: Mask, count: int, most_px: float = 0, most_share: float = 0, least_part: float = 0
) -> NDArray[np.int64]:
    """What is drawn by so many: (count, 2), x and y."""
    drawn = [moved(mask, number, most_px, most_share, least_part).drawn for number in range(count)]
    return np.array([[values["right_px"], values["down_px"]] for values in drawn])


def test_a_square_by_hand() -> None:
    """By (d, e) it keeps a rectangle of itself; of side a moved by (d, 0) the IoU is (a - d) / (a + d)."""
    for number in range(50):
        noisy, drawn = moved(SQUARE, number, most_px=8)
        right, down = abs(int(drawn["right_px"])), abs(int(drawn["down_px"]))
        common = (10 - right) * (10 - down)
        assert area_px(noisy) == 100
        assert iou(noisy, SQUARE) == common / (200 - common)


def test_it_is_rigid_and_cut_off_at_the_frame() -> None:
    frame = np.tri(12, 9, dtype=np.uint8)
    mask = Mask(frame, 0, 0, 12, 9)
    for number in range(50):
        noisy, drawn = moved(mask, number, most_px=15)
        right, down = int(drawn["right_px"]), int(drawn["down_px"])
        expected = np.zeros((12 + 60, 9 + 60), np.uint8)
        expected[30 + down : 42 + down, 30 + right : 39 + right] = frame
        assert np.array_equal(to_frame(noisy), expected[30:42, 30:39])


@pytest.mark.parametrize(
    ("most_px", "most_share", "least_part", "sizes"),
    [
        (3, 0, 0, [0, 1, 2, 3]),
        (3.9, 0, 0, [0, 1, 2, 3]),
        (0, 0.3, 0, [0, 1, 2, 3]),  # of a side of 10 px
        (1, 0.2, 0, [0, 1, 2, 3]),
        (5, 0, 0.5, [3, 4, 5]),
        (4, 0, 1, [4]),
        (3.8, 0, 0.9, [3]),  # there is none from 3.42 to 3.8
        (0.5, 0, 1, [0]),
    ],
)
def test_every_step_is_as_likely_in_both_directions(
    most_px: float, most_share: float, least_part: float, sizes: list[int]
) -> None:
    values = sorted({sign * size for size in sizes for sign in (1, -1)})
    drawn = steps(SQUARE, 3000, most_px, most_share, least_part)
    for axis in (0, 1):
        counts = Counter(drawn[:, axis].tolist())
        assert sorted(counts) == values
        assert len(values) == 1 or chisquare([counts[value] for value in values]).pvalue > 1e-4


def test_x_and_y_are_independent() -> None:
    x, y = steps(SQUARE, 3000, most_px=4).T
    counts = np.histogram2d(x, y, bins=9)[0]
    assert chisquare(counts.ravel()).pvalue > 1e-4


def test_a_share_is_of_the_width_in_x_and_of_the_height_in_y() -> None:
    drawn = steps(rectangle(np.s_[20:24], np.s_[40:60], 60, 100), 500, most_share=0.5)
    assert np.abs(drawn).max(axis=0).tolist() == [10, 2]


def test_the_same_draws_go_farther_as_the_longest_step_rises() -> None:
    for number in range(30):
        drawn = [moved(SQUARE, number, most_px=most).drawn for most in range(9)]
        for axis in ("right_px", "down_px"):
            sizes = [abs(int(values[axis])) for values in drawn]
            assert sizes == sorted(sizes)


def test_an_image_is_shifted_as_a_whole_if_asked(tiny: dict[str, object]) -> None:
    values = {"shift": {"share": 1, "most_px": 9, "most_share": 0, "least_part": 0, "draws_per": "image"}}
    by_image: dict[int | None, set[tuple[object, object]]] = {}
    for row in noise(tiny, corruption_values=values).changes:
        step = row.parameters["right_px"], row.parameters["down_px"]
        by_image.setdefault(row.image_id, set()).add(step)
    assert [len(found) for found in by_image.values()] == [1, 1]
    assert by_image[1] != by_image[2]
