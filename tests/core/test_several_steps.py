"""Several steps on one annotation, against the noises called by hand, with their streams by name."""

import json
import pickle
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from annotation_noise.coco.schema import Annotation
from annotation_noise.core.apply import apply
from annotation_noise.core.draws import stream
from annotation_noise.core.edits import completed
from annotation_noise.core.log import cells, columns, labels, row
from annotation_noise.core.outcome import Applied, Options, Outcome, Setting
from annotation_noise.core.recipe import recipe
from annotation_noise.geometry.boxes import box_iou, clipped
from annotation_noise.geometry.masks import Mask, from_frame, tight, to_frame
from noise_annotations import noise
from noisers import Box, load
from noisers.kinds import classes
from noisers.mask.localization import localization
from noisers.mask.rand import rand
from noisers.registry import described
from tests.reference import decode

PETS = classes({1: "ant", 3: "cat", 7: "dog"}, {})
SQUARE = [[10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]]
SIZE = (48, 64)


def shifted(box: Box, rng: Any, *, right: float, wider: float) -> Box:
    return box._replace(left=box.left + right, width=box.width + wider)


def emptied(mask: Mask, rng: Any) -> Mask:
    return mask._replace(pixels=np.zeros_like(mask.pixels))


def refilled(mask: Mask, rng: Any) -> Mask:
    frame = np.zeros((mask.frame_height, mask.frame_width), np.uint8)
    frame[10:30, 10:30] = 1
    return from_frame(frame)


def following(category_id: int, rng: Any, *, classes: Any) -> int:
    ids: tuple[int, ...] = classes.ids
    return ids[(ids.index(category_id) + 1) % len(ids)]


NOISES = {
    **load(),
    "shifted": described(shifted, "box", {"right": 1, "wider": 0}),
    "emptied": described(emptied, "mask", {}),
    "refilled": described(refilled, "mask", {}),
    "following": described(following, "category", {}),
}


def annotation(number: int = 4, **fields: Any) -> Annotation:
    source = {"id": number, "image_id": 1, "category_id": 3, "segmentation": SQUARE, "area": 400.0}
    return msgspec.convert({**source, "bbox": [10, 10, 20, 20], **fields}, Annotation)


def applied(
    values: dict[str, Any], clean: Annotation, seed: int = 1, excluded: tuple[int, ...] = (), **options: Any
) -> tuple[Outcome, dict[str, Any] | None]:
    """What has become of an annotation, and its edits."""
    setting = Setting(recipe(values, NOISES), PETS, seed, Options(**options))
    outcome = apply(clean, *SIZE, setting, excluded)
    return outcome, completed(outcome, clean, *SIZE, setting)


def frame_of(edits: dict[str, Any] | None) -> NDArray[np.uint8]:
    assert edits is not None
    return decode(edits.get("segmentation", SQUARE), *SIZE)


def iou(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    return float((a & b).sum() / (a | b).sum())


CLEAN = decode(SQUARE, *SIZE)


@pytest.mark.parametrize("form", ["polygon", "rle"])
def test_two_mask_steps_are_the_functions_one_after_the_other(form: str) -> None:
    values = {"all_of": [{"localization": [0.6, 2]}, {"rand": [0.5, 5]}]}
    met: set[str] = set()
    for number in range(40):
        outcome, edits = applied(values, annotation(number), 9, segmentation=form)
        mask, names, after_first = from_frame(CLEAN), [], 1.0
        if stream(9, "choose localization", number).random() < 0.6:
            mask = tight(localization(mask, stream(9, "noise localization", number), std_px=2))
            names.append("localization")
            after_first = iou(CLEAN, to_frame(mask))
        if stream(9, "choose rand", number).random() < 0.5:
            mask = tight(rand(mask, stream(9, "noise rand", number), kernel_px=5).mask)
            names.append("rand")
        expected = to_frame(mask)
        assert np.array_equal(frame_of(edits), expected)
        assert outcome.names("mask") == ("+".join(names) or "none") == (edits or {})["boundary_type"]
        assert [step.noise for step in outcome.applied] == names
        assert outcome.iou == (iou(CLEAN, expected) if names else None)
        if len(names) == 2:  # each is measured against the clean mask
            assert [step.iou for step in outcome.applied] == [after_first, iou(CLEAN, expected)]
            assert outcome.applied[0].drawn == {"std_px": 2.0}
            assert outcome.applied[1].drawn.keys() == {"kernel_px", "operation"}
        met.add(outcome.names("mask"))
    assert met == {"none", "localization", "rand", "localization+rand"}


def test_the_same_noise_twice_draws_twice() -> None:
    values = {"all_of": [{"localization": [1, 2]}, {"localization": [1, 2]}, {"rand": [1, 3]}, {"rand": [1, 3]}]}
    operations = set()
    for number in range(20):
        outcome, edits = applied(values, annotation(number), 2)
        mask = from_frame(CLEAN)
        for purpose in ("noise localization", "noise localization 2"):
            mask = tight(localization(mask, stream(2, purpose, number), std_px=2))
        for purpose in ("noise rand", "noise rand 2"):
            mask = tight(rand(mask, stream(2, purpose, number), kernel_px=3).mask)
        assert np.array_equal(frame_of(edits), to_frame(mask))
        operations.add(tuple(step.drawn["operation"] for step in outcome.applied[2:]))
    assert operations == {(a, b) for a in ("dilate", "erode") for b in ("dilate", "erode")}


@pytest.mark.parametrize("per", ["image", "annotator"])
def test_what_is_drawn_for_an_image_is_common_to_its_annotations(per: str) -> None:
    whose = {"per": per, "draws_per": per, **({"annotators": 2} if per == "annotator" else {})}
    values = {"localization": {"share": 0.5, "std_px": {"uniform": [1, 5]}, **whose}}
    met = 0
    for image in range(8):
        key = image if per == "image" else int(stream(3, "annotator", image).integers(2))
        std_px = 1 + 4 * stream(3, "strength localization std_px", key).random()
        expected = tight(localization(from_frame(CLEAN), stream(3, "noise localization", key), std_px=std_px))
        for number in range(10 * image, 10 * image + 6):
            outcome, edits = applied(values, annotation(number, image_id=image), 3)
            if outcome.mask_outcome == "not_drawn":  # who is met is still each annotation's own
                continue
            met += 1
            assert outcome.applied[0].drawn == {"std_px": std_px}
            assert np.array_equal(frame_of(edits), to_frame(expected))
    assert 8 < met < 40


@pytest.mark.parametrize(("per", "draws_per"), [("image", "annotation"), ("annotation", "image")])
def test_strengths_may_be_the_images_and_the_noises_draws_the_annotations_or_the_other_way(
    per: str, draws_per: str
) -> None:
    values = {"localization": {"share": 1, "std_px": {"uniform": [1, 5]}, "per": per, "draws_per": draws_per}}
    for number in (5, 6, 7):
        key = {"annotation": number, "image": 77}
        std_px = 1 + 4 * stream(3, "strength localization std_px", key[per]).random()
        outcome, edits = applied(values, annotation(number, image_id=77), 3)
        assert outcome.applied[0].drawn == {"std_px": std_px}
        rng = stream(3, "noise localization", key[draws_per])
        assert np.array_equal(frame_of(edits), to_frame(localization(from_frame(CLEAN), rng, std_px=std_px)))


def test_the_only_image_of_a_file_has_its_id_from_the_setting() -> None:
    values = {"localization": {"share": 1, "std_px": 3, "draws_per": "image"}}
    setting = Setting(recipe(values, NOISES), PETS, 3, Options(), image_id=77)
    outcome = apply(annotation(image_id=0), *SIZE, setting)
    expected = tight(localization(from_frame(CLEAN), stream(3, "noise localization", 77), std_px=3))
    assert outcome.mask is not None and np.array_equal(to_frame(outcome.mask), to_frame(expected))


def test_one_of_gives_a_mask_noise_or_a_class_noise() -> None:
    met = set()
    for number in range(60):
        outcome, _ = applied({"one_of": {"rand": [0.4, 3], "following": 0.4}}, annotation(number))
        assert len(outcome.applied) <= 1
        names = tuple(step.noise for step in outcome.applied)
        assert (outcome.category_id == 7) == (names == ("following",))
        assert (outcome.mask is not None) == (names == ("rand",))
        met.add(names)
    assert met == {(), ("rand",), ("following",)}


UNMOVED = {"boundary_type": "none", "class_noise": False}


@pytest.mark.parametrize("on_empty", ["keep", "drop"])
def test_a_step_that_leaves_nothing(on_empty: str) -> None:
    """Kept, what was there before stays, and the next step goes on with it; dropped, no other step follows."""
    values = {"all_of": [{"rand": [1, 3]}, {"emptied": 1}, {"localization": [1, 0]}]}
    outcome, edits = applied(values, annotation(), on_empty=on_empty)
    if on_empty == "drop":
        assert (outcome.mask_outcome, outcome.is_kept, edits) == ("dropped", False, None)
        assert [step.outcome for step in outcome.applied] == ["noised", "dropped"]
        return
    assert outcome.mask_outcome == "noised"
    assert [step.outcome for step in outcome.applied] == ["noised", "would_be_empty", "unmoved"]
    assert [step.iou for step in outcome.applied] == [outcome.iou, None, outcome.iou]
    assert outcome.names("mask") == "rand+localization"
    outcome, edits = applied({"all_of": [{"emptied": 1}, {"emptied": 1}]}, annotation())
    assert (outcome.mask_outcome, outcome.iou, edits) == ("would_be_empty", None, UNMOVED)


def test_a_step_that_brings_the_clean_mask_back() -> None:
    outcome, edits = applied({"all_of": [{"rand": [1, 3]}, {"refilled": 1}]}, annotation())
    assert (outcome.mask_outcome, outcome.mask, outcome.iou) == ("unmoved", None, 1.0)
    assert edits == {"boundary_type": "rand+refilled", "class_noise": False}  # it went through both


def test_classes_go_on_from_class_to_class() -> None:
    for times, category_id in ((1, 7), (2, 1), (3, 3)):
        outcome, edits = applied({"all_of": [{"following": 1}] * times}, annotation())
        assert outcome.category_id == category_id
        assert edits == {**UNMOVED, "class_noise": category_id != 3} | (
            {"category_id": category_id} if category_id != 3 else {}
        )
        assert [step.outcome for step in outcome.applied] == ["changed"] * times


def test_an_excluded_class_is_not_given_by_any_step() -> None:
    outcome, edits = applied({"all_of": [{"following": 1}, {"following": 1}]}, annotation(), excluded=(7,))
    assert outcome.category_id == 3  # 7 again and again, a thousand times, from either step
    assert outcome.kept_out == (7, 7)
    assert edits == UNMOVED
    outcome, _ = applied({"all_of": [{"flip_class": 1}] * 3}, annotation(), excluded=(7,))
    assert outcome.category_id in (1, 3)


@pytest.mark.parametrize(
    ("values", "options", "bbox"),
    [
        ({"shifted": [1, 5, 0]}, {}, [15, 10, 20, 20]),
        ({"shifted": [1, 0.25, -0.5]}, {}, [10.25, 10, 19.5, 20]),
        ({"shifted": [1, 40, 0]}, {}, [50, 10, 14, 20]),  # cut to the frame, 64 wide
        ({"shifted": [1, -15, 0]}, {}, [0, 10, 15, 20]),
        ({"all_of": [{"shifted": [1, 5, 0]}, {"shifted": [1, 0, 7]}]}, {}, [15, 10, 27, 20]),
        ({"shifted": [1, 5, 0], "rand": [1, 1]}, {}, [15, 10, 20, 20]),
        ({"shifted": [1, 5, 0], "rand": [1, 5]}, {"boxes": "keep"}, [15, 10, 20, 20]),
    ],
)
def test_a_box_noise_moves_the_box(values: dict[str, Any], options: dict[str, Any], bbox: list[float]) -> None:
    outcome, edits = applied(values, annotation(), **options)
    assert edits is not None
    assert edits["bbox"] == bbox
    assert edits["box_noise"] == outcome.names("box") == "+".join(["shifted"] * str(values).count("shifted"))
    left, _, width, height = bbox
    common = max(min(left + width, 30) - max(left, 10), 0) * height
    assert outcome.applied[-1].iou == pytest.approx(common / (400 + width * height - common))
    assert outcome.applied[-1].outcome == "noised"


def test_a_box_noise_goes_on_from_the_box_of_the_noisy_mask() -> None:
    outcome, edits = applied({"shifted": [1, 5, 0], "rand": [1, 5]}, annotation())
    side = 24 if outcome.applied[0].drawn["operation"] == "dilate" else 16
    assert edits is not None
    assert edits["bbox"] == [20 - side / 2 + 5, 20 - side / 2, side, side]
    assert edits["area"] == side**2
    assert {key: edits[key] for key in ("boundary_type", "box_noise")} == {
        "boundary_type": "rand",
        "box_noise": "shifted",
    }


def test_a_box_that_does_not_move_stays_as_it_was_written() -> None:
    outcome, edits = applied({"shifted": [1, 0, 0]}, annotation())
    assert edits == {**UNMOVED, "box_noise": "none"}
    assert outcome.applied == (Applied("shifted", "box", "unmoved", {"right": 0.0, "wider": 0.0}, 1.0),)


@pytest.mark.parametrize(
    ("fields", "outcome", "drawn"),
    [
        ({"bbox": None}, "no_box", {}),
        ({"bbox": []}, "no_box", {}),
        ({"bbox": [70, 10, 20, 20]}, "would_be_empty", {"right": 5.0, "wider": 0.0}),
    ],
)
def test_where_there_is_no_box_to_move(fields: dict[str, Any], outcome: str, drawn: dict[str, float]) -> None:
    result, edits = applied({"shifted": [1, 5, 0]}, annotation(**fields))
    assert result.applied == (Applied("shifted", "box", outcome, drawn),)
    assert edits == {**UNMOVED, "box_noise": "none"}


def test_boxes_are_cut_to_the_frame_and_compared_by_area() -> None:
    assert clipped(Box(0.1, 0.2, 0.7, 0.3), 48, 64) == Box(0.1, 0.2, 0.7, 0.3)  # to the last digit
    assert clipped(Box(-5, -5, 200, 200), 48, 64) == Box(0, 0, 64, 48)
    assert clipped(Box(64, 0, 5, 5), 48, 64) is None
    assert clipped(Box(5, 5, 0, 5), 48, 64) is None
    assert box_iou(Box(0, 0, 4, 4), Box(2, 2, 4, 4)) == 4 / 28
    assert box_iou(Box(0, 0, 4, 4), Box(4, 0, 4, 4)) == box_iou(Box(1, 1, 0, 0), Box(1, 1, 0, 0)) == 0


def test_a_filter_leaves_the_others_alone() -> None:
    where = {"where": {"max_area_px": 399, "categories": ["cat"]}}
    values = {"rand": {"share": 1, "kernel_px": 3, **where}}
    small = [[10.0, 10.0, 29.0, 10.0, 29.0, 30.0, 10.0, 30.0]]
    for fields, is_met in (
        ({}, False),
        ({"segmentation": small}, True),
        ({"segmentation": small, "category_id": 1}, False),
    ):
        outcome, _ = applied(values, annotation(**fields))
        assert (outcome.mask_outcome == "noised") is is_met


def test_what_the_log_says_of_several_steps() -> None:
    values = {"all_of": [{"rand": [1, 5]}, {"localization": [1, 0]}, {"following": 1}, {"shifted": [1, 5, 0]}]}
    chosen = recipe(values, NOISES)
    outcome, _ = applied(values, annotation())
    line = row(annotation(), outcome, PETS)
    assert line is not None
    assert (line.noise, line.class_noise, line.category, line.noisy_category) == (
        "rand+localization",
        True,
        "cat",
        "dog",
    )
    assert line.parameters == {"rand": outcome.applied[0].drawn, "localization": {"std_px": 0.0}}
    header = columns(chosen)
    assert header[-2:] == ("noisy_category", "steps")
    shown = dict(zip(header, cells(line, len(header)), strict=True))
    assert (shown["class_noise"], shown["iou"]) == ("true", f"{outcome.iou:.6f}")
    steps = json.loads(str(shown["steps"]))
    assert [(step["noise"], step["kind"], step["outcome"]) for step in steps] == [
        ("rand", "mask", "noised"),
        ("localization", "mask", "unmoved"),
        ("following", "category", "changed"),
        ("shifted", "box", "noised"),
    ]
    assert steps[2].keys() == {"noise", "kind", "outcome"}  # neither drawn nor measured
    assert steps[3]["drawn"] == {"right": 5.0, "wider": 0.0}
    assert sorted(labels(annotation(), outcome)) == [
        "annotations",
        "box_noise shifted",
        "class_noise",
        "mask_noise localization",
        "mask_noise rand",
        "noised",
    ]


def test_rows_and_outcomes_can_be_pickled(tiny: dict[str, Any]) -> None:
    """Those of an annotation without a mask, too, which no noise has drawn anything for."""
    tiny["annotations"][0]["segmentation"] = []
    changes = noise(tiny, corruption_values={"all_of": [{"rand": [1, 3]}, {"flip_class": 1}]}).changes
    assert [change.mask_outcome for change in changes] == ["no_mask", *["noised"] * 4]
    assert pickle.loads(pickle.dumps(changes)) == changes
