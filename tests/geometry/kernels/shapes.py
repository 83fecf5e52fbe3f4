"""Masks and rings of every kind, for trials: real contours, holes, single pixels, lines, self-crossings, long sides."""

import functools
import json
import math
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, from_frame
from annotation_noise.geometry.segmentations import read_mask
from tests.annotation_files import real_or_drawn

Frame = NDArray[np.uint8]
LONG_PX = 20_000  # side of the largest frames


class Outlined(NamedTuple):
    """Polygons of real annotations, or of drawn ones where REAL_ANNOTATIONS is not set, and their masks."""

    polygons: list[tuple[list[list[float]], int, int]]  # with height and width of their frames
    masks: list[Mask]


@functools.cache
def outlined() -> Outlined:
    """The annotations, read once."""
    with tempfile.TemporaryDirectory() as folder:
        _, files = real_or_drawn(Path(folder))
        dataset: Any = json.loads((files.coco / "instances_val2017.json").read_text())
    sizes = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
    annotations = [a for a in dataset["annotations"] if not a["iscrowd"]]
    polygons = [(a["segmentation"], *sizes[a["image_id"]]) for a in annotations]
    masks = [read_mask(*polygon) for polygon in polygons]
    return Outlined(polygons, [mask for mask in masks if mask.pixels.size])


def some_mask(rng: Generator) -> Mask:
    """A tight mask that is not empty: real, drawn or noise, at any place of a frame, also at its border."""
    draw = [_real, _noise, _blobs, _lines, _far][rng.choice(5, p=[0.3, 0.3, 0.2, 0.1995, 0.0005])]
    mask = draw(rng)
    return mask if mask.pixels.size else some_mask(rng)


def two_masks(rng: Generator) -> tuple[Mask, Mask]:
    """Two tight masks of one frame, neither empty: one moved or changed, or another altogether."""
    a = some_mask(rng)
    height, width = a.frame_height, a.frame_width
    kind = rng.integers(4)
    if kind == 0:
        b = _placed(rng, some_mask(rng).pixels[:height, :width], height, width)
    elif kind == 1:
        b = _placed(rng, a.pixels, height, width)
    else:
        holes = rng.random(a.pixels.shape) < rng.choice([0.001, 0.1])
        b = a._replace(pixels=a.pixels * np.uint8(1) ^ holes.astype(np.uint8))
    b = _tight(b)
    return (a, b) if b.pixels.size else two_masks(rng)


def some_ring(rng: Generator, height: int, width: int) -> NDArray[np.float64]:
    """A ring, (n, 2) of x and y, 3 points or more, in and around a frame: whole numbers, halves, tenths and others."""
    n = int(rng.choice([3, 4, 5, 8, 20, 60]))
    points: Any
    kind = rng.integers(5)
    if kind == 0:  # anywhere, crossing itself
        points = rng.uniform(-0.2, 1.2, (n, 2)) * (width, height)
    elif kind == 1:  # a star
        angles = np.sort(rng.uniform(0, 2 * math.pi, n))
        reach = rng.uniform(0.2, 0.6, (n, 1)) * min(height, width)
        points = np.stack((np.cos(angles), np.sin(angles)), 1) * reach + rng.uniform(0, 1, 2) * (width, height)
    elif kind == 2:  # a line there and back, or a few pixels
        points = rng.uniform(0, 1, 2) * (width, height) + rng.uniform(-3, 3, (n, 2)) * rng.choice([0.2, 1, 20], 2)
    elif kind == 3:  # from step to step
        points = np.cumsum(rng.normal(0, 4, (n, 2)), 0) + rng.uniform(0, 1, 2) * (width, height)
    else:  # repeated and level
        points = rng.integers(-2, 12, (n, 2)) * (width / 8, height / 8)
    steps = float(rng.choice([1, 2, 10, 100, 0]))  # a pixel, or not whole parts of it
    return np.asarray(np.rint(steps * points) / steps if steps else points, np.float64)


def some_polygon(rng: Generator) -> tuple[list[list[float]], int, int]:
    """Rings as COCO has them, and the height and width of their frame: real or random, mostly one."""
    if rng.random() < 0.4:
        polygons = outlined().polygons
        return polygons[rng.integers(len(polygons))]
    height, width = some_frame(rng)
    rings = [some_ring(rng, height, width) for _ in range(rng.choice([1, 1, 2, 5]))]
    return [ring.ravel().tolist() for ring in rings], height, width


def some_frame(rng: Generator) -> tuple[int, int]:
    """Height and width of a frame in pixels: mostly small; one of 2,000 has a long side."""
    if rng.random() < 0.0005:
        long, short = LONG_PX, int(rng.integers(1, 30))
        return (long, short) if rng.random() < 0.5 else (short, long)
    height, width = rng.integers(1, rng.choice([12, 70, 200]), 2).tolist()
    return height, width


def many_holes(side_px: int = 400) -> Mask:
    """A square with 10,000 holes of a pixel, a fourth as many as (side / 2)² at another side."""
    frame = np.ones((side_px + 1, side_px + 1), np.uint8)
    frame[2::4, 2::4] = 0
    return from_frame(frame)


def _real(rng: Generator) -> Mask:
    masks = outlined().masks
    return masks[rng.integers(len(masks))]


def _noise(rng: Generator) -> Mask:
    height, width = rng.integers(1, rng.choice([6, 40, 150]), 2).tolist()
    share = rng.choice([0.01, 0.1, 0.5, 0.9, 0.99, 1.0])
    pixels = (rng.random((height, width)) < share).astype(np.uint8)
    if max(height, width) < 40 and rng.random() < 0.5:
        pixels = pixels.repeat(rng.integers(1, 6), 0).repeat(rng.integers(1, 6), 1)
    return _in_a_frame(rng, pixels)


def _blobs(rng: Generator) -> Mask:
    height, width = rng.integers(8, 180, 2).tolist()
    pixels = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(1, 8)):
        middle, axes = rng.integers(0, (width, height)).tolist(), rng.integers(0, 60, 2).tolist()
        cv2.ellipse(pixels, middle, axes, float(rng.uniform(0, 180)), 0, 360, int(rng.random() < 0.7), -1)
    return _in_a_frame(rng, pixels)


def _lines(rng: Generator) -> Mask:
    height, width = rng.integers(1, 120, 2).tolist()
    pixels = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(1, 6)):
        begin, end = rng.integers(0, (width, height), (2, 2)).tolist()
        cv2.line(pixels, begin, end, 1, int(rng.choice([1, 1, 3])))
    return _in_a_frame(rng, pixels)


def _far(rng: Generator) -> Mask:
    height, width = some_frame(rng)
    frame = np.zeros((LONG_PX, width) if height > width else (height, LONG_PX), np.uint8)
    frame[:height, :width] = rng.random((height, width)) < 0.5
    return _tight(Mask(frame, 0, 0, *frame.shape))


def _in_a_frame(rng: Generator, pixels: Frame) -> Mask:
    """In a frame with up to 100 pixels more on each side, often none."""
    more = rng.integers(0, rng.choice([1, 3, 100]), 4)
    height, width = pixels.shape[0] + more[0] + more[1], pixels.shape[1] + more[2] + more[3]
    return _tight(Mask(pixels, int(more[2]), int(more[0]), int(height), int(width)))


def _placed(rng: Generator, pixels: Frame, height: int, width: int) -> Mask:
    left = int(rng.integers(0, width - pixels.shape[1] + 1))
    top = int(rng.integers(0, height - pixels.shape[0] + 1))
    return Mask(np.ascontiguousarray(pixels), left, top, height, width)


def _tight(mask: Mask) -> Mask:
    rows, columns = np.flatnonzero(mask.pixels.any(1)), np.flatnonzero(mask.pixels.any(0))
    if not rows.size:
        return mask._replace(pixels=np.zeros((0, 0), np.uint8), left=0, top=0)
    pixels = np.ascontiguousarray(mask.pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    return mask._replace(pixels=pixels, left=mask.left + int(columns[0]), top=mask.top + int(rows[0]))
