import json
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.core.recipe import parse, recipe, title
from annotation_noise.errors import InputError
from noisers import load

WHOLE = {"rand": [0.2, 3], "localization": [0.2, 2], "approximation": [0.2, 5], "flip_class": 0.2}


@pytest.mark.parametrize(
    "text",
    [
        "{'rand': [0.2, 3], 'localization': [0.2, 2], 'approximation': [0.2, 5], 'flip_class': 0.2}",
        "[{'rand': (0.2, 3), 'localization': [0.2, 2], 'approximation': [0.2, 5], 'flip_class': 0.2,},]",
        json.dumps(WHOLE),
        json.dumps([WHOLE]),
        "[{rand: [0.2, 3], localization: [0.2, 2], approximation: [0.2, 5], flip_class: 0.2}]",
        "rand: [0.2, 3]\nlocalization: [0.2, 2]\napproximation:\n- 0.2\n- 5\nflip_class: 0.2\n",
    ],
)
def test_every_way_to_write_it_is_read(text: str) -> None:
    assert [{k: list(v) if isinstance(v, tuple) else v for k, v in d.items()} for d in parse(text)] == [WHOLE]


@pytest.mark.parametrize("name", ["values.yaml", "values.json"])
def test_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(json.dumps([WHOLE, {"flip_class": 0.5}]))
    assert parse(f"@{tmp_path / name}") == [WHOLE, {"flip_class": 0.5}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be a dict or a list of dicts"),
        ("rand", "must be a dict or a list of dicts"),
        ("[]", "must be a dict or a list of dicts"),
        ("[{}, 3]", "must be a dict or a list of dicts"),
        ("{'rand': [0.2, 3}", "cannot be read as a Python literal, JSON or YAML"),
        ("@no/such/file.yaml", "cannot read no/such/file.yaml: No such file or directory"),
        ("{" * 5000, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(text)


def test_short_and_named_values_are_the_same() -> None:
    named = {
        "rand": {"kernel_px": 3, "share": 0.2},
        "localization": {"share": 0.2, "std_px": 2},
        "approximation": {"share": 0.2, "tolerance_px": 5.0},
        "flip_class": {"share": 0.2},
    }
    assert recipe(named, load()) == recipe(WHOLE, load()) == recipe(BENCHMARKS["easy"], load())


def test_it_does_not_matter_in_which_order_the_noises_are_named() -> None:
    assert recipe(dict(reversed(WHOLE.items())), load()) == recipe(WHOLE, load())


def test_yaml_takes_an_exponent_for_text() -> None:
    assert recipe(parse("{localization: [1e-3, 2]}")[0], load()).steps[0].share == 0.001


def test_its_values_give_the_same_recipe_again() -> None:
    assert recipe(recipe(WHOLE, load()).values, load()) == recipe(WHOLE, load())


def test_title_is_readable() -> None:
    assert (
        title(recipe({"flip_class": 0.25, "localization": [0.2, 2.5]}, load()))
        == "localization-0.2-2.5+flip_class-0.25"
    )


def test_presets_are_those_of_the_paper() -> None:
    """Share and strength of each noise, from REFERENCE.md's table."""
    expected = {
        "easy": {"approximation": [0.20, 5], "localization": [0.20, 2], "rand": [0.20, 3], "flip_class": 0.2},
        "medium": {"approximation": [0.25, 10], "localization": [0.25, 3], "rand": [0.25, 5], "flip_class": 0.3},
        "hard": {"approximation": [0.30, 15], "localization": [0.30, 4], "rand": [0.30, 7], "flip_class": 0.4},
        "wan_hard": {"flip_class": 0.2},  # not from there: the source states no share
    }
    assert expected == BENCHMARKS


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "must name at least one noise"),
        ({"rnd": [0.2, 3]}, "no noise named 'rnd'; the noises are approximation, flip_class, localization, rand"),
        ({"rand": 0.2}, r"rand takes \[share, kernel_px\], 2 in all; not 0.2"),
        ({"rand": [0.2, 3, 4]}, r"rand takes \[share, kernel_px\]"),
        ({"rand": None}, r"rand takes \[share, kernel_px\]"),
        ({"flip_class": [0.2, 3]}, r"flip_class takes \[share\]"),
        ({"rand": {"share": 0.2, "std_px": 3}}, "rand does not know std_px; it takes share, kernel_px"),
        ({"rand": {"share": 0.2}}, "rand lacks kernel_px; it takes share, kernel_px"),
        ({"rand": [0.2, 4]}, "rand: kernel_px must be odd and positive, not 4"),
        ({"rand": [0.2, 0]}, "rand: kernel_px must be odd"),
        ({"rand": [0.2, 3.5]}, "rand: kernel_px must be a whole number, not 3.5"),
        ({"rand": [0.2, -3]}, "rand: kernel_px must be finite and not negative, not -3"),
        ({"rand": [0.2, "three"]}, "rand: kernel_px must be a number, not 'three'"),
        ({"rand": [True, 3]}, "rand: share must be a number, not True"),
        ({"localization": [0.2, float("nan")]}, "localization: std_px must be finite"),
        ({"localization": [0.2, float("inf")]}, "localization: std_px must be finite"),
        ({"approximation": [0.2, -1]}, "approximation: tolerance_px must be finite and not negative"),
        ({"approximation": [1.2, 1]}, "approximation: share must lie between 0 and 1, not 1.2"),
        ({"flip_class": -0.1}, "flip_class: share must be finite and not negative"),
        ({"rand": [0.6, 3], "localization": [0.6, 3]}, "shares of localization, rand sum to 1.2"),
    ],
)
def test_values_that_do_not_fit_are_said(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        recipe(values, load())


def test_shares_may_sum_to_one() -> None:
    assert len(recipe({"rand": [0.7, 3], "localization": [0.1, 2], "approximation": [0.2, 5]}, load()).steps) == 3
