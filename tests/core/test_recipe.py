import json
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.core.recipe import parse, recipe, title
from annotation_noise.core.steps import Step
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
        ("@no/such/file.yaml", "no/such/file.yaml: cannot be read: No such file or directory"),
        ("{" * 5000, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{'rand': [0.2, 3], 'flip_class': 0.1, 'rand': [0.3, 5]}", "rand"),
        ('{"rand": [0.2, 3], "rand": [0.2, 3]}', "rand"),
        ('{"merge": [0.1, 2, true, true], "rand": [0.2, 3], "rand": [0.3, 5]}', "rand"),  # true is JSON and YAML alone
        ("rand: [0.2, 3]\nflip_class: 0.1\nrand: [0.3, 5]", "rand"),
        ("{rand: [0.2, 3], 'rand': [0.3, 5]}", "rand"),
        ("[{'rand': [0.2, 3]}, {'rand': {'share': 0.2, 'kernel_px': 3, 'share': 0.3}}]", "share"),
        ("all_of:\n- rand: {share: 0.2, kernel_px: 3, share: 0.3}", "share"),
    ],
)
def test_a_repeated_key_is_said(text: str, key: str) -> None:
    with pytest.raises(InputError, match=f"^--corruption_values: the key '{key}' is there twice in one dict"):
        parse(text)


def test_the_same_key_in_two_dicts_is_none_too_many() -> None:
    assert parse("[{'rand': [0.2, 3]}, {'rand': [0.3, 5]}]") == [{"rand": [0.2, 3]}, {"rand": [0.3, 5]}]
    assert parse("- rand: &odd {share: 0.2, kernel_px: 3}\n- rand: {<<: *odd, share: 0.3}") == [
        {"rand": {"share": 0.2, "kernel_px": 3}},
        {"rand": {"share": 0.3, "kernel_px": 3}},
    ]


@pytest.mark.parametrize("text", ["{'rand': [0.2, '\\ud800']}", "{'\\udfff': [0.2, 3]}", 'rand: [0.2, "\\udc00"]'])
def test_half_of_a_character_is_said(text: str) -> None:
    (values,) = parse(text)
    with pytest.raises(InputError, match=r"half of a surrogate pair stands in \{'"):
        recipe(values, load())


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
    assert expected == {level: BENCHMARKS[level] for level in expected}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "must name at least one noise"),
        ({"rnd": [0.2, 3]}, f"there is no noise named 'rnd'; the noises are {', '.join(sorted(load()))}$"),
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


RAND, SHAKY, FLIP = {"rand": [0.3, 3]}, {"localization": [0.5, 2]}, {"flip_class": 0.2}
EXACT = {"share": {"exact": 0.2}, "kernel_px": 3}
DRAWN = {"share": {"beta": [1, 4]}, "std_px": {"normal": [2, 1], "most": 9}, "per": "annotator", "annotators": 3}


def shape(values: dict[str, Any]) -> list[tuple[str, ...] | str]:
    """Each node: the label of a step with a coin of its own, or purpose and labels of those of which one is chosen."""
    return [
        node.label if isinstance(node, Step) else (node.purpose, *(step.label for step in node.steps))
        for node in recipe(values, load()).nodes
    ]


@pytest.mark.parametrize(
    ("values", "nodes"),
    [
        (RAND, [("choose mask", "rand")]),
        ({**FLIP, **RAND, **SHAKY}, [("choose mask", "localization", "rand"), ("choose category", "flip_class")]),
        ({"rand": EXACT, **FLIP}, ["rand", ("choose category", "flip_class")]),
        ({"localization": DRAWN}, ["localization"]),
        ({"one_of": {**RAND, **FLIP}}, [("choose flip_class or rand", "flip_class", "rand")]),
        ({"one_of": {"rand": EXACT}}, ["rand"]),
        ({"all_of": [SHAKY, RAND]}, ["localization", "rand"]),
        ({"all_of": [RAND, SHAKY, RAND, RAND]}, ["rand", "localization", "rand 2", "rand 3"]),
        ({"all_of": [{"rand": EXACT}, FLIP]}, ["rand", "flip_class"]),
        (
            {"all_of": [{"one_of": {**RAND, **FLIP}}, {"one_of": {**SHAKY, **FLIP}}, {"one_of": RAND}]},
            [
                ("choose flip_class or rand", "flip_class", "rand"),
                ("choose flip_class 2 or localization", "flip_class 2", "localization"),
                ("choose rand 2", "rand 2"),
            ],
        ),
        ({"all_of": [RAND, {"all_of": [SHAKY, FLIP]}]}, ["rand", "localization", "flip_class"]),
    ],
)
def test_nodes_and_labels(values: dict[str, Any], nodes: list[Any]) -> None:
    assert shape(values) == nodes
    again = recipe(recipe(values, load()).values, load())
    assert again == recipe(values, load())
    assert recipe(json.loads(json.dumps(again.values)), load()) == again  # the manifest is JSON


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (RAND, {"rand": {"share": 0.3, "kernel_px": 3}}),
        ({"rand": EXACT}, {"rand": EXACT}),
        (
            {"localization": DRAWN},
            {
                "localization": {
                    "share": {"beta": [1.0, 4.0], "least": 0, "most": 1},
                    "std_px": {"normal": [2.0, 1.0], "least": 0, "most": 9.0},
                    "per": "annotator",
                    "annotators": 3,
                }
            },
        ),
        (
            {"localization": {"share": 1, "std_px": 2, "draws_per": "annotator", "annotators": 3}},
            {"localization": {"share": 1.0, "std_px": 2.0, "draws_per": "annotator", "annotators": 3}},
        ),
        (
            {"localization": {"share": 1, "std_px": 2, "per": "annotation", "draws_per": "image"}},
            {"localization": {"share": 1.0, "std_px": 2.0, "draws_per": "image"}},
        ),
        (
            {"all_of": [{"one_of": FLIP}, RAND, RAND]},
            {
                "all_of": [
                    {"one_of": {"flip_class": {"share": 0.2}}},
                    {"rand": {"share": 0.3, "kernel_px": 3}},
                    {"rand": {"share": 0.3, "kernel_px": 3}},
                ]
            },
        ),
        (
            {"flip_class": {"share": 1, "where": {"min_area_px": 9, "categories": ["cat", 3]}}},
            {"flip_class": {"share": 1.0, "where": {"min_area_px": 9.0, "categories": ["cat", 3]}}},
        ),
    ],
)
def test_values_name_everything(values: dict[str, Any], named: dict[str, Any]) -> None:
    assert json.loads(json.dumps(recipe(values, load()).values)) == named


@pytest.mark.parametrize(
    ("values", "is_plain"),
    [
        (WHOLE, True),
        ({"rand": [0.2, {"choice": [3, 5]}]}, True),
        ({"rand": EXACT}, False),
        ({"one_of": RAND}, False),
        ({"all_of": [RAND]}, False),
    ],
)
def test_only_a_dict_with_shares_of_numbers_is_plain(values: dict[str, Any], is_plain: bool) -> None:
    assert recipe(values, load()).is_plain is is_plain


def test_names_are_by_kind_and_each_once() -> None:
    chosen = recipe({"all_of": [RAND, SHAKY, {"one_of": {**RAND, **FLIP}}]}, load())
    assert chosen.names == {"mask": ["rand", "localization"], "category": ["flip_class"]}
    assert chosen.kinds == {"mask", "category"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"all_of": [SHAKY, RAND, RAND]}, "localization-0.5-2+rand-0.3-3+rand-0.3-3"),
        ({"rand": EXACT}, "rand-0.2-3"),
        ({"localization": DRAWN}, "localization-beta_1_4-normal_2_1"),
        ({"one_of": {**RAND, **FLIP}}, "flip_class-0.2+rand-0.3-3"),
    ],
)
def test_titles_of_what_is_drawn_or_combined(values: dict[str, Any], expected: str) -> None:
    assert title(recipe(values, load())) == expected


NEED_NUMBERS = "so their shares are probabilities, plain numbers; exact and drawn ones have their place in all_of"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"all_of": []}, "corruption values must name at least one noise; there is none in {'all_of': []}"),
        ({"one_of": {}}, "one_of takes a dict of noises, like {'rand': [0.3, 3], 'flip_class': 0.2}; not {}"),
        ({"one_of": [RAND]}, "one_of takes a dict of noises, like {'rand': [0.3, 3], 'flip_class': 0.2}; not [{'rand'"),
        ({"all_of": RAND}, "all_of takes a list of dicts with one noise each, like [{'localization': [0.5, 2]}, "),
        ({"all_of": [{**RAND, **FLIP}]}, "all_of takes a list of dicts with one noise each"),
        ({"all_of": ["rand"]}, "all_of takes a list of dicts with one noise each"),
        ({"one_of": RAND, **FLIP}, "one_of must be the only key of its dict; put what stands beside it into all_of"),
        ({"all_of": [RAND], **FLIP}, "all_of must be the only key of its dict"),
        ({"all_of": [RAND], "one_of": RAND}, "one_of must be the only key of its dict"),
        ({"all_of": [{"one_of": {"one_of": RAND}}]}, "there is no noise named 'one_of'"),
        ({"all_of": [RAND, {"rand": [0.2, 4]}]}, "rand: kernel_px must be odd and positive, not 4"),
        ({"one_of": {"rand": [0.9, 3], "flip_class": 0.2}}, "the shares of flip_class, rand sum to 1.1, but an "),
        ({"one_of": {"rand": EXACT, **FLIP}}, f"an annotation gets one of flip_class, rand, {NEED_NUMBERS}"),
        ({"rand": EXACT, **SHAKY}, f"an annotation gets one of localization, rand, {NEED_NUMBERS}"),
        ({"localization": DRAWN, **RAND}, f"an annotation gets one of localization, rand, {NEED_NUMBERS}"),
    ],
)
def test_combinations_that_do_not_fit_are_said(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        recipe(values, load())
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_steps_of_all_of_may_sum_to_more_than_one() -> None:
    assert len(recipe({"all_of": [{"rand": [1, 3]}, {"localization": [1, 3]}]}, load()).steps) == 2
