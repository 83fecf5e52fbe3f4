"""The recipes of examples/train, as far as each can be tried here."""

import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.conftest import ROOT, Command

TRAIN = ROOT / "examples" / "train"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_small_model_goes_from_the_dataset_to_the_table(tmp_path: Path) -> None:
    """Two seeds, two batches each: too little to learn anything, enough to run every line."""
    for package in ("torch", "transformers"):
        pytest.importorskip(package, reason="training needs torch and transformers: requirements-train.txt")
    pytest.importorskip("faster_coco_eval", reason="needs faster-coco-eval: pip install -r requirements-measure.txt")
    words = ["--work_dir", "runs", "--seeds", "1", "2", "--steps", "4", "--images", "8", "6"]
    program = [sys.executable, str(TRAIN / "small_mask2former.py"), *words]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr
    runs = tmp_path / "runs"
    results = json.loads((runs / "results.json").read_text())["rows"]
    assert [row["model"] for row in results] == ["seed 1", "seed 2"]
    assert all(list(row["levels"]) == ["clean", "easy", "medium", "hard"] for row in results)
    head, _, cells = done.stdout.split("\n\n")[-2].splitlines()
    assert "mask AP, 2 seeds" in head
    assert len(re.findall(r"\d+\.\d ± \d+\.\d", cells)) == 4

    ground_truth = json.loads((runs / "dataset" / "annotations" / "instances_val2017.json").read_text())
    assert len(ground_truth["images"]) == 6
    for seed in (1, 2):
        for level in ("clean", "easy", "medium", "hard"):
            found = json.loads((runs / f"predictions_{level}_seed_{seed}.json").read_text())
            assert {one["image_id"] for one in found} == {image["id"] for image in ground_truth["images"]}
            assert len(found) == 6 * 100
            assert all(one["segmentation"]["size"] == [240, 320] for one in found)
            if level != "clean":
                noisy = runs / f"noisy_{level}_seed_{seed}"
                assert json.loads((noisy / "manifest.json").read_text())["seed"] == seed
                assert not (noisy / "instances_val2017.json").exists()  # the validation split stays clean

    again = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=800, check=False)
    assert (again.returncode, again.stderr) == (2, "error: --work_dir runs exists; name a new folder\n")


@pytest.fixture
def coco(command: Command, sample: Path, tmp_path: Path) -> Path:
    """A folder laid out as the configurations say: clean and noisy annotations, and the images."""
    folder = tmp_path / "coco"
    folder.mkdir()
    for part in ("annotations", "train2017", "val2017"):
        (folder / part).symlink_to(sample.parent / part)
    assert (
        command(folder / "annotations", "--benchmark", "easy", "--output_dir", "coco/noisy_data_easy").returncode == 0
    )
    return folder


@pytest.mark.parametrize(("level", "folder"), [("easy", "noisy_data_easy"), ("clean", "annotations")])
def test_mmdetections_configuration(coco: Path, level: str, folder: str) -> None:
    """Read by mmengine, on top of mmdetection's own: the training set is the noisy one, all else is as it was."""
    for package in ("mmengine", "mmdet"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"needs {package}: see `everything` in the Makefile")
    path = TRAIN / "mmdetection_mask_rcnn.py"
    code = "import json, sys; from mmengine.config import Config; "
    code += "print(json.dumps([Config.fromfile(name).to_dict() for name in sys.argv[1:]]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(base_of_mmdetection())],
        env={**os.environ, "LEVEL": level},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ours, base = json.loads(done.stdout.splitlines()[-1])
    train = ours["train_dataloader"]["dataset"]
    root = coco if train["data_root"] == "data/coco/" else Path("nowhere")
    assert train["ann_file"] == f"{folder}/instances_train2017.json"
    images = {image["file_name"] for image in json.loads((root / train["ann_file"]).read_text())["images"]}
    assert images == {path.name for path in (root / train["data_prefix"]["img"]).iterdir()}
    assert ours["test_evaluator"].pop("outfile_prefix") == f"predictions/{level}"
    assert ours.pop("work_dir") == f"work_dirs/{level}"
    assert (ours.pop("level"), ours.pop("folder")) == (level, folder)
    train["ann_file"] = "annotations/instances_train2017.json"
    assert without_scope(ours) == base
    assert (root / ours["val_dataloader"]["dataset"]["ann_file"]).is_file()


def without_scope(value: Any) -> Any:
    """A configuration without mmengine's note of which package each part was inherited from."""
    if isinstance(value, dict):
        return {key: without_scope(one) for key, one in value.items() if key != "_scope_"}
    return [without_scope(one) for one in value] if isinstance(value, list) else value


def base_of_mmdetection() -> Path:
    spec = importlib.util.find_spec("mmdet")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / ".mim" / "configs" / "mask_rcnn" / "mask-rcnn_r50_fpn_1x_coco.py"


class Node(SimpleNamespace):
    """A node of detectron2's configuration: keys that it does not know cannot be set.

    Source: detectron2/config/defaults.py, those of its keys that concern datasets, masks and output.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name not in vars(self):
            raise AttributeError(f"detectron2's configuration has no {name}")
        super().__setattr__(name, value)

    def merge_from_file(self, path: str) -> None:
        vars(self)["merged"] = path


def defaults() -> Node:
    datasets = Node(TRAIN=(), TEST=(), PROPOSAL_FILES_TRAIN=(), PROPOSAL_FILES_TEST=())
    return Node(DATASETS=datasets, INPUT=Node(MASK_FORMAT="polygon", FORMAT="BGR"), OUTPUT_DIR="./output")


@pytest.fixture
def detectron2(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Any, ...]]:
    """Stands in for detectron2, which no package index has; returns what is registered with it."""
    registered: dict[str, tuple[Any, ...]] = {}
    parts: dict[str, dict[str, Any]] = {
        "detectron2": {"model_zoo": SimpleNamespace(get_config_file=lambda name: name)},
        "detectron2.config": {"CfgNode": Node, "get_cfg": defaults},
        "detectron2.data": {},
        "detectron2.data.datasets": {
            "register_coco_instances": lambda name, metadata, json_file, image_root: registered.update(
                {name: (metadata, json_file, image_root)}
            )
        },
        "detectron2.engine": {"DefaultTrainer": object},
        "detectron2.evaluation": {"COCOEvaluator": lambda name, output_dir: (name, output_dir)},
    }
    for name, content in parts.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return registered


@pytest.mark.parametrize(("level", "folder"), [("easy", "noisy_data_easy"), ("clean", "annotations")])
def test_detectron2s_configuration(
    detectron2: dict[str, tuple[Any, ...]], coco: Path, level: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(coco.parent)
    monkeypatch.delitem(sys.modules, "examples.train.detectron2_mask_rcnn", raising=False)
    recipe = importlib.import_module("examples.train.detectron2_mask_rcnn")
    configuration = recipe.configuration(level)
    assert configuration.merged == "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_1x.yaml"
    (train,), (test,) = configuration.DATASETS.TRAIN, configuration.DATASETS.TEST
    assert detectron2[train] == ({}, f"coco/{folder}/instances_train2017.json", "coco/train2017")
    assert detectron2[test] == ({}, "coco/annotations/instances_val2017.json", "coco/val2017")
    for _, annotations, images in detectron2.values():
        names = {image["file_name"] for image in json.loads(Path(annotations).read_text())["images"]}
        assert names == {path.name for path in Path(images).iterdir()}
    assert configuration.INPUT.MASK_FORMAT == "bitmask"  # the sample dataset has run lengths
    assert recipe.Trainer.build_evaluator(configuration, test) == (test, f"output/{level}/inference")
    monkeypatch.delitem(sys.modules, "examples.train.detectron2_mask_rcnn")
