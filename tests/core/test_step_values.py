"""What corruption values may say of one noise: draws, exact shares, whose they are, which instances they may meet."""

import math
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from msgspec import Meta
from scipy.stats import beta, chisquare, kstest, norm, uniform

from annotation_noise.core.draws import stream
from annotation_noise.core.recipe import recipe
from annotation_noise.core.step_values import step_of
from annotation_noise.core.steps import Draw, Exact, Filter, Step, drawn, drawn_strengths, key_of, value_of
from annotation_noise.errors import InputError
from noisers import Table, load
from noisers.kinds import table
from noisers.registry import described


def smear(
    mask: Any,
    rng: Any,
    *,
    size_px: Annotated[int, Meta(ge=1, le=9)],
    blur: Annotated[float, Meta(gt=0)],
    shift: float,
    shape: Literal["disc", "square"],
) -> Any:
    return mask


def mixed(mask: Any, rng: Any, *, odds: Table) -> Any:
    return mask


NOISES = {
    **load(),
    "smear": described(smear, "mask", {"size_px": 3, "blur": 1, "shift": 0, "shape": "disc"}),
    "mixed": described(mixed, "mask", {"odds": {"a": {"b": 1}}}),
}
GIVEN = {"share": 0.5, "size_px": 3, "blur": 1, "shift": 0, "shape": "disc"}
LOCALIZATION = {"share": 0.5, "std_px": 2}


def smeared(**values: Any) -> Step:
    return step_of("smear", {**GIVEN, **values}, NOISES)


def test_named_values_are_a_step() -> None:
    step = smeared()
    assert step == Step(
        noise=NOISES["smear"],
        share=0.5,
        strengths={"size_px": 3, "blur": 1.0, "shift": 0.0, "shape": "disc"},
        label="smear",
        per="annotation",
        draws_per="annotation",
        annotators=1,
        where=None,
    )
    assert step_of("smear", [0.5, 3, 1, 0, "disc"], NOISES) == step
    assert step_of("flip_class", {"share": 1}, NOISES) == step_of("flip_class", 1, NOISES)


@pytest.mark.parametrize(
    ("strength", "value", "expected"),
    [
        ("shift", {"uniform": [-3, 3]}, Draw("uniform", (-3.0, 3.0))),
        ("shift", {"normal": [0, 2], "least": -1, "most": 1}, Draw("normal", (0.0, 2.0), -1, 1)),
        ("shift", {"normal": ["1e-3", 2]}, Draw("normal", (0.001, 2.0))),
        ("shift", {"choice": [1, 2.5, -4]}, Draw("choice", (1.0, 2.5, -4.0))),
        ("shift", {"beta": [2, 5]}, Draw("beta", (2.0, 5.0))),
        ("size_px", {"uniform": [3, 7]}, Draw("uniform", (3, 7), 1, 9)),
        ("size_px", {"normal": [3.5, 1], "least": -5, "most": 20}, Draw("normal", (3.5, 1.0), 1, 9)),
        ("size_px", {"normal": [3.5, 1], "most": 4}, Draw("normal", (3.5, 1.0), 1, 4)),
        ("blur", {"normal": [0, 1]}, Draw("normal", (0.0, 1.0), math.nextafter(0, 1))),
        ("share", {"beta": [1, 4]}, Draw("beta", (1.0, 4.0), 0, 1)),
        ("share", {"normal": [0.2, 0.3], "most": 0.5}, Draw("normal", (0.2, 0.3), 0, 0.5)),
        ("share", {"exact": 0.25}, Exact(0.25)),
        ("share", {"exact": 1}, Exact(1.0)),
    ],
)
def test_draws_are_cut_off_at_the_bounds_of_their_annotation(strength: str, value: Any, expected: object) -> None:
    step = smeared(**{strength: value})
    assert (step.share if strength == "share" else step.strengths[strength]) == expected


def test_a_table_is_no_draw() -> None:
    step = step_of("mixed", [0.5, {"uniform": {"dog": 1}}], NOISES)
    assert step.strengths == {"odds": table({"uniform": {"dog": 1.0}})}


def test_whose_draws_they_are_and_which_instances() -> None:
    step = smeared(per="annotator", annotators=5.0, where={"min_area_px": 400, "categories": ["cat", 7]})
    assert (step.per, step.draws_per, step.annotators) == ("annotator", "annotation", 5)
    assert step.where == Filter(400, math.inf, ("cat", 7))
    assert smeared(per="image") == smeared()._replace(per="image")
    assert smeared(draws_per="image") == smeared()._replace(draws_per="image")
    assert smeared(draws_per="annotator", annotators=2) == smeared()._replace(draws_per="annotator", annotators=2)
    assert smeared(where=None).where is None


OF_DRAW = (
    "must be a number or one of {uniform: [low, high]}, {normal: [mean, std]}, {choice: [a, b, ...]}, {beta: [a, b]}, "
    "with least and most where it is to be cut; not "
)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"shift": {}}, f"smear: shift {OF_DRAW}{{}}"),
        ({"shift": {"uniform": [1, 2], "normal": [1, 2]}}, f"smear: shift {OF_DRAW}{{'uniform': [1, 2], 'normal"),
        ({"shift": {"cauchy": [1, 2]}}, f"smear: shift {OF_DRAW}{{'cauchy': [1, 2]}}"),
        ({"shift": {"uniform": [1, 2], "at_least": 1}}, f"smear: shift {OF_DRAW}"),
        ({"share": {"exact": 0.2, "most": 1}}, f"smear: share {OF_DRAW}"),
        ({"shift": {"uniform": 3}}, "smear: shift: uniform takes two numbers, not 3"),
        ({"shift": {"uniform": [1, 2, 3]}}, "smear: shift: uniform takes two numbers, not [1, 2, 3]"),
        ({"shift": {"choice": []}}, "smear: shift: choice takes numbers, not []"),
        ({"shift": {"uniform": [2, 1]}}, "smear: shift: uniform takes the lower number first, not [2, 1]"),
        ({"shift": {"normal": [0, -1]}}, "smear: shift: normal must be finite and not negative, not -1"),
        ({"shift": {"beta": [0, 1]}}, "smear: shift: beta must be above 0, not 0"),
        ({"shift": {"normal": [0, math.inf]}}, "smear: shift: normal must be finite and not negative, not inf"),
        (
            {"shift": {"choice": [1, 2], "with": "blurs"}},
            "smear: shift: with names another strength that is a choice, not 'blurs'",
        ),
        ({"shift": {"choice": [1, 2], "with": "shift"}}, "smear: shift: with names another strength that is a choice"),
        (
            {"shift": {"choice": [1, 2], "with": "blur"}, "blur": {"uniform": [1, 2]}},
            "smear: shift: with names another strength that is a choice, not 'blur'",
        ),
        (
            {"shift": {"uniform": [1, 2], "with": "blur"}, "blur": {"choice": [1, 2]}},
            "smear: shift: with names another strength that is a choice, not 'blur'",
        ),
        (
            {"shift": {"choice": [1, 2], "with": "blur"}, "blur": {"choice": [1, 2, 3]}},
            "smear: shift has 2 numbers to choose from and blur 3; with takes as many",
        ),
        ({"share": {"choice": [0, 1], "with": "blur"}}, f"smear: share {OF_DRAW}"),
        ({"shift": {"choice": ["a"]}}, "smear: shift: choice must be a number, not 'a'"),
        ({"shift": {"normal": [0, 1], "least": "a"}}, "smear: shift: least must be a number, not 'a'"),
        (
            {"shift": {"normal": [0, 1], "least": 2, "most": 1}},
            "smear: shift: least must not be above most, as 2 is above 1",
        ),
        (
            {"size_px": {"normal": [3, 1], "least": 10}},
            "smear: size_px: least must not be above most, as 10 is above 9",
        ),
        ({"size_px": {"uniform": [0, 3]}}, "smear: size_px: uniform must be at least 1, not 0"),
        ({"size_px": {"choice": [3, 2.5]}}, "smear: size_px: choice must be a whole number, not 2.5"),
        ({"shape": {"choice": ["disc"]}}, "smear: shape must be one of disc, square; not {'choice': ['disc']}"),
        ({"share": {"uniform": [0.5, 1.5]}}, "smear: share: uniform must be at most 1, not 1.5"),
        ({"share": {"exact": 1.5}}, "smear: exact must lie between 0 and 1, not 1.5"),
        ({"share": {"exact": [1]}}, "smear: exact must be a number, not [1]"),
        ({"per": "person"}, "smear: per must be one of annotation, annotator, image, part; not person"),
        ({"per": ["image"]}, "smear: per must be one of annotation, annotator, image, part; not ['image']"),
        (
            {"per": "annotator"},
            "smear: annotators says how many there are where per or draws_per is annotator",
        ),
        ({"draws_per": 3}, "smear: draws_per must be one of annotation, annotator, image, part; not 3"),
        ({"draws_per": "annotator"}, "smear: annotators says how many there are"),
        ({"draws_per": "image", "annotators": 5}, "smear: annotators says how many there are"),
        ({"annotators": 5}, "smear: annotators says how many there are"),
        ({"per": "image", "annotators": 5}, "smear: annotators says how many there are"),
        ({"per": "annotator", "annotators": 0}, "smear: annotators must be at least 1, not 0"),
        (
            {"where": {"min_area": 4}},
            "smear: where takes min_area_px, max_area_px, categories: object contains unknown field `min_area`",
        ),
        (
            {"where": {"categories": "cat"}},
            "smear: where takes min_area_px, max_area_px, categories: expected `array`, got `str` - at `$.categories`",
        ),
        (
            {"where": {"min_area_px": "small"}},
            "smear: where takes min_area_px, max_area_px, categories: expected `float`, got `str` - at `$.min_area_px`",
        ),
        ({"where": [400]}, "smear: where takes min_area_px, max_area_px, categories: expected `object`, got `array`"),
        ({"whom": "cat"}, "smear does not know whom; it takes share, size_px, blur, shift, shape"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        smeared(**values)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_drawn_strengths_are_tried_before_any_work() -> None:
    """A normal draw around 3 is even sooner or later, which rand does not take."""
    with pytest.raises(InputError, match=r"^rand: kernel_px must be odd and positive, not "):
        step_of("rand", {"share": 0.5, "kernel_px": {"normal": [3, 2]}}, NOISES)
    assert step_of("rand", {"share": 0.5, "kernel_px": {"choice": [3, 5]}}, NOISES).noise.name == "rand"


def sample(draw: Draw, whole: bool = False, count: int = 4000) -> list[float]:
    return [value_of(draw, whole, stream(1, "test", number)) for number in range(count)]


@pytest.mark.parametrize(
    ("draw", "law"),
    [
        (Draw("uniform", (-1, 3)), uniform(-1, 4)),
        (Draw("normal", (5, 0.5)), norm(5, 0.5)),
        (Draw("beta", (0.5, 2)), beta(0.5, 2)),
    ],
)
def test_numbers_follow_their_law(draw: Draw, law: Any) -> None:
    values = sample(draw)
    assert kstest(values, law.cdf).pvalue > 1e-4
    assert {type(value) for value in values} == {float}


def test_a_choice_takes_each_alike() -> None:
    values, counts = np.unique(sample(Draw("choice", (1.5, 2.5, 4.0))), return_counts=True)
    assert values.tolist() == [1.5, 2.5, 4.0]
    assert chisquare(counts).pvalue > 1e-4


def test_whole_numbers_are_uniform_over_both_ends() -> None:
    values, counts = np.unique(sample(Draw("uniform", (-2, 3)), True), return_counts=True)
    assert values.tolist() == [-2, -1, 0, 1, 2, 3]
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("law", [Draw("uniform", (-4, 4), -1, 2), Draw("normal", (0.5, 3), -1, 2)])
def test_what_is_beyond_is_cut_off(law: Draw) -> None:
    """The ends take what lies beyond them; nothing is drawn again."""
    for whole in (False, True):
        values = sample(law, whole)
        assert (min(values), max(values)) == (-1, 2)
        assert {type(value) for value in values} == {int if whole else float}
    share = np.mean(np.array(sample(law)) == 2)
    expected = 2 / 8 if law.law == "uniform" else norm.sf(2, 0.5, 3)
    assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / 4000)


def test_whole_numbers_are_cut_off_toward_zero() -> None:
    assert set(sample(Draw("normal", (0, 0.2)), True, 500)) == {0}


def test_a_strength_that_is_drawn_has_a_stream_of_its_own() -> None:
    """The strengths of a step do not go together, and constant ones draw nothing."""
    step = smeared(shift={"uniform": [0, 1]}, blur={"uniform": [1, 2]}, size_px={"uniform": [3, 7]})
    strengths = drawn_strengths(step, 5, 77)
    assert strengths == {
        "size_px": int(stream(5, "strength smear size_px", 77).integers(3, 7, endpoint=True)),
        "blur": 1 + stream(5, "strength smear blur", 77).random(),
        "shift": stream(5, "strength smear shift", 77).random(),
        "shape": "disc",
    }
    again = drawn_strengths(step._replace(label="smear 2"), 5, 77)
    assert again["shift"] == stream(5, "strength smear 2 shift", 77).random() != strengths["shift"]
    assert drawn_strengths(smeared(), 5, 77) == {"size_px": 3, "blur": 1.0, "shift": 0.0, "shape": "disc"}


def test_two_strengths_may_be_drawn_as_pairs() -> None:
    values = {"blur": {"choice": [1, 2, 3, 4]}, "shift": {"choice": [10, 20, 30, 40], "with": "blur"}}
    made = recipe({"smear": {**GIVEN, **values}}, NOISES)
    assert made.values["smear"]["shift"] == values["shift"]  # type: ignore[index]
    pairs = {(drawn["blur"], drawn["shift"]) for i in range(200) for drawn in [drawn_strengths(made.steps[0], 5, i)]}
    assert pairs == {(1, 10), (2, 20), (3, 30), (4, 40)}


def test_keys_are_of_the_annotation_its_image_or_its_annotator() -> None:
    assert key_of("annotation", 4, 1, 33, 7) == 33
    assert key_of("image", 4, 1, 33, 7) == 7
    keys = [key_of("annotator", 4, 1, annotation_id, image_id) for image_id in range(2000) for annotation_id in (5, 9)]
    assert keys[::2] == keys[1::2]  # an image belongs to one
    assert keys[::2] == [stream(1, "annotator", image_id).integers(4) for image_id in range(2000)]
    annotators, counts = np.unique(keys[::2], return_counts=True)
    assert annotators.tolist() == [0, 1, 2, 3]
    assert chisquare(counts).pvalue > 1e-4
    assert [key_of("annotator", 4, 2, 5, image_id) for image_id in range(2000)] != keys[::2]


@pytest.mark.parametrize(("per", "key"), [("annotation", 33), ("image", 7)])
@pytest.mark.parametrize(("draws_per", "draws_key"), [("annotation", 33), ("image", 7)])
def test_strengths_and_the_noises_own_draws_may_belong_to_different_things(
    per: str, key: int, draws_per: str, draws_key: int
) -> None:
    step = smeared(shift={"uniform": [0, 1]}, per=per, draws_per=draws_per)
    strengths, rng = drawn(step, 5, 33, 7)
    assert strengths["shift"] == stream(5, "strength smear shift", key).random()
    assert rng.random() == stream(5, "noise smear", draws_key).random()
