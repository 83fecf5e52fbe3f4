"""`--attributes`: the marks where datumaro and CVAT keep what COCO's fields do not hold."""

import json
from pathlib import Path
from typing import Any

import pytest

from noise_annotations import main, noise
from tests.conftest import unstated
from tests.scattered import scattered
from tests.test_pinned import annotations_and_images, wan

MARKS = ("boundary_type", "class_noise", "box_noise")
VALUES = {
    "all_of": [
        {"one_of": {"rand": [0.4, 3], "localization": [0.4, 2]}},
        {"flip_class": 0.5},
        {"box_shift_scale": [0.5, 0.1, 0.1]},
        {"duplicate": [0.3, "rand", 3]},
        {"merge": [0.3, 5, False, False]},
    ]
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(dataset: Any, *words: str, noises: Any = VALUES) -> int:
    Path("x.json").write_text(json.dumps(dataset))
    values = ["--corruption_values", json.dumps(noises), "--workers", "1", "--overwrite"]
    return main(["x.json", *values, "--output_dir", "out", *words])


def with_attributes() -> Any:
    """Annotations with attributes of their own, with none, with null, and without the key."""
    clean = scattered(6)
    for place, annotation in enumerate(clean["annotations"]):
        kinds = [{"occluded": False, "note": "é", "rotation": 1.5, "class_noise": "unsure"}, {}, None]
        if place % 4 < 3:
            annotation["attributes"] = kinds[place % 4]
    return clean


def test_marks_join_what_is_there() -> None:
    clean = with_attributes()
    assert run(clean) == 0
    plain = json.loads(Path("out/x.json").read_text())
    assert run(clean, "--attributes") == 0
    noisy = json.loads(Path("out/x.json").read_text())
    assert unstated(noisy) == unstated(noise(clean, corruption_values=VALUES, attributes=True).dataset)
    own = {annotation["id"]: annotation.get("attributes") or {} for annotation in clean["annotations"]}
    assert len(noisy["annotations"]) == len(plain["annotations"])
    fates = set()
    for with_them, without in zip(noisy["annotations"], plain["annotations"], strict=True):
        marks = {key: without[key] for key in MARKS if key in without}
        before = own.get(without["id"], without.get("attributes") or {})
        assert with_them == {**without, "attributes": {**before, **marks}}
        fates.add(tuple(marks.values()))
    assert len(fates) > 6


def test_a_mark_of_an_earlier_run_is_there_too(tiny: Any) -> None:
    for annotation in tiny["annotations"]:
        annotation |= {"boundary_type": "rand", "class_noise": False, "box_noise": "box_shift_scale"}
    noisy = noise(tiny, corruption_values={"rand": [0, 3]}, attributes=True).dataset
    marks = {"boundary_type": "rand", "class_noise": False, "box_noise": "box_shift_scale"}
    assert [annotation["attributes"] for annotation in noisy["annotations"]] == [marks] * 5


@pytest.mark.parametrize("odd", [["occluded"], "occluded", 5])
def test_attributes_of_another_kind(tiny: Any, odd: Any, capsys: pytest.CaptureFixture[str]) -> None:
    tiny["annotations"][3]["attributes"] = odd
    message = "`attributes` must be an object, as --attributes puts the marks into it"
    for noises, place in (({"rand": [0, 3]}, "annotations[3]"), (VALUES, "image 1, annotation 4")):
        assert run(tiny, "--attributes", noises=noises) == 2
        assert capsys.readouterr().err == f"error: {Path.cwd()}/x.json: {place}: {message}\n"
    with pytest.raises(ValueError, match=r"annotations\[3\]: `attributes` must be an object"):
        noise(tiny, corruption_values=VALUES, attributes=True)
    assert run(tiny) == 0
    assert json.loads(Path("out/x.json").read_text())["annotations"][3]["attributes"] == odd


def test_masks_that_are_drawn_anew(sample: Path) -> None:
    annotations_and_images(sample.parent)
    wan("create_gt_plus_sam_noise.py", "wan_easy", "--attributes")()
    annotations = json.loads(Path("out/instances_val2017.json").read_text())["annotations"]
    for annotation in annotations:
        assert annotation["attributes"] == {key: annotation[key] for key in MARKS[:2]}
    assert {annotation["boundary_type"] for annotation in annotations} == {"box", "none"}
