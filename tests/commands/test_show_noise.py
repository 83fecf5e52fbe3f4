"""The figure of one instance under every noise."""

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from pycocotools.coco import COCO

import show_noise
from annotation_noise.coco.file import read
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.geometry.boxes import Box
from annotation_noise.geometry.masks import to_frame
from noise_annotations import noise
from noisers import Noiser, load
from tests.conftest import ROOT

pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install -r requirements-measure.txt")

from annotation_noise.commands.show import noisy_instances
from annotation_noise.commands.show_cells import level_cells, noisy_cells
from annotation_noise.geometry import segmentations
from annotation_noise.reports.noise_figure import window

Show = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def show(tmp_path: Path) -> Show:
    """Run show_noise.py as a user does, in an empty folder."""

    def run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
        program = [sys.executable, str(ROOT / "show_noise.py"), *map(str, words)]
        return subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    return run


def test_each_cell_is_what_the_annotation_gets(coco_tiny: Path) -> None:
    """Masks equal those in a dataset that is noised with that noise alone, and `rand` goes both ways."""
    path = coco_tiny / "instances_val2017.json"
    dataset, coco = json.loads(path.read_text()), COCO(str(path))
    chosen = [a for a in dataset["annotations"] if not a["iscrowd"]][::40]
    for annotation in chosen:
        image = msgspec.convert(coco.imgs[annotation["image_id"]], Image)
        clean = segmentations.read_mask(annotation["segmentation"], image.height, image.width)
        cells = noisy_cells(msgspec.convert(annotation, Annotation), image, clean, seed=3)
        *names, both = cells
        assert names == ["approximation", "localization", "rand"]
        seeds = {**dict.fromkeys(names, 3), both: int(both.removeprefix("rand, seed "))}
        for level in ("easy", "medium", "hard"):
            operations = {cells[name][level].caption.split(", ")[1] for name in ("rand", both)}
            assert operations == {"dilate", "erode"}
        for row, of_level in cells.items():
            name = row.split(",")[0]
            assert list(of_level) == ["easy", "medium", "hard"]
            for level, cell in of_level.items():
                strength = BENCHMARKS[level][name][1]  # type: ignore[index]
                alone = {**dataset, "annotations": [annotation]}
                made = noise(alone, corruption_values={name: [1, strength]}, seed=seeds[row], segmentation="rle")
                if cell.noisy is None:
                    assert made.changes[0].mask_outcome == "would_be_empty"
                    assert cell.caption.endswith("nothing is left")
                else:
                    expected = coco.annToMask(made.dataset["annotations"][0])
                    assert np.array_equal(to_frame(cell.noisy), expected)
                    assert cell.caption.endswith(f"IoU {made.changes[0].iou:.2f}" if made.changes else "IoU 1.00")


ONE_ALONE = [noise for noise in load().values() if noise.kind in ("mask", "box")]


@pytest.mark.parametrize("shown", ONE_ALONE, ids=lambda shown: shown.name)
def test_each_cell_of_a_noise_is_what_the_annotation_gets(shown: Noiser, sample: Path) -> None:
    """At its levels, mild to strong, or as in its example; by the dataset that is noised with that noise alone."""
    dataset = json.loads((sample / "instances_val2017.json").read_text())
    (annotation,) = [a for a in dataset["annotations"] if a["id"] == 20066]
    coco = COCO(str(sample / "instances_val2017.json"))
    image = msgspec.convert(coco.imgs[annotation["image_id"]], Image)
    clean = segmentations.read_mask(annotation["segmentation"], image.height, image.width)
    cells = level_cells(shown, msgspec.convert(annotation, Annotation), image, clean, seed=3)
    levels = shown.levels or (shown.example,)
    assert len(cells) == len(levels)
    for level, (head, cell) in zip(levels, cells.items(), strict=True):
        values = {shown.name: {"share": 1, **level}}
        made = noise({**dataset, "annotations": [annotation]}, corruption_values=values, seed=3, segmentation="rle")
        (noisy,) = made.dataset["annotations"]
        assert cell.noisy is not None
        assert np.array_equal(to_frame(cell.noisy), coco.annToMask(noisy))
        assert (cell.box is None) == (shown.kind == "mask")
        assert cell.box is None or list(cell.box) == noisy["bbox"]
        assert all(f"{value:.4g}" in head for value in level.values() if value not in shown.example.values())
        assert cell.caption.endswith(f"IoU {made.changes[0].steps[0].iou:.2f}" if made.changes else "IoU 1.00")


@pytest.mark.parametrize(
    "values", [{"copy_from": {"share": 0.5}}, {"flip_class": {"share": {"exact": 0.5}}}, {"flip_present": 1}]
)
def test_an_image_is_what_the_whole_file_makes_of_it(values: dict[str, Any], sample: Path) -> None:
    """Donors stand in other images, and an exact share is one of all annotations."""
    file = read(sample / "instances_val2017.json")
    (image,) = [image for image in file.tables.images if image.id == 2056]
    drawn = noisy_instances(file, values, [image], 5)[2056]
    made = noise(json.loads((sample / "instances_val2017.json").read_text()), corruption_values=values, seed=5)
    expected = {a["id"]: a["category_id"] for a in made.dataset["annotations"] if a["image_id"] == 2056}
    assert {instance.id: instance.category_id for instance in drawn} == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--noise elastic", "annotation 20066 under elastic"),
        ("--noise box_side", "annotation 20066 under box_side"),
        ("--noise flip_symmetric", "the image of annotation 20066 under flip_symmetric"),
        ("--noise copy_from", "the image of annotation 20066 under copy_from"),
        ("--benchmark una/20", "the image of annotation 20066 under una/20"),
        ("--corruption_values {missing:[1,0]}", "the image of annotation 20066 under values of your own"),
    ],
)
def test_any_noise_and_any_preset_is_drawn(words: str, said: str, sample: Path, tmp_path: Path) -> None:
    target = tmp_path / "drawn.png"
    file = str(sample / "instances_val2017.json")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert show_noise.main(["none", file, "--annotation", "20066", "--output", str(target), *words.split()]) == 0
    assert printed.getvalue() == f"{said} -> {target}\n"
    picture = cv2.imread(str(target))
    assert picture is not None and min(picture.shape[:2]) > 200
    assert [path.name for path in tmp_path.iterdir()] == ["drawn.png"]


def test_the_picture_and_nothing_else_is_written(show: Show, sample: Path, tmp_path: Path) -> None:
    file, photograph = sample / "instances_val2017.json", sample.parent / "val2017" / "000000002056.png"
    before = file.read_bytes(), photograph.read_bytes()
    done = show(photograph, file, "--annotation", "20066")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "annotation 20066 under every noise -> noise_of_20066.png\n"
    assert [path.name for path in tmp_path.iterdir()] == ["noise_of_20066.png"]
    picture = cv2.imread(str(tmp_path / "noise_of_20066.png"))
    assert picture is not None and min(picture.shape[:2]) > 600
    assert (file.read_bytes(), photograph.read_bytes()) == before
    assert show("none", file, "--annotation", "20066", "--output", "plain.png").returncode == 0
    plain = cv2.imread(str(tmp_path / "plain.png"))
    assert plain is not None and plain.shape == picture.shape and (plain != picture).any()


def test_an_instance_that_nothing_is_left_of(show: Show, tiny: dict[str, Any], tmp_path: Path) -> None:
    """A square of two pixels has no erosion."""
    tiny["annotations"] = [{**tiny["annotations"][0], "segmentation": [[5, 5, 7, 5, 7, 7, 5, 7]]}]
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    for seed in (*range(4), 2**64 - 1):  # whose next one is 0
        assert show("none", "tiny.json", "--annotation", "5", "--seed", seed, "--overwrite").returncode == 0


def test_the_window_holds_all_that_is_drawn_and_some_space() -> None:
    left, top, right, bottom = window([Box(10, 20, 30, 6)])
    assert left < 10 and top < 20 and right > 40 and bottom > 26
    assert (left + right, top + bottom) == (50, 46)
    assert (bottom - top) / (right - left) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("none FILE --annotation 7", "FILE: there is no annotation with id 7"),
        (
            "nowhere.png FILE --annotation 20066",
            "nowhere.png does not exist; give the photograph 000000002056.png, or none",
        ),
        (
            "FILE FILE --annotation 20066",
            "FILE is no photograph of 320 x 240 pixels, which 000000002056.png is; or give none",
        ),
        ("none nowhere.json --annotation 7", "nowhere.json: cannot be read: No such file or directory"),
        ("none FILE --annotation 20066 --seed -1", "the seed must lie between 0 and 2^64 - 1, not -1"),
        (
            "none FILE --annotation 20066 --output a.pdf",
            "--output a.pdf: the picture is a PNG file, so its name must end in .png",
        ),
        ("none FILE --annotation 20066 --output no/where.png", "--output no/where.png: there is no folder no"),
        (
            "none FILE --annotation 20066 --noise flip_pairs",
            "--noise flip_pairs does nothing without pairs; give it by --corruption_values",
        ),
        (
            "none FILE --annotation 20066 --noise rand --benchmark easy",
            "--benchmark: not allowed with argument --noise",
        ),
        (
            "none FILE --annotation 20066 --corruption_values [{rand:[1,3]},{rand:[1,5]}]",
            "--corruption_values must be one dict here, not 2",
        ),
        (
            "none FILE --annotation 20066 --corruption_values {'rand':1}",
            "rand takes [share, kernel_px], 2 in all; not 1",
        ),
        (
            "none FILE --annotation 20066 --benchmark una",
            "una has several levels: una/5, una/10, una/15, una/20, una/25, una/30, una/35, una/40",
        ),
        (
            "none FILE --annotation 20066 --output there.png",
            "there.png exists; --overwrite replaces it, --output names another",
        ),
    ],
)
def test_errors_are_one_sentence(show: Show, sample: Path, tmp_path: Path, words: str, message: str) -> None:
    (tmp_path / "there.png").write_text("mine")
    file = str(sample / "instances_val2017.json")
    done = show(*words.replace("FILE", file).split())
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {message.replace('FILE', file)}\n")
    assert (tmp_path / "there.png").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_annotation_without_a_mask(show: Show, tiny: dict[str, Any], tmp_path: Path) -> None:
    tiny["annotations"][0]["segmentation"] = []
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    done = show("none", "tiny.json", "--annotation", "5")
    assert (done.returncode, done.stderr) == (2, "error: tiny.json: annotation 5 has no mask that could be shown\n")


def test_the_readmes_picture_is_what_its_command_draws(tmp_path: Path, sample: Path) -> None:
    """Nearly: another version of matplotlib may draw a letter or the rim of a line otherwise."""
    page = (ROOT / "docs" / "measuring.md").read_text().replace("\\\n", "")
    (line,) = [
        line for line in page.splitlines() if line.startswith("python show_noise.py") and "docs/noise.png" in line
    ]
    words = line.replace("examples/sample_dataset", str(sample.parent)).split()
    words[words.index("--output") + 1] = str(tmp_path / "noise.png")
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ours, committed = cv2.imread(str(tmp_path / "noise.png")), cv2.imread(str(ROOT / "docs" / "noise.png"))
    assert ours is not None and committed is not None and ours.shape == committed.shape
    assert (np.abs(ours.astype(int) - committed).max(axis=2) > 32).mean() < 0.02
    assert (ROOT / "docs" / "noise.png").stat().st_size < 200_000


def test_an_unknown_noise_is_said_with_those_there_are(show: Show, sample: Path) -> None:
    done = show("none", sample / "instances_val2017.json", "--annotation", "20066", "--noise", "elastik")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "error: there is no noise named 'elastik'; the noises are approximation, area_ratio, "
    )


def test_a_box_noise_needs_a_box(show: Show, tiny: dict[str, Any], tmp_path: Path) -> None:
    del tiny["annotations"][0]["bbox"]
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    done = show("none", "tiny.json", "--annotation", "5", "--noise", "box_side")
    assert (done.returncode, done.stderr) == (2, "error: tiny.json: annotation 5 has no bbox that could be shown\n")
