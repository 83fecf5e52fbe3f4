from typing import Any

import numpy as np
import pytest

from annotation_noise.core.draws import stream
from noise_annotations import noise
from noisers import Box
from noisers.box.box_iou_window import box_iou_window
from tests.noisers.box.boxes import instance_in, ious

BOX = Box(100.0, 200.0, 40.0, 20.0)
SCHUBERT = {"std_share": 0.15, "least_iou": 0.4, "below_iou": 0.7}


def drawn(box: Box, height: int = 4000, width: int = 4000, count: int = 2000, **strengths: float) -> list[Box]:
    rng, instance = stream(1, "test", 1), instance_in(height, width, box)
    return [box_iou_window(box, rng, instance=instance, **{**SCHUBERT, **strengths}) for _ in range(count)]


def test_all_ious_are_in_the_window_and_their_mean_is_schuberts() -> None:
    values = ious(BOX, drawn(BOX))
    assert values.min() >= 0.4 and values.max() < 0.7
    assert abs(values.mean() - 0.563) < 4 * values.std() / np.sqrt(len(values)) + 0.0005


def test_at_borders_they_are_too_and_the_box_is_cut() -> None:
    for box in (Box(0.0, 0.0, 40.0, 20.0), Box(0.0, 0.0, 60.0, 20.0), Box(30.0, 70.0, 30.0, 10.0)):
        noisy = drawn(box, height=80, width=60, count=500)
        values = ious(box, noisy)
        assert values.min() >= 0.4 and values.max() < 0.7
        left, top, width, height = np.array(noisy).T
        assert (
            left.min() >= 0
            and top.min() >= 0
            and (left + width).max() <= 60 + 1e-9
            and (top + height).max() <= 80 + 1e-9
        )


@pytest.mark.parametrize("strengths", [{"std_share": 0.0}, {"least_iou": 0.7}, {"below_iou": 0.0}])
def test_where_nothing_is_in_the_window_the_box_stays(strengths: Any) -> None:
    assert set(drawn(BOX, count=5, **strengths)) == {BOX}


def test_the_iou_in_the_log_is_the_one_of_the_window(tiny: dict[str, Any]) -> None:
    changes = noise(tiny, corruption_values={"box_iou_window": {"share": 1, **SCHUBERT}}).changes
    assert len(changes) == 5
    assert all(0.4 <= (row.steps[0].iou or 0) < 0.7 for row in changes)
