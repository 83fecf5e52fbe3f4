"""Folders of many files: each its own unit, and a run that is cut off goes on."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pycocotools import mask as coco_mask

from annotation_noise.errors import InputError
from annotation_noise.running.many_files import FileRecord, Sweep, Unit, noise_unit
from noise_annotations import main, noise
from tests.conftest import ROOT, Command, unstated_text

MASKS = "{'rand': [0.3, 5], 'localization': [0.3, 3], 'approximation': [0.3, 10]}"


def as_rle(annotation: Mapping[str, Any], image: Mapping[str, Any]) -> dict[str, Any]:
    shape, size = annotation["segmentation"], (image["height"], image["width"])
    if isinstance(shape, list):
        shape = coco_mask.merge(coco_mask.frPyObjects(shape, *size))
    elif isinstance(shape["counts"], list):
        shape = coco_mask.frPyObjects(shape, *size)
    counts = shape["counts"] if isinstance(shape["counts"], str) else shape["counts"].decode()
    return {"size": list(size), "counts": counts}


@pytest.fixture
def clean(sample: Path) -> dict[str, Any]:
    """The sample's training split with run lengths, and no crowd regions, as SA-1B has none."""
    dataset: dict[str, Any] = json.loads((sample / "instances_train2017.json").read_text())
    image_of = {image["id"]: image for image in dataset["images"]}
    dataset["annotations"] = [
        {**a, "segmentation": as_rle(a, image_of[a["image_id"]])} for a in dataset["annotations"] if not a["iscrowd"]
    ]
    return dataset


@pytest.fixture
def per_image(clean: dict[str, Any], tmp_path: Path) -> Path:
    """The same in SA-1B's form: a file an image, in two folders."""
    for place, image in enumerate(clean["images"]):
        mine = [a for a in clean["annotations"] if a["image_id"] == image["id"]]
        content = {
            "image": {"image_id": image["id"], **{key: image[key] for key in ("width", "height", "file_name")}},
            "annotations": [
                {**{key: a[key] for key in ("id", "segmentation", "bbox", "area")}, "predicted_iou": 0.9} for a in mine
            ],
        }
        folder = tmp_path / "in" / f"sa_{place % 2:06}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"sa_{image['id']}.json").write_text(json.dumps(content))
    return tmp_path / "in"


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_an_image_is_noised_like_one_file_of_all(
    clean: dict[str, Any], per_image: Path, command: Command, tmp_path: Path
) -> None:
    done = command("in", "--glob", "**/*.json", "--corruption_values", MASKS, "--output_dir", "out")
    assert (done.returncode, done.stderr) == (0, "")
    expected = noise(clean, corruption_values={"rand": [0.3, 5], "localization": [0.3, 3], "approximation": [0.3, 10]})
    of_id = {a["id"]: a for a in expected.dataset["annotations"]}
    found = [
        annotation
        for path in (tmp_path / "out").rglob("sa_*.json")
        for annotation in json.loads(path.read_text())["annotations"]
    ]
    assert len(found) == len(of_id)
    for annotation in found:
        same = of_id[annotation["id"]]
        keys = ("segmentation", "bbox", "area", "boundary_type", "class_noise")
        assert [annotation[key] for key in keys] == [same[key] for key in keys]
        assert annotation["predicted_iou"] == 0.9
    logged = sum(len(path.read_text().splitlines()) - 1 for path in (tmp_path / "out").rglob("*.noise.csv"))
    assert logged == len(expected.changes)


def test_the_journal_and_the_manifest_describe_every_file(per_image: Path, command: Command, tmp_path: Path) -> None:
    command("in", "--glob", "**/*.json", "--corruption_values", MASKS, "--output_dir", "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    journal = (tmp_path / "out" / "files.jsonl").read_bytes()
    assert manifest["outputs"] == [
        {"file": "files.jsonl", "bytes": len(journal), "sha256": hashlib.sha256(journal).hexdigest()}
    ]
    entries = [json.loads(line) for line in journal.splitlines()]
    inputs = sorted(str(path.relative_to(per_image)) for path in per_image.rglob("*.json"))
    assert [entry["file"] for entry in entries] == inputs
    for entry in entries:
        source, noisy = per_image / entry["file"], tmp_path / "out" / entry["file"]
        log = noisy.with_name(f"{noisy.stem}.noise.csv")
        for key, path in (("input_sha256", source), ("noisy_sha256", noisy), ("log_sha256", log)):
            assert entry[key] == hashlib.sha256(path.read_bytes()).hexdigest()
    (total,) = manifest["realised"].values()
    assert total["annotations"] == sum(entry["counts"]["annotations"] for entry in entries) > 300
    names = {"manifest.json", "files.jsonl", *inputs, *(name.replace(".json", ".noise.csv") for name in inputs)}
    assert set(content_of(tmp_path / "out")) == names


def test_coco_files_come_out_as_when_each_goes_alone(sample: Path, command: Command, tmp_path: Path) -> None:
    words = ("--benchmark", "hard", "--seed", "5", "--output_dir")
    assert command(sample, *words, "alone").returncode == 0
    assert command(sample, "--glob", "*.json", *words, "together").returncode == 0
    alone, together = content_of(tmp_path / "alone"), content_of(tmp_path / "together")
    for name in ("instances_train2017.json", "instances_val2017.json", "instances_val2017.noise.csv"):
        assert together[name] == alone[name]


def test_class_noise_needs_classes(per_image: Path, command: Command, tmp_path: Path) -> None:
    done = command("in", "--glob", "**/*.json", "--benchmark", "easy", "--output_dir", "out")
    assert done.returncode == 2
    assert "has no categories, so classes cannot be mixed up; leave out flip_class" in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def enlarged(per_image: Path, copies: int) -> None:
    """More files, so that a run takes long enough to be cut off."""
    for path in list(per_image.rglob("*.json")):
        for copy in range(copies):
            (path.parent / f"{path.stem}_{copy:03}.json").write_bytes(path.read_bytes())


def cut_off(folder: Path, how: signal.Signals, workers: int, lines: int) -> str:
    """Start the run and end it once the journal has some lines after its first; what it has said."""
    words = ["in", "--glob", "**/*.json", "--corruption_values", MASKS, "--output_dir", "out", "--resume"]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "noise_annotations.py"), *words, "--workers", str(workers)],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal = folder / ".out.unfinished" / ".files.jsonl.part"
    deadline = time.monotonic() + 120
    while not journal.exists() or journal.read_bytes().count(b"\n") < 1 + lines:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert not (folder / "out").exists()
    return err


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_was_killed_goes_on(per_image: Path, command: Command, tmp_path: Path, workers: int) -> None:
    enlarged(per_image, 40)
    words = ("in", "--glob", "**/*.json", "--corruption_values", MASKS, "--output_dir")
    assert command(*words, "whole").returncode == 0
    cut_off(tmp_path, signal.SIGKILL, workers, 100)
    with (tmp_path / ".out.unfinished" / ".files.jsonl.part").open("a") as journal:
        journal.write('{"file": "cut')  # as a full disk or a lost machine leaves it
    cut_off(tmp_path, signal.SIGKILL, workers, 300)
    unfinished = {
        path: path.stat().st_mtime_ns for path in (tmp_path / ".out.unfinished" / "content").rglob("sa_*.json")
    }
    refused = command(*words, "out")
    assert refused.returncode == 2
    assert ".out.unfinished is left of a run that was cut off; --resume goes on" in refused.stderr
    done = command(*words, "out", "--resume")
    assert (done.returncode, done.stderr) == (0, "")
    whole, resumed = content_of(tmp_path / "whole"), content_of(tmp_path / "out")
    assert {**resumed, "manifest.json": b""} == {**whole, "manifest.json": b""}
    times = {name.relative_to(tmp_path / ".out.unfinished" / "content"): time for name, time in unfinished.items()}
    kept = [name for name, time in times.items() if (tmp_path / "out" / name).stat().st_mtime_ns == time]
    assert len(kept) >= 300
    assert not (tmp_path / ".out.unfinished").exists()


def test_an_interrupted_run_says_what_is_kept(per_image: Path, tmp_path: Path) -> None:
    enlarged(per_image, 40)
    said = cut_off(tmp_path, signal.SIGINT, 2, 50)
    kept = "what is finished is kept in .out.unfinished; the same command with --resume goes on"
    assert said == f"interrupted; {kept}\n"


def test_what_was_changed_since_is_done_again(per_image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["in", "--glob", "**/*.json", "--corruption_values", MASKS, "--workers", "1"]
    assert main([*words, "--output_dir", "whole"]) == 0
    names = sorted(per_image.rglob("*.json"))
    last = names[-1].read_text()
    names[-1].write_text("{")
    assert main([*words, "--output_dir", "out"]) == 2
    unfinished = tmp_path / ".out.unfinished" / "content"
    (unfinished / names[0].relative_to(per_image)).write_text("{}")
    (unfinished / names[1].relative_to(per_image)).unlink()
    names[-1].write_text(last)
    names[2].write_text(names[2].read_text() + "\n")
    assert main([*words, "--output_dir", "out", "--resume"]) == 0
    whole, resumed = content_of(tmp_path / "whole"), content_of(tmp_path / "out")
    third = str(names[2].relative_to(per_image))
    texts = [unstated_text(content[third].decode()) for content in (whole, resumed)]  # their inputs differ
    assert texts[1] == texts[0] + "\n"
    differing = {name for name in whole if whole[name] != resumed[name]}
    assert differing == {third, "files.jsonl", "manifest.json"}
    assert set(resumed) == set(whole)


@pytest.mark.parametrize("dicts", [MASKS, f"[{MASKS}, {{'rand': [0.5, 3]}}]"])
def test_what_is_finished_outlives_a_resumed_run_that_ends_at_its_first_file(
    per_image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dicts: str
) -> None:
    """It has no line of its own yet, and what is finished stands in the journal of the run before."""
    monkeypatch.chdir(tmp_path)
    words = ["in", "--glob", "**/*.json", "--corruption_values", dicts, "--workers", "1", "--output_dir", "out"]
    names = sorted(per_image.rglob("*.json"))
    first, last = names[0].read_text(), names[-1].read_text()
    names[-1].write_text("{")
    assert main(words) == 2
    names[0].write_text("{")
    for _ in range(2):
        assert main([*words, "--resume"]) == 2
        said = capsys.readouterr().err
        assert said.endswith("; what is finished is kept in .out.unfinished; the same command with --resume goes on\n")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / ".out.unfinished" / "content").rglob("sa_*.json")}
    assert len(times) == len(names) - 1
    names[0].write_text(first)
    names[-1].write_text(last)
    assert main([*words, "--resume"]) == 0
    now = {path: tmp_path / "out" / path.relative_to(tmp_path / ".out.unfinished" / "content") for path in times}
    assert [path for path, time in times.items() if now[path].stat().st_mtime_ns != time] == []


def test_a_run_that_was_cut_off_in_its_second_recipe_goes_on_in_it(
    per_image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is finished of both is not done again, and what is gone goes from both."""
    monkeypatch.chdir(tmp_path)
    dicts = f"[{MASKS}, {{'rand': [0.5, 3]}}]"
    words = ["in", "--glob", "**/*.json", "--corruption_values", dicts, "--workers", "1", "--output_dir"]
    names = sorted(per_image.rglob("*.json"))
    done = []

    def broken(unit: Unit, sweep: Sweep) -> FileRecord:
        done.append(unit.name)
        if len(done) == len(names) + 5:
            raise InputError("the fifth file of the second recipe")
        return noise_unit(unit, sweep)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("annotation_noise.running.many_files.noise_unit", broken)
        assert main([*words, "out"]) == 2
    unfinished = tmp_path / ".out.unfinished" / "content"
    times = {path.relative_to(unfinished): path.stat().st_mtime_ns for path in unfinished.rglob("sa_*.json")}
    assert len(times) == len(names) + 4
    names[0].unlink()
    assert main([*words, "out", "--resume"]) == 0
    assert main([*words, "whole"]) == 0
    whole, resumed = content_of(tmp_path / "whole"), content_of(tmp_path / "out")
    assert resumed.keys() == whole.keys()
    assert [name for name in whole if whole[name] != resumed[name] and not name.endswith("manifest.json")] == []
    stayed = [name for name in times if (tmp_path / "out" / name).exists()]
    assert len(stayed) == len(times) - 2
    assert all((tmp_path / "out" / name).stat().st_mtime_ns == times[name] for name in stayed)


def test_what_was_made_of_files_that_are_gone_goes(
    per_image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The result is that of a run that never saw them."""
    monkeypatch.chdir(tmp_path)
    words = ["in", "--glob", "**/*.json", "--corruption_values", MASKS, "--workers", "1"]
    names = sorted(per_image.rglob("*.json"))
    last = names[-1].read_text()
    names[-1].write_text("{")
    assert main([*words, "--output_dir", "out"]) == 2
    names[-1].write_text(last)
    for name in (names[0], names[3], names[4], names[-2]):
        name.unlink()
    capsys.readouterr()
    assert main([*words[:2], "*/sa_1*.json", *words[3:], "--output_dir", "out", "--resume"]) == 2
    assert "left of a run with other settings (glob: **/*.json, and not */sa_1*.json)" in capsys.readouterr().err
    assert main([*words, "--output_dir", "out", "--resume"]) == 0
    assert main([*words, "--output_dir", "whole"]) == 0
    whole, resumed = content_of(tmp_path / "whole"), content_of(tmp_path / "out")
    assert {**resumed, "manifest.json": b""} == {**whole, "manifest.json": b""}


def test_a_broken_file_ends_the_run_and_what_is_finished_stays(
    per_image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    broken = sorted(per_image.rglob("*.json"))[-1]
    broken.write_text('{"image": {"image_id": 1, "width": 9}, "annotations": []}')
    words = ["in", "--glob", "**/*.json", "--corruption_values", MASKS, "--output_dir", "out"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert f"{broken.name}: image: object missing required field height; " in said
    assert said.endswith("; what is finished is kept in .out.unfinished; the same command with --resume goes on\n")
    assert main([*words, "--resume", "--seed", "2"]) == 2
    assert "left of a run with other settings (seed: 1, and not 2)" in capsys.readouterr().err
    assert main([*words, "--overwrite", "--seed", "2"]) == 2  # begins again, and meets the broken file
    capsys.readouterr()
    assert main([*words, "--resume"]) == 2
    assert "left of a run with other settings (seed: 2, and not 1)" in capsys.readouterr().err


def test_a_noise_of_ones_own_must_be_the_same_to_go_on(
    per_image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files noised by two versions of a plugin would not tell which of them they have met."""
    monkeypatch.chdir(tmp_path)
    plugin = (
        "from noisers import noiser\n\n@noiser('mask', example={})\ndef moved(mask, rng):\n"
        "    return mask._replace(left=0)\n"
    )
    (tmp_path / "mine.py").write_text(plugin)
    broken = sorted(per_image.rglob("*.json"))[-1]
    whole = broken.read_text()
    broken.write_text("{")
    words = ["in", "--glob", "**/*.json", "--plugin", "mine.py", "--corruption_values", "{moved: 1}"]
    assert main([*words, "--output_dir", "out"]) == 2
    broken.write_text(whole)
    (tmp_path / "mine.py").write_text(plugin + "# changed\n")
    capsys.readouterr()
    assert main([*words, "--output_dir", "out", "--resume"]) == 2
    assert ".out.unfinished is left of a run with other settings (plugins: " in capsys.readouterr().err
    (tmp_path / "mine.py").write_text(plugin)
    assert main([*words, "--output_dir", "out", "--resume"]) == 0


@pytest.mark.slow
def test_two_runs_do_not_share_a_folder(per_image: Path, command: Command, tmp_path: Path) -> None:
    enlarged(per_image, 100)
    words = ["in", "--glob", "**/*.json", "--corruption_values", MASKS, "--output_dir", "out"]
    with subprocess.Popen(
        [sys.executable, str(ROOT / "noise_annotations.py"), *words], cwd=tmp_path, stdout=subprocess.DEVNULL
    ) as first:
        while not list(tmp_path.glob(".out.unfinished/.files.jsonl.part")):
            time.sleep(0.01)
        for flag in ("--resume", "--overwrite"):
            second = command(*words, flag)
            assert (second.returncode, second.stderr) == (2, "error: another run is at work in .out.unfinished\n")
        assert first.wait(timeout=120) == 0


def test_overwrite_takes_away_what_is_no_longer_made(per_image: Path, command: Command, tmp_path: Path) -> None:
    words = ("in", "--glob", "**/*.json", "--corruption_values", MASKS, "--output_dir", "out")
    command(*words)
    (tmp_path / "out" / "mine.txt").write_text("mine")
    gone, *others = sorted(per_image.rglob("*.json"))
    gone.unlink()
    assert command(*words).returncode == 2
    assert command(*words, "--overwrite").returncode == 0
    found = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.json")}
    assert found == {"manifest.json", *(str(path.relative_to(per_image)) for path in others)}
    assert (tmp_path / "out" / "mine.txt").exists()


def test_several_dicts_and_a_dry_run(per_image: Path, command: Command, tmp_path: Path) -> None:
    words = ("in", "--glob", "**/*.json", "--corruption_values", "[{'rand': [1, 3]}, {'rand': [1, 5]}]")
    dry = command(*words, "--output_dir", "out", "--dry_run")
    assert dry.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    real = command(*words, "--output_dir", "out")
    told = [line for line in dry.stdout.splitlines() if line.startswith(("annotations", "  rand", "mean"))]
    assert told == [line for line in real.stdout.splitlines() if line.startswith(("annotations", "  rand", "mean"))]
    assert len(list((tmp_path / "out").glob("*/files.jsonl"))) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["in", "--resume", "--benchmark", "easy"], "--resume goes on with a run over many files (--glob)"),
        (["in/sa_000000", "--glob", "*.txt", "--benchmark", "easy"], "in/sa_000000 has no file that matches *.txt"),
        (["missing", "--glob", "*.json", "--benchmark", "easy"], "--glob looks below a folder, and missing is none"),
        (["in", "--glob", "../*.json", "--benchmark", "easy"], "--glob takes a pattern below PATH"),
        (
            ["in", "--glob", "**/*.json", "--to", "yolo", "--benchmark", "easy"],
            "--glob takes COCO files and makes COCO",
        ),
        (["in", "--glob", "**/*.json", "--splits", "train", "--benchmark", "easy"], "give either --splits or --glob"),
        (["in", "--glob", "**", "--benchmark", "easy", "--output_dir", "in/x"], "the output folder in/x lies in in"),
    ],
)
def test_usage(per_image: Path, command: Command, tmp_path: Path, words: list[str], message: str) -> None:
    done = command(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == ["in"]  # noqa: PTH208
