"""Cityscapes: instances from its label images or from its polygons.

    gtFine/SPLIT/CITY/CITY_SEQ_FRAME_gtFine_instanceIds.png   16-bit grey
    gtFine/SPLIT/CITY/CITY_SEQ_FRAME_gtFine_polygons.json
    leftImg8bit/SPLIT/CITY/CITY_SEQ_FRAME_leftImg8bit.png     the images, if they are there

A pixel is class * 1000 + number where its class has instances and the instance is known by itself, and
the class alone elsewhere. In a class with instances the class alone marks a group, whose members
nobody has told apart: a crowd region. Eight classes are evaluated and become annotations; the
others, among them caravan and trailer, are part of the background.

Ids depend on names alone. An image's is its place, from 1, among the sorted names of its split
(city, then file), and an annotation's is 100,000 * that + the value of its pixels.

Source: cityscapesScripts, helpers/labels.py and preparation/json2instanceImg.py, and its README.
"""

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.datasets.png import read_png
from annotation_noise.datasets.split import Frame, Records, Split, annotation, check_folder, check_size, pairs
from annotation_noise.errors import InputError, how_to_install
from annotation_noise.geometry.labels import instances
from annotation_noise.reading import MOST_PIXELS, read_json

SPLITS = ("train", "val")
INSTANCE_IDS, POLYGONS, IMAGE = "_gtFine_instanceIds.png", "_gtFine_polygons.json", "_leftImg8bit.png"
VALUES_PER_IMAGE = 100_000
NUMBERS_PER_CLASS = 1000

# The place of a label in this list is its id; `license plate` has none and is never drawn.
# fmt: off
LABELS = [
    "unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground", "road",
    "sidewalk", "parking", "rail track", "building", "wall", "fence", "guard rail", "bridge", "tunnel", "pole",
    "polegroup", "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car", "truck",
    "bus", "caravan", "trailer", "train", "motorcycle", "bicycle",
]
# fmt: on
NOT_DRAWN = "license plate"
WITH_INSTANCES = range(LABELS.index("person"), LABELS.index("bicycle") + 1)
HUMANS = ("person", "rider")
VEHICLES = ("car", "truck", "bus", "train", "motorcycle", "bicycle")
CATEGORIES = [
    {"id": LABELS.index(name), "name": name, "supercategory": group}
    for group, names in (("human", HUMANS), ("vehicle", VEHICLES))
    for name in names
]
EVALUATED = frozenset(int(str(category["id"])) for category in CATEGORIES)


class Polygon(msgspec.Struct):
    """An object of a polygon file; its points are whole pixels, x and y."""

    label: str
    polygon: list[tuple[float, float]]
    deleted: int | bool = 0


class PolygonFile(msgspec.Struct):
    """A polygon file: objects in the order in which they are drawn, later ones over earlier ones."""

    imgWidth: int
    imgHeight: int
    objects: list[Polygon]


def read(
    path: Path, chosen: Sequence[str] | None = None, source: str = "instances", most_pixels: int = MOST_PIXELS
) -> list[Split]:
    """The splits of a Cityscapes folder: those chosen, or train and val as far as they are there.

    path: the folder with gtFine, and leftImg8bit if it is there. source: "instances" reads the
    label images, "polygons" the polygon files. most_pixels: see `read_png`. Raises
    InputError where there is no such split; what is wrong inside a split is said when its frames are listed or read.
    """
    check_folder(path)
    root = path / "gtFine"
    there = [split for split in SPLITS if (root / split).is_dir()]
    if not there:
        raise InputError(f"{path} has no gtFine/train and no gtFine/val; is it the folder that gtFine lies in?")
    for split in chosen or ():
        if split not in there:
            raise InputError(f"{path} has no split gtFine/{split}, only {', '.join(there)}")
    reader = _from_image if source == "instances" else _from_polygons
    end = INSTANCE_IDS if source == "instances" else POLYGONS
    return [
        Split(
            split,
            f"{root / split}",
            f"Cityscapes, gtFine/{split}",
            CATEGORIES,
            functools.partial(_frames, path, split, end),
            functools.partial(reader, most_pixels=most_pixels),
        )
        for split in there
        if not chosen or split in chosen
    ]


def _frames(path: Path, split: str, end: str) -> Iterator[Frame]:
    in_order = pairs(path / "gtFine" / split, end, path / "leftImg8bit" / split, [IMAGE])
    for place, pair in enumerate(in_order, start=1):
        yield Frame(place, pair.image, pair.labels)


def _from_image(frame: Frame, most_pixels: int) -> Records:
    return _records(frame, read_png(frame.labels, "16-bit grey", most_pixels), Counter())


def _from_polygons(frame: Frame, most_pixels: int) -> Records:
    drawing = read_json(frame.labels, PolygonFile, "a Cityscapes polygon file")
    check_size(frame.labels, drawing.imgWidth, drawing.imgHeight, most_pixels)
    skipped: Counter[str] = Counter()
    try:
        labels = drawn_labels(drawing, skipped)
    except InputError as error:
        raise InputError(f"{frame.labels}: {error}") from error
    return _records(frame, labels, skipped)


def drawn_labels(drawing: PolygonFile, skipped: Counter[str]) -> NDArray[np.uint16]:
    """The label image of a polygon file, pixel for pixel as cityscapesScripts draws it, by Pillow.

    A label that is unknown, and does not become known without the `group` at its end, is counted
    in `skipped`. Raises InputError: Pillow is missing, or an object has no outline to draw.
    """
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise InputError(f"--cityscapes_source polygons needs Pillow: {how_to_install('datasets')}") from error
    canvas = Image.new("I", (drawing.imgWidth, drawing.imgHeight), 0)
    pen = ImageDraw.Draw(canvas)
    numbers: Counter[int] = Counter()
    for index, shape in enumerate(drawing.objects):
        is_group = shape.label not in LABELS and shape.label.endswith("group")
        name = shape.label.removesuffix("group") if is_group else shape.label
        if shape.deleted or name == NOT_DRAWN:
            continue
        if name not in LABELS:
            skipped[f"of the unknown class {shape.label!r}"] += 1
            continue
        value = LABELS.index(name)
        if value in WITH_INSTANCES and not is_group:
            number, value = numbers[value], value * NUMBERS_PER_CLASS + numbers[value]
            numbers[value // NUMBERS_PER_CLASS] += 1
            if number >= NUMBERS_PER_CLASS:
                raise InputError(f"objects[{index}]: more than {NUMBERS_PER_CLASS} instances of {name} in one image")
        if len(shape.polygon) < 2:
            raise InputError(f"objects[{index}].polygon: {len(shape.polygon)} points, but an outline needs more")
        pen.polygon(shape.polygon, fill=value)
    return np.asarray(canvas).astype(np.uint16)


def _records(frame: Frame, labels: NDArray[np.uint16], skipped: Counter[str]) -> Records:
    height, width = labels.shape
    values = np.unique(labels)
    classes = np.where(values < NUMBERS_PER_CLASS, values, values // NUMBERS_PER_CLASS)
    for unknown in classes[classes >= len(LABELS)].tolist():
        skipped[f"of the unknown class {unknown}"] += 1
    wanted = values[np.isin(classes, list(EVALUATED))].tolist()
    annotations = [
        annotation(
            VALUES_PER_IMAGE * frame.image_id + value,
            frame.image_id,
            value // NUMBERS_PER_CLASS or value,
            mask,
            iscrowd=value < NUMBERS_PER_CLASS,
        )
        for value, mask in instances(labels, wanted).items()
    ]
    image = {"id": frame.image_id, "file_name": frame.file_name, "width": width, "height": height}
    return Records(image, annotations, skipped)
