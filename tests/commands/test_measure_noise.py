"""measure_noise.py as its users meet it."""

import copy
import csv
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from noise_annotations import noise
from tests.annotation_files import AnnotationFiles
from tests.conftest import ROOT, Command
from tests.speed import tiled

pytest.importorskip("faster_coco_eval", reason="needs faster_coco_eval: pip install -r requirements-measure.txt")
pytest.importorskip("jinja2", reason="needs jinja2: pip install -r requirements-measure.txt")
pytest.importorskip("matplotlib", reason="needs matplotlib: pip install -r requirements-measure.txt")
pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")

import annotation_noise.measures.inputs
from annotation_noise.measures.image_pairs import ImagePairs
from measure_noise import main

Dataset = dict[str, Any]
Measure = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """Run measure_noise.py as a user does, in an empty folder."""

    def run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
        program = [sys.executable, str(ROOT / "measure_noise.py"), *map(str, words)]
        return subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=280, check=False)

    return run


@pytest.fixture
def files(tmp_path: Path, tiny: Dataset) -> Callable[..., list[Path]]:
    """Write the tiny dataset twice, the second time changed."""

    def write(change: Callable[[Dataset], object] = lambda _: None) -> list[Path]:
        noisy = copy.deepcopy(tiny)
        change(noisy)
        paths = [tmp_path / "clean.json", tmp_path / "noisy.json"]
        for path, dataset in zip(paths, (tiny, noisy), strict=True):
            path.write_text(json.dumps(dataset))
        return paths

    return write


def report_of(folder: Path) -> Any:
    return json.loads((folder / "report.json").read_text())


def test_the_sample(command: Command, measure: Measure, sample: Path, tmp_path: Path) -> None:
    command(sample, "--benchmark", "medium")
    inputs = sample / "instances_val2017.json", tmp_path / "noisy_data_medium" / "instances_val2017.json"
    before = [hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs]
    done = measure(*inputs, "--images", sample.parent / "val2017")
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "noise_report"
    assert {path.name for path in folder.iterdir()} == {"report.html", "report.json", "report.md"}
    assert done.stdout.splitlines()[-1] == str(Path("noise_report") / "report.html")
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs] == before

    report = report_of(folder)
    assert [report[side]["sha256"] for side in ("clean", "noisy")] == before
    with inputs[1].with_suffix(".noise.csv").open() as file:
        log = list(csv.DictReader(file))
    for row in report["by_noise"]:
        if row["name"] != "none":
            logged = [float(entry["iou"]) for entry in log if entry["noise"] == row["name"] and entry["iou"]]
            assert (row["matched"], row["iou"]["mean"]) == (len(logged), pytest.approx(sum(logged) / len(logged)))
            assert f"| {row['name']} | {row['matched']} |" in (folder / "report.md").read_text()
            assert f"{row['iou']['mean']:.3f}" in done.stdout
    annotations = json.loads(inputs[0].read_text())["annotations"]
    assert report["annotations_counted"]["crowds"] == sum(a["iscrowd"] for a in annotations) > 0
    assert report["all"]["matched"] == len(annotations) - report["annotations_counted"]["crowds"]
    assert report["classes"]["changed"] * report["all"]["matched"] == pytest.approx(
        sum(entry["class_noise"] == "true" for entry in log)
    )


def test_a_file_and_itself(measure: Measure, sample: Path, tmp_path: Path) -> None:
    path = sample / "instances_val2017.json"
    assert measure(path, path).returncode == 0
    report = report_of(tmp_path / "noise_report")
    assert report["all"]["iou"] == report["all"]["boundary_iou"] == {"mean": 1.0, "median": 1.0}
    assert report["all"]["hausdorff95_px"] == report["all"]["area_change"] == {"mean": 0.0, "median": 0.0}
    for found in report["average_precision"].values():
        assert set(found.values()) <= {1.0, None}
    assert report["classes"]["changed"] == report["all"]["missing"] == report["all"]["extra"] == 0


@pytest.mark.slow
def test_ids_anew_give_the_same_measures(measure: Measure, coco_tiny: Path, tmp_path: Path) -> None:
    """With other ids, masks are matched by overlap; on noise this mild that finds the same pairs."""
    clean_path = coco_tiny / "instances_val2017.json"
    clean = json.loads(clean_path.read_text())
    noisy = noise(clean, corruption_values={"rand": [1.0, 3], "flip_class": 0.3}, seed=3).dataset
    for annotation in noisy["annotations"]:
        del annotation["boundary_type"]
    (tmp_path / "same_ids.json").write_text(json.dumps(noisy))
    for number, annotation in enumerate(noisy["annotations"]):
        annotation["id"] = number + 1
    noisy["annotations"].reverse()
    (tmp_path / "new_ids.json").write_text(json.dumps(noisy))
    reports = []
    for name in ("same_ids", "new_ids"):
        assert measure(clean_path, f"{name}.json", "--output_dir", name).returncode == 0
        reports.append(report_of(tmp_path / name))
    assert [report["matched_by"] for report in reports] == ["id", "mask overlap"]
    pairs = [
        {
            (clean_id, iou)
            for clean_id, noisy_id, iou in zip(
                *(report["annotations"][key] for key in ("clean_id", "noisy_id", "iou")), strict=True
            )
            if noisy_id is not None
        }
        for report in reports
    ]
    assert len(pairs[0] & pairs[1]) > 0.97 * len(pairs[0])
    assert "by mask overlap" in (tmp_path / "new_ids" / "report.md").read_text()


def test_missing_extra_and_emptied(measure: Measure, files: Callable[..., list[Path]], tmp_path: Path) -> None:
    """Of ids 5, 2, 9, 4 and 2^40: 5 is moved, 2 lost, 9 emptied, 4 without a segmentation, and 7 is new."""

    def change(dataset: Dataset) -> None:
        moved, lost, emptied, none, _ = dataset["annotations"]
        moved["segmentation"] = [[15.0, 10.0, 35.0, 10.0, 35.0, 30.0, 15.0, 30.0]]
        moved["category_id"] = 7
        emptied["segmentation"] = []
        del none["segmentation"]
        dataset["annotations"].append({**lost, "id": 7})
        dataset["annotations"].remove(lost)

    done = measure(*files(change))
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path / "noise_report")
    found = report["all"]
    assert (found["matched"], found["missing"], found["extra"], found["emptied"]) == (4, 1, 1, 2)
    # 20 x 20 moved by 5: 300 in common, 500 in either.
    assert found["iou"]["mean"] == pytest.approx((300 / 500 + 0 + 0 + 1) / 4)
    assert found["class_changed"] == 1 / 4
    rows = report["annotations"]
    assert dict(zip(rows["clean_id"], rows["area_change"], strict=True)) == {
        5: 0,
        2: None,
        9: -1,
        4: -1,
        2**40: 0,
        None: None,
    }
    # One of five is found, by an extra one of equal mask another: two detections that match, of two. (The moved one
    # has another category.) Recall 2/5: precision 1 at 41 of 101 recalls.
    assert report["average_precision"]["mask"]["AP"] == pytest.approx(41 / 101)


def test_forms_of_masks_are_all_one(measure: Measure, files: Callable[..., list[Path]], tmp_path: Path) -> None:
    """Run lengths as a list, compressed run lengths and polygons of the same square; no iscrowd, no area, no bbox."""
    counts = [10 * 48 + 10, 20] + [28, 20] * 19
    counts.append(48 * 64 - sum(counts))
    on_first = {"size": [48, 64], "counts": counts}

    def change(dataset: Dataset) -> None:
        for annotation in dataset["annotations"]:
            for key in ("iscrowd", "area", "bbox"):
                del annotation[key]
            if annotation["image_id"] == 1:
                annotation["segmentation"] = on_first

    assert measure(*files(change)).returncode == 0
    report = report_of(tmp_path / "noise_report")
    assert report["all"]["iou"]["mean"] == report["average_precision"]["mask"]["AP"] == 1.0


@pytest.mark.slow
def test_workers_and_runs_give_the_same_report(
    tmp_path: Path, coco_tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The input is large enough that worker processes start."""
    monkeypatch.chdir(tmp_path)
    tiled(coco_tiny, 3_000, tmp_path / "clean.json")
    clean = json.loads((tmp_path / "clean.json").read_text())
    (tmp_path / "noisy.json").write_text(json.dumps(noise(clean, benchmark="medium").dataset))
    for workers in ("1", "2"):
        assert main(["clean.json", "noisy.json", "--workers", workers, "--output_dir", f"by_{workers}"]) == 0
    one, two = (report_of(tmp_path / f"by_{workers}") for workers in "12")
    assert one.pop("command") != two.pop("command")
    assert one == two


def test_other_images_and_categories_are_left_out(
    measure: Measure, files: Callable[..., list[Path]], tmp_path: Path
) -> None:
    """Image 1 is only in the clean file, image 3 only in the other, where a category is known that the clean lacks."""

    def change(dataset: Dataset) -> None:
        dataset["images"][0].update(id=3, file_name=None)
        dataset["categories"].append({"id": 9, "name": "new"})
        for annotation in dataset["annotations"]:
            if annotation["image_id"] == 1:
                annotation["image_id"] = 3
            annotation["category_id"] = 9

    paths = files(change)
    assert measure(*paths, "--images", tmp_path).returncode == 0
    report = report_of(tmp_path / "noise_report")
    assert report["images"] == {"common": 1, "only_clean": 1, "only_noisy": 1}
    assert (report["all"]["matched"], report["all"]["missing"], report["all"]["extra"]) == (2, 0, 0)
    assert [(e["clean"], e["noisy"], e["count"]) for e in report["classes"]["matrix"]] == [("cat", "new", 2)]
    assert report["average_precision"]["mask"]["AP"] == 0.0
    text = (tmp_path / "noise_report" / "report.md").read_text()
    assert "1 image in common" in text
    assert "1 image of the clean file only, 1 image of the noisy file only." in text


def test_ids_that_may_not_mean_the_same_are_told(measure: Measure, coco_tiny: Path, tmp_path: Path) -> None:
    """Another tool numbers classes and images by itself."""
    clean = coco_tiny / "instances_val2017.json"
    dataset = json.loads(clean.read_text())
    first, second = dataset["categories"][:2]
    first["name"], second["name"] = second["name"], first["name"]
    image = dataset["images"][3]
    before, image["file_name"] = image["file_name"], "other.jpg"
    (tmp_path / "noisy.json").write_text(json.dumps(dataset))
    done = measure(clean, tmp_path / "noisy.json", "--no_boundary")
    assert done.returncode == 0
    taken = "they are taken for the same, as their ids are"
    assert done.stderr.splitlines() == [
        f"note: category {first['id']} is called {second['name']} in {clean} and {first['name']} in "
        f"{tmp_path / 'noisy.json'} (and 1 more); {taken}",
        f"note: image {image['id']} is called {before} in {clean} and other.jpg in {tmp_path / 'noisy.json'}; {taken}",
    ]


def test_nothing_on_the_common_images(measure: Measure, files: Callable[..., list[Path]], tmp_path: Path) -> None:
    """All annotations of both files are on images that the other does not have."""

    def change(dataset: Dataset) -> None:
        dataset["images"] = [{"id": 5, "width": 64, "height": 48}, {"id": 6, "width": 9, "height": 9}]
        for annotation in dataset["annotations"]:
            annotation["image_id"] = 5

    clean, noisy = files(change)
    dataset = json.loads(clean.read_text())
    clean.write_text(json.dumps({**dataset, "images": [*dataset["images"], {"id": 6, "width": 9, "height": 9}]}))
    done = measure(clean, noisy)
    assert (done.returncode, done.stderr) == (0, "")
    found = report_of(tmp_path / "noise_report")["all"]
    assert (found["matched"], found["share"], found["iou"]) == (0, None, {"mean": None, "median": None})


def test_more_of_a_category_than_ap_counts(measure: Measure, files: Callable[..., list[Path]], tmp_path: Path) -> None:
    def change(dataset: Dataset) -> None:
        one = dataset["annotations"][0]
        dataset["annotations"] += [{**one, "id": 1000 + number} for number in range(150)]

    measure(*files(change))
    report = report_of(tmp_path / "noise_report")
    counts = {
        image: [a["image_id"] for a in json.loads((tmp_path / "noisy.json").read_text())["annotations"]].count(image)
        for image in (1, 2)
    }
    assert report["annotations_counted"]["beyond_most_detections"] == max(counts.values()) - 100 > 0
    assert "COCOeval takes 100 of a category" in (tmp_path / "noise_report" / "report.md").read_text()


def test_without_boundaries(measure: Measure, files: Callable[..., list[Path]], tmp_path: Path) -> None:
    done = measure(*files(), "--no_boundary")
    report = report_of(tmp_path / "noise_report")
    assert list(report["average_precision"]) == ["mask"]
    assert report["all"]["boundary_iou"] == {"mean": None, "median": None}
    assert "Boundary" not in done.stdout + (tmp_path / "noise_report" / "report.md").read_text()


def test_per_category(measure: Measure, sample: Path, tmp_path: Path) -> None:
    path = sample / "instances_val2017.json"
    assert "category" not in measure(path, path).stdout
    assert "\ncategory " in measure(path, path, "--per_category", "--overwrite").stdout
    assert "## By category" in (tmp_path / "noise_report" / "report.md").read_text()
    assert len(report_of(tmp_path / "noise_report")["by_category"]) == 6


def test_images_that_are_not_there(measure: Measure, sample: Path, tmp_path: Path, command: Command) -> None:
    command(sample, "--benchmark", "easy")
    inputs = sample / "instances_val2017.json", tmp_path / "noisy_data_easy" / "instances_val2017.json"
    shutil.copytree(sample.parent / "val2017", tmp_path / "images")
    some = sorted((tmp_path / "images").iterdir())
    for path in some[::3]:
        path.unlink()
    some[1].write_bytes(b"not a picture")
    some[4].write_bytes(b"")
    done = measure(*inputs, "--images", "images")
    assert done.returncode == 0
    assert "instances in the gallery are shown without their photograph" in done.stderr
    assert "instances in the gallery are shown without their photograph" in (
        tmp_path / "noise_report" / "report.html"
    ).read_text(encoding="utf-8")
    page = (tmp_path / "noise_report" / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg") > 0 < page.count('<img src="data:image/png')


def test_an_earlier_report_is_kept_unless_said(
    measure: Measure, files: Callable[..., list[Path]], tmp_path: Path
) -> None:
    paths = files()
    assert measure(*paths).returncode == 0
    (tmp_path / "noise_report" / "mine.txt").write_text("stays")
    before = (tmp_path / "noise_report" / "report.json").read_bytes()
    refused = measure(*paths)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "--overwrite" in refused.stderr
    assert measure(*paths, "--overwrite", "--no_boundary").returncode == 0
    assert (tmp_path / "noise_report" / "report.json").read_bytes() != before
    assert (tmp_path / "noise_report" / "mine.txt").read_text() == "stays"


def rename_images(dataset: Dataset) -> None:
    for entry in (*dataset["images"], *dataset["annotations"]):
        entry["id" if "width" in entry else "image_id"] += 100


def resize(dataset: Dataset) -> None:
    dataset["images"][1]["width"] = 41


def short_ring(dataset: Dataset) -> None:
    dataset["annotations"][3]["segmentation"] = [[1.0, 2.0, 3.0]]


def huge_image_id(dataset: Dataset) -> None:
    dataset["images"][0]["id"] = 2**70
    for annotation in dataset["annotations"]:
        annotation["image_id"] = 2**70


def other_frame(dataset: Dataset) -> None:
    dataset["annotations"][0]["segmentation"] = {"size": [9, 9], "counts": [81]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (rename_images, "no image in common"),
        (resize, "noisy.json: image 2 is 41 x 40, but 40 x 40 in "),
        (short_ring, "noisy.json: annotations[3].segmentation[0] has 3 numbers"),
        (other_frame, "noisy.json: annotations[0].segmentation.size is 9 x 9"),
        (huge_image_id, "noisy.json: an image id needs more than 64 bits"),
        (lambda dataset: dataset["annotations"].clear(), "noisy.json: has no annotations"),
        (lambda dataset: dataset.pop("images"), "noisy.json: `images` is missing"),
        (lambda dataset: dataset["annotations"][1].update(id=5), "annotations[1].id: 5 is there twice"),
    ],
)
def test_what_cannot_be_measured_is_said(
    measure: Measure, files: Callable[..., list[Path]], tmp_path: Path, change: Any, said: str
) -> None:
    paths = files(change)
    done = measure(*paths)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert sorted(tmp_path.iterdir()) == paths


def test_bad_words(measure: Measure, files: Callable[..., list[Path]], tmp_path: Path) -> None:
    clean, noisy = files()
    (tmp_path / "empty.json").touch()
    for words, said in (
        ((clean, "nothing.json"), "nothing.json: cannot be read: No such file"),
        ((clean, "empty.json"), "empty.json: not JSON: the file is empty"),
        ((tmp_path, noisy), "cannot be read"),
        ((clean, noisy, "--images", "nowhere"), "--images: there is no folder nowhere"),
        ((clean, noisy, "--workers", "0"), "--workers must be at least 1"),
        ((clean, noisy, "--output_dir", tmp_path), "is the folder of the input"),
        ((clean, noisy, "--output_dir", clean / "report"), "is not a folder"),
    ):
        done = measure(*words)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), words
        assert said in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"clean.json", "noisy.json", "empty.json"}


def test_the_help_is_fast_and_says_what_is_written(measure: Measure) -> None:
    program = "import sys; from annotation_noise.commands.measure_options import parser; "
    program += "parser().format_help(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"numpy", "matplotlib", "scipy", "cv2"} & set(done.stdout.split())
    assert "report.html" in measure("--help").stdout


def test_a_run_that_is_ended_leaves_nothing(tmp_path: Path, drawn: AnnotationFiles) -> None:
    """A polite kill in the middle of the work, or before the program has got ready for one."""
    tiled(drawn.coco, 20_000, tmp_path / "clean.json")
    words = [sys.executable, str(ROOT / "measure_noise.py"), "clean.json", "clean.json", "--output_dir", "out"]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        time.sleep(2)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=120)
    assert process.returncode in (130, -signal.SIGTERM)
    assert process.returncode < 0 or said.splitlines()[-1] == "interrupted; nothing was written"
    assert [path.name for path in tmp_path.iterdir()] == ["clean.json"]


def test_a_worker_that_is_killed_ends_the_run(
    tmp_path: Path, drawn: AnnotationFiles, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiled(drawn.coco, 3_000, tmp_path / "clean.json")
    whole = annotation_noise.measures.inputs.shared_out

    def killing(*words: Any) -> Iterator[ImagePairs]:
        yield from whole(*words)
        os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)

    monkeypatch.setattr(annotation_noise.measures.inputs, "shared_out", killing)
    path = str(tmp_path / "clean.json")
    assert main([path, path, "--workers", "2", "--output_dir", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        "error: a worker process died: it was killed, or ran out of memory; nothing was written\n"
    )
    assert multiprocessing.active_children() == []
    assert [path.name for path in tmp_path.iterdir()] == ["clean.json"]


def test_a_clean_file_that_says_it_is_noisy_is_told(measure: Measure, files: Callable[..., list[Path]]) -> None:
    clean, noisy = files()
    clean.write_text(
        json.dumps({**json.loads(clean.read_text()), "annotation_noise": {"benchmark": "easy", "seed": 3}})
    )
    result = measure(clean, noisy)
    assert result.returncode == 0
    assert f"note: {clean} says that it is noisy already (benchmark easy, seed 3); it is measured" in result.stderr
