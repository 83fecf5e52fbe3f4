from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from annotation_noise.coco.schema import Annotation
from annotation_noise.core.apply import apply
from annotation_noise.core.choose import Clean, choose
from annotation_noise.core.draws import stream
from annotation_noise.core.edits import completed
from annotation_noise.core.outcome import Applied, Options, Outcome, Setting
from annotation_noise.core.recipe import recipe
from annotation_noise.core.scenes import Frame, scene_of
from annotation_noise.core.steps import OneOf
from annotation_noise.errors import InputError
from noisers import Scene, load
from noisers.kinds import classes
from tests.reference import decode
from tests.strategies import polygons, sizes

SQUARE = [[10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]]
DOT = [[10.0, 10.0, 12.0, 10.0, 12.0, 12.0, 10.0, 12.0]]
CLASSES = classes({1: "ant", 3: "cat", 7: "dog"}, {1: "insect", 3: "pet", 7: "pet"})


class Result(NamedTuple):
    """What has become of an annotation, and the keys that change."""

    edits: dict[str, Any] | None
    outcome: Outcome

    @property
    def drawn(self) -> dict[str, Any]:
        """Strengths and draws of its only step."""
        (step,) = self.outcome.applied
        return dict(step.drawn)


def noised(
    values: dict[str, Any], fields: dict[str, Any], seed: int = 1, size: tuple[int, int] = (48, 64), **options: Any
) -> Result:
    source = {"id": 4, "image_id": 1, "category_id": 3, "area": 1.0, "bbox": [0.0, 0.0, 1.0, 1.0], **fields}
    annotation = msgspec.convert(source, Annotation)
    setting = Setting(recipe(values, load()), CLASSES, seed, Options(**options))

    def alone() -> Scene:
        """The scene of an image with nothing but this instance."""
        return scene_of(Frame(1, *size), [Clean(annotation, *size)], (), setting)

    outcome = apply(annotation, *size, setting, scene=alone)
    return Result(completed(outcome, annotation, *size, setting), outcome)


def seed_that_draws(operation: str) -> int:
    results = ((seed, noised({"rand": [1, 3]}, {"segmentation": SQUARE}, seed)) for seed in range(50))
    return next(seed for seed, result in results if result.drawn["operation"] == operation)


def test_an_annotation_that_no_noise_meets_gains_the_two_marks() -> None:
    result = noised({"rand": [0, 3], "flip_class": 0}, {"segmentation": SQUARE})
    assert result == ({"boundary_type": "none", "class_noise": False}, Outcome("not_drawn", 3))


@pytest.mark.parametrize(("form", "kind"), [("same", list), ("polygon", list), ("rle", dict)])
def test_a_noised_one_gains_a_mask_and_what_follows_from_it(form: str, kind: type) -> None:
    result = noised({"rand": [1, 5]}, {"segmentation": SQUARE}, segmentation=form)
    assert result.edits is not None
    side = 24 if result.drawn["operation"] == "dilate" else 16
    assert result.edits["area"] == side**2
    assert result.edits["bbox"] == [20 - side / 2, 20 - side / 2, side, side]
    assert result.edits["boundary_type"] == result.outcome.names("mask") == "rand"
    assert isinstance(result.edits["segmentation"], kind)
    assert decode(result.edits["segmentation"], 48, 64).sum() == side**2
    assert result.outcome.iou == min(400 / side**2, side**2 / 400)
    assert result.drawn["kernel_px"] == 5


@pytest.mark.parametrize("compressed", [True, False])
def test_run_lengths_stay_as_they_were_written(compressed: bool) -> None:
    """Ten pixels of one column, grown by one on each side."""
    runs: Any = {"size": [48, 64], "counts": [2000, 10, 1062]}
    if compressed:
        runs["counts"] = coco_mask.frPyObjects(runs, 48, 64)["counts"].decode()
    result = noised({"rand": [1, 3]}, {"segmentation": runs}, seed_that_draws("dilate"))
    assert result.edits is not None
    assert type(result.edits["segmentation"]["counts"]) is type(runs["counts"])
    assert decode(result.edits["segmentation"], 48, 64).sum() == 12 * 3


def test_boxes_keep_leaves_box_and_area_alone() -> None:
    edits = noised({"rand": [1, 5]}, {"segmentation": SQUARE}, boxes="keep").edits
    assert edits is not None
    assert set(edits) == {"segmentation", "boundary_type", "class_noise"}


def test_box_and_area_are_not_invented() -> None:
    source = {"id": 4, "image_id": 1, "category_id": 3, "segmentation": SQUARE}
    annotation = msgspec.convert(source, Annotation)
    setting = Setting(recipe({"rand": [1, 5]}, load()), CLASSES, 1, Options())
    edits = completed(apply(annotation, 48, 64, setting), annotation, 48, 64, setting)
    assert edits is not None
    assert set(edits) == {"segmentation", "boundary_type", "class_noise"}


def test_nothing_becomes_empty() -> None:
    kept = noised({"rand": [1, 9]}, {"segmentation": DOT}, seed_that_draws("erode"))
    step = Applied("rand", "mask", "would_be_empty", {"kernel_px": 9, "operation": "erode"})
    assert kept == ({"boundary_type": "none", "class_noise": False}, Outcome("would_be_empty", 3, (step,)))
    dropped = noised({"rand": [1, 9]}, {"segmentation": DOT}, seed_that_draws("erode"), on_empty="drop")
    assert (dropped.edits, dropped.outcome.mask_outcome) == (None, "dropped")


@pytest.mark.parametrize(
    "nothing", [None, [], [[1.0, 2.0, 3.0, 4.0]], [[5.0, 5.0] * 4], {"size": [48, 64], "counts": [3072]}]
)
def test_without_a_mask_the_class_may_still_flip(nothing: Any) -> None:
    results = [noised({"rand": [1, 3], "flip_class": 1}, {"segmentation": nothing}, seed) for seed in range(30)]
    assert {result.outcome.mask_outcome for result in results} == {"no_mask"}
    assert {result.outcome.category_id for result in results} == set(CLASSES.ids)
    assert all("segmentation" not in (result.edits or {}) and "bbox" not in (result.edits or {}) for result in results)
    assert noised({"rand": [0, 3]}, {"segmentation": nothing}).outcome.mask_outcome == "no_mask"


def test_class_noise_is_true_only_where_the_class_has_changed() -> None:
    for seed in range(30):
        result = noised({"flip_class": 1}, {"segmentation": SQUARE}, seed)
        assert result.edits is not None
        assert result.edits["class_noise"] == (result.outcome.category_id != 3)
        assert ("category_id" in result.edits) == (result.outcome.category_id != 3)
        assert result.edits.get("category_id", 3) == result.outcome.category_id


def test_crowds_are_left_alone_unless_asked_for() -> None:
    values, fields = {"rand": [1, 3], "flip_class": 1}, {"segmentation": SQUARE, "iscrowd": 1}
    for seed in range(10):
        kept = noised(values, fields, seed)
        assert kept == ({"boundary_type": "none", "class_noise": False}, Outcome("crowd", 3))
        assert noised(values, fields, seed, crowd="noise").edits == noised(values, {"segmentation": SQUARE}, seed).edits


def test_marks_of_an_earlier_run_stay_where_this_one_adds_nothing() -> None:
    marked = {"segmentation": SQUARE, "boundary_type": "sam_box", "class_noise": True}
    assert noised({"rand": [0, 3]}, marked).edits == {}
    edits = noised({"rand": [1, 3]}, marked).edits
    assert edits is not None
    assert edits["boundary_type"] == "rand"
    assert "class_noise" not in edits


def one_node(values: dict[str, object]) -> OneOf:
    """The only node of a recipe whose noises are all of a kind."""
    (node,) = recipe(values, load()).nodes
    assert isinstance(node, OneOf)
    return node


def test_choose_gives_each_step_its_share() -> None:
    node = one_node({"approximation": [0.1, 1], "localization": [0.5, 1], "rand": [0.15, 3]})
    chosen = [choose(node, stream(1, "choose mask", i)) for i in range(8000)]
    for step, share in zip(node.steps, (0.1, 0.5, 0.15), strict=True):
        count = sum(drawn is step for drawn in chosen)
        assert abs(count - 8000 * share) < 4 * np.sqrt(8000 * share * (1 - share))


def test_a_step_without_share_is_never_chosen_and_one_with_all_of_it_always() -> None:
    nobody = one_node({"approximation": [0, 1], "rand": [0, 3]})
    assert all(choose(nobody, stream(1, "choose mask", i)) is None for i in range(500))
    everybody = one_node({"approximation": [0, 1], "localization": [1, 1], "rand": [0, 3]})
    assert all(choose(everybody, stream(1, "choose mask", i)) is everybody.steps[1] for i in range(500))


def test_levels_are_nested_kind_for_kind() -> None:
    from annotation_noise.core.presets import BENCHMARKS

    def kinds(level: str) -> dict[int, str]:
        mask_noises = {name: value for name, value in BENCHMARKS[level].items() if name != "flip_class"}
        node = one_node(mask_noises)
        return {i: step.noise.name for i in range(3000) if (step := choose(node, stream(1, "choose mask", i)))}

    easy, medium, hard = kinds("easy"), kinds("medium"), kinds("hard")
    assert easy.items() <= medium.items() <= hard.items()
    assert len(easy) < len(medium) < len(hard)


NOISES = [noise.name for noise in load().values() if noise.kind in ("mask", "category")]


@pytest.mark.parametrize("noise", NOISES)
@settings(max_examples=20)
@given(polygons, sizes, st.integers(0, 2**64 - 1), st.sampled_from(["same", "rle"]))
def test_whatever_the_polygons_the_result_is_sound(
    noise: str, rings: list[list[float]], size: tuple[int, int], seed: int, form: str
) -> None:
    """Never empty, box and area of the mask as pycocotools reads it, IoU by definition."""
    values = {noise: [1, *load()[noise].example.values()]}
    clean = decode(rings, *size)
    result = noised(values, {"segmentation": rings}, seed, size, segmentation=form)
    assert result.edits is not None
    assert (result.outcome.mask_outcome == "no_mask") == (not clean.any())
    if result.outcome.mask_outcome != "noised":
        assert ("segmentation" in result.edits) == (form == "rle")
        assert np.array_equal(decode(result.edits.get("segmentation", rings), *size), clean)
        return
    noisy = decode(result.edits["segmentation"], *size)
    rows, columns = np.nonzero(noisy)
    assert result.edits["area"] == len(rows) > 0
    assert result.edits["bbox"] == [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
    assert result.outcome.iou == (clean & noisy).sum() / (clean | noisy).sum()
    assert np.array_equal(noisy, clean) is False


def test_a_segmentation_that_does_not_fit_is_said() -> None:
    with pytest.raises(InputError, match=r"^\.segmentation\[0\] has 7 numbers, but x and y come in pairs"):
        noised({"rand": [0, 3]}, {"segmentation": [[1.0] * 7]})
    with pytest.raises(InputError, match=r"^\.segmentation\.size is 5 x 5, but the image has height x width 48 x 64"):
        noised({"rand": [0, 3]}, {"segmentation": {"size": [5, 5], "counts": [25]}})
