from typing import Any, cast

import numpy as np
import pytest
from numpy.random import Generator
from scipy.stats import kstest, norm

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import Mask, area_px, from_frame, overlap_px, to_frame
from noise_annotations import noise
from noisers.mask.hand import hand


class Radius:
    """Stands in for a generator whose standard normal number is given."""

    def __init__(self, radius_px: float) -> None:
        self.radius_px = radius_px

    def normal(self, mean: float, std: float) -> float:
        return mean + std * self.radius_px


def with_radius(mask: Mask, radius_px: float) -> Mask:
    return hand(mask, cast(Generator, Radius(radius_px)), mean_px=0, std_px=1).mask


def rectangle(rows: slice, columns: slice) -> Mask:
    frame = np.zeros((40, 50), np.uint8)
    frame[rows, columns] = 1
    return from_frame(frame)


@pytest.mark.parametrize(
    ("radius_px", "area"),
    [
        (0, 120),
        (0.99, 120),
        (-0.99, 120),
        (1, 10 * 12 + 2 * 22),
        (1.5, 10 * 12 + 2 * 22 + 4),  # the corners are 1.41 px away
        (-1, 8 * 10),
        (-1.5, 8 * 10),  # the next row is 2 px away from the background
        (-2, 6 * 8),
        (-4, 2 * 4),
        (-5, 0),
        (-1000, 0),
        (1000, 40 * 50),
    ],
)
def test_a_rectangle_by_hand(radius_px: float, area: int) -> None:
    assert area_px(with_radius(rectangle(np.s_[10:20], np.s_[20:32]), radius_px)) == area


@pytest.mark.parametrize("radius_px", [-3, -1000])
def test_nothing_shrinks_away_from_the_image_border(radius_px: float) -> None:
    everything = rectangle(np.s_[:], np.s_[:])
    assert to_frame(with_radius(everything, radius_px)).all()
    columns = 12 - min(-radius_px, 12)
    corner = rectangle(np.s_[:], np.s_[:12])
    assert np.array_equal(
        to_frame(with_radius(corner, radius_px)), to_frame(rectangle(np.s_[:], np.s_[: int(columns)]))
    )


def test_the_radius_is_normal_and_the_log_gets_it() -> None:
    mask = rectangle(np.s_[10:20], np.s_[20:32])
    radii = []
    for number in range(3000):
        noisy, drawn = hand(mask, stream(1, "test", number), mean_px=0.5, std_px=2)
        radius_px = float(drawn["radius_px"])
        assert np.array_equal(to_frame(noisy), to_frame(with_radius(mask, radius_px)))
        assert overlap_px(noisy, mask) == min(area_px(noisy), area_px(mask))  # one holds the other
        radii.append(radius_px)
    assert kstest(radii, norm(0.5, 2).cdf).pvalue > 1e-4


def test_it_grows_as_often_as_it_shrinks_about_a_mean_of_zero() -> None:
    mask = rectangle(np.s_[10:20], np.s_[20:32])
    areas = np.array([area_px(hand(mask, stream(2, "test", n), mean_px=0, std_px=2).mask) for n in range(3000)])
    moved = norm.sf(1, scale=2)  # a radius of at least 1
    for share in ((areas > 120).mean(), (areas < 120).mean()):
        assert abs(share - moved) < 4 * np.sqrt(moved * (1 - moved) / 3000)


def test_the_iou_falls_as_the_hand_is_less_sure() -> None:
    mask = rectangle(np.s_[8:32], np.s_[10:40])

    def mean_iou(std_px: float) -> float:
        noisy = [hand(mask, stream(3, "test", number), mean_px=0, std_px=std_px).mask for number in range(200)]
        common = [overlap_px(other, mask) for other in noisy]
        pairs = zip(noisy, common, strict=True)
        return float(np.mean([both / (area_px(other) + area_px(mask) - both) for other, both in pairs]))

    ious = [mean_iou(std_px) for std_px in (0, 1, 2, 4, 8)]
    assert ious[0] == 1 and ious == sorted(ious, reverse=True)


def test_an_image_has_one_hand_if_asked(tiny: dict[str, Any]) -> None:
    values = {"hand": {"share": 1, "mean_px": 0, "std_px": 3, "draws_per": "image"}}
    by_image: dict[int | None, set[object]] = {}
    for row in noise(tiny, corruption_values=values).changes:
        by_image.setdefault(row.image_id, set()).add(row.parameters["radius_px"])
    assert [len(radii) for radii in by_image.values()] == [1, 1]
    assert by_image[1] != by_image[2]
