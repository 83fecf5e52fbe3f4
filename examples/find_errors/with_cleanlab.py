"""Find label errors with cleanlab's object detection (ObjectLab), and a detector that is trained in a minute.

    pip install -r requirements-findings.txt
    python examples/find_errors/with_cleanlab.py NOISY.json IMAGES FINDINGS.csv

writes `annotation_id,quality` for score_findings.py, the lower the more suspicious: the lower one of cleanlab's two
scores of a box, whether it lies well and whether its class is not another's. They are by predictions of a detector that
has not learned from the image's own labels: the images are dealt into folds, and each is predicted by what the others
teach. The detector is as small as can be: a random forest tells the class of a pixel from the colours at and around it,
and connected pixels of a class are an object. The same files give the same findings.

cleanlab looks at boxes, so what moves an outline but not its box is not found; nor is what lies where nothing is, since
of a box that no prediction touches cleanlab says that it is good.

Source: Tkachenko, Thyagarajan and Mueller, "ObjectLab: Automated Diagnosis of Mislabeled Images in Object Detection
Data", 2023.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from cleanlab.object_detection.rank import compute_badloc_box_scores, compute_swap_box_scores
from numpy.typing import NDArray
from pycocotools.coco import COCO
from sklearn.ensemble import RandomForestClassifier

sys.path.insert(0, str(Path(__file__).parents[2]))

from examples.find_errors.plain import photograph, write

FOLDS = 4
AROUND_PX = (1, 4, 12)  # standard deviations of the blurs that show a pixel's surroundings
GRID_PX = 2  # every second pixel of every second row is looked at
TAUGHT = 600  # as many of them in an image are learned from
LEAST_PIXELS = 4  # of the grid; fewer are no object
SURE = 0.3  # a detector that learns from wrong classes is never as sure as cleanlab's own thresholds want it to be
BACKGROUND = 0
Reals = NDArray[np.float64]


class Labelled(NamedTuple):
    """An image and its labels.

    features: (height, width, k) of the grid's pixels. classes: (height, width), places of their classes from 1 on.
    ids: (n,) of the annotations; boxes: (n, 4), left, top, right, bottom in pixels; labels: (n,), places from 0 on.
    """

    features: Reals
    classes: NDArray[np.int64]
    ids: list[int]
    boxes: Reals
    labels: NDArray[np.int64]


def labelled(coco: COCO, image_id: int, folder: Path) -> Labelled:
    """An image with all its annotations but crowd regions; small ones lie on large ones."""
    pixels = photograph(folder, coco.imgs[image_id])
    around = [pixels, *(cv2.GaussianBlur(pixels, (0, 0), std_px) for std_px in AROUND_PX)]
    features = np.concatenate(around, axis=2)[::GRID_PX, ::GRID_PX].astype(np.float64)
    category_ids, classes = sorted(coco.cats), np.full(features.shape[:2], BACKGROUND, np.int64)
    annotations = coco.loadAnns(coco.getAnnIds(imgIds=[image_id], iscrowd=False))
    places = [category_ids.index(annotation["category_id"]) for annotation in annotations]
    for annotation, place in sorted(zip(annotations, places, strict=True), key=lambda pair: -pair[0]["area"]):
        classes[coco.annToMask(annotation)[::GRID_PX, ::GRID_PX] == 1] = place + 1
    boxes = np.reshape([annotation["bbox"] for annotation in annotations], (-1, 4)).astype(np.float64)
    boxes[:, 2:] += boxes[:, :2]
    return Labelled(features, classes, [annotation["id"] for annotation in annotations], boxes, np.array(places, int))


def taught(images: Sequence[Labelled]) -> RandomForestClassifier:
    """A forest that tells the class of a pixel, half of its lessons objects and half background, if there are both."""
    rng, features, classes = np.random.default_rng(0), [], []
    for image in images:
        for part in (image.classes == BACKGROUND, image.classes != BACKGROUND):
            places = rng.permutation(np.flatnonzero(part))[: TAUGHT // 2]
            features.append(image.features.reshape(-1, image.features.shape[2])[places])
            classes.append(image.classes.ravel()[places])
    forest = RandomForestClassifier(40, min_samples_leaf=10, random_state=0)
    return forest.fit(np.concatenate(features), np.concatenate(classes))


def detections(forest: RandomForestClassifier, image: Labelled, class_count: int) -> Any:
    """The objects that a forest sees, as cleanlab wants them: by class (n, 5), a box's corners and its score."""
    height, width, k = image.features.shape
    chances = forest.predict_proba(image.features.reshape(-1, k)).reshape(height, width, -1)
    seen, by_class = forest.classes_[chances.argmax(axis=2)], np.empty(class_count, object)
    for place in range(class_count):
        rows = []
        _, parts, boxes, _ = cv2.connectedComponentsWithStats((seen == place + 1).astype(np.uint8), connectivity=4)
        for number, (left, top, wide, high, pixels) in enumerate(boxes.tolist()):
            if number and pixels >= LEAST_PIXELS:
                chance = chances[parts == number, list(forest.classes_).index(place + 1)].mean()
                corners = np.array([left, top, left + wide, top + high]) * GRID_PX
                rows.append([*corners, chance])
        by_class[place] = np.reshape(rows, (-1, 5))
    return by_class


def find(noisy: Path, folder: Path) -> dict[int, float]:
    """The quality of each annotation of a COCO file, by its id; crowd regions are left out."""
    coco = COCO(str(noisy))
    images = [labelled(coco, image_id, folder) for image_id in coco.imgs]
    fold_of = np.random.default_rng(0).permutation(len(images)) % FOLDS
    forests = [taught([image for image, its in zip(images, fold_of, strict=True) if its != f]) for f in range(FOLDS)]
    predictions = [detections(forests[f], image, len(coco.cats)) for f, image in zip(fold_of, images, strict=True)]
    labels = [{"bboxes": image.boxes, "labels": image.labels} for image in images]
    lies_well = compute_badloc_box_scores(labels=labels, predictions=predictions, low_probability_threshold=SURE)
    right_class = compute_swap_box_scores(labels=labels, predictions=predictions, high_probability_threshold=SURE)
    qualities = np.minimum(np.concatenate(lies_well), np.concatenate(right_class))
    return dict(zip([id_ for image in images for id_ in image.ids], qualities.tolist(), strict=True))


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("noisy", "images", "findings"):
        words.add_argument(name, type=Path)
    options = words.parse_args()
    write(options.findings, "quality", find(options.noisy, options.images))
