"""A noise for each part of a mask, and one whose strength is looked for until an IoU is reached."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from annotation_noise.coco.schema import Annotation
from annotation_noise.core.apply import apply
from annotation_noise.core.draws import stream
from annotation_noise.core.outcome import Options, Outcome, Setting
from annotation_noise.core.recipe import recipe
from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import to_frame
from annotation_noise.geometry.segmentations import read_mask
from noisers import load
from noisers.kinds import classes

SIDE = 40
SQUARE = [[100.0, 100.0, 140.0, 100.0, 140.0, 140.0, 100.0, 140.0]]
SEARCH = {"search": [0, 9]}
FAR = [[20.0, 20.0, 30.0, 20.0, 30.0, 30.0, 20.0, 30.0]]


def outcome_of(values: Mapping[str, Any], polygons: Any = SQUARE, number: int = 1, **options: Any) -> Outcome:
    annotation = Annotation(id=number, image_id=1, category_id=3, segmentation=polygons)
    setting = Setting(recipe(values, load()), classes({3: "cat"}, {3: "pet"}), 1, Options(**options))
    return apply(annotation, 300, 300, setting)


def drawn_by(outcome: Outcome) -> Any:
    return outcome.applied[-1].drawn


@pytest.mark.parametrize("target", [1.0, 0.95, 0.8, 0.5, 0.2])
def test_a_square_grows_until_the_iou_is_reached(target: float) -> None:
    """A square of side a has, grown by a square of radius r, the IoU (a / (a + 2r))² with itself."""
    whole = next(r for r in range(200) if (SIDE / (SIDE + 2 * r)) ** 2 <= target)
    grown = {"share": 1, "radius_px": {"search": [0, 100]}, "shape": "square", "target_iou": target}
    outcome = outcome_of({"dilate": grown})
    assert outcome.iou == pytest.approx((SIDE / (SIDE + 2 * whole)) ** 2)
    assert int(drawn_by(outcome)["radius_px"]) == whole
    assert (drawn_by(outcome)["target_iou"], drawn_by(outcome)["target_reached"]) == (target, True)


def test_where_the_strongest_is_too_weak_it_is_taken_and_said() -> None:
    weak = {"share": 1, "radius_px": {"search": [0, 2]}, "shape": "square", "target_iou": 0.2}
    outcome = outcome_of({"dilate": weak})
    assert outcome.iou == pytest.approx((SIDE / (SIDE + 4)) ** 2)
    assert drawn_by(outcome)["target_reached"] is False


def test_a_mask_is_not_looked_for_in_nothing() -> None:
    """Eroded by 19 a square of side 40 has 2 x 2 pixels left, by 20 none."""
    eroded = {"share": 1, "radius_px": {"search": [0, 40]}, "shape": "square", "target_iou": 0.001}
    outcome = outcome_of({"erode": eroded})
    assert outcome.mask_outcome == "noised"
    assert outcome.area_px == 4
    assert drawn_by(outcome)["target_reached"] is False


def test_a_whole_strength_takes_every_whole_number_once() -> None:
    """Steps of a boundary are counted: the first state that is not above the target is found among all of them."""
    steps = {"share": 1, "steps": {"search": [0, 60]}, "grow_share": 1, "move_share": 0.3, "speckle_share": 0}
    steps |= {"smooth": False, "relative": False, "target_iou": 0.7}
    looked_for = outcome_of({"markov_boundary": steps})
    ious = []
    for count in range(61):
        plain = {key: value for key, value in steps.items() if key != "target_iou"} | {"steps": count}
        ious.append(outcome_of({"markov_boundary": plain}).iou or 1.0)
    first = next(count for count, iou in enumerate(ious) if iou <= 0.7)
    assert 0 < first < 60
    assert drawn_by(looked_for)["steps"] == first
    assert looked_for.iou == ious[first]


def test_the_iou_is_that_with_the_clean_mask_whatever_came_before() -> None:
    before = {"erode": {"share": 1, "radius_px": 5, "shape": "square"}}
    after = {"dilate": {"share": 1, "radius_px": {"search": [0, 30]}, "shape": "square", "target_iou": 0.9}}
    outcome = outcome_of({"all_of": [before, after]})
    assert outcome.iou == pytest.approx((30 / 40) ** 2)  # below 0.9 to begin with, so nothing more is done
    assert drawn_by(outcome)["radius_px"] == 0


def test_drawn_targets_have_their_law_and_are_met() -> None:
    """A share that is cut off leaves the IoU 1 - share, but for the half pixel of rounding, of 1600 here."""
    values = {"cut_part": {"share": 1, "cut_share": {"search": [0, 1]}, "target_iou": {"uniform": [0.5, 0.9]}}}
    outcomes = [outcome_of(values, number=number) for number in range(300)]
    targets = np.array([drawn_by(outcome)["target_iou"] for outcome in outcomes])
    expected = [stream(1, "target cut_part", number).uniform(0.5, 0.9) for number in range(300)]
    assert targets == pytest.approx(expected, abs=1e-6)
    ious = np.array([outcome.iou for outcome in outcomes])
    assert (ious <= targets + 1e-6).all()
    assert (targets - ious <= 0.001 + 1 / SIDE**2).all()  # it stops a thousandth below, and a pixel more may be gone
    assert all(drawn_by(outcome)["target_reached"] for outcome in outcomes)


def test_parts_have_draws_of_their_own() -> None:
    values = {"hand": {"share": 1, "mean_px": {"uniform": [-3, 3]}, "std_px": 0, "per": "part"}}
    outcome = outcome_of(values, [*SQUARE, *FAR], number=7)
    means = [stream(1, "strength hand mean_px", 7, part).uniform(-3, 3) for part in range(2)]
    assert drawn_by(outcome)["mean_px"] == pytest.approx(means)
    assert outcome.mask is not None
    noisy = to_frame(outcome.mask)
    for polygon, mean in ((FAR, means[0]), (SQUARE, means[1])):  # by the row of the first pixel
        alone = {"hand": {"share": 1, "mean_px": mean, "std_px": 0}}
        part = outcome_of(alone, polygon).mask or read_mask(polygon, 300, 300)
        near = slice(0, 60) if polygon is FAR else slice(60, 300)
        assert np.array_equal(noisy[near, near], to_frame(part)[near, near])


def test_a_mask_of_one_part_is_noised_as_ever() -> None:
    plain = {"localization": {"share": 1, "std_px": {"uniform": [1, 3]}}}
    by_part = {"localization": {"share": 1, "std_px": {"uniform": [1, 3]}, "per": "part"}}
    a, b = outcome_of(plain), outcome_of(by_part)
    assert a.mask is not None
    assert b.mask is not None
    assert np.array_equal(to_frame(a.mask), to_frame(b.mask))
    assert drawn_by(b)["std_px"] == [drawn_by(a)["std_px"]]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dilate": {"share": 1, "radius_px": 3, "shape": "disc", "target_iou": 0.8}}, "go together"),
        ({"dilate": {"share": 1, "radius_px": {"search": [0, 9]}, "shape": "disc"}}, "go together"),
        (
            {"hand": {"share": 1, "mean_px": {"search": [0, 9]}, "std_px": {"search": [0, 9]}, "target_iou": 1}},
            "one str",
        ),
        ({"dilate": {"share": 1, "radius_px": {"search": [0]}, "shape": "disc", "target_iou": 0.8}}, "the mildest"),
        ({"dilate": {"share": 1, "radius_px": {"search": [-1, 3]}, "shape": "disc", "target_iou": 0.8}}, "radius_px"),
        (
            {"dilate": {"share": 1, "radius_px": {"search": [0, 3]}, "shape": "disc", "target_iou": 1.2}},
            "between 0 and 1",
        ),
        ({"flip_class": {"share": 1, "per": "part"}}, "masks alone"),
        ({"rand": {"share": 1, "kernel_px": 3, "draws_per": "part"}}, "draws_per may not"),
    ],
)
def test_what_does_not_go_together_is_refused(values: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        recipe(values, load())


def test_values_of_the_manifest_make_the_recipe_again() -> None:
    values: Any = {"cut_part": {"share": 1, "cut_share": {"search": [0, 1]}, "target_iou": {"uniform": [0.5, 0.9]}}}
    made = recipe(values, load())
    bounded = {**values["cut_part"], "target_iou": {**values["cut_part"]["target_iou"], "least": 0, "most": 1}}
    assert json.loads(json.dumps(made.values)) == {"cut_part": bounded}
    assert recipe(made.values, load()) == made
