"""What a noise is shown of an image and of the file."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.file import read
from annotation_noise.core.outcome import Options
from annotation_noise.core.recipe import recipe
from annotation_noise.core.requested import setting_of
from annotation_noise.running.rewrite import noise_file
from noisers import Box, load
from noisers.registry import described
from tests.scattered import STEPS, by_hand, met_by_hand, noised, scattered, scene_of


@pytest.mark.parametrize("annotations_per_job", [None, 1, 5, 512])
def test_a_noise_sees_the_clean_scene_of_the_survivors(tmp_path: Path, annotations_per_job: int | None) -> None:
    """Whatever became of the others, and of itself in earlier steps; wherever they stand in the file."""
    clean, seen = scattered(12), list[Any]()

    def looking(mask: Any, rng: Any, *, scene: Any, instance: Any, classes: Any) -> Any:
        seen.append(("mask", scene, instance, classes))
        return mask

    def naming(category_id: int, rng: Any, *, classes: Any, instance: Any, scene: Any) -> int:
        seen.append(("category", scene, instance, classes))
        return category_id

    def boxing(box: Box, rng: Any, *, instance: Any, scene: Any, classes: Any) -> Box:
        seen.append(("box", scene, instance, classes))
        return box

    def watching(scene: Any, rng: Any, *, chosen: Any, classes: Any) -> list[Any]:
        seen.append(("instances", scene, chosen, classes))
        return []

    functions: dict[str, Any] = {"mask": looking, "category": naming, "box": boxing, "instances": watching}
    noises = {function.__name__: described(function, kind, {}) for kind, function in functions.items()}
    values = {"all_of": [*STEPS, {"watching": 0.5}, {"rand": [1, 5]}, {"looking": 1}, {"naming": 1}, {"boxing": 1}]}
    if annotations_per_job is None:
        noised(clean, values, noises)
    else:
        (tmp_path / "file.json").write_text(json.dumps(clean))
        file = read(tmp_path / "file.json")
        setting = setting_of(file.tables, recipe(values, {**load(), **noises}), 1, Options())
        noise_file(file, setting, io.BytesIO(), io.BytesIO(), annotations_per_job=annotations_per_job)
    removed = by_hand(clean, STEPS).removed
    half = met_by_hand(clean, "watching", 0.5, removed, 1)
    met = set()
    scenes = {image["id"]: scene_of(clean, image["id"], removed) for image in clean["images"]}
    for kind, scene, instance, classes in seen:
        if scene.height == 16:  # a trial
            continue
        expected = scenes[scene.image_id]
        assert plain(scene) == plain(expected)
        assert dict(classes.names) == {1: "ant", 3: "cat", 7: "dog"}
        if kind == "instances":
            assert sorted(plain(instance)) == [plain(other) for other in expected.instances if other.id in half]
            continue
        met.add((kind, instance.id))
        assert [plain(instance)] == [plain(other) for other in expected.instances if other.id == instance.id]
    left = {a["id"]: a for a in clean["annotations"] if a["id"] not in removed and not a.get("iscrowd")}
    assert {number for kind, number in met if kind == "category"} == set(left)
    assert {number for kind, number in met if kind == "mask"} == {n for n, a in left.items() if a["segmentation"]}
    assert {number for kind, number in met if kind == "box"} == {n for n, a in left.items() if "bbox" in a}


def plain(value: Any) -> Any:
    """Something that a noise is shown, as what can be compared."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return [plain(part) for part in value] if isinstance(value, tuple) else value
