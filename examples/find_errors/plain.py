"""Find label errors with nothing but the photographs: look at each outline, and at what else looks like it.

    python examples/find_errors/plain.py NOISY.json IMAGES FINDINGS.csv

writes `annotation_id,score` for score_findings.py, the higher the more suspicious. Two doubts make the score:
- *outline*: the photograph changes less along the mask's outline than along those of masks a few pixels smaller and
  larger, as people draw where there is an edge;
- *class*: those annotations of other images that look most alike, by colour, size and shape, are of other classes.
Each doubt becomes a rank from 0 to 1, and the score is the higher one of an annotation's two. Boxes and what is missing
in an image are not looked at. All are compared with all, so that ten times as many take a hundred times as long.
"""

import argparse
import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO

NEAR_PX = 6  # a better outline is looked for as far inward and outward
DISTANCES = 2 * NEAR_PX + 1
STEADY_PX = 1  # an outline that is no farther from its edge is on it
NEIGHBOURS = 10
Image = NDArray[np.uint8]
Reals = NDArray[np.float64]


def photograph(folder: Path, image: Mapping[str, Any]) -> Image:
    """An image of a COCO file, (height, width, 3) blue, green, red. Raises FileNotFoundError where there is none."""
    path = folder / image["file_name"]
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise FileNotFoundError(f"{path}: there is no image, or none that can be read")
    return np.asarray(pixels, np.uint8)


def edges_of(image: Image) -> Reals:
    """How much the colour changes at each pixel, (height, width)."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1).astype(np.float64)
    across, down = cv2.Sobel(smooth, cv2.CV_64F, 1, 0), cv2.Sobel(smooth, cv2.CV_64F, 0, 1)
    return np.asarray(np.hypot(across, down).max(axis=2), np.float64)


def outline_doubt(mask: Image, edges: Reals) -> float:
    """How much stronger the edges are along the best outline nearby than along the mask's own, as a share of both.

    mask: 0 or 1. Where it leaves the image it has no outline. From 0.5, where none is better, to 1.
    """
    inside_px, outside_px = (
        cv2.distanceTransform(np.pad(part, 1, mode="edge"), cv2.DIST_L2, 5)[1:-1, 1:-1] for part in (mask, 1 - mask)
    )
    moved_px = np.where(mask == 1, 1 - inside_px, outside_px).clip(-NEAR_PX - 1, NEAR_PX + 1).round().astype(int)
    near = np.abs(moved_px) <= NEAR_PX
    places = moved_px[near] + NEAR_PX
    sums, counts = np.bincount(places, edges[near], DISTANCES), np.bincount(places, None, DISTANCES)
    strengths = sums / np.maximum(counts, 1)
    own, best = strengths[NEAR_PX - STEADY_PX : NEAR_PX + STEADY_PX + 1].max(), strengths.max()
    return float(best / (best + own)) if best else 0.5


def appearance(mask: Image, image: Image) -> list[float]:
    """What an annotation looks like: colour inside, and how it differs, size, and shape."""
    points = np.argwhere(mask)[:, ::-1].astype(np.float32)
    colours = cv2.cvtColor(image[mask == 1][None], cv2.COLOR_BGR2LAB)[0].astype(np.float64)
    (_, (width, height), _), hull = cv2.minAreaRect(points), cv2.contourArea(cv2.convexHull(points))
    short, long = sorted((width + 1, height + 1))
    filled = [len(points) / (short * long), min(len(points) / (hull + 1), 2.0)]
    shape = [10 * np.log(len(points)), 30 * short / long, *np.multiply(30, filled)]  # about as wide as colours vary
    return [*colours.mean(axis=0), *colours.std(axis=0), *shape]


def class_doubts(looks: Reals, classes: NDArray[np.int64], images: NDArray[np.int64]) -> Reals:
    """By annotation, the share of the nearest of other images that are of another class, (n,)."""
    doubts = []
    for look, class_, image in zip(looks, classes, images, strict=True):
        distances = np.where(images == image, np.inf, np.square(looks - look).sum(axis=1))
        nearest = np.argsort(distances, kind="stable")[:NEIGHBOURS]
        doubts.append((classes[nearest] != class_).mean())
    return np.array(doubts)


def ranks(doubts: Reals) -> Reals:
    """The share of all that is less doubtful, (n,), equals counting half."""
    below, up_to = (np.searchsorted(np.sort(doubts), doubts, side) for side in ("left", "right"))
    return np.asarray((below + up_to) / (2 * len(doubts)), np.float64)


def find(noisy: Path, folder: Path) -> dict[int, float]:
    """How suspicious each annotation of a COCO file is, by its id; without crowd regions and masks without a pixel."""
    coco = COCO(str(noisy))
    ids, outlines, looks = list[int](), list[float](), list[list[float]]()
    for image_id, image in coco.imgs.items():
        pixels = photograph(folder, image)
        edges = edges_of(pixels)
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=[image_id], iscrowd=False)):
            mask = coco.annToMask(annotation)
            if mask.any():
                ids.append(annotation["id"])
                outlines.append(outline_doubt(mask, edges))
                looks.append(appearance(mask, pixels))
    classes, images = np.array([(coco.anns[id_]["category_id"], coco.anns[id_]["image_id"]) for id_ in ids]).T
    doubts = np.maximum(ranks(np.array(outlines)), ranks(class_doubts(np.array(looks), classes, images)))
    return dict(zip(ids, doubts.tolist(), strict=True))


def write(path: Path, column: str, values: Mapping[int, float]) -> None:
    """Write findings as CSV. column: "score", or "quality" if the lower is the more suspicious."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("annotation_id", column), *values.items()])


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("noisy", "images", "findings"):
        words.add_argument(name, type=Path)
    options = words.parse_args()
    write(options.findings, "score", find(options.noisy, options.images))
