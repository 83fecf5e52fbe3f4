"""The command as its users meet it: a process, its words, what it prints and what it leaves behind."""

import csv
import ctypes
import fcntl
import hashlib
import json
import os
import pty
import re
import resource
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

from noise_annotations import main, noise
from tests.conftest import ROOT, Command, unstated, unstated_text

WHOLE = "{'rand': [0.2, 3], 'localization': [0.2, 2], 'approximation': [0.2, 5], 'flip_class': 0.2}"
UNQUOTED = "[{'rand': [0.2, 3], 'localization': [0.2, 2], 'approximation': [0.2, 5], 'flip_class': 0.2}]"


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_a_folder(command: Command, sample: Path, tmp_path: Path) -> None:
    done = command(sample, "--benchmark", "easy", "--seed", "1")
    assert (done.returncode, done.stderr) == (0, "")
    names = {p.name for p in (tmp_path / "noisy_data_easy").iterdir()}
    assert names == {
        "instances_train2017.json",
        "instances_train2017.noise.csv",
        "instances_val2017.json",
        "instances_val2017.noise.csv",
        "manifest.json",
    }
    heading, _, titles, *rows = done.stdout.splitlines()
    assert heading == "benchmark easy, seed 1 -> noisy_data_easy"
    assert titles.split() == ["instances_train2017", "instances_val2017"]
    labels = [row.split("  ")[0] or row.strip().split("  ")[0] for row in rows]
    assert labels[:5] == ["annotations", "approximation", "localization", "rand", "class changed"]
    assert labels[-2:] == ["mean IoU of noised masks", "seconds"]
    assert list(tmp_path.iterdir()) == [tmp_path / "noisy_data_easy"]


def test_the_summary_counts_what_is_in_the_files(command: Command, sample: Path, tmp_path: Path) -> None:
    command(sample, "--benchmark", "hard", "--output_dir", "out", "--seed", "4")
    realised = json.loads((tmp_path / "out" / "manifest.json").read_text())["realised"]
    for name in ("instances_train2017", "instances_val2017"):
        annotations = json.loads((tmp_path / "out" / f"{name}.json").read_text())["annotations"]
        with (tmp_path / "out" / f"{name}.noise.csv").open() as file:
            rows = list(csv.DictReader(file))
        told = realised[f"{name}.json"]
        assert told["annotations"] == len(annotations)
        for noise_name, count in told["mask_noise"].items():
            assert count == sum(a["boundary_type"] == noise_name for a in annotations) > 0
        assert told["class_noise"] == sum(a["class_noise"] for a in annotations)
        assert told["left_alone"]["crowd"] == sum(a["iscrowd"] for a in annotations) > 0
        assert told["left_alone"]["would_be_empty"] == sum(r["mask_outcome"] == "would_be_empty" for r in rows) > 0
        ious = [float(row["iou"]) for row in rows if row["iou"]]
        assert told["mean_iou"] == pytest.approx(sum(ious) / len(ious), abs=1e-6)


def test_one_file_and_a_split(command: Command, sample: Path, tmp_path: Path) -> None:
    command(sample, "--benchmark", "easy", "--output_dir", "whole")
    assert command(sample / "instances_val2017.json", "--benchmark", "easy", "--output_dir", "file").returncode == 0
    assert command(sample, "--benchmark", "easy", "--splits", "val", "--output_dir", "split").returncode == 0
    whole, file, split = (digests(tmp_path / name) for name in ("whole", "file", "split"))
    for found in (file, split):
        assert set(found) == {"instances_val2017.json", "instances_val2017.noise.csv", "manifest.json"}
        assert all(found[name] == whole[name] for name in found if name != "manifest.json")


def test_corruption_values_in_every_form_are_the_same(command: Command, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "values.json").write_text(json.dumps([json.loads(WHOLE.replace("'", '"'))]))
    (tmp_path / "values.yaml").write_text(
        "rand: {share: 0.2, kernel_px: 3}\nlocalization: [0.2, 2]\napproximation: [0.2, 5]\nflip_class: 0.2"
    )
    file = sample / "instances_val2017.json"
    forms = {
        "python": WHOLE,
        "json": WHOLE.replace("'", '"'),
        "list": f"[{WHOLE}]",
        "file": "@values.json",
        "yaml": "@values.yaml",
    }
    for name, form in forms.items():
        done = command(file, "--method_name", name, "--corruption_values", form)
        assert done.returncode == 0, done.stderr
    bash = f"{sys.executable} {ROOT}/noise_annotations.py {file} --method_name unquoted --corruption_values {UNQUOTED}"
    assert subprocess.run(["bash", "-c", bash], cwd=tmp_path, capture_output=True, check=False).returncode == 0
    command(file, "--benchmark", "easy")
    expected = tmp_path / "noisy_data_easy"
    for name in [*forms, "unquoted"]:
        found = tmp_path / f"noisy_data_{name}"
        log, noisy = "instances_val2017.noise.csv", file.name
        assert (found / log).read_bytes() == (expected / log).read_bytes(), name
        texts = [unstated_text((folder / noisy).read_text()) for folder in (found, expected)]
        assert texts[0] == texts[1], name
        statements = [json.loads((folder / noisy).read_text())["annotation_noise"] for folder in (found, expected)]
        assert {**statements[1], "benchmark": None} == statements[0]


def test_a_list_of_dicts_gives_a_noisy_dataset_each(command: Command, sample: Path, tmp_path: Path) -> None:
    done = command(
        sample,
        "--method_name",
        "mine",
        "--corruption_values",
        "[{'rand': [1, 3]}, {'localization': [0.5, 2], 'flip_class': 0.1}]",
    )
    assert done.returncode == 0
    folders = {p.name for p in (tmp_path / "noisy_data_mine").iterdir()}
    assert folders == {"rand-1-3", "localization-0.5-2+flip_class-0.1"}
    assert done.stdout.count("mean IoU") == 2
    manifest = json.loads((tmp_path / "noisy_data_mine" / "rand-1-3" / "manifest.json").read_text())
    assert manifest["corruption_values"] == {"rand": {"share": 1.0, "kernel_px": 3}}


def test_the_manifests_command_gives_the_manifests_files(command: Command, sample: Path, tmp_path: Path) -> None:
    assert command(sample, "--benchmark", "medium", "--seed", "11", "--segmentation", "rle").returncode == 0
    folder = tmp_path / "noisy_data_medium"
    text = (folder / "manifest.json").read_bytes()
    manifest = json.loads(text)
    assert {entry["file"]: entry["sha256"] for entry in manifest["outputs"]} == {
        name: digest for name, digest in digests(folder).items() if name != "manifest.json"
    }
    for entry in manifest["inputs"]:
        assert hashlib.sha256(Path(entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert manifest["seed"] == 11
    assert manifest["versions"].keys() >= {"noise_annotations", "python", "numpy", "shapely", "geos", "rlemasklib"}

    shutil.rmtree(folder)
    program, script, *words = shlex.split(manifest["command"])
    assert (program, script) == ("python", "noise_annotations.py")
    assert command(*words).returncode == 0
    assert (folder / "manifest.json").read_bytes() == text


def test_what_the_noise_does_not_change_is_carried_over_byte_for_byte(command: Command, tmp_path: Path) -> None:
    text = (
        '{"info" : {"x": [1.10, 2e3]},\r\n "images": [{"id":1,"width":64,"height":48,"url":"http:\\/\\/x"}],\n'
        ' "annotations":\n [ {"score": 1.0e-7, "id": 3, "image_id": 1 , "category_id": 1,'
        ' "segmentation": [[10.00, 10, 30, 1.0E1, 30, 30]], "who": "Zoë \\u00e9"} ,\n'
        '   {"id":4,"image_id":1,"category_id":1,"segmentation":[]}\n ]'
        ' ,"categories": [{"id": 1, "name": "é"}], "z": null }\n'
    )
    (tmp_path / "in.json").write_text(text, encoding="utf-8", newline="")
    assert command("in.json", "--corruption_values", "{rand: [0, 3]}", "--output_dir", "out").returncode == 0
    expected = text.replace('\\u00e9"}', '\\u00e9", "boundary_type": "none", "class_noise": false}')
    expected = expected.replace('"segmentation":[]}', '"segmentation":[],"boundary_type":"none","class_noise":false}')
    assert unstated_text((tmp_path / "out" / "in.json").read_bytes().decode()) == expected


def test_only_the_noised_fields_of_a_noised_annotation_change(
    command: Command, coco_tiny: Path, tmp_path: Path
) -> None:
    source = coco_tiny / "instances_val2017.json"
    assert command(source, "--benchmark", "hard", "--output_dir", "out").returncode == 0
    clean, noisy = (unstated(json.loads(path.read_text())) for path in (source, tmp_path / "out" / source.name))
    assert list(noisy) == list(clean)
    assert {k: noisy[k] for k in noisy if k != "annotations"} == {k: clean[k] for k in clean if k != "annotations"}
    for before, after in zip(clean["annotations"], noisy["annotations"], strict=True):
        assert list(after) == [*before, "boundary_type", "class_noise"]
        changed = {key for key in before if before[key] != after[key]}
        allowed = {"segmentation", "area", "bbox"} if after["boundary_type"] != "none" else set()
        assert changed <= allowed | ({"category_id"} if after["class_noise"] else set())
        assert after["class_noise"] == (before["category_id"] != after["category_id"])
    assert isinstance(noisy["annotations"][0]["area"], float)


def test_results_load_in_pycocotools(command: Command, coco_tiny: Path, lvis_sample: Path, tmp_path: Path) -> None:
    assert command(coco_tiny, "--benchmark", "hard", "--output_dir", "coco").returncode == 0
    assert command(lvis_sample, "--benchmark", "hard", "--output_dir", "lvis").returncode == 0
    for path in (tmp_path / "coco" / "instances_val2017.json", tmp_path / "lvis" / lvis_sample.name):
        coco = COCO(str(path))
        for annotation in coco.anns.values():
            assert coco.annToMask(annotation).any()
            if annotation["boundary_type"] != "none" and not annotation.get("iscrowd"):
                assert isinstance(annotation["segmentation"], list)
                assert all(len(ring) >= 8 for ring in annotation["segmentation"])


@pytest.mark.parametrize("form", ["same", "rle", "polygon"])
def test_log_box_and_area_are_what_pycocotools_measures(
    command: Command, coco_tiny: Path, tmp_path: Path, form: str
) -> None:
    source = coco_tiny / "instances_val2017.json"
    words = ("--benchmark", "hard", "--seed", "7", "--segmentation", form, "--output_dir", "out")
    assert command(source, *words).returncode == 0
    clean, noisy = COCO(str(source)), COCO(str(tmp_path / "out" / source.name))
    with (tmp_path / "out" / "instances_val2017.noise.csv").open() as file:
        rows = {int(row["annotation_id"]): row for row in csv.DictReader(file)}
    noised = 0
    for number, after in noisy.anns.items():
        before = clean.anns[number]
        one, other = clean.annToMask(before), noisy.annToMask(after)
        if after["boundary_type"] == "none":
            assert np.array_equal(one, other)
            assert after["segmentation"] == before["segmentation"] or form == "rle"
            continue
        assert after["boundary_type"] == rows[number]["noise"]
        assert rows[number]["iou"] == f"{(one & other).sum() / (one | other).sum():.6f}"
        if rows[number]["mask_outcome"] == "unmoved":
            assert np.array_equal(one, other)
            kept = ("area", "bbox") if form == "rle" else ("segmentation", "area", "bbox")
            assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
            continue
        assert after["area"] == other.sum()
        y, x = other.nonzero()
        assert after["bbox"] == [x.min(), y.min(), x.max() - x.min() + 1, y.max() - y.min() + 1]
        noised += 1
    assert noised > 600


def test_lvis_keeps_its_own_keys(command: Command, lvis_sample: Path, tmp_path: Path) -> None:
    assert command(lvis_sample, "--benchmark", "easy", "--output_dir", "out").returncode == 0
    clean, noisy = (json.loads(path.read_text()) for path in (lvis_sample, tmp_path / "out" / lvis_sample.name))
    for part, following in (
        ("images", {"not_exhaustive_category_ids"}),
        ("categories", {"instance_count", "image_count"}),
    ):
        assert [list(entry) for entry in noisy[part]] == [list(entry) for entry in clean[part]]
        for before, after in zip(clean[part], noisy[part], strict=True):
            assert {k: v for k, v in after.items() if k not in following} == {
                k: v for k, v in before.items() if k not in following
            }
    noisy = unstated(noisy)
    assert {key: value for key, value in noisy.items() if key not in ("images", "categories", "annotations")} == {
        key: value for key, value in clean.items() if key not in ("images", "categories", "annotations")
    }
    assert "iscrowd" not in noisy["annotations"][0]
    assert all(isinstance(a["segmentation"], list) for a in noisy["annotations"])


def test_real_peculiarities_are_no_error(command: Command, tmp_path: Path, tiny: dict[str, Any]) -> None:
    del tiny["annotations"][0]["area"], tiny["annotations"][0]["iscrowd"], tiny["annotations"][0]["bbox"]
    tiny["annotations"][0]["segmentation"] = []
    tiny["annotations"][1] |= {"segmentation": [[1, 1, 5, 5]], "bbox": [1, 1, 0, 4], "area": 0}
    del tiny["annotations"][2]["segmentation"]
    tiny["annotations"][3]["segmentation"] = None
    tiny["annotations"][4]["id"] = 2**62
    (tmp_path / "in.json").write_text(json.dumps(tiny))
    done = command(
        "in.json", "--corruption_values", "{'rand': [1, 3], 'flip_class': 1}", "--output_dir", "out", "--seed", "2"
    )
    assert done.returncode == 0, done.stderr
    assert ["left", "alone:", "has", "no", "mask", "4"] in [line.split() for line in done.stdout.splitlines()]
    with (tmp_path / "out" / "in.noise.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["mask_outcome"] for row in rows] == ["no_mask"] * 4 + ["noised"]
    noisy = json.loads((tmp_path / "out" / "in.json").read_text())["annotations"]
    assert [a.get("segmentation") for a in noisy[:4]] == [a.get("segmentation") for a in tiny["annotations"][:4]]
    assert any(a["class_noise"] for a in noisy[:4])


def test_dropped_annotations_leave_a_sound_file(command: Command, tmp_path: Path, tiny: dict[str, Any]) -> None:
    for annotation in tiny["annotations"]:
        annotation["segmentation"] = [[10.0, 10.0, 11.0, 10.0, 11.0, 11.0, 10.0, 11.0]]
    for indent in (None, 2):
        (tmp_path / "in.json").write_text(json.dumps(tiny, indent=indent))
        for seed in range(8):
            words = ("in.json", "--corruption_values", "{'rand': [1, 3]}", "--on_empty", "drop", "--seed", str(seed))
            done = command(*words, "--output_dir", "out", "--overwrite")
            assert done.returncode == 0, done.stderr
            with (tmp_path / "out" / "in.noise.csv").open() as file:
                rows = list(csv.DictReader(file))
            kept = [int(row["annotation_id"]) for row in rows if row["mask_outcome"] == "noised"]
            noisy = json.loads((tmp_path / "out" / "in.json").read_text())
            assert [a["id"] for a in noisy["annotations"]] == kept
            assert [row["mask_outcome"] for row in rows].count("dropped") == 5 - len(kept)


def test_nobody_to_noise(command: Command, tmp_path: Path, tiny: dict[str, Any]) -> None:
    (tmp_path / "in.json").write_text(json.dumps({**tiny, "annotations": []}))
    done = command("in.json", "--benchmark", "easy", "--output_dir", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert unstated_text((tmp_path / "out" / "in.json").read_text()) == (tmp_path / "in.json").read_text()


def test_dry_run_tells_the_same_and_writes_nothing(command: Command, sample: Path, tmp_path: Path) -> None:
    dry = command(sample, "--benchmark", "easy", "--dry_run")
    assert dry.returncode == 0
    assert list(tmp_path.iterdir()) == []
    real = command(sample, "--benchmark", "easy")
    assert dry.stdout.splitlines()[2:-1] == real.stdout.splitlines()[2:-1]
    assert command(sample, "--benchmark", "easy", "--dry_run").returncode == 0


def test_overwrite_replaces_its_own_files_and_no_others(command: Command, sample: Path, tmp_path: Path) -> None:
    command(sample, "--benchmark", "easy", "--output_dir", "out")
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert command(sample, "--benchmark", "hard", "--output_dir", "out", "--splits", "val").returncode == 2
    done = command(sample, "--benchmark", "hard", "--output_dir", "out", "--splits", "val", "--overwrite")
    assert done.returncode == 0
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {"instances_val2017.json", "instances_val2017.noise.csv", "manifest.json", "mine.txt"}
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["benchmark"] == "hard"


def test_help_and_list_of_noises(command: Command) -> None:
    shown = command("--help")
    assert shown.returncode == 0
    assert all(word in shown.stdout for word in ("easy, medium, hard", "--corruption_values", "examples:"))
    listed = command("--list_noises")
    assert listed.returncode == 0
    assert "rand: [share, kernel_px]   (mask noise)\n    Dilate or erode the mask" in listed.stdout
    assert "flip_class: share   (category noise)" in listed.stdout


def test_a_plugin(command: Command, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from noisers import noiser\n\n"
        '@noiser("mask", example={"offset_px": 2})\n'
        "def to_the_corner(mask, rng, *, offset_px: int):\n"
        '    """Move the mask to the upper left corner of the image."""\n'
        "    return mask._replace(left=0, top=0)\n"
    )
    assert "to_the_corner: [share, offset_px]" in command("--plugin", "mine.py", "--list_noises").stdout
    values = "{'to_the_corner': {share: 0.5, offset_px: 4}}"
    done = command(sample, "--plugin", "mine.py", "--corruption_values", values, "--output_dir", "out")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["plugins"][0]["sha256"] == hashlib.sha256((tmp_path / "mine.py").read_bytes()).hexdigest()
    moved = [
        a
        for a in json.loads((tmp_path / "out" / "instances_val2017.json").read_text())["annotations"]
        if a["boundary_type"] != "none"
    ]
    assert moved
    assert all(a["bbox"][:2] == [0, 0] for a in moved)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else b"" for p in folder.rglob("*")}


USAGE = [
    (["nowhere", "--benchmark", "easy"], "nowhere does not exist"),
    (["--benchmark", "easy"], "PATH is missing"),
    (["input"], "give either a benchmark or corruption values"),
    (["input", "--benchmark", "easy", "--corruption_values", WHOLE], "give either a benchmark or corruption values"),
    (["input", "--benchmark", "eazy"], "there is no benchmark 'eazy'; did you mean easy"),
    (["input", "--benchmark", "easy", "--seed", "-1"], "the seed must lie between 0 and 2^64 - 1, not -1"),
    (["input", "--benchmark", "easy", "--seed", "one"], "--seed: must be a whole number, not 'one'"),
    (["input", "--benchmark", "easy", "--splits", "val"], "input has no instances_val*.json, only instances_tiny.json"),
    (
        ["input/instances_tiny.json", "--benchmark", "easy", "--splits", "tiny"],
        "--splits chooses among the files of a folder",
    ),
    (["empty", "--benchmark", "easy"], "empty has no instances_*.json"),
    (["root", "--benchmark", "easy"], "root has no instances_*.json; but root/annotations has: name that"),
    (["input", "--benchmark", "easy", "--output_dir", "input"], "the output folder input is the folder of the input"),
    (
        ["input", "--benchmark", "easy", "--output_dir", "input", "--overwrite"],
        "the output folder input is the folder of the input",
    ),
    (["input", "--benchmark", "easy", "--output_dir", "empty"], "the output folder empty exists; --overwrite replaces"),
    (["input", "--benchmark", "easy", "--output_dir", "file"], "the output folder file exists and is not a folder"),
    (
        ["input", "--benchmark", "easy", "--output_dir", "file/out"],
        "output folder file/out cannot be made: file is not a folder",
    ),
    (["input", "--benchmark", "easy", "--method_name", "a/b"], "--method_name becomes part of a folder's name"),
    (["input", "--corruption_values", "{'rnd': [0.2, 3]}"], "there is no noise named 'rnd'"),
    (["input", "--corruption_values", "{'rand': [0.2, 4]}"], "rand: kernel_px must be odd and positive, not 4"),
    (
        ["input", "--corruption_values", "[{'rand': [1, 3]}, {'rand': [1, 3]}]"],
        "two dicts of --corruption_values ask for the same",
    ),
    (["input", "--corruption_values", "@missing.yaml"], "missing.yaml: cannot be read: No such file"),
    (["input", "--benchmark", "easy", "--plugin", "missing.py"], "missing.py: cannot be read: No such file"),
    (["broken", "--benchmark", "easy"], "instances_cut.json: not JSON: Input data was truncated"),
    (["late", "--benchmark", "easy"], "instances_late.json: annotations[4].segmentation[0] has 7 numbers"),
    (["file", "--benchmark", "easy"], "not JSON"),
    (["input", "--benchmark", "easy", "--segmentation", "png"], "--segmentation: invalid choice: 'png'"),
    (["input", "--benchmark", "easy", "--bench", "easy"], "unrecognized arguments: --bench"),
]


@pytest.mark.parametrize(("words", "message"), USAGE, ids=[" ".join(words)[:60] for words, _ in USAGE])
def test_bad_input_gets_a_sentence_and_nothing_is_written(
    command: Command, tmp_path: Path, tiny_file: Path, tiny: dict[str, Any], words: list[str], message: str
) -> None:
    for name in ("empty", "broken", "late", "root/annotations"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copy(tiny_file, tmp_path / "root" / "annotations")
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "broken" / "instances_cut.json").write_bytes(tiny_file.read_bytes()[:-200])
    tiny["annotations"][4]["segmentation"] = [[1.0] * 7]
    (tmp_path / "late" / "instances_late.json").write_text(json.dumps(tiny))
    before = snapshot(tmp_path)
    done = command(*words)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert snapshot(tmp_path) == before


def test_the_api_says_the_same_as_the_command(tiny: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="there is no benchmark 'eazy'; did you mean easy"):
        noise(tiny, benchmark="eazy")
    with pytest.raises(ValueError, match="give either a benchmark or corruption values"):
        noise(tiny)
    with pytest.raises(ValueError, match="segmentation must be one of same, rle, polygon; not 'png'"):
        noise(tiny, benchmark="easy", segmentation="png")
    with pytest.raises(ValueError, match="`images` must be a list"):
        noise({}, benchmark="easy")
    tiny["annotations"][3]["image_id"] = "1"
    with pytest.raises(ValueError, match=r"^annotations\[3\]\.image_id: expected int, got str"):
        noise(tiny, benchmark="easy")


def test_the_api_leaves_its_input_alone_and_takes_counts_as_bytes(tiny: dict[str, Any]) -> None:
    from pycocotools import mask as coco_mask

    runs = coco_mask.frPyObjects(tiny["annotations"][0]["segmentation"], 48, 64)[0]
    assert isinstance(runs["counts"], bytes)
    tiny["images"][1] |= {"width": 64, "height": 48}
    tiny["annotations"][0]["segmentation"] = runs
    before = repr(tiny)
    noisy, changes = noise(tiny, corruption_values={"rand": [1, 3], "flip_class": 1}, seed=3)
    assert repr(tiny) == before
    assert [change.annotation_id for change in changes] == [5, 2, 9, 4, 2**40]
    assert noisy["annotations"][0]["area"] in (18 * 18, 22 * 22)
    assert isinstance(noisy["annotations"][0]["segmentation"]["counts"], str)


@pytest.fixture
def big(tmp_path: Path, sample: Path) -> Path:
    """A file that takes some seconds to noise."""
    dataset = json.loads((sample / "instances_train2017.json").read_text())
    dataset["annotations"] = [
        {**a, "id": a["id"] + 100_000 * copy} for copy in range(100) for a in dataset["annotations"]
    ]
    path = tmp_path / "big.json"
    path.write_text(json.dumps(dataset))
    return path


def started(big: Path) -> "subprocess.Popen[str]":
    """The command at work on a large file, once it has written some annotations."""
    words = [sys.executable, str(ROOT / "noise_annotations.py"), str(big), "--benchmark", "hard", "--output_dir", "out"]
    process = subprocess.Popen(words, cwd=big.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not any(p.stat().st_size > 500_000 for p in big.parent.glob(".out.partial-*/content/big.json")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    return process


def test_progress_is_shown_on_a_terminal(big: Path) -> None:
    terminal, screen = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    words = [sys.executable, str(ROOT / "noise_annotations.py"), str(big), "--benchmark", "hard", "--dry_run"]
    process = subprocess.Popen([*words, "--workers", "1"], stdout=subprocess.DEVNULL, stderr=screen)
    shown = b""
    while b" annotations/s]" not in shown:
        shown += os.read(terminal, 4096)
    process.kill()
    process.wait()
    os.close(screen)
    os.close(terminal)
    assert b"big.json: " in shown


@pytest.mark.slow
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_interrupted(big: Path, which: signal.Signals) -> None:
    process = started(big)
    process.send_signal(which)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "interrupted; nothing was written\n")
    assert [p.name for p in big.parent.iterdir()] == ["big.json"]


@pytest.mark.slow
def test_under_nohup_a_terminal_that_goes_ends_nothing(big: Path) -> None:
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = started(big)
    finally:
        signal.signal(signal.SIGHUP, ignored)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert (big.parent / "out" / "big.json").exists()


@pytest.mark.slow
def test_killed(big: Path) -> None:
    process = started(big)
    process.kill()
    process.communicate(timeout=60)
    assert not (big.parent / "out").exists()
    assert main([str(big), "--benchmark", "easy", "--output_dir", str(big.parent / "out")]) == 0
    assert sorted(path.name for path in big.parent.iterdir()) == ["big.json", "out"]


def test_a_file_that_may_not_grow(command: Command, big: Path) -> None:
    limit = 1_000_000
    done = command(
        big,
        "--benchmark",
        "easy",
        "--output_dir",
        "out",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: cannot write the output: File too large; nothing was written\n"
    assert [p.name for p in big.parent.iterdir()] == ["big.json"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    mounted = os.geteuid() == 0 and subprocess.run(words, capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("needs the right to mount a small disk; a file that may not grow is tested instead")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(command: Command, big: Path, small_disk: Path) -> None:
    done = command(big, "--benchmark", "easy", "--output_dir", small_disk / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: cannot write the output: No space left on device; nothing was written\n"
    assert list(small_disk.iterdir()) == []


def test_a_full_disk_in_a_worker(command: Command, big: Path, small_disk: Path) -> None:
    (small_disk / "full").write_bytes(bytes(2_000_000))
    words = (big, "--benchmark", "easy", "--output_dir", "out", "--workers", "2")
    done = command(*words, env={**os.environ, "TMPDIR": str(small_disk)})
    assert (done.returncode, done.stdout) == (2, "")
    said = "No space left on device (this is the temporary folder; TMPDIR names another); nothing was written"
    assert re.fullmatch(
        rf"error: cannot write the output: {small_disk}/noise_annotations-\w+: {re.escape(said)}\n", done.stderr
    )
    assert [path.name for path in small_disk.iterdir()] == ["full"]
    assert not (big.parent / "out").exists()


@pytest.mark.slow
def test_a_full_disk_among_many_files(command: Command, big: Path, small_disk: Path) -> None:
    """What was finished before is kept, and goes on once there is room."""
    (big.parent / "in").mkdir()
    dataset = json.loads(big.read_text())
    for place in range(40):
        some = dataset["annotations"][place * 200 : (place + 1) * 200]
        (big.parent / "in" / f"{place:02}.json").write_text(json.dumps({**dataset, "annotations": some}))
    words = ("in", "--glob", "*.json", "--benchmark", "easy", "--workers", "2", "--output_dir")
    done = command(*words, small_disk / "out")
    kept = f"what is finished is kept in {small_disk}/.out.unfinished; the same command with --resume goes on"
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"error: cannot write the output(: \S+)?: No space left on device; {kept}\n", done.stderr)
    assert not (small_disk / "out").exists()
    room = ["mount", "-o", "remount,size=50m", str(small_disk)]
    subprocess.run(room, check=True)
    assert command(*words, small_disk / "out", "--resume").returncode == 0
    assert command(*words, "whole").returncode == 0
    for path in (big.parent / "whole").iterdir():
        if path.name != "manifest.json":
            assert (small_disk / "out" / path.name).read_bytes() == path.read_bytes()


def without_roots_privilege() -> None:
    """Root may read and write anywhere; a process that is started without these capabilities may not."""
    if os.geteuid() == 0:
        pr_capbset_drop, cap_dac_override, cap_dac_read_search = 24, 1, 2
        for capability in (cap_dac_override, cap_dac_read_search):
            assert ctypes.CDLL(None).prctl(pr_capbset_drop, capability, 0, 0, 0) == 0


def test_a_folder_without_write_permission(command: Command, tmp_path: Path, tiny_file: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    done = command(tiny_file, "--benchmark", "easy", "--output_dir", "closed/out", preexec_fn=without_roots_privilege)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: cannot write the output: ")
    assert done.stderr.endswith("Permission denied; nothing was written\n")
    assert list(closed.iterdir()) == []


def test_input_without_read_permission(command: Command, tmp_path: Path, tiny_file: Path) -> None:
    tiny_file.chmod(0)
    done = command(tiny_file, "--benchmark", "easy", preexec_fn=without_roots_privilege)
    assert (done.returncode, done.stderr) == (2, f"error: {tiny_file}: cannot be read: Permission denied\n")
    assert [p.name for p in tmp_path.iterdir()] == ["input"]


def test_a_pipe_is_no_file(command: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = command("pipe", "--benchmark", "easy")
    assert (done.returncode, done.stderr) == (2, "error: pipe: cannot be read: it is not a regular file\n")
