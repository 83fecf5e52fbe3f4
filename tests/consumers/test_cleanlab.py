"""cleanlab finds the label errors that the log lists, with predictions that know the truth."""

import csv
from typing import Any

import numpy as np
import pytest

from tests.consumers.expected import Files, Instance, annotations_by_image, read, without_crowds

pytest.importorskip("cleanlab", reason="needs cleanlab: make consumers")
IDS = [1, 2, 4, 5, 8, 9]
NAMES = ["ball", "ring", "box", "star", "leaf", "flower"]


def test_class_errors_are_those_of_the_log(files: Files) -> None:
    """By annotation: predictions are the clean classes, sure of themselves."""
    from cleanlab.filter import find_label_issues

    noisy, clean = (
        [a for some in annotations_by_image(path).values() for a in some if not a["iscrowd"]]
        for path in (files.noisy, files.clean)
    )
    given = np.array([IDS.index(annotation["category_id"]) for annotation in noisy])
    predicted = np.full((len(clean), len(IDS)), 0.02)
    predicted[np.arange(len(clean)), [IDS.index(annotation["category_id"]) for annotation in clean]] = 0.9
    issues = find_label_issues(given, predicted, filter_by="predicted_neq_given")
    with files.noisy.with_suffix(".noise.csv").open() as log:
        wrong = {int(row["annotation_id"]) for row in csv.DictReader(log) if row["class_noise"] == "true"}
    assert len(wrong) > 50
    assert {annotation["id"] for annotation, issue in zip(noisy, issues, strict=True) if issue} == wrong


def detections(instances: list[Instance], score: list[float]) -> list[Any]:
    """Boxes with scores as cleanlab wants predictions: for each class, (n, 5)."""
    corners = [[*i.box[:2], i.box[0] + i.box[2], i.box[1] + i.box[3], *score] for i in instances]
    rows = [[c for c, i in zip(corners, instances, strict=True) if i.category == name] for name in NAMES]
    return [np.reshape(some, (-1, 4 + len(score))) for some in rows]


def test_clean_boxes_score_better_than_noisy_ones(files: Files) -> None:
    """By image, as object detection; predictions are the clean boxes."""
    from cleanlab.object_detection.rank import get_label_quality_scores

    readings = [without_crowds(read(path)) for path in (files.clean, files.noisy)]
    predictions = [np.array(detections(some, [0.95]), dtype=object) for some in readings[0].values()]
    clean, noisy = (
        get_label_quality_scores(
            [
                {
                    "bboxes": np.array([[*i.box[:2], i.box[0] + i.box[2], i.box[1] + i.box[3]] for i in some]),
                    "labels": np.array([NAMES.index(i.category) for i in some]),
                }
                for some in reading.values()
            ],
            predictions,
            verbose=False,
        )
        for reading in readings
    )
    assert len(clean) == len(noisy) == 48
    assert (noisy <= clean).all() and (noisy < clean).sum() > 24
