"""The noise as the benchmark's reference describes it, written down plainly and independently.

Whole frames, pycocotools, cv2 and shapely, no line shared with the program. Where the program is
meant to differ (nothing vanishes), a parameter says so.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

Frame = NDArray[np.uint8]

LEVELS = {  # share of each spatial noise, tolerance, std, kernel side, share of flips
    "easy": (0.20, 5, 2, 3, 0.2),
    "medium": (0.25, 10, 3, 5, 0.3),
    "hard": (0.30, 15, 4, 7, 0.4),
}


def decode(segmentation: Any, height: int, width: int) -> Frame:
    runs = segmentation
    if isinstance(segmentation, list):
        runs = coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        runs = coco_mask.frPyObjects(segmentation, height, width)
    return np.ascontiguousarray(coco_mask.decode(runs))


def has_holes(frame: Frame) -> bool:
    _, background = cv2.connectedComponents(np.pad(1 - frame, 1, constant_values=1), connectivity=4)
    return bool(background.max() > 1)


def rand(frame: Frame, operation: str, kernel_px: int) -> Frame:
    change = {"dilate": cv2.dilate, "erode": cv2.erode}[operation]
    return np.asarray(change(frame, np.ones((kernel_px, kernel_px), np.uint8), iterations=1), np.uint8)


def contours(frame: Frame) -> list[NDArray[np.int32]]:
    found, _ = cv2.findContours(frame, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [np.asarray(contour[:, 0], np.int32) for contour in found]


def localization(frame: Frame, rng: Generator, std_px: float) -> Frame:
    result = np.zeros_like(frame)
    for points in contours(frame):
        moved = np.rint(points + rng.normal(0, std_px, points.shape)).astype(np.int32)
        filled = np.zeros_like(frame)
        cv2.fillPoly(filled, [moved], 1)
        result = np.maximum(result, filled)
    return result


def approximation(frame: Frame, tolerance_px: float, *, keep_small: bool) -> Frame:
    result = np.zeros_like(frame)
    for points in contours(frame):
        if len(points) >= 4:
            simple = shapely.Polygon(points).simplify(tolerance_px, preserve_topology=True)
            points = np.array(simple.exterior.coords).astype(np.int32)
        elif not keep_small:
            continue
        filled = np.zeros_like(frame)
        cv2.fillPoly(filled, [points], 1)
        result = np.maximum(result, filled)
    return result


def noise_file(source: Path, target: Path, level: str, seed: int) -> None:
    """The whole of the reference on one file, as its users run it, for timing: parsed twice, masks by COCO()."""
    share, tolerance, std, side, flips = LEVELS[level]
    rng = np.random.default_rng(seed)
    coco = COCO(str(source))
    with source.open() as file:
        dataset = json.load(file)
    categories = [category["id"] for category in dataset["categories"]]
    for annotation in dataset["annotations"]:
        frame = np.ascontiguousarray(coco.annToMask(annotation))
        kind = rng.choice(["approximation", "localization", "rand", "none"], p=[share, share, share, 1 - 3 * share])
        if kind == "approximation":
            frame = approximation(frame, tolerance, keep_small=False)
        elif kind == "localization":
            frame = localization(frame, rng, std)
        elif kind == "rand":
            frame = rand(frame, str(rng.choice(["dilate", "erode"])), side)
        if kind != "none":
            runs = coco_mask.encode(np.asfortranarray(frame))
            annotation["segmentation"] = {"size": runs["size"], "counts": runs["counts"].decode()}
        annotation["boundary_type"] = str(kind)
        chosen = int(rng.choice(categories)) if rng.random() < flips else annotation["category_id"]
        annotation["class_noise"] = chosen != annotation["category_id"]
        annotation["category_id"] = chosen
    with target.open("w") as file:
        json.dump(dataset, file)


def main() -> None:
    """Noise a file, as a command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="COCO file")
    parser.add_argument("target", type=Path, help="noisy file, to be written")
    parser.add_argument("level", choices=LEVELS)
    arguments = parser.parse_args()
    if not arguments.source.is_file():
        parser.error(f"there is no file {arguments.source}")
    noise_file(arguments.source, arguments.target, arguments.level, 1)


if __name__ == "__main__":
    main()
