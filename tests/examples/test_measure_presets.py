"""How noisy presets are, measured a second time: with whole frames, and with pycocotools."""

import contextlib
import copy
import io
import json
import statistics
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from noise_annotations import NoisyDataset, noise
from tests.annotation_files import AnnotationFiles

pytest.importorskip("faster_coco_eval", reason="average precision needs it: pip install -r requirements-measure.txt")

from examples.measure_presets import CHECKED, PAGE, UNDEFINED, clean_of, differing, measured, names, row

Dataset = dict[str, Any]


def first_images(path: Path, count: int) -> Dataset:
    """The first images of a file that have annotations, with crowd regions."""
    dataset: Dataset = json.loads(path.read_text())
    chosen = list(dict.fromkeys(a["image_id"] for a in dataset["annotations"]))[:count]
    return {
        **dataset,
        "images": [image for image in dataset["images"] if image["id"] in chosen],
        "annotations": [a for a in dataset["annotations"] if a["image_id"] in chosen],
    }


@pytest.fixture(scope="module")
def few(drawn: AnnotationFiles) -> Dataset:
    dataset = first_images(drawn.coco / "instances_val2017.json", 12)
    assert any(a["iscrowd"] for a in dataset["annotations"])
    return dataset


def indexed(dataset: Dataset) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        index = COCO()
        index.dataset = copy.deepcopy(dataset)  # which COCOeval changes
        index.createIndex()
    return index


def iou(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    return float((a & b).sum() / (a | b).sum())


def region(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The boundary region: what d erosions by a 3 x 3 square take away, d a fiftieth of the diagonal."""
    steps = max(1, round(0.02 * float(np.hypot(*frame.shape))))
    around = cv2.copyMakeBorder(frame, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    inner = cv2.erode(around, np.ones((3, 3), np.uint8), iterations=steps)
    return np.asarray(frame - inner[1:-1, 1:-1], np.uint8)


def box_iou(a: list[float], b: list[float]) -> float:
    return float(coco_mask.iou(np.array([a], float), np.array([b], float), [0])[0, 0])


def plainly(clean: Dataset, noisy: NoisyDataset) -> list[float]:
    """The row of the table by its definitions, from the two datasets and the log."""
    before, after = indexed(clean), indexed(noisy.dataset)
    counted = {number: a for number, a in before.anns.items() if not a["iscrowd"]}
    there = {number: a for number, a in after.anns.items() if not a["iscrowd"]}
    pairs = [(counted[number], there[number]) for number in counted if number in there]
    frames = [(before.annToMask(a), after.annToMask(b)) for a, b in pairs]
    merged = {parent for change in noisy.changes if len(change.parents) > 1 for parent in change.parents}
    share = 100 / len(counted)
    return [
        statistics.mean(iou(a, b) for a, b in frames),
        statistics.mean(iou(region(a), region(b)) for a, b in frames),
        statistics.mean(box_iou(a["bbox"], b["bbox"]) for a, b in pairs),
        average_precision(before, list(there.values()), "segm"),
        average_precision(before, list(there.values()), "bbox"),
        100 * statistics.mean(a["category_id"] != b["category_id"] for a, b in pairs),
        share * len(counted.keys() - there.keys()),
        share * len(there.keys() - counted.keys()),
        share * len(merged),
    ]


def average_precision(truth: COCO, noisy: list[Dataset], kind: str) -> float:
    fields = ("image_id", "category_id", "segmentation", "bbox")
    results = [{**{key: a[key] for key in fields}, "score": 1.0} for a in noisy]
    for result in results:  # loadRes takes run lengths for masks, and boxes alone for boxes
        if kind == "segm":
            image = truth.imgs[result["image_id"]]
            del result["bbox"]
            result["segmentation"] = indexed({"images": [image], "annotations": []}).annToRLE(result)
        else:
            del result["segmentation"]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(results), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return 100 * float(evaluation.stats[0])


@pytest.mark.parametrize("name", ["coco-n/hard", "teams/careless", "loeffler/mixed-20", "una/40"])
def test_a_row_is_what_its_definitions_say(few: Dataset, name: str) -> None:
    noisy = noise(few, benchmark=name, seed=2)
    assert list(measured(clean_of(few), noisy)) == pytest.approx(plainly(few, noisy), abs=1e-6)


def test_cells_are_mean_and_standard_deviation_over_the_seeds(few: Dataset) -> None:
    values = [plainly(few, noise(few, benchmark="dn-tod/all-20", seed=seed)) for seed in (1, 2, 3)]
    cells = row(clean_of(few), "dn-tod/all-20").strip("| ").split(" | ")
    assert cells[0] == "[dn-tod/all-20](presets.md#dn-tod)"
    columns = list(zip(*values, strict=True))
    for cell, column, places in zip(cells[3:], columns[2:], (3, *[1] * 6), strict=True):
        mean, spread = statistics.mean(column), statistics.stdev(column)
        assert cell == (f"{mean:.{places}f} ± {spread:.{places}f}" if spread else "0")
    assert cells[1:3] == ["1", "1"]  # no noise of masks
    assert cells[-1] == "0"  # none merges


def test_a_copy_is_perfect_and_nothing_is_undefined(few: Dataset) -> None:
    assert list(measured(clean_of(few), NoisyDataset(few, []))) == [1, 1, 1, 100, 100, 0, 0, 0, 0]
    assert row(clean_of(few), "med-annotators/blank").count(UNDEFINED) == 4  # nothing left to take a mean of
    assert row(clean_of(few), "lncis/asym20-voc").count(UNDEFINED) == 9  # which needs the classes of VOC


def test_the_page_has_a_row_for_each_preset_and_says_what_is_undefined() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| [")]
    assert [line.split("]")[0].removeprefix("| [") for line in rows] == names()
    assert {line.count(" | ") for line in rows} == {9}
    unfit = [name for name, line in zip(names(), rows, strict=True) if line.count(UNDEFINED) == 9]
    assert unfit == ["noisy-lvis/super20", "noisy-lvis/super40", "lncis/asym20-voc", "lncis/asym20-cityscapes"]
    assert all(f"`{name}`" in PAGE.read_text(encoding="utf-8") for name in unfit)


@pytest.mark.real
@pytest.mark.slow
def test_the_rows_of_two_presets_come_out_again(real: AnnotationFiles) -> None:
    dataset = json.loads((real.coco / "instances_val2017.json").read_text())
    assert len(CHECKED) >= 2
    assert differing(clean_of(dataset)) == []
