"""Whole commands both ways, with libraries and with kernels, write the same files, but for the manifest's command."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from noise_annotations import main
from tests.annotation_files import AnnotationFiles
from tests.test_pinned import lvis_like, many_files

pytest.importorskip("numba", reason="the kernels need numba")

LEVELS = ("easy", "medium", "hard")
FORMS = ("same", "rle", "polygon")


def files_of(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def both_ways(source: Path, folder: Path, *words: str) -> dict[str, bytes]:
    """The files that a command writes, once it has written the same ones both ways."""
    for geometry in ("libraries", "kernels"):
        options = ["--geometry", geometry, "--output_dir", str(folder / geometry), "--overwrite"]
        assert main([str(source), "--workers", "1", *words, *options]) == 0
    libraries, kernels = (files_of(folder / geometry) for geometry in ("libraries", "kernels"))
    assert libraries.keys() == kernels.keys()
    different = [name for name, content in libraries.items() if kernels[name] != content]
    assert different == []
    return kernels


def as_runs(dataset: dict[str, Any], compress: bool) -> None:
    """Write every mask of a dataset as run lengths."""
    from annotation_noise.geometry.segmentations import rasterised

    size = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
    for annotation in dataset["annotations"]:
        height, width = size[annotation["image_id"]]
        if isinstance(annotation["segmentation"], list):
            runs = rasterised(annotation["segmentation"], height, width)
            counts = runs.to_dict()["counts"].decode() if compress else runs.counts.tolist()
            annotation["segmentation"] = {"size": [height, width], "counts": counts}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_coco(level: str, form: str, annotation_files: AnnotationFiles, tmp_path: Path) -> None:
    source = annotation_files.coco
    files = both_ways(source, tmp_path, "--splits", "val", "--benchmark", level, "--segmentation", form)
    assert b"localization" in files["instances_val2017.noise.csv"]


@pytest.mark.parametrize("form", FORMS)
def test_lvis(form: str, annotation_files: AnnotationFiles, tmp_path: Path) -> None:
    files = both_ways(annotation_files.lvis, tmp_path, "--benchmark", "hard", "--segmentation", form)
    assert len(files) == 3


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("compress", [True, False])
def test_run_lengths(compress: bool, form: str, annotation_files: AnnotationFiles, tmp_path: Path) -> None:
    dataset: Any = json.loads((annotation_files.coco / "instances_val2017.json").read_text())
    dataset["annotations"] = dataset["annotations"][:150]
    as_runs(dataset, compress)
    (tmp_path / "instances.json").write_text(json.dumps(dataset))
    both_ways(tmp_path / "instances.json", tmp_path, "--benchmark", "medium", "--segmentation", form)


OPTIONS = {
    "boxes": ["--benchmark", "hard", "--boxes", "keep"],
    "crowd": ["--benchmark", "hard", "--crowd", "noise", "--segmentation", "polygon"],
    "crowd as runs": ["--benchmark", "hard", "--segmentation", "rle"],
    "dropped": ["--benchmark", "hard", "--on_empty", "drop"],
    "annotated": ["--benchmark", "hard", "--flip_to", "annotated"],
    "classes alone": ["--benchmark", "wan_hard"],
    "one noise": ["--corruption_values", "{'localization': [1, 60]}", "--seed", str(2**64 - 1)],
    "nothing": ["--corruption_values", "{'rand': [0, 3]}"],
    "strong": ["--corruption_values", "{'rand': [0.5, 201], 'approximation': [0.5, 0]}"],
    "two": ["--corruption_values", "[{'rand': [0.5, 1]}, {'flip_class': 0.9}]"],
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options(name: str, sample: Path, tmp_path: Path) -> None:
    both_ways(sample, tmp_path, *OPTIONS[name])


def test_lists_of_an_lvis_file_in_which_few_classes_are_left(sample: Path, tmp_path: Path) -> None:
    source = tmp_path / "instances_lvis.json"
    lvis_like(sample.parent, str(source))
    files = both_ways(source, tmp_path, "--benchmark", "hard", "--on_empty", "drop")
    assert b"kept_out" in files["instances_lvis.lists.csv"]


def test_a_noisy_file_again(sample: Path, tmp_path: Path) -> None:
    """Its annotations have marks already, which stay or change."""
    assert main([str(sample), "--benchmark", "hard", "--output_dir", str(tmp_path / "once")]) == 0
    both_ways(tmp_path / "once" / "instances_val2017.json", tmp_path, "--benchmark", "medium", "--seed", "2")


def test_many_files(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    many_files(sample.parent)
    words = ["--glob", "**/*.json", "--corruption_values", "{'rand': [0.3, 5], 'localization': [0.3, 3]}"]
    both_ways(Path("in"), tmp_path, *words)


def test_odd_annotations_among_others(sample: Path, tmp_path: Path) -> None:
    """Those that the stages do not know are handed over, one by one, and stand where they stood."""
    dataset: Any = json.loads((sample / "instances_train2017.json").read_text())
    annotations = dataset["annotations"]
    annotations[3]["segmentation"] = [[10.123456789012345678, 3, 40, 3.0000000000000001, 30, 30]]
    annotations[4]["segmentation"] = None
    del annotations[5]["segmentation"]
    annotations[6]["segmentation"] = []
    annotations[7]["segmentation"] = [[1, 1, 5, 5], [3, 3, 20, 3, 20, 9]]
    annotations[8]["attributes"] = {"occluded": 1e-3}
    annotations[9]["id"] = 2**62
    annotations[10]["bbox"] = None
    annotations[11] |= {"iscrowd": True, "boundary_type": "rand", "area": 3}
    annotations[12] |= {"iscrowd": False, "né,e": '\ud83d\ude00 \\ " }'}
    annotations[13]["segmentation"] = [[-30.5, -2, 999999, 4, 3, 999999]]
    text = json.dumps(dataset).replace('"iscrowd": 0', '"iscrowd" :\t0', 9)
    source = tmp_path / "instances.json"
    source.write_text(text.replace('"category_id"', '"category_\\u0069d"', 3))
    for form in FORMS:
        both_ways(source, tmp_path, "--benchmark", "hard", "--segmentation", form)


@pytest.mark.slow
def test_any_number_of_workers(annotation_files: AnnotationFiles, tmp_path: Path) -> None:
    dataset: Any = json.loads((annotation_files.coco / "instances_val2017.json").read_text())
    count = len(dataset["annotations"])
    more = 1 + 3_000_000 // len(json.dumps(dataset))  # so that workers are started
    dataset["annotations"] = [
        {**annotation, "id": copy * count + place}
        for copy in range(more)
        for place, annotation in enumerate(dataset["annotations"])
    ]
    (tmp_path / "instances.json").write_text(json.dumps(dataset))
    for workers in ("1", "2"):
        words = ["--benchmark", "medium", "--geometry", "kernels", "--workers", workers]
        assert main([str(tmp_path / "instances.json"), *words, "--output_dir", str(tmp_path / workers)]) == 0
    assert files_of(tmp_path / "1") == files_of(tmp_path / "2")
    shutil.rmtree(tmp_path / "2")


def test_the_stages_know_nearly_all_real_annotations(annotation_files: AnnotationFiles) -> None:
    """Or all of the above would say little."""
    from annotation_noise.coco.file import read
    from annotation_noise.core.outcome import Options
    from annotation_noise.core.presets import preset
    from annotation_noise.core.recipe import recipe
    from annotation_noise.running.compiled.plan import plan_of
    from annotation_noise.running.compiled.stretch import staged
    from annotation_noise.running.rewrite import setting_for
    from annotation_noise.running.stretches import jobs
    from noisers import load

    file = read(annotation_files.coco / "instances_val2017.json")
    plan = plan_of(setting_for(file, recipe(preset("medium"), load()), 1, Options()))
    (job,) = jobs(file, len(file.starts))
    assert plan
    stages = staged(file.data[job.start : job.end], job.sizes, [()] * len(job.sizes), plan)
    assert stages and np.mean(stages.known) > 0.99
