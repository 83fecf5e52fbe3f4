"""The scripts of tests/ run on drawn annotations where there are no others, and end in a sentence where they cannot."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import select_real
from tests.annotation_files import VARIABLE, AnnotationFiles, real, real_in
from tests.conftest import ROOT, Command

SCRIPTS = sorted(
    path.name
    for path in (ROOT / "tests").glob("*.py")
    if not path.name.startswith("test_") and 'if __name__ == "__main__"' in path.read_text()
)
HIDING = "import sys, runpy; sys.modules[{0!r}] = None; sys.argv = [{1!r}]; runpy.run_path({1!r}, run_name='__main__')"


def run(*words: str | Path, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {key: value for key, value in os.environ.items() if key != VARIABLE}
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={**given, **environment},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def script(name: str) -> Path:
    return ROOT / "tests" / name


def ends_in_a_sentence(done: "subprocess.CompletedProcess[str]", sentence: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: " in done.stderr.splitlines()[-1] and sentence in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("rasterised.py", "the following arguments are required: folder"),
        ("rasterised.py nowhere", "nowhere has no instances_*.json; noise_annotations.py --to yolo writes"),
        ("rasterised.py plain", "there are no labels in plain/labels/val2017; noise_annotations.py --to yolo writes"),
        ("reference.py", "the following arguments are required: source, target, level"),
        ("reference.py nowhere.json out.json easy", "there is no file nowhere.json"),
        ("reference.py plain/instances_val2017.json out.json wild", "invalid choice: 'wild'"),
        ("select_real.py nowhere nowhere.json out", "nowhere.json"),
        ("speed.py --annotations 0", "must be 1 or more, not 0"),
        ("steps.py --benchmark wild", "invalid choice: 'wild'"),
        ("memory.py 0", "must be 1 or more, not 0"),
    ],
)
def test_what_is_wrong_is_said(words: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "instances_val2017.json").write_text('{"images": [], "annotations": [], "categories": []}')
    name, *rest = words.split()
    ends_in_a_sentence(run(script(name), *rest, cwd=tmp_path), sentence)
    assert [path.name for path in tmp_path.iterdir()] == ["plain"]


@pytest.mark.parametrize("name", ["speed.py", "memory.py", "steps.py", "outline_statistics.py"])
def test_a_folder_that_lacks_the_real_annotations_is_said(name: str, tmp_path: Path) -> None:
    done = run(script(name), cwd=tmp_path, REAL_ANNOTATIONS="nowhere")
    ends_in_a_sentence(done, "REAL_ANNOTATIONS is nowhere, but there is no ")


@pytest.mark.parametrize(
    ("name", "package", "part"),
    [
        ("measure_speed.py", "faster_coco_eval", "measure"),
        ("measure_speed.py", "scipy", "measure"),
        ("wan_speed.py", "torch", "wan"),
        ("wan_speed.py", "transformers", "wan"),
    ],
)
def test_a_package_that_is_missing_is_said(name: str, package: str, part: str, tmp_path: Path) -> None:
    if package == "transformers":  # the other of the two is asked for first
        pytest.importorskip("torch", reason="COCO-WAN needs torch: pip install -r requirements-wan.txt")
    if package == "scipy":
        pytest.importorskip("faster_coco_eval", reason="needs faster_coco_eval: requirements-measure.txt")
    done = run("-c", HIDING.format(package, str(script(name))), cwd=tmp_path)
    ends_in_a_sentence(done, f"tests/{name} needs {package}")
    assert done.stderr.endswith(f"pip install -r requirements-{part}.txt\n")


def test_a_device_that_is_missing_is_said(tmp_path: Path) -> None:
    for package in ("torch", "transformers"):
        pytest.importorskip(package, reason="COCO-WAN needs torch: pip install -r requirements-wan.txt")
    done = run(script("wan_speed.py"), "--device", "cuda:99", cwd=tmp_path)
    ends_in_a_sentence(done, "--device cuda:99 cannot be used here")


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_each_says_what_it_does(name: str, tmp_path: Path) -> None:
    if name in ("wan_speed.py", "measure_speed.py"):
        for package in ("torch", "transformers", "faster_coco_eval"):
            pytest.importorskip(package, reason=f"needs {package}, an optional part")
    done = run(script(name), "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{name} " in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "call",
    [
        "from tests import speed; speed.ENOUGH_S = 0.1; speed.PART = 200; WORDS(speed, '--annotations 300')",
        "from tests import speed; speed.ENOUGH_S = 0.1; WORDS(speed, '--annotations 300 --per_image')",
        "from tests import memory; WORDS(memory, '300 400')",
        "from tests import steps; WORDS(steps, '--annotations 300')",
        "from tests import measure_speed; WORDS(measure_speed, '--annotations 300')",
    ],
)
def test_each_runs_without_real_annotations(call: str, tmp_path: Path) -> None:
    if "measure_speed" in call:
        pytest.importorskip("faster_coco_eval", reason="needs faster_coco_eval: requirements-measure.txt")
    head = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    head += "def WORDS(module, words): sys.argv = ['script', *words.split()]; module.main()\n"
    done = run("-c", head + call, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "drawn annotations" in done.stdout


def test_labels_are_drawn_beside_their_masks(command: Command, coco_tiny: Path, tmp_path: Path) -> None:
    assert command(coco_tiny, "--benchmark", "easy", "--to", "yolo", "--output_dir", "yolo").returncode == 0
    done = run(script("rasterised.py"), "yolo", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line[:14].strip(): line[14:].split() for line in done.stdout.splitlines()}
    assert list(rows) == ["one part", "several parts", "with holes", "all"]
    assert all(0.7 < float(mean) < 1 for _, mean in rows.values())


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def originals(folder: Path) -> AnnotationFiles:
    """COCO and LVIS as their owners have them, but for what is in them: the images that are wanted, and others."""
    wanted = load(select_real.IMAGES)
    for split in select_real.SPLITS:
        ids = [*sorted(wanted[split]), 1, 2]
        images = [{"id": number, "width": 8, "height": 6} for number in ids]
        annotations = [{"id": 10 * number + copy, "image_id": number, "area": 0.1} for copy in (2, 1) for number in ids]
        dataset = {"info": {}, "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "é"}]}
        path = folder / "annotations" / f"instances_{split}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dataset))
        photograph = folder / split / f"{wanted[f'photographs of {split}'][0]:012}.jpg"
        photograph.parent.mkdir()
        photograph.write_bytes(b"jpeg")
    lvis = folder / "lvis.json"
    images = [{"id": number, "neg_category_ids": []} for number in [3, *wanted["lvis"]]]
    annotations = [{"id": number, "image_id": image["id"]} for number, image in enumerate(images)]
    lvis.write_text(json.dumps({"images": images, "annotations": annotations, "categories": []}))
    return AnnotationFiles(folder, lvis)


def test_real_annotations_are_selected_from_the_originals(tmp_path: Path) -> None:
    source, wanted = originals(tmp_path / "originals"), load(select_real.IMAGES)
    done = run(script("select_real.py"), source.coco, source.lvis, "out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    files = real_in(tmp_path / "out")
    for split in select_real.SPLITS:
        dataset = load(files.coco / f"instances_{split}.json")
        assert list(dataset) == ["images", "annotations", "categories"]
        assert [image["id"] for image in dataset["images"]] == wanted[split]
        ids = [annotation["id"] for annotation in dataset["annotations"]]
        assert ids == [10 * number + copy for number in wanted[split] for copy in (2, 1)]
        assert [path.name for path in (files.coco.parent / split).iterdir()] == [
            f"{wanted[f'photographs of {split}'][0]:012}.jpg"
        ]
    assert [image["id"] for image in load(files.lvis)["images"]] == wanted["lvis"]
    assert done.stdout.splitlines() == [
        "train2017: 160 annotations, 1 of 4 photographs",
        "val2017: 160 annotations, 1 of 8 photographs",
        "lvis: 100 annotations",
    ]


def test_originals_that_lack_an_image_are_refused(tmp_path: Path) -> None:
    source = originals(tmp_path / "originals")
    source.lvis.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    done = run(script("select_real.py"), source.coco, source.lvis, "out", cwd=tmp_path)
    ends_in_a_sentence(done, "lvis.json lacks 100 of the 100 images, ")
    assert not (tmp_path / "out").exists()


@pytest.mark.real
def test_the_real_annotations_come_from_themselves(tmp_path: Path) -> None:
    """They stand in for the originals: in the order of their ids, they give the same bytes."""
    files = real()
    assert files
    for split in select_real.SPLITS:
        dataset = load(files.coco / f"instances_{split}.json")
        dataset["images"].sort(key=lambda image: image["id"])
        place = {image["id"]: number for number, image in enumerate(dataset["images"])}
        dataset["annotations"].sort(key=lambda annotation: place[annotation["image_id"]])
        (tmp_path / "annotations").mkdir(exist_ok=True)
        (tmp_path / "annotations" / f"instances_{split}.json").write_text(json.dumps({"info": {}, **dataset}))
    assert run(script("select_real.py"), tmp_path, files.lvis, "out", cwd=tmp_path).returncode == 0
    made = real_in(tmp_path / "out")
    for name in ("instances_train2017.json", "instances_val2017.json"):
        assert (made.coco / name).read_bytes() == (files.coco / name).read_bytes()
    assert made.lvis.read_bytes() == files.lvis.read_bytes()
