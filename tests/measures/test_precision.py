"""What became of each detection, and average precision of all of them; both ways of comparing masks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("faster_coco_eval", reason="needs faster-coco-eval: pip install -r requirements-measure.txt")
pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")

from annotation_noise.measures import precision
from annotation_noise.measures.evaluation import Kind, average_precision
from annotation_noise.measures.image_pairs import Findings, measure
from annotation_noise.measures.inputs import read_pair, shared_out
from annotation_noise.measures.rows import comparisons
from annotation_noise.measures.rows import joined as joined_rows
from noise_annotations import noise
from tests.conftest import SOURCES
from tests.measures.test_evaluation import as_detections, expected

Dataset = dict[str, Any]
KINDS: list[Kind] = ["segm", "boundary"]


def findings(clean: Dataset, noisy: Dataset, folder: Path, kernels: bool = False) -> list[Findings]:
    for name, dataset in (("clean", clean), ("noisy", noisy)):
        (folder / f"{name}.json").write_text(json.dumps(dataset))
    jobs = shared_out(read_pair(folder / "clean.json", folder / "noisy.json"), True, kernels)
    return [measure(job) for job in jobs]


def values(clean: Dataset, parts: list[Findings], kind: int) -> dict[str, float | None]:
    outcomes = precision.joined([part.outcomes for part in parts])
    return precision.average_precision(outcomes, kind, [category["id"] for category in clean["categories"]])


def crowded(seed: int) -> tuple[Dataset, Dataset]:
    """Boxes that lie upon each other, one in four a crowd region, in two images; in one of them over a hundred."""
    rng = np.random.default_rng(seed)

    def annotation(number: int, most_px: int) -> Dataset:
        left, top, right, bottom = rng.integers((0, 0, 40, 40), (most_px, most_px, 40 + most_px, 40 + most_px)).tolist()
        ring = [left, top, right, top, right, bottom, left, bottom]
        box = [left, top, right - left, bottom - top]
        return {
            "id": number + 1,
            "image_id": 1 + number % 2 if number < 40 else 1,
            "category_id": int(rng.integers(1, 3)),
            "segmentation": [ring],
            "bbox": box,
            "area": float(rng.choice([box[2] * box[3], 500.0, 1024.0, 9216.0, 9e4])),
            "iscrowd": int(rng.random() < 0.25),
        }

    most_px, count = int(rng.integers(4, 39)), int(rng.choice([20, 400]))
    sides = [[annotation(number, most_px) for number in range(count)] for _ in range(2)]
    images = [{"id": id_, "height": 80, "width": 80} for id_ in (1, 2)]
    categories = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "none of it"}]
    clean, noisy = ({"images": images, "annotations": side, "categories": categories} for side in sides)
    return clean, noisy


@pytest.mark.parametrize("source", ["sample", *SOURCES])
def test_the_numbers_are_cocoevals(source: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    given = request.getfixturevalue(source)
    folder: Path = given if source == "sample" else given.coco
    clean = json.loads((folder / "instances_val2017.json").read_text())
    noisy = noise(clean, benchmark="medium", seed=1).dataset
    parts = findings(clean, noisy, tmp_path)
    with_pixels = [entry for entry in as_detections(noisy) if entry["segmentation"]]
    for number, kind in enumerate(KINDS):
        found = values(clean, parts, number)
        assert tuple(found) == precision.NAMES
        numbers = [-1.0 if value is None else value for value in found.values()]
        assert numbers == pytest.approx(expected(clean, with_pixels, kind), abs=1e-9)
        assert found == average_precision(clean, with_pixels, kind)  # to the last bit


@pytest.mark.parametrize("seed", range(12))
def test_so_they_are_where_masks_lie_upon_each_other(seed: int, tmp_path: Path) -> None:
    clean, noisy = crowded(seed)
    parts = findings(clean, noisy, tmp_path)
    detections = as_detections(noisy)
    for number, kind in enumerate(KINDS):
        found = values(clean, parts, number)
        assert found == average_precision(clean, detections, kind)
        if kind == "segm":
            numbers = [-1.0 if value is None else value for value in found.values()]
            assert numbers == pytest.approx(expected(clean, detections, kind), abs=1e-9)
    counts = np.unique([(d["image_id"], d["category_id"]) for d in detections], axis=0, return_counts=True)[1]
    assert sum(part.beyond for part in parts) == np.maximum(counts - 100, 0).sum()


def test_a_truth_is_found_once(tmp_path: Path) -> None:
    """By hand: two detections of one truth; the first, of IoU 0.81, is right up to 0.80, and the other, of 1, after."""
    area = np.full(2, 100.0)
    pairs = precision.Pairs(np.array([0, 1]), np.array([0, 0]), np.array([0.81, 1.0]))
    counted = precision.inside(np.array([100.0]))
    states = precision.states(pairs, area, counted, np.array([False]))
    right, wrong, left_out = precision.RIGHT, precision.WRONG, precision.NOT_COUNTED
    assert states[0, 0].tolist() == [right] * 7 + [wrong] * 3
    assert states[1, 0].tolist() == [wrong] * 7 + [right] * 3
    assert states[:, 1].tolist() == states[:, 0].tolist()  # it is small
    assert (states[:, 2:] == left_out).all()
    of_crowd = precision.states(pairs, area, counted & False, np.array([True]))
    assert of_crowd[0, 0].tolist() == [left_out] * 7 + [wrong] * 3
    assert (of_crowd[1, 0] == left_out).all()


def test_both_ways_find_the_same(sample: Path, tmp_path: Path) -> None:
    """Every measure of every annotation, to the last bit: polygons, both forms of run lengths, holes, empty masks."""
    pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")
    clean = json.loads((sample / "instances_val2017.json").read_text())
    for values_ in ({"approximation": [0.3, 9], "rand": [0.3, 5], "localization": [0.3, 3]}, {"rand": [0.5, 99]}):
        noisy = noise(clean, corruption_values=values_, seed=2).dataset
        noisy["annotations"][3]["segmentation"] = []
        noisy["annotations"][5]["segmentation"] = {"size": [0, 0], "counts": [0]}
        size = next(i for i in clean["images"] if i["id"] == noisy["annotations"][5]["image_id"])
        counts = [0, 7, size["height"] * size["width"] - 7]
        noisy["annotations"][5]["segmentation"] = {"size": [size["height"], size["width"]], "counts": counts}
        compare(findings(clean, noisy, tmp_path), findings(clean, noisy, tmp_path, kernels=True))
        for number, annotation in enumerate(noisy["annotations"]):
            annotation["id"] = 10**9 + number  # matched by overlap
        compare(findings(clean, noisy, tmp_path), findings(clean, noisy, tmp_path, kernels=True))
    for seed in (1, 2):
        compare(findings(*crowded(seed), tmp_path), findings(*crowded(seed), tmp_path, kernels=True))


def compare(ordinary: list[Findings], compiled: list[Findings]) -> None:
    assert len(ordinary) == len(compiled)
    rows = [comparisons(joined_rows(part.rows for part in parts)) for parts in (ordinary, compiled)]
    assert rows[0] == rows[1]
    for a, b in zip(ordinary, compiled, strict=True):
        for field in precision.Outcomes._fields:
            assert np.array_equal(getattr(a.outcomes, field), getattr(b.outcomes, field))
        assert a[2:] == b[2:]
