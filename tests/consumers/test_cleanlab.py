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
        [a for annotations in annotations_by_image(path).values() for a in annotations if not a["iscrowd"]]
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


def corners(instance: Instance) -> list[float]:
    """Left, top, right and bottom of its box."""
    left, top, width, height = instance.box
    return [left, top, left + width, top + height]


def as_labels(instances: list[Instance]) -> dict[str, Any]:
    """An image's labels as cleanlab wants them."""
    classes = [NAMES.index(instance.category) for instance in instances]
    return {"bboxes": np.array([corners(instance) for instance in instances]), "labels": np.array(classes)}


def as_predictions(instances: list[Instance]) -> Any:
    """The same as predictions with score 0.95: for each class, (n, 5)."""
    rows = [[[*corners(i), 0.95] for i in instances if i.category == name] for name in NAMES]
    return np.array([np.reshape(of_class, (-1, 5)) for of_class in rows], dtype=object)


def test_no_image_scores_better_than_with_its_clean_boxes(files: Files) -> None:
    """By image, as object detection; predictions are the clean boxes."""
    from cleanlab.object_detection.rank import get_label_quality_scores

    clean, noisy = (list(without_crowds(read(path)).values()) for path in (files.clean, files.noisy))
    predictions = [as_predictions(instances) for instances in clean]
    scores_clean, scores_noisy = (
        get_label_quality_scores([as_labels(instances) for instances in reading], predictions, verbose=False)
        for reading in (clean, noisy)
    )
    assert len(scores_clean) == len(scores_noisy) == 48
    assert (scores_noisy <= scores_clean).all() and (scores_noisy < scores_clean).sum() > 24
