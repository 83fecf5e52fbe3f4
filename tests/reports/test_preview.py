"""--preview, as its users meet it."""

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from noise_annotations import main, noise
from tests.conftest import ROOT, Command

pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install -r requirements-measure.txt")

from annotation_noise.coco.by_image import by_image
from annotation_noise.coco.file import read
from annotation_noise.reports.preview import by_interest, instances_of


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_pictures_are_there_and_in_the_manifest_and_nothing_else_changes(
    command: Command, sample: Path, tmp_path: Path
) -> None:
    assert command(sample, "--benchmark", "hard", "--output_dir", "plain").returncode == 0
    words = [sample, "--benchmark", "hard", "--preview", "2", "--images", sample.parent]
    done = command(*words, "--output_dir", "drawn")
    assert (done.returncode, done.stderr) == (0, "")
    plain, drawn = contents(tmp_path / "plain"), contents(tmp_path / "drawn")
    pictures = {name for name in drawn if name.endswith(".png")}
    assert len(pictures) == 4
    assert {name.split(".preview-")[0] for name in pictures} == {"instances_train2017", "instances_val2017"}
    assert all(name in done.stdout for name in pictures)
    assert "plain ground" not in done.stdout
    assert {name for name in drawn if name not in pictures} == set(plain)
    assert all(drawn[name] == plain[name] for name in plain if name != "manifest.json")
    outputs = {entry["file"]: entry["sha256"] for entry in json.loads(drawn["manifest.json"])["outputs"]}
    assert all(outputs[name] == hashlib.sha256(drawn[name]).hexdigest() for name in pictures)

    assert command(*words, "--output_dir", "again").returncode == 0
    again = contents(tmp_path / "again")
    assert all(again[name] == drawn[name] for name in pictures)

    assert command(*words[:-4], "--preview", "1", "--output_dir", "drawn", "--overwrite").returncode == 0
    assert len(list((tmp_path / "drawn").glob("*.png"))) == 2  # those of the earlier run are gone


def test_the_photograph_and_the_change_are_seen(command: Command, tiny: dict[str, Any], tmp_path: Path) -> None:
    """On a white photograph: on the left a square, and on the right one that has grown."""
    tiny["annotations"] = [{**tiny["annotations"][1], "id": 2, "image_id": 1}]
    tiny["images"][0]["file_name"] = "white.png"
    tiny["images"] = tiny["images"][:1]
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    (tmp_path / "photographs").mkdir()
    cv2.imwrite(str(tmp_path / "photographs" / "white.png"), np.full((48, 64, 3), 255, np.uint8))
    seed = next(
        seed
        for seed in range(20)
        if noise(tiny, corruption_values={"rand": [1, 15]}, seed=seed).dataset["annotations"][0]["area"] > 400
    )
    words = ["--seed", seed, "--preview", "1", "--images", "photographs", "--output_dir", "out"]
    done = command("tiny.json", "--corruption_values", "{'rand': [1, 15]}", *words)
    assert done.returncode == 0, done.stderr
    picture = np.asarray(cv2.imread(str(tmp_path / "out" / "tiny.preview-1.png")))
    ours = np.all(np.abs(picture.astype(int) - (226, 201, 158)) < 25, axis=2)  # blue at 0.38 on white
    left, right = np.count_nonzero(ours[:, : len(ours[0]) // 2]), np.count_nonzero(ours[:, len(ours[0]) // 2 :])
    clean_px, noisy_px = 20 * 20, 34 * 34
    assert right / left == pytest.approx(noisy_px / clean_px, rel=0.15)


def test_missing_photographs_are_counted_and_those_there_come_first(
    command: Command, coco_tiny: Path, tmp_path: Path
) -> None:
    """Of the images of train2017, 4 have a photograph, of those of val2017 8."""
    there = set()
    for split, count in (("train2017", 4), ("val2017", 8)):
        (tmp_path / "photographs" / split).mkdir(parents=True)
        for path in sorted((coco_tiny.parent / split).glob("*.jpg"))[-count:]:
            shutil.copy(path, tmp_path / "photographs" / split)
            there.add(int(path.stem))
    done = command(coco_tiny, "--benchmark", "easy", "--preview", "5", "--images", "photographs")
    assert done.returncode == 0, done.stderr
    assert "\n1 of them on a plain ground: photographs has no photograph" in done.stdout
    shown = {int(image_id) for image_id in re.findall(r"preview-(\d+)\.png", done.stdout)}
    assert len(shown) == 10
    assert len(shown & there) == 9


def test_names_are_taken_as_they_are(command: Command, tiny: dict[str, Any], tmp_path: Path) -> None:
    """Signs that mean something to matplotlib, nothing at all, and a file's name that is missing."""
    for category, name in zip(tiny["categories"], ("$a_{b", "", "x" * 300), strict=True):
        category["name"] = name
    tiny["images"][0] |= {"file_name": 7, "coco_url": ["http://"]}
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    done = command("tiny.json", "--corruption_values", "{'flip_class': 1}", "--preview", "2", "--images", ".")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "noisy_data_custom").glob("*.png"))) == 2


def test_a_broken_photograph_is_missing(command: Command, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "photographs").mkdir()
    for path in (sample.parent / "val2017").iterdir():
        (tmp_path / "photographs" / path.name).write_bytes(path.read_bytes()[:100])
    done = command(sample, "--splits", "val", "--benchmark", "easy", "--preview", "2", "--images", "photographs")
    assert done.returncode == 0, done.stderr
    assert "\n2 of them on a plain ground" in done.stdout


def test_which_images_are_drawn(command: Command, coco_tiny: Path, tmp_path: Path) -> None:
    """Those with the most changed annotations among images with at most 15, told from the two files."""
    done = command(coco_tiny / "instances_val2017.json", "--benchmark", "medium", "--preview", "3", "--output_dir", "o")
    assert done.returncode == 0, done.stderr
    clean = json.loads((coco_tiny / "instances_val2017.json").read_text())["annotations"]
    noisy = {a["id"]: a for a in json.loads((tmp_path / "o" / "instances_val2017.json").read_text())["annotations"]}
    changed = Counter(
        a["image_id"] for a in clean if any(noisy[a["id"]][key] != a[key] for key in ("segmentation", "category_id"))
    )
    count = Counter(a["image_id"] for a in clean)
    best = sorted((-changed[image_id], image_id) for image_id in count if count[image_id] <= 15)[:3]
    found = {path.name for path in (tmp_path / "o").glob("*.png")}
    assert found == {f"instances_val2017.preview-{image_id}.png" for _, image_id in best}


def test_crowded_images_come_last(tiny: dict[str, Any], tmp_path: Path) -> None:
    one = tiny["annotations"][0]
    tiny["annotations"] = [{**one, "id": number, "image_id": 1 if number < 16 else 2} for number in range(18)]
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    file = read(tmp_path / "tiny.json")
    assert [image.id for image in by_interest(by_image(file), {1: 16, 2: 1})] == [2, 1]
    tiny["annotations"].pop(0)
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    file = read(tmp_path / "tiny.json")
    assert [image.id for image in by_interest(by_image(file), {1: 15, 2: 1})] == [1, 2]


def test_dropped_annotations_and_other_ids_are_no_trouble(command: Command, sample: Path, tmp_path: Path) -> None:
    values = "{'rand': [0.9, 31], 'flip_class': 0.5}"
    done = command(sample, "--corruption_values", values, "--on_empty", "drop", "--preview", "30", "--splits", "val")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "noisy_data_custom").glob("*.png"))) == 24
    with (tmp_path / "noisy_data_custom" / "instances_val2017.noise.csv").open() as file:
        assert any(row["mask_outcome"] == "dropped" for row in csv.DictReader(file))


def test_what_is_drawn_is_what_the_file_says(sample: Path) -> None:
    file = read(sample / "instances_val2017.json")
    (image,) = [image for image in file.tables.images if image.id == 2056]
    (star,) = [one for one in instances_of(file, [image])[2056] if one.id == 20066]
    assert (star.category, int(star.mask.pixels.sum())) == ("star", 3677)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--preview", "0"], "--preview must be 1 or more, not 0"),
        (["--preview", "1", "--images", "nowhere"], "--images nowhere is not a folder"),
        (["--images", "."], "--images is where --preview finds photographs; say how many images with --preview N"),
        (
            ["--preview", "1", "--dry_run"],
            "--preview draws pictures into the output folder, but --dry_run writes nothing",
        ),
    ],
)
def test_usage_that_makes_no_sense_is_said_before_any_work(
    command: Command, sample: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    done = command(sample, "--benchmark", "easy", *words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {message}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("noise_annotations", "{sample} --benchmark easy --preview 1"),
        ("show_noise", "none {sample}/instances_val2017.json --annotation 20066"),
    ],
)
def test_without_matplotlib_one_sentence_says_how_to_install_it(
    sample: Path, tmp_path: Path, program: str, words: str
) -> None:
    code = f"import sys; sys.modules['matplotlib'] = None; sys.path.insert(0, {str(ROOT)!r}); import {program}; "
    code += f"sys.exit({program}.main({words.format(sample=sample).split()!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    name = "--preview" if program == "noise_annotations" else "show_noise.py"
    assert done.stderr == f"error: {name} needs matplotlib: pip install -r requirements-measure.txt\n"
    assert list(tmp_path.iterdir()) == []


def test_long_names_stop_no_picture(tiny_file: Path, tmp_path: Path) -> None:
    dataset = json.loads(tiny_file.read_text())
    dataset["images"][0]["file_name"] = "x" * 5000
    dataset["images"][1]["file_name"] = "../" * 1000 + "x"
    dataset["categories"][0]["name"] = "long\n" * 1000
    tiny_file.write_text(json.dumps(dataset))
    words = ["--benchmark", "hard", "--preview", "2", "--images", str(tmp_path), "--output_dir", str(tmp_path / "out")]
    assert main([str(tiny_file), *words]) == 0
    assert len(list((tmp_path / "out").glob("*.png"))) == 2
