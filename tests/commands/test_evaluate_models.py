"""evaluate_models.py, as its users meet it."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from annotation_noise.reports.model_table import LEVELS, Line, ModelRow, costs, lines, table, with_row
from annotation_noise.reports.published import PUBLISHED
from noise_annotations import noise
from tests.conftest import ROOT

pytest.importorskip("faster_coco_eval", reason="needs faster-coco-eval: pip install -r requirements-measure.txt")

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Run evaluate_models.py as a user does, in the folder of the test."""

    def run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
        program = [sys.executable, str(ROOT / "evaluate_models.py"), *map(str, words)]
        return subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)

    return run


@pytest.fixture
def predictions(coco_tiny: Path, tmp_path: Path) -> Path:
    """For each level a model that has learnt its training data by heart: the noisy masks, with random scores."""
    clean = json.loads((coco_tiny / "instances_val2017.json").read_text())
    shutil.copy(coco_tiny / "instances_val2017.json", tmp_path / "gt.json")
    rng = np.random.default_rng(0)
    for level in LEVELS:
        # A clean model that makes mistakes too, or every level would cost against 100.
        values = {"benchmark": "easy", "seed": 9} if level == "clean" else {"benchmark": level, "seed": 1}
        noisy = noise(clean, **values, segmentation="rle")
        noised = {change.annotation_id for change in noisy.changes if change.mask_outcome == "noised"}
        found = [
            {key: a[key] for key in ("image_id", "category_id", "segmentation", "bbox")} | {"score": rng.random()}
            for a in noisy.dataset["annotations"]
            if a["id"] in noised  # the boxes of the others are not their masks'
        ]
        (tmp_path / f"{level}.json").write_text(json.dumps(found))
    return tmp_path


ALL = [f"{level}={level}.json" for level in LEVELS]


def expected(folder: Path, level: str, kind: str) -> list[float]:
    """AP, AP50, AP75, APs, APm, APl of pycocotools.

    Where a detection has a box, its loadRes takes the box's area for the size of the mask; hence without.
    """
    detections = json.loads((folder / f"{level}.json").read_text())
    if kind == "segm":
        detections = [{key: value for key, value in one.items() if key != "bbox"} for one in detections]
    with redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "gt.json"))
        evaluation = COCOeval(truth, truth.loadRes(detections), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(value) for value in evaluation.stats[:6]]


def test_the_numbers_are_cocoevals(evaluate: Evaluate, predictions: Path) -> None:
    words = ["--kinds", "bbox", "segm", "--details", "--format", "csv"]
    done = evaluate("--ground_truth", "gt.json", "--predictions", *ALL, *words)
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["measure"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    measures = ("AP", "AP50", "AP75", "APs", "APm", "APl")
    assert list(rows) == [f"{kind} {measure}" for kind in ("mask", "box") for measure in measures]
    for level in LEVELS:
        for kind, word in (("segm", "mask"), ("bbox", "box")):
            values = expected(predictions, level, kind)
            assert 0.05 < values[0] < 0.95
            for measure, value in zip(measures, values, strict=True):
                assert float(rows[f"{word} {measure}"][level]) == pytest.approx(100 * value, abs=5.1e-5)


def test_the_row_and_what_each_level_costs(evaluate: Evaluate, predictions: Path) -> None:
    done = evaluate("--ground_truth", "gt.json", "--predictions", *ALL, "--model", "by heart")
    assert done.returncode == 0
    values = [100 * expected(predictions, level, "segm")[0] for level in LEVELS]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    assert cells[2] == ["", "by heart", "", "mask AP", *(f"{value:.1f}" for value in values), "measured"]
    points, shares = cells[-2], cells[-1]
    assert points[1:] == [f"{value - values[0]:+.1f}" for value in values[1:]]
    assert shares[1:] == [f"{100 * (value - values[0]) / values[0]:+.1f}%" for value in values[1:]]


def test_boundary_ap_is_there_and_below_mask_ap(evaluate: Evaluate, predictions: Path) -> None:
    words = ["--kinds", "segm", "boundary", "--format", "csv"]
    done = evaluate("--ground_truth", "gt.json", "--predictions", "hard=hard.json", *words)
    mask, boundary = csv.DictReader(io.StringIO(done.stdout))
    assert boundary["measure"] == "Boundary AP"
    assert 0 < float(boundary["hard"]) < float(mask["hard"])
    assert (mask["clean"], mask["easy"], boundary["medium"]) == ("", "", "")


def test_rows_are_collected(evaluate: Evaluate, predictions: Path) -> None:
    truth = ["--ground_truth", "gt.json"]
    first = ["--model", "A & B", "--backbone", "R_50", "--dataset", "COCO-N", "--add_to", "results.json"]
    assert evaluate(*truth, "--predictions", ALL[0], *first).returncode == 0
    done = evaluate(*truth, "--predictions", *ALL[1:], *first)
    assert "mask AP, points" in done.stdout  # against the clean one of before
    assert evaluate(*truth, "--predictions", *ALL[:2], "--model", "C", "--add_to", "results.json").returncode == 0
    before = (predictions / "results.json").read_bytes()
    rows = list(csv.DictReader(io.StringIO(evaluate("--add_to", "results.json", "--format", "csv").stdout)))
    assert [row["model"] for row in rows] == ["A & B", "C"]
    assert all(rows[0][level] for level in LEVELS)
    assert (rows[1]["easy"] != "", rows[1]["hard"]) == (True, "")

    published = list(
        csv.DictReader(io.StringIO(evaluate("--add_to", "results.json", "--with_published", "--format", "csv").stdout))
    )
    assert [row["source"] for row in published] == ["published"] * 10 + ["measured"] * 2
    assert published[3]["easy"] == "" and published[3]["hard"] == "25.5000"

    latex = evaluate("--add_to", "results.json", "--with_published", "--format", "latex").stdout.splitlines()
    assert latex[0] == r"\begin{tabular}{llllrrrrl}"
    assert [line for line in latex if line.endswith("rule")] == [r"\toprule", r"\midrule", r"\bottomrule"]
    assert sum(line.endswith(r"\\") for line in latex) == 13
    assert all(len(re.findall(r"(?<!\\)&", line)) == 8 for line in latex if line.endswith(r"\\"))
    assert any(line.startswith(r"COCO-N & A \& B & R\_50 & mask AP & ") for line in latex)
    assert "COCO-N & HTC & R-50 & mask AP & 34.1 & -- & 28.4 & 25.5 & published \\\\" in latex
    assert (predictions / "results.json").read_bytes() == before


def test_two_evaluations_at_once_keep_both_rows(predictions: Path) -> None:
    """Each has read the file before the other has written it."""
    words = ["--ground_truth", "gt.json", "--predictions", *ALL, "--add_to", "results.json", "--model"]
    processes = [
        subprocess.Popen(
            [sys.executable, str(ROOT / "evaluate_models.py"), *words, name], cwd=predictions, stdout=subprocess.DEVNULL
        )
        for name in "ABC"
    ]
    assert [process.wait(timeout=300) for process in processes] == [0, 0, 0]
    rows = json.loads((predictions / "results.json").read_text())["rows"]
    assert sorted(row["model"] for row in rows) == ["A", "B", "C"]


def test_lvis_is_told_from_coco(evaluate: Evaluate, predictions: Path) -> None:
    truth = json.loads((predictions / "gt.json").read_text())
    for image in truth["images"]:
        image |= {"neg_category_ids": [], "not_exhaustive_category_ids": []}
    (predictions / "lvis.json").write_text(json.dumps(truth))
    done = evaluate("--ground_truth", "lvis.json", "--predictions", ALL[0])
    assert done.returncode == 0
    assert done.stderr == "note: lvis.json has LVIS's lists, which COCO's AP knows nothing of: it is not LVIS's AP\n"


def test_inputs_are_left_as_they_are(evaluate: Evaluate, predictions: Path) -> None:
    before = {path.name: path.read_bytes() for path in predictions.iterdir()}
    assert evaluate("--ground_truth", "gt.json", "--predictions", *ALL).returncode == 0
    assert {path.name: path.read_bytes() for path in predictions.iterdir()} == before


def test_masks_without_boxes_are_enough_for_both(evaluate: Evaluate, predictions: Path) -> None:
    found = json.loads((predictions / "easy.json").read_text())
    (predictions / "masks.json").write_text(json.dumps([{k: v for k, v in d.items() if k != "bbox"} for d in found]))
    words = ["--ground_truth", "gt.json", "--kinds", "segm", "bbox", "--format", "csv", "--predictions"]
    assert evaluate(*words, "easy=masks.json").stdout == evaluate(*words, "easy=easy.json").stdout


def test_boxes_are_enough_for_box_ap(evaluate: Evaluate, predictions: Path) -> None:
    found = json.loads((predictions / "easy.json").read_text())
    (predictions / "boxes.json").write_text(
        json.dumps([{k: v for k, v in d.items() if k != "segmentation"} for d in found])
    )
    words = ["--ground_truth", "gt.json", "--kinds", "bbox", "--format", "csv", "--predictions"]
    assert evaluate(*words, "easy=boxes.json").stdout == evaluate(*words, "easy=easy.json").stdout


GOOD = {"image_id": 1, "category_id": 3, "score": 0.5, "segmentation": [[10, 10, 30, 10, 30, 30]]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON: the file is empty"),
        ("[]", "there are no predictions in it"),
        ("{}", "predictions must be a JSON array of detections, COCO's results format"),
        ("[{", "not JSON: "),
        ([{**GOOD, "image_id": 9}], "none of the predictions is on an image of the ground truth"),
        ([GOOD, {**GOOD, "image_id": 9}], "predictions[1].image_id: the ground truth has no image with id 9"),
        ([GOOD, {**GOOD, "category_id": 0}], "predictions[1].category_id: the ground truth has no category with id 0"),
        (
            [GOOD, {"image_id": 1, "category_id": 3, "score": 1, "bbox": [1, 2, 3, 4]}],
            "predictions[1]: has no segmentation, but mask AP compares masks; --kinds bbox compares boxes",
        ),
        (
            [GOOD, {k: v for k, v in GOOD.items() if k != "score"}],
            "predictions[1]: object missing required field score",
        ),
        ([{**GOOD, "score": "high"}], "predictions[0].score: expected float, got str"),
        ([{**GOOD, "image_id": "1"}], "predictions[0].image_id: expected int, got str"),
        ([{**GOOD, "bbox": [1, 2, 3]}], "predictions[0].bbox: has 3 numbers, but left, top, width and height are 4"),
        ([7], "predictions[0]: expected object, got int"),
        (
            [{**GOOD, "segmentation": {"size": [5, 5], "counts": "0"}}],
            "predictions[0].segmentation.size is 5 x 5, but the image has height x width 48 x 64",
        ),
    ],
)
def test_bad_predictions_are_one_sentence(
    evaluate: Evaluate, tiny_file: Path, tmp_path: Path, content: Any, message: str
) -> None:
    (tmp_path / "easy.json").write_text(content if isinstance(content, str) else json.dumps(content))
    (tmp_path / "clean.json").write_text(json.dumps([GOOD]))
    words = ["--predictions", "clean=clean.json", "easy=easy.json", "--model", "m", "--add_to", "results.json"]
    done = evaluate("--ground_truth", tiny_file, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: easy.json: {message}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results.json").exists()


LEVEL_FILE = "--predictions takes LEVEL=FILE, with a level of clean, easy, medium, hard; not"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "give --predictions LEVEL=FILE, or with --add_to a file that has results already"),
        ("--predictions mid=a.json", f"{LEVEL_FILE} 'mid=a.json'"),
        ("--predictions a.json", f"{LEVEL_FILE} 'a.json'"),
        ("--predictions easy=", f"{LEVEL_FILE} 'easy='"),
        ("--predictions easy=a.json easy=b.json", "--predictions names easy twice"),
        ("--predictions easy=a.json", "--ground_truth is missing: the clean COCO file that the predictions are for"),
        (
            "--predictions easy=a.json --ground_truth no.json",
            "no.json: cannot be read: No such file or directory",
        ),
        ("--predictions easy=a.json --ground_truth GT", "a.json: cannot be read: No such file or directory"),
        (
            "--predictions easy=a.json --add_to new.json",
            "--add_to keeps rows by their names; say which model this is with --model NAME",
        ),
        (
            "--predictions easy=a.json --add_to no/results.json",
            "--add_to no/results.json: there is no folder no",
        ),
        ("--add_to mine.json", "mine.json: not a file of results that --add_to has written: "),
    ],
)
def test_usage_is_one_sentence(evaluate: Evaluate, tiny_file: Path, tmp_path: Path, words: str, message: str) -> None:
    (tmp_path / "mine.json").write_text('{"a": 1}')
    done = evaluate(*words.replace("GT", str(tiny_file)).split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {message}") and done.stderr.count("\n") == 1
    assert (tmp_path / "mine.json").read_text() == '{"a": 1}'


def row(model: str, truth: str = "x", **levels: float | None) -> ModelRow:
    return ModelRow("d", model, "b", truth, {level: {"segm": {"AP": value}} for level, value in levels.items()})


def test_costs_by_hand() -> None:
    """0.40 to 0.30 are 10 points and a quarter; against a clean of 0 there is no per cent."""
    found = costs([Line("", "m", "", "mask AP", [40.0, 30.0, None, 44.0], "measured")])
    assert [[cell.strip() for cell in line.split("|")[1:-1]] for line in found.splitlines()[2:]] == [
        ["mask AP, points", "-10.0", "-", "+4.0"],
        ["mask AP, % of clean", "-25.0%", "-", "+10.0%"],
    ]
    of_nothing = costs([Line("", "m", "", "mask AP", [0.0, 0.0, None, None], "measured")]).splitlines()
    assert of_nothing[-2].split("|")[2].strip() == "+0.0"
    assert of_nothing[-1].split("|")[2].strip() == "-"
    assert costs([Line("", "m", "", "mask AP", [None, 30.0, 20.0, 10.0], "measured")]) == ""
    assert costs([Line("", "m", "", "mask AP", [40.0, None, None, None], "measured")]) == ""


def test_a_row_that_is_measured_again_is_replaced_where_it_was() -> None:
    rows = [row("a", clean=0.5, hard=0.3), row("b", clean=0.4)]
    assert with_row(rows, row("a", hard=0.2, easy=0.4)) == [
        row("a", clean=0.5, easy=0.4, hard=0.2),
        row("b", clean=0.4),
    ]
    assert with_row(rows, row("c", easy=0.1)) == [*rows, row("c", easy=0.1)]
    with pytest.raises(ValueError, match="the row of d, a, b was measured on another ground truth"):
        with_row(rows, row("a", truth="y", hard=0.1))


def test_what_is_not_measured_is_a_dash() -> None:
    (line,) = lines([row("a", clean=0.5, easy=None)], ["segm"], ["AP"], with_published=False)
    assert line.values == [50.0, None, None, None]
    last = table([line], "markdown").splitlines()[-1]
    assert [cell.strip() for cell in last.split("|")[1:-1]] == [
        "d",
        "a",
        "b",
        "mask AP",
        "50.0",
        "-",
        "-",
        "-",
        "measured",
    ]


def test_a_model_may_be_called_like_a_number() -> None:
    (line,) = lines([row("1e3", clean=0.5)], ["segm"], ["AP"], with_published=False)
    assert table([line], "markdown").splitlines()[-1].split("|")[2].strip() == "1e3"


def test_the_published_rows_are_the_papers() -> None:
    """The sums of rows and columns, added up from the published table: no number of it can be another."""
    by_row = {
        ("COCO-N", "Mask R-CNN", "R-50"): 109.6,
        ("COCO-N", "YOLACT", "R-50"): 99.0,
        ("COCO-N", "SOLO", "R-50"): 90.6,
        ("COCO-N", "HTC", "R-50"): 88.0,
        ("COCO-N", "Mask2Former", "R-50"): 133.2,
        ("COCO-N", "Mask R-CNN", "R-101"): 120.5,
        ("COCO-N", "Mask2Former", "Swin-S"): 157.2,
        ("Cityscapes-N", "Mask R-CNN", "R-50"): 100.8,
        ("Cityscapes-N", "YOLACT", "R-50"): 71.8,
        ("Cityscapes-N", "Mask R-CNN", "R-101"): 128.4,
    }
    by_level = [350.7, 260.6, 263.2, 224.6]
    assert [row[:3] for row in PUBLISHED] == list(by_row)
    for row, total in zip(PUBLISHED, by_row.values(), strict=True):
        assert sum(value or 0 for value in row[3:]) == pytest.approx(total)
    for level, total in zip(range(3, 7), by_level, strict=True):
        assert sum(row[level] or 0 for row in PUBLISHED) == pytest.approx(total)  # type: ignore[misc]
    assert [row[1] for row in PUBLISHED if row[4] is None] == ["HTC"]


def test_a_ground_truth_that_says_it_is_noisy_is_told(evaluate: Evaluate, predictions: Path) -> None:
    truth = predictions / "gt.json"
    truth.write_text(
        json.dumps({**json.loads(truth.read_text()), "annotation_noise": {"benchmark": "hard", "seed": 2}})
    )
    result = evaluate("--ground_truth", truth, "--predictions", "easy=easy.json")
    assert result.returncode == 0, result.stderr
    assert f"warning: {truth} says that it is noisy already (benchmark hard, seed 2); a published" in result.stderr
