"""Average precision against pycocotools' COCOeval, and Boundary AP against whole frames."""

import copy
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from annotation_noise.errors import InputError
from noise_annotations import noise
from tests.conftest import SOURCES
from tests.reference import decode

pytest.importorskip("faster_coco_eval", reason="needs faster-coco-eval: pip install -r requirements-measure.txt")
from annotation_noise.measures.evaluation import NAMES, Kind, average_precision

Dataset = dict[str, Any]


def sizes(dataset: Dataset) -> dict[int, tuple[int, int]]:
    return {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}


def encoded(frame: NDArray[np.uint8]) -> dict[str, Any]:
    from pycocotools import mask

    runs = mask.encode(np.asfortranarray(frame))
    return {"size": runs["size"], "counts": runs["counts"].decode()}


def as_detections(noisy: Dataset) -> list[Dataset]:
    return [
        {key: annotation[key] for key in ("image_id", "category_id", "segmentation", "bbox")} | {"score": 1.0}
        for annotation in noisy["annotations"]
        if not annotation["iscrowd"]
    ]


def scored(detections: list[Dataset], seed: int) -> list[Dataset]:
    """Some missing, some twice, in any order, with scores of which many are equal."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(detections), len(detections))
    return [{**detections[place], "score": round(float(rng.random()), 1)} for place in chosen]


class Frames(COCOeval):  # type: ignore[misc]
    """COCOeval with Boundary IoU as its paper describes it, on whole frames, three by three pixels at a time."""

    def computeIoU(self, image_id: int, category_id: int) -> Any:
        ious = super().computeIoU(image_id, category_id)
        if len(ious) == 0:
            return ious
        order = np.argsort([-d["score"] for d in self._dts[image_id, category_id]], kind="mergesort")[:100]
        found = [self.region(self._dts[image_id, category_id][place]) for place in order]
        for column, truth in enumerate(self._gts[image_id, category_id]):
            if not truth["iscrowd"]:
                region = self.region(truth)
                for row, other in enumerate(found):
                    union = np.sum(region | other)
                    ious[row, column] = min(ious[row, column], np.sum(region & other) / union if union else 0.0)
        return ious

    def region(self, annotation: Dataset) -> NDArray[np.uint8]:
        image = self.cocoGt.imgs[annotation["image_id"]]
        frame = decode(annotation["segmentation"], image["height"], image["width"])
        distance = max(1, round(0.02 * (image["height"] ** 2 + image["width"] ** 2) ** 0.5))
        inner = np.pad(frame, 1)
        for _ in range(distance):
            inner = np.asarray(cv2.erode(inner, np.ones((3, 3), np.uint8)), np.uint8)
        return frame - inner[1:-1, 1:-1]


def expected(dataset: Dataset, detections: list[Dataset], kind: Kind) -> list[float]:
    """What COCOeval says; like detectron2, without boxes where masks are compared, so that sizes are the masks'."""
    truth = COCO()
    truth.dataset = copy.deepcopy(dataset)
    truth.createIndex()
    detections = copy.deepcopy(detections)
    for detection in detections:
        height, width = sizes(dataset)[detection["image_id"]]
        detection["segmentation"] = encoded(decode(detection["segmentation"], height, width))
        if kind != "bbox":
            del detection["bbox"]
    evaluation = (Frames if kind == "boundary" else COCOeval)(
        truth, truth.loadRes(detections), "bbox" if kind == "bbox" else "segm"
    )
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return [float(value) for value in evaluation.stats[:6]]


@pytest.fixture(scope="module", params=["sample", *SOURCES])
def pair(request: pytest.FixtureRequest) -> tuple[Dataset, Dataset]:
    given = request.getfixturevalue(request.param)
    folder: Path = given if request.param == "sample" else given.coco
    clean = json.loads((folder / "instances_val2017.json").read_text())
    return clean, noise(clean, benchmark="medium", seed=1).dataset


@pytest.mark.parametrize("kind", ["segm", "bbox", "boundary"])
@pytest.mark.parametrize("ties", ["all tie", "some tie"])
def test_the_numbers_are_cocoevals(pair: tuple[Dataset, Dataset], kind: Kind, ties: str) -> None:
    clean, noisy = pair
    detections = as_detections(noisy) if ties == "all tie" else scored(as_detections(noisy), 3)
    found = average_precision(clean, detections, kind)
    assert tuple(found) == NAMES
    numbers = [-1.0 if value is None else value for value in found.values()]
    assert numbers == pytest.approx(expected(clean, detections, kind), abs=1e-9)
    assert 0.05 < numbers[0] < 0.95  # and it was not a dataset on which everything agrees


def test_the_clean_annotations_score_one(pair: tuple[Dataset, Dataset], tmp_path: Path) -> None:
    clean, _ = pair
    path = tmp_path / "clean.json"
    path.write_text(json.dumps(clean))
    for kind in ("segm", "boundary"):
        assert set(average_precision(path, as_detections(clean), kind).values()) <= {1.0, None}


def test_nothing_is_changed(pair: tuple[Dataset, Dataset]) -> None:
    clean, noisy = pair
    detections = as_detections(noisy)
    before = copy.deepcopy((clean, detections))
    average_precision(clean, detections, "boundary")
    assert (clean, detections) == before


def test_no_detections_and_no_truths(tiny: Dataset) -> None:
    assert average_precision(tiny, [], "segm")["AP"] == 0.0
    assert average_precision({**tiny, "annotations": []}, [], "segm") == dict.fromkeys(NAMES)


def test_only_a_hundred_of_a_category_count_in_an_image(tiny: Dataset) -> None:
    """A hundred wrong ones that come first leave no room for the right one."""
    truth = {**tiny, "annotations": tiny["annotations"][1:2]}
    right = {"image_id": 1, "category_id": 3, "segmentation": tiny["annotations"][1]["segmentation"], "score": 1.0}
    wrong = {**right, "segmentation": [[40.0, 40.0, 44.0, 40.0, 44.0, 44.0, 40.0, 44.0]]}
    assert average_precision(truth, [wrong] * 99 + [right], "segm")["AP"] == pytest.approx(1 / 100)
    assert average_precision(truth, [wrong] * 100 + [right], "segm")["AP"] == 0.0
    assert average_precision(truth, [wrong] * 100 + [{**right, "category_id": 1}, right], "segm")["AP"] == 0.0


def test_ids_of_any_kind_crowds_and_missing_fields(tiny: Dataset) -> None:
    """COCOeval itself takes an annotation with id 0 for one that was not found, and fails without `iscrowd`."""
    truth = copy.deepcopy(tiny)
    new = {image["id"]: id_ for image, id_ in zip(truth["images"], (-(2**40), 2**60), strict=True)}
    for one in truth["images"]:
        one["id"] = new[one["id"]]
    for one in truth["annotations"]:
        one["image_id"] = new[one["image_id"]]
    for annotation, id_ in zip(truth["annotations"], (0, -5, 2**40, 2**62, 7), strict=True):
        annotation["id"] = id_
        for key in ("iscrowd", "area", "bbox"):
            del annotation[key]
    detections = [
        {**{key: a[key] for key in ("image_id", "category_id", "segmentation")}, "score": 1.0}
        for a in truth["annotations"]
    ]
    for kind in ("segm", "bbox", "boundary"):
        found = average_precision(truth, detections, kind)
        assert found["AP"] == found["APs"] == 1.0
        assert found["APm"] is None
    for annotation in truth["annotations"]:
        annotation["iscrowd"] = 1
    assert average_precision(truth, detections, "segm")["AP"] is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("bbox", [1, 2], r"annotations\[1\]\.bbox: expected array of length 4, got 2"),
        ("iscrowd", "yes", r"annotations\[1\]\.iscrowd: expected"),
        ("area", "12", r"annotations\[1\]\.area: expected"),
    ],
)
def test_fields_of_another_kind_are_said(tiny: Dataset, field: str, value: object, said: str) -> None:
    tiny["annotations"][1][field] = value
    with pytest.raises(InputError, match=said):
        average_precision(tiny, [], "segm")


def test_a_ground_truth_of_boxes_has_no_mask_ap(tiny: Dataset) -> None:
    truth = copy.deepcopy(tiny)
    for annotation in truth["annotations"]:
        annotation.pop("segmentation", None)
    for kind in ("segm", "boundary"):
        with pytest.raises(InputError, match=r"^annotations: none has a segmentation"):
            average_precision(truth, as_detections({"annotations": tiny["annotations"][:3]}), kind)
    assert average_precision(truth, as_detections({"annotations": tiny["annotations"][:3]}), "bbox")["AP"]


@pytest.mark.parametrize(
    ("detection", "said"),
    [
        ({"image_id": 9}, "detections[1].image_id: there is no image with id 9"),
        ({"segmentation": None}, "detections[1].segmentation: is missing"),
        ({"segmentation": [[1.0, 2.0, 3.0]]}, "detections[1].segmentation[0] has 3 numbers"),
        ({"segmentation": {"size": [9, 9], "counts": [81]}}, "detections[1].segmentation.size is 9 x 9"),
        ({"segmentation": [["a"]]}, "detections[1].segmentation[0][0]: expected"),
    ],
)
def test_what_cannot_be_compared_is_said(tiny: Dataset, detection: Dataset, said: str) -> None:
    good = {"image_id": 1, "category_id": 3, "segmentation": tiny["annotations"][1]["segmentation"], "score": 1.0}
    with pytest.raises(InputError) as caught:
        average_precision(tiny, [good, {**good, **detection}], "segm")
    assert said in str(caught.value)
