"""VIPER: instances from its label images.

    SPLIT/inst/SEQ/SEQ_FRAME.png   8-bit RGB
    SPLIT/img/SEQ/SEQ_FRAME.jpg    the images, if they are there (png where they are png)

The red value of a pixel is its class, 256 * green + blue the number of its instance. Ten classes are
evaluated by instance and become annotations; the others are part of the background.

Ids are the digits of names, so that a part of the frames has the ids of the whole. An image's is
SEQ followed by FRAME in five digits, and an annotation's is 10,000,000 * that + 100,000 * class + number.

Source: Richter, Hayder, Koltun, "Playing for Benchmarks", ICCV 2017, and its site, playing-for-benchmarks.org.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from annotation_noise.datasets.png import read_png
from annotation_noise.datasets.split import Frame, Records, Split, annotation, check_folder, pairs
from annotation_noise.errors import InputError
from annotation_noise.geometry.labels import instances
from annotation_noise.reading import MOST_PIXELS

SPLITS = ("train", "val")
CLASSES = 32  # 0, unlabeled, to 31, boat
NUMBERS_PER_CLASS, VALUES_PER_IMAGE = 100_000, 10_000_000
NAMES = {
    13: "trafficlight",
    16: "firehydrant",
    17: "chair",
    19: "trashcan",
    20: "person",
    23: "motorcycle",
    24: "car",
    25: "van",
    26: "bus",
    27: "truck",
}
_NAME = re.compile(r"(\d{3})_(\d{5})")


def read(
    path: Path, chosen: Sequence[str] | None = None, every: int = 1, most_pixels: int = MOST_PIXELS
) -> list[Split]:
    """The splits of a VIPER folder: those chosen, or train and val as far as they are there.

    path: the folder with train and val. every: takes the frames whose number is a multiple of it;
    with 10 those that the owners offer as a package of their own. most_pixels: see `read_png`.
    Raises InputError where there is no such split; what is wrong inside a split is said when its
    frames are listed or read.
    """
    check_folder(path)
    there = [split for split in SPLITS if (path / split / "inst").is_dir()]
    if not there:
        raise InputError(f"{path} has no train/inst and no val/inst; is it the folder that train and val lie in?")
    for split in chosen or ():
        if split not in there:
            raise InputError(f"{path} has no {split}/inst, only {', '.join(there)}")
    categories = [{"id": number, "name": name} for number, name in NAMES.items()]
    return [
        Split(
            split,
            f"{path / split / 'inst'}",
            f"VIPER, {split}" + (f", every frame whose number is a multiple of {every}" if every > 1 else ""),
            categories,
            functools.partial(_frames, path / split, every),
            functools.partial(_records, most_pixels=most_pixels),
        )
        for split in there
        if not chosen or split in chosen
    ]


def _frames(split: Path, every: int) -> Iterator[Frame]:
    def wanted(stem: str) -> bool:
        return not (match := _NAME.fullmatch(stem)) or int(match[2]) % every == 0

    for pair in pairs(split / "inst", ".png", split / "img", [".jpg", ".png"], wanted):
        match = _NAME.fullmatch(pair.labels.stem)
        if not match:
            raise InputError(f"{pair.labels}: must be named like 001_00010.png, by sequence and frame")
        yield Frame(int(match[1] + match[2]), f"img/{pair.image}", pair.labels)


def _records(frame: Frame, most_pixels: int) -> Records:
    pixels = read_png(frame.labels, "8-bit RGB", most_pixels).astype(np.uint32)
    labels = np.asarray(pixels[:, :, 0] << 16 | pixels[:, :, 1] << 8 | pixels[:, :, 2], np.uint32)
    height, width = labels.shape
    values = np.unique(labels)
    classes = values >> 16
    skipped = Counter(f"of the unknown class {unknown}" for unknown in classes[classes >= CLASSES].tolist())
    wanted = values[np.isin(classes, list(NAMES))].tolist()
    annotations = [
        annotation(
            VALUES_PER_IMAGE * frame.image_id + NUMBERS_PER_CLASS * (value >> 16) + (value & 0xFFFF),
            frame.image_id,
            value >> 16,
            mask,
            iscrowd=False,
        )
        for value, mask in instances(labels, wanted).items()
    ]
    image = {"id": frame.image_id, "file_name": frame.file_name, "width": width, "height": height}
    return Records(image, annotations, skipped)
