"""Strengths in pixels, given as shares of the mask's size: the square root of its area."""

import math
from typing import Any

import pytest

from annotation_noise.core.recipe import recipe
from annotation_noise.errors import InputError
from noise_annotations import noise
from noisers import load


def rows(tiny: dict[str, Any], values: dict[str, Any]) -> dict[int, Any]:
    """The log's rows by annotation; all are squares of 20 pixels but number 9, which is one of 10."""
    tiny["annotations"][2]["segmentation"] = [[10.0, 10.0, 20.0, 10.0, 20.0, 20.0, 10.0, 20.0]]
    return {row.annotation_id: row for row in noise(tiny, corruption_values=values).changes}


def test_it_is_times_the_size_and_gives_what_the_pixels_give(tiny: dict[str, Any]) -> None:
    relative = rows(tiny, {"localization": {"share": 1, "std_rel": 0.1}})
    for px, numbers in ((2.0, {5, 2, 4, 2**40}), (1.0, {9})):
        in_px = rows(tiny, {"localization": {"share": 1, "std_px": px}})
        for number in numbers:
            assert relative[number] == in_px[number]
            assert relative[number].parameters == {"std_px": px}


def test_it_is_the_size_of_the_clean_mask_whatever_came_before(tiny: dict[str, Any]) -> None:
    steps = [{"hand": {"share": 1, "mean_px": 5, "std_px": 0}}, {"localization": {"share": 1, "std_rel": 0.1}}]
    drawn = {number: row.steps[1].drawn for number, row in rows(tiny, {"all_of": steps}).items()}
    assert drawn == {number: {"std_px": 1.0 if number == 9 else 2.0} for number in (5, 2, 9, 4, 2**40)}


def test_it_may_be_drawn_for_an_image_and_is_then_times_each_size(tiny: dict[str, Any]) -> None:
    values = {"localization": {"share": 1, "std_rel": {"uniform": [0.05, 0.2]}, "per": "image"}}
    std_px = {number: row.parameters["std_px"] for number, row in rows(tiny, values).items()}
    assert std_px[2] == std_px[4] == std_px[2**40] != std_px[5] == 2 * std_px[9]
    assert all(1 <= std_px[number] <= 4 for number in (5, 2))


def test_bounds_are_those_of_the_pixels_but_for_the_sign(tiny: dict[str, Any]) -> None:
    signed = rows(tiny, {"hand": {"share": 1, "mean_rel": -0.1, "std_px": 0}})
    assert signed[5].parameters == {"mean_px": -2.0, "std_px": 0.0, "radius_px": -2.0}
    with pytest.raises(InputError, match="hand: std_rel must be finite and not negative, not -1"):
        recipe({"hand": {"share": 1, "mean_px": 0, "std_rel": -1}}, load())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"std_rel": 0.1, "std_px": 1}, "localization takes std_px or std_rel, not both"),
        ({"mean_rel": 0.1}, "localization does not know mean_rel; it takes share, std_px"),
        ({}, "localization lacks std_px; it takes share, std_px"),
        ({"std_rel": "wide"}, "localization: std_rel must be a number, not 'wide'"),
        ({"std_rel": math.inf}, "localization: std_rel must be finite and not negative, not inf"),
    ],
)
def test_what_does_not_fit_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        recipe({"localization": {"share": 1, **values}}, load())


def test_a_strength_of_whole_pixels_has_no_relative_form() -> None:
    with pytest.raises(InputError, match="rand does not know kernel_rel; it takes share, kernel_px"):
        recipe({"rand": {"share": 1, "kernel_rel": 0.1}}, load())


def test_the_values_of_a_recipe_make_it_again() -> None:
    values = {"localization": {"share": 0.5, "std_rel": {"normal": [0.02, 0.01], "least": 0.0}}}
    assert recipe(values, load()).values == values
