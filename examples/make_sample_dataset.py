"""Draw a small COCO dataset: images of simple shapes and their annotations, the same each time.

    python examples/make_sample_dataset.py [FOLDER]             (default: examples/sample_dataset)
    python examples/make_sample_dataset.py --rough [FOLDER]     (default: examples/rough_dataset)

gives FOLDER/annotations/instances_{train,val}2017.json and FOLDER/{train,val}2017/*.png, laid out as
COCO is. It holds one of everything that real annotations hold: several categories and
supercategories with gaps between their ids, polygons in one and in several parts, masks with
holes as compressed run lengths, objects cut off by the image border, objects of a few pixels, and
crowd regions as uncompressed run lengths. With --rough, outlines are as ragged as those that people draw, and a file
in LVIS's form joins them: see rough_dataset.py.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

sys.path.insert(0, str(Path(__file__).parent.parent))

from examples.rough_dataset import make_rough

WIDTH, HEIGHT = 320, 240
IMAGES = {"train2017": 48, "val2017": 24}
Points = NDArray[np.float64]
Image = NDArray[np.uint8]

CATEGORIES = [
    {"id": 1, "name": "ball", "supercategory": "round"},
    {"id": 2, "name": "ring", "supercategory": "round"},
    {"id": 4, "name": "box", "supercategory": "angular"},
    {"id": 5, "name": "star", "supercategory": "angular"},
    {"id": 8, "name": "leaf", "supercategory": "plant"},
    {"id": 9, "name": "flower", "supercategory": "plant"},
]
COLOURS_BGR = {
    1: (60, 110, 230),
    2: (200, 150, 40),
    4: (70, 70, 170),
    5: (50, 200, 240),
    8: (80, 160, 60),
    9: (190, 110, 210),
}


def shape(name: str, radius: float, turn: float) -> list[Points]:
    """The parts of a shape around the origin, each (n, 2) x and y in pixels; of a ring, its outer and inner edge."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    parts = {
        "ball": [circle],
        "ring": [circle, circle * 0.55],
        "box": [np.array([(-1, -0.6), (1, -0.6), (1, 0.6), (-1, 0.6)])],
        "star": [circle[::6] * np.where(np.arange(10) % 2, 0.45, 1.0)[:, None]],
        "leaf": [np.stack([circle[:, 0], circle[:, 1] * 0.5 * (1 - 0.6 * circle[:, 0])], axis=1)],
        "flower": [circle * 0.32 + 0.62 * petal for petal in circle[::15]],
    }[name]
    return [part @ rotation * radius for part in parts]


def instance(rng: Generator, category: dict[str, Any], image: Image) -> dict[str, object]:
    """Draw one object somewhere and describe it: `segmentation`, `area`, `bbox`, `iscrowd`."""
    radius = float(rng.choice([1.5, 4, 12, 24, 45], p=[0.08, 0.12, 0.3, 0.3, 0.2])) * rng.uniform(0.8, 1.25)
    centre = rng.uniform((-0.3 * radius, -0.3 * radius), (WIDTH + 0.3 * radius, HEIGHT + 0.3 * radius))
    centre = np.clip(centre, 1, (WIDTH - 2, HEIGHT - 2))
    parts = [part + centre for part in shape(category["name"], radius, rng.uniform(0, 2 * np.pi))]
    parts = [np.clip(part, 0, (WIDTH, HEIGHT)).round(2) for part in parts]
    pixels = paint(image, parts, COLOURS_BGR[category["id"]], category["name"] == "ring")
    if category["name"] == "ring":
        runs = coco_mask.encode(np.asfortranarray(pixels))
        segmentation: object = {"size": [HEIGHT, WIDTH], "counts": runs["counts"].decode("ascii")}
    else:
        segmentation = [part.ravel().tolist() for part in parts]
    return {"segmentation": segmentation, **extent(pixels), "iscrowd": 0}


def crowd(rng: Generator, image: Image) -> dict[str, object]:
    """Draw a crowd of little balls and describe it as one region."""
    middle = rng.uniform((60, 50), (WIDTH - 60, HEIGHT - 50))
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    for offset in rng.normal(0, 16, (25, 2)):
        pixels |= paint(image, [shape("ball", 5, 0)[0] + middle + offset], COLOURS_BGR[1], False)
    runs = np.flatnonzero(np.diff(pixels.ravel(order="F"), prepend=0, append=1 - pixels[-1, -1])).tolist()
    counts = np.diff([0, *runs]).tolist()
    return {"segmentation": {"size": [HEIGHT, WIDTH], "counts": counts}, **extent(pixels), "iscrowd": 1}


def paint(image: Image, parts: list[Points], colour: tuple[int, int, int], inner_is_hole: bool) -> Image:
    """Fill the parts in the image; returns their mask, as COCO rasterises it."""
    masks = [coco_mask.decode(coco_mask.frPyObjects([part.ravel().tolist()], HEIGHT, WIDTH))[:, :, 0] for part in parts]
    pixels: Image = masks[0] & ~masks[1] & 1 if inner_is_hole else np.maximum.reduce(masks)
    rim = pixels - cv2.erode(pixels, np.ones((3, 3), np.uint8))
    image[pixels == 1] = colour
    image[rim == 1] = [channel // 2 for channel in colour]
    return pixels


def extent(pixels: Image) -> dict[str, object]:
    """`area` and `bbox` of a mask, as COCO has them."""
    runs = coco_mask.encode(np.asfortranarray(pixels))
    return {"area": float(coco_mask.area(runs)), "bbox": coco_mask.toBbox(runs).tolist()}


def background(rng: Generator) -> Image:
    """A dim gradient with some grain."""
    grey = np.linspace(rng.uniform(150, 190), rng.uniform(200, 235), HEIGHT)[:, None, None]
    return np.clip(grey + rng.normal(0, 4, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)


def make(folder: Path, image_counts: Mapping[str, int] = IMAGES) -> None:
    """Draw the whole dataset into a folder; files that are there already are replaced.

    image_counts: how many images each split has. The first images of a split are the same with any number.
    """
    (folder / "annotations").mkdir(parents=True, exist_ok=True)
    for number, (split, count) in enumerate(image_counts.items()):
        rng = np.random.default_rng(number)
        (folder / split).mkdir(exist_ok=True)
        images: list[dict[str, object]] = []
        annotations: list[dict[str, object]] = []
        for index in range(count):
            image_id = 1000 * (number + 1) + 7 * index
            file_name = f"{image_id:012d}.png"
            image = background(rng)
            found = [(1, crowd(rng, image))] if index % 6 == 0 else []
            for _ in range(rng.integers(4, 11)):
                category: dict[str, Any] = CATEGORIES[rng.integers(len(CATEGORIES))]
                found.append((category["id"], instance(rng, category, image)))
            cv2.imwrite(str(folder / split / file_name), image)
            images.append({"id": image_id, "file_name": file_name, "width": WIDTH, "height": HEIGHT, "license": 1})
            for category_id, fields in found:
                if fields["area"]:
                    ids = {
                        "id": 10_000 * (number + 1) + len(annotations),
                        "image_id": image_id,
                        "category_id": category_id,
                    }
                    annotations.append({**fields, **ids})
        dataset = {
            "info": {"description": "Shapes drawn by examples/make_sample_dataset.py", "version": "1"},
            "licenses": [{"id": 1, "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}],
            "images": images,
            "annotations": annotations,
            "categories": CATEGORIES,
        }
        (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(dataset), encoding="utf-8")


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path, nargs="?", help="where to draw it")
    words.add_argument("--rough", action="store_true", help="draw outlines as ragged as people's")
    options = words.parse_args()
    name = "rough_dataset" if options.rough else "sample_dataset"
    draw: Callable[[Path], None] = make_rough if options.rough else make
    draw(options.folder or Path(__file__).parent / name)
