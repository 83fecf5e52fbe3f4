"""Draw a dataset whose outlines are as ragged as people's: what `make_sample_dataset.py --rough` writes.

    python examples/make_sample_dataset.py --rough [FOLDER]     (default: examples/rough_dataset)

gives FOLDER/annotations/instances_{train,val}2017.json, FOLDER/lvis/lvis_val.json and the images,
FOLDER/{train,val}2017/*.jpg, the same each time. A true outline is traced by clicks, as
annotators do, but less well than COCO's:

- unevenly, beside the line, sometimes twice on a spot, in the wrong order, far off, or back on an earlier one, so that
  some outlines touch or cross themselves;
- in parts where something stands in front, and around a hole by a seam: polygons have no other way to say it;
- along the image's border where an object goes on behind it; specks too;
- crowds as uncompressed run lengths, and nothing else as run lengths.

The LVIS file has the objects of the val images traced anew, each outline closed by its first vertex: more clicks,
finer classes, no crowds, and LVIS's lists and counts.

Beside real ones, of 160 images of COCO and 100 of LVIS (percentiles 5, 50 and 95, and the largest):

                               COCO, drawn           COCO, real            LVIS, drawn           LVIS, real
    images, annotations        180, 1530             160, 1520             90, 810               100, 977
    annotations an image       1 5 28 60             1 6 26 45             1 5 30 39             0 5 31 100
    categories that occur      28                    80                    127                   190
    crowd regions              16                    17                    0                     0
    in several parts           13.0 %                8.0 %                 13.0 %                10.0 %
    in five parts or more      2.0 %                 0.2 %                 1.9 %                 0.5 %
    with a hole                10.4 %                3.5 %                 13.7 %                3.9 %
    at the image's border      14.7 %                14.3 %                14.6 %                10.3 %
    area, px                   34 1210 26923 191480  78 1502 41156 292847  45 1276 26300 179389  38 669 25608 187844
    small, large               46.4 %, 13.5 %        42.9 %, 20.5 %        44.8 %, 13.3 %        58.3 %, 11.8 %
    specks, under 64 px        8.2 %                 3.8 %                 6.8 %                 8.9 %
    vertices of a part         6 19 59 300           5 15 50 315           10 30 95 301          6 21 79 312
    edge, px                   0.5 4.8 27.8 445.1    1.7 8.9 50.2 639.0    0.3 3.4 20.2 432.7    1.3 4.6 24.1 640.0
    turn at a vertex, degrees  3 30 139 180          2 32 113 180          2 28 143 180          1 22 104 178
    length, its hull's is 1    1.00 1.03 1.68 2.62   1.00 1.03 1.40 1.99   1.00 1.04 1.74 2.10   1.00 1.03 1.40 2.44
    touches or crosses itself  25.5 %                0.4 %                 29.6 %                0.0 %
    a vertex twice in a row    6.2 %                 5.2 %                 100.0 %               100.0 %

    REAL_ANNOTATIONS=FOLDER python tests/outline_statistics.py     (tests/select_real.py makes the folder)
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

IMAGES = {"train2017": 90, "val2017": 90}
SIZES = [(480, 640), (640, 480), (427, 640), (333, 500), (640, 427), (512, 640)]  # height, width
SIZE_SHARES = [0.35, 0.2, 0.2, 0.1, 0.1, 0.05]
Points = NDArray[np.float64]  # (n, 2), x and y in pixels
Pixels = NDArray[np.uint8]

KINDS = {
    "stone": ["pebble", "potato", "bun", "cushion"],
    "crate": ["box", "book", "board", "screen"],
    "stick": ["twig", "rope", "scarf", "pole"],
    "splash": ["puddle", "bush", "coat", "cloud"],
    "heap": ["gravel", "grapes", "crumbs", "petals"],
    "star": ["starfish", "splat", "leaf", "glove"],
    "ring": ["tyre", "wreath", "bracelet", "handle"],
}
# Ids have gaps. Frequent ones are of all kinds.
CATEGORIES: list[dict[str, Any]] = [
    {"id": 1 + 5 * place + place // 3, "name": names[turn], "supercategory": kind}
    for turn in range(4)
    for place, (kind, names) in enumerate(KINDS.items(), start=7 * turn)
]
SHARES = 1 / np.arange(1, len(CATEGORIES) + 1) / sum(1 / n for n in range(1, len(CATEGORIES) + 1))
COLOURS_BGR = {
    "grey": (120, 120, 120),
    "red": (60, 60, 190),
    "green": (70, 150, 70),
    "blue": (180, 110, 50),
    "white": (235, 235, 235),
}
FINE = [(category["name"], colour) for category in CATEGORIES for colour in COLOURS_BGR]  # LVIS's classes: ids from 1


class Thing(NamedTuple):
    """An object in an image. parts: its true outlines, of 100 points or more; hole: the outline of a hole, or none."""

    category: dict[str, Any]
    colour: str
    parts: list[Points]
    hole: Points | None


def ragged(rng: Generator, roughness: float, lobes: int = 0) -> Points:
    """An outline around the origin, about 1 away from it. roughness: 0 is a circle, 1 is torn."""
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    waves = np.arange(2, 30)
    phases, sizes = rng.uniform(0, 2 * np.pi, len(waves)), rng.normal(0, 0.6, len(waves)) / waves**1.3
    radius = 1 + roughness * (np.cos(np.outer(angle, waves) + phases) @ sizes)
    if lobes:
        radius *= 0.6 + 0.4 * np.cos(lobes * angle)
    outline: Points = np.maximum(radius, 0.08)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return outline


def band(rng: Generator) -> Points:
    """A winding stick of length 2."""
    heading = np.cumsum(rng.normal(0, 0.06, 100))
    line = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1) * 0.02, axis=0)
    across = np.stack([-np.sin(heading), np.cos(heading)], axis=1)
    width = rng.uniform(0.05, 0.2) * (1 + 0.2 * np.sin(np.linspace(0, rng.uniform(5, 40), 100)))[:, None]
    outline: Points = np.concatenate([line + across * width, (line - across * width)[::-1]]) - line.mean(axis=0)
    return outline


def shapes(rng: Generator, kind: str) -> tuple[list[Points], Points | None]:
    """Parts and hole of an object around the origin, about 2 in size."""
    if kind == "stick":
        return [band(rng)], None
    if kind == "crate":
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) + rng.normal(0, 0.12, (4, 2))
        steps = np.linspace(0, 1, 40, endpoint=False)[:, None]
        sides = [a + (b - a) * steps for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)]
        return [np.concatenate(sides)], None
    if kind == "heap":
        grains = [ragged(rng, 0.6) * rng.uniform(0.1, 0.45) for _ in range(rng.integers(1, 6))]
        return [grain + rng.normal(0, 0.6, 2) for grain in grains], None
    if kind == "star":
        return [ragged(rng, 0.3, int(rng.integers(3, 8)))], None
    if kind == "ring":
        outer = ragged(rng, 0.25)
        return [outer], outer[::-1] * rng.uniform(0.3, 0.8) + rng.normal(0, 0.03, 2)
    return [ragged(rng, 0.5 if kind == "stone" else 1.5)], None


def beside(points: Points, normal: Points, distance: float) -> Points:
    """What of an outline lies on one side of a line, closed along it; (0, 2) where nothing does."""
    side = points @ normal - distance
    kept: list[Points] = []
    for a, b, s, t in zip(points, np.roll(points, -1, 0), side, np.roll(side, -1), strict=True):
        if s <= 0:
            kept.append(a)
        if s * t < 0:
            kept.append(a + (b - a) * s / (s - t))
    return np.array(kept).reshape(-1, 2)


def thing(rng: Generator, height: int, width: int) -> Thing:
    """An object of any class and size somewhere in the image; it may reach beyond."""
    category = CATEGORIES[rng.choice(len(CATEGORIES), p=SHARES)]
    parts, hole = shapes(rng, category["supercategory"])
    radius = min(np.exp(rng.normal(3.45, 0.9)), 0.55 * min(height, width))
    turn = rng.uniform(0, 2 * np.pi)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    stretched = np.diag([1, rng.uniform(0.4, 1)]) @ axes * radius
    centre = rng.uniform((0.04 * width, 0.04 * height), (0.96 * width, 0.96 * height))
    parts = [part @ stretched + centre for part in parts]
    hole = None if hole is None else hole @ stretched + centre
    if hole is None and rng.random() < 0.07:  # something narrow stands in front
        normal = rng.normal(size=2)
        normal /= np.hypot(*normal)
        middle, half_px = centre @ normal, radius * rng.uniform(0.03, 0.2)
        halves = [beside(p, sign * normal, sign * middle - half_px) for p in parts for sign in (1, -1)]
        parts = [part for part in halves if len(part) > 2]
    return Thing(category, str(rng.choice(list(COLOURS_BGR))), parts, hole)


def traced(rng: Generator, outline: Points, clicks: float) -> Points:
    """An outline as a person clicks along it. clicks: how many more than usual, as a factor."""
    steps_px = np.hypot(*(np.roll(outline, -1, 0) - outline).T)
    length_px = steps_px.sum()
    care = 4 if rng.random() < 0.03 else 1  # some outlines are made with love
    count = int(np.clip(2.6 * length_px**0.4 * clicks * care * np.exp(rng.normal(0, 0.5)), 4, 300))
    gaps_px = np.exp(rng.normal(0, 0.7, count))
    gaps_px *= length_px / gaps_px.sum()
    walked = np.cumsum(steps_px)
    points = outline[np.minimum(np.searchsorted(walked, np.cumsum(gaps_px)), len(outline) - 1)]
    points = points + rng.normal(size=points.shape) * np.minimum(0.12 * gaps_px, 2.5)[:, None]
    slip, place = rng.random(), int(rng.integers(1, count - 2))
    if slip < 0.05:
        points[place] = points[place - 1]  # a double click
    elif slip < 0.08:
        points[[place, place + 1]] = points[[place + 1, place]]
    elif slip < 0.09:
        points[place] += rng.normal(0, 0.15 * length_px / np.pi, 2)
    elif slip < 0.11:
        points[place] = points[place // 2]
    return points


def polygons(rng: Generator, seen: Thing, height: int, width: int, clicks: float = 1) -> list[Points]:
    """The parts of an object as someone traces them: within the image, to the hundredth of a pixel."""
    rings = [traced(rng, part, clicks) for part in seen.parts if len(part) > 2]
    if seen.hole is not None:
        inner = traced(rng, seen.hole, clicks)
        rings = [np.concatenate([rings[0], rings[0][:1], inner, inner[:1]])]  # in and out by the same seam
    for normal, distance in (((-1, 0), 0), ((1, 0), width), ((0, -1), 0), ((0, 1), height)):
        rings = [beside(ring, np.array(normal, float), distance) for ring in rings]
    return [ring.round(2) for ring in rings if len(ring) > 2]


def fields(rings: Sequence[Points], height: int, width: int) -> dict[str, Any] | None:
    """`segmentation`, `area` and `bbox` of some outlines as COCO has them, or None where they hold no pixel."""
    segmentation = [ring.ravel().tolist() for ring in rings]
    if not segmentation or not coco_mask.area(coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width))):
        return None
    points = np.concatenate(rings)
    low, high = points.min(axis=0), points.max(axis=0)
    areas = [abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2 for x, y in (ring.T for ring in rings)]
    bbox = [*low.tolist(), *(high - low).round(2).tolist()]
    return {"segmentation": segmentation, "area": round(float(sum(areas)), 4), "bbox": bbox}


def crowd(rng: Generator, image: Pixels) -> dict[str, Any]:
    """Paint a crowd of things too many to trace, and describe it as one region of uncompressed run lengths."""
    height, width = image.shape[:2]
    pixels = np.zeros((height, width), np.uint8)
    middle = rng.uniform((0.2 * width, 0.2 * height), (0.8 * width, 0.8 * height))
    for offset in rng.normal(0, rng.uniform(15, 60), (30, 2)):
        grain = ragged(rng, 1) * rng.uniform(3, 15) + middle + offset
        cv2.fillPoly(pixels, [grain.astype(np.int32)], (1,))
    image[pixels == 1] = COLOURS_BGR["grey"]
    flat = pixels.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat, prepend=0)).tolist()
    runs = coco_mask.encode(np.asfortranarray(pixels))
    return {
        "segmentation": {"size": [height, width], "counts": np.diff([0, *changes, flat.size]).tolist()},
        "area": float(coco_mask.area(runs)),
        "bbox": coco_mask.toBbox(runs).tolist(),
    }


def scene(rng: Generator) -> tuple[Pixels, list[Thing], list[dict[str, Any]]]:
    """An image, the objects in it from back to front, and its crowds."""
    height, width = SIZES[rng.choice(len(SIZES), p=SIZE_SHARES)]
    ground = (rng.uniform(120, 210, (5, 6, 1)) + rng.uniform(-20, 20, (5, 6, 3))).astype(np.uint8)
    image = np.asarray(cv2.resize(ground, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    count = 0 if rng.random() < 0.03 else int(np.clip(np.exp(rng.normal(1.9, 0.95)), 1, 60))
    crowds = [crowd(rng, image)] if rng.random() < 0.1 else []
    things = [thing(rng, height, width) for _ in range(count)]
    for seen in things:
        holes = [] if seen.hole is None else [seen.hole]
        shade = tuple(int(np.clip(value + rng.normal(0, 20), 0, 255)) for value in COLOURS_BGR[seen.colour])
        cv2.fillPoly(image, [ring.astype(np.int32) for ring in [*seen.parts, *holes]], shade)
    return image, things, crowds


def make_rough(folder: Path) -> None:
    """Draw the whole dataset into a folder; files that are there already are replaced."""
    for number, (split, count) in enumerate(IMAGES.items()):
        (folder / split).mkdir(parents=True, exist_ok=True)
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        closer: list[dict[str, Any]] = []
        ids = np.random.default_rng([number, 1]).permutation(580_000)[:count].tolist()
        for index, image_id in enumerate(ids):
            pixels, things, crowds = scene(np.random.default_rng([number, 2, index]))
            rng, name = np.random.default_rng([number, 3, index]), f"{image_id:012}.jpg"
            cv2.imwrite(str(folder / split / name), pixels)
            address = f"https://example.org/{split}/{name}"
            height, width = pixels.shape[:2]
            size = {"height": height, "width": width}
            images.append({"license": 1, "file_name": name, "coco_url": address, **size, "id": image_id})
            for seen in things:
                if drawn := fields(polygons(rng, seen, height, width), height, width):
                    ids_of = {"image_id": image_id, "category_id": seen.category["id"]}
                    annotations.append({**drawn, "iscrowd": 0, **ids_of})
            annotations += [{**region, "iscrowd": 1, "image_id": image_id, "category_id": 1} for region in crowds]
            for seen in things if split == "val2017" else ():
                rings = polygons(rng, seen, height, width, clicks=1.5)
                if drawn := fields([np.concatenate([ring, ring[:1]]) for ring in rings], height, width):
                    fine = FINE.index((seen.category["name"], seen.colour))
                    closer.append({**drawn, "id": len(closer) + 1, "image_id": image_id, "category_id": fine + 1})
        save(folder / "annotations" / f"instances_{split}.json", images, numbered(annotations, number), CATEGORIES)
        if closer:
            save(folder / "lvis" / "lvis_val.json", listed(images, closer), closer, counted(closer))


def numbered(annotations: Sequence[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """Annotations in no order, with ids in no order; those of crowds need more than 32 bits, as in COCO."""
    rng = np.random.default_rng([number, 4])
    ids = rng.permutation(2_000_000)[: len(annotations)].tolist()
    placed = [annotations[place] for place in rng.permutation(len(annotations))]
    return [
        {**annotation, "id": 900_100_000_000 + annotation["image_id"] if annotation["iscrowd"] else id_}
        for annotation, id_ in zip(placed, ids, strict=True)
    ]


def listed(images: Sequence[dict[str, Any]], annotations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Images with LVIS's lists: classes that are known to be absent, and those of which not all are annotated."""
    rng = np.random.default_rng(5)
    lists = []
    for image in images:
        there = sorted({a["category_id"] for a in annotations if a["image_id"] == image["id"]})
        absent = [number for number in range(1, len(FINE) + 1) if number not in there]
        negative = rng.permutation(absent)[: rng.integers(0, 16)].tolist()
        unfinished = rng.permutation(there)[: rng.choice([0, 1, 2], p=[0.85, 0.1, 0.05])].tolist()
        lists.append({**image, "neg_category_ids": negative, "not_exhaustive_category_ids": unfinished})
    return lists


def counted(annotations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The classes of the LVIS file, with how many annotations and images each has, and how frequent it is."""
    instances = Counter(annotation["category_id"] for annotation in annotations)
    images = Counter(number for number, _ in {(a["category_id"], a["image_id"]) for a in annotations})
    return [
        {
            "id": number,
            "name": f"{colour}_{name}",
            "synonyms": [f"{colour}_{name}"],
            "synset": f"{colour}_{name}.n.01",
            "def": f"a {name} that is {colour}",
            "frequency": "rcf"[min(instances[number] // 3, 2)],
            "instance_count": instances[number],
            "image_count": images[number],
        }
        for number, (name, colour) in enumerate(FINE, 1)
    ]


def save(
    path: Path,
    images: Sequence[dict[str, Any]],
    annotations: Sequence[dict[str, Any]],
    categories: Sequence[dict[str, Any]],
) -> None:
    """Write an annotation file."""
    dataset = {
        "info": {"description": "Outlines drawn by examples/make_sample_dataset.py --rough", "version": "1"},
        "licenses": [{"id": 1, "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dataset), encoding="utf-8")
