"""What may call itself a noise, and what a file of the user's own may do."""

import json
from pathlib import Path
from typing import Annotated, Any

import pytest
from msgspec import Meta
from numpy.random import Generator

from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Mask
from noisers import Classes, Instance, Noiser, Scene, listing, noiser
from noisers.registry import described
from tests.conftest import Command


def test_what_a_function_says_of_itself() -> None:
    def smear(
        mask: Mask,
        rng: Generator,
        *,
        classes: Classes,
        width_px: Annotated[int, Meta(ge=1)],
        scene: Scene,
        angle: float,
        instance: Instance,
    ) -> Mask:
        return mask

    noise = described(smear, "mask", {"width_px": 3.0, "angle": 1})
    assert noise == Noiser(
        "smear",
        "mask",
        smear,
        {"width_px": Annotated[int, Meta(ge=1)], "angle": float},
        ("classes", "scene", "instance"),
        {"width_px": 3, "angle": 1.0},
    )
    assert [type(value) for value in noise.example.values()] == [int, float]


def test_a_strength_without_annotation_is_a_number() -> None:
    def smear(mask, rng, *, width_px):  # type: ignore[no-untyped-def]
        return mask

    assert described(smear, "mask", {"width_px": 2}).strengths == {"width_px": float}


def test_the_decorator_gives_the_function_back_and_knows_four_kinds() -> None:
    with pytest.raises(ValueError, match="one of mask, category, box, instances; there is no kind 'colour'"):
        noiser("colour", example={})
    with pytest.raises(ValueError, match="there is no kind 'prompt'"):
        noiser("prompt", example={})


def one_positional(mask: Any) -> Any: ...
def three_positional(category_id: Any, categories: Any, rng: Any) -> Any: ...
def any_number(*masks: Any) -> Any: ...
def any_keyword(mask: Any, rng: Any, **strengths: Any) -> Any: ...
def strength_by_place(mask: Any, rng: Any, std_px: float = 1) -> Any: ...


@pytest.mark.parametrize(
    "function", [one_positional, three_positional, any_number, any_keyword, strength_by_place], ids=lambda f: f.__name__
)
@pytest.mark.parametrize(("kind", "subject"), [("mask", "mask"), ("category", "category_id"), ("instances", "scene")])
def test_a_function_of_another_form_is_refused(function: Any, kind: str, subject: str) -> None:
    message = rf"the {kind} noise {function.__name__} must be a function of \({subject}, rng, \*, strengths\)"
    with pytest.raises(ValueError, match=message):
        described(function, kind, {})


@pytest.mark.parametrize("word", ["share", "per", "draws_per", "annotators", "where"])
def test_a_strength_cannot_have_a_name_that_corruption_values_need(word: str) -> None:
    scope: dict[str, Any] = {}
    exec(f"def smear(mask, rng, *, {word}): ...", scope)
    with pytest.raises(ValueError, match=f"the noise smear cannot use the name {word}, which corruption values have"):
        described(scope["smear"], "mask", {word: 1})


@pytest.mark.parametrize("word", ["one_of", "all_of", "share"])
def test_nor_can_a_noise(word: str) -> None:
    scope: dict[str, Any] = {}
    exec(f"def {word}(mask, rng): ...", scope)
    with pytest.raises(ValueError, match=f"the noise {word} cannot use the name {word}"):
        described(scope[word], "mask", {})


def test_an_instances_noise_asks_whom_its_share_has_chosen() -> None:
    def thinned(scene, rng, *, scene_px):  # type: ignore[no-untyped-def]
        return []

    message = "the instances noise thinned must ask for `instance` or `chosen`, which its share chooses"
    with pytest.raises(ValueError, match=message):
        described(thinned, "instances", {"scene_px": 1})


@pytest.mark.parametrize(("kind", "subject"), [("mask", "mask"), ("category", "category_id"), ("box", "box")])
def test_only_an_instances_noise_may_ask_for_all_that_are_chosen(kind: str, subject: str) -> None:
    scope: dict[str, Any] = {}
    exec(f"def smear({subject}, rng, *, chosen): ...", scope)
    with pytest.raises(ValueError, match=f"the {kind} noise smear cannot ask for `chosen`"):
        described(scope["smear"], kind, {})


def bounded(mask: Any, rng: Any, *, width_px: Annotated[int, Meta(ge=1, le=9)], share_px: float) -> Any: ...


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ({"width_px": 3}, "`example` of the noise bounded must name its strengths: width_px, share_px"),
        ({"width_px": 3, "share_px": 1, "more": 1}, "must name its strengths: width_px, share_px"),
        ({"width_px": 0, "share_px": 1}, "`example` of the noise bounded: width_px must be at least 1, not 0"),
        ({"width_px": 10, "share_px": 1}, "width_px must be at most 9, not 10"),
        ({"width_px": 2.5, "share_px": 1}, "width_px must be a whole number, not 2.5"),
        ({"width_px": 2, "share_px": "wide"}, "share_px must be a number, not 'wide'"),
    ],
)
def test_an_example_that_does_not_fit_is_refused(example: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        described(bounded, "mask", example)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"width_px": (1, 2)}, "`levels` of the noise bounded must have three values for some of width_px, share_px"),
        ({"odd": (1, 2, 3)}, "`levels` of the noise bounded must have three values for some of width_px, share_px"),
        ({"width_px": (1, 2, 10)}, "`levels` of the noise bounded: width_px must be at most 9, not 10"),
    ],
)
def test_levels_that_do_not_fit_are_refused(levels: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        described(bounded, "mask", {"width_px": 3, "share_px": 1}, levels)


def test_levels_are_examples_but_for_what_they_name() -> None:
    noise = described(bounded, "mask", {"width_px": 3, "share_px": 1}, {"width_px": (1, 2, 9)})
    assert noise.levels == tuple({"width_px": width_px, "share_px": 1.0} for width_px in (1, 2, 9))
    assert described(bounded, "mask", {"width_px": 3, "share_px": 1}).levels == ()


def test_the_listing_has_kinds_together_strengths_and_bounds(tmp_path: Path) -> None:
    path = tmp_path / "listed.py"
    path.write_text(
        "from typing import Annotated, Literal\nfrom msgspec import Meta\nfrom noisers import Table, noiser\n\n"
        '@noiser("box", example={"off_px": 1.5, "side": "left", "odds": {"a": {"b": 1}}})\n'
        "def a_listed_box(box, rng, *, instance, off_px: Annotated[float, Meta(gt=0, le=9)], "
        'side: Literal["left", "right"], odds: Table):\n'
        '    """Move a box. And more that is not listed."""\n'
        "    return box\n"
    )
    lines = listing((path,)).splitlines()
    place = lines.index("a_listed_box: [share, off_px, side, odds]   (box noise)")
    assert lines[place + 1 : place + 5] == [
        "    Move a box. And more that is not listed.",
        "    off_px: a number, above 0, at most 9",
        "    side: one of left, right",
        "    odds: a table {row: {column: number}}, or the name of a CSV or JSON file",
    ]
    kinds = [line.split("(")[1] for line in lines if line.endswith(" noise)")]
    assert kinds == sorted(kinds, key=["mask noise)", "category noise)", "box noise)", "instances noise)"].index)


AT_IMPORT = "import sys\nsys.exit(0)\n"
IN_THE_NOISE = (
    "import sys\nfrom noisers import noiser\n\n"
    '@noiser("mask", example={})\ndef leaving(mask, rng):\n    """Leave."""\n    sys.exit("bye")\n'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (AT_IMPORT, "the plugin leave.py cannot be loaded: SystemExit: 0"),
        (IN_THE_NOISE, "the noise leaving failed: SystemExit: bye (when it was tried on a mask of 8 x 8 pixels)"),
    ],
)
def test_a_plugin_that_ends_the_program_is_said_so(
    command: Command, tmp_path: Path, tiny_file: Path, text: str, message: str
) -> None:
    (tmp_path / "leave.py").write_text(text)
    values = json.dumps({"leaving": 1})
    done = command(tiny_file, "--plugin", "leave.py", "--corruption_values", values, "--output_dir", "out")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {message}\n")
    assert not (tmp_path / "out").exists()


def test_an_error_of_a_plugin_arrives_as_input_error(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(
        'from noisers import noiser\n\n@noiser("colour", example={})\ndef odd(mask, rng):\n    return mask\n'
    )
    with pytest.raises(InputError, match=r"odd\.py cannot be loaded: ValueError: a noise changes one of mask,"):
        listing((tmp_path / "odd.py",))
