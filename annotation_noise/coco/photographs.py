"""The photographs of a dataset's images, found and read.

Source: COCO's data format page, `images`: `file_name`; LVIS has photographs under the last part of `coco_url`.
"""

import os
import warnings
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.schema import Image
from annotation_noise.reading import MOST_PIXELS

Photograph = NDArray[np.uint8]


def choose_images(ordered: Iterable[Image], count: int, folder: Path | None, split: str) -> list[Image]:
    """The first `count` images; where there is a folder, those with a photograph in it before all others."""
    images = list(ordered)
    if folder is None:
        return images[:count]
    with_photograph = list(islice((image for image in images if find_photograph(image, folder, split)), count))
    ids = {image.id for image in with_photograph}
    others = (image for image in images if image.id not in ids)
    return with_photograph + list(islice(others, count - len(with_photograph)))


def find_photograph(image: Image, folder: Path, split: str) -> Path | None:
    """Where the photograph of an image lies: in a folder, or in the sub-folder of its split.

    split: `train2017` for instances_train2017.json. None where there is no such file, and for a name that leads
    out of the folder or is too long for one.
    """
    names = [image.file_name, *_last_parts(image.file_name), *_last_parts(image.coco_url)]
    places = [parent / name for name in names if stays_below(name) for parent in (folder, folder / split)]
    return next((place for place in places if is_file(place)), None)


def stays_below(name: str) -> bool:
    """Whether a file of that name lies below the folder that it is looked for in, whatever the name says."""
    return bool(name) and not Path(name).is_absolute() and ".." not in Path(name).parts


def is_file(path: Path) -> bool:
    """Whether there is a file; none where there cannot be one of that name."""
    return os.path.isfile(path)  # noqa: PTH113, as Path.is_file raises OSError for a name that is too long


def _last_parts(address: str) -> Sequence[str]:
    parts = address.split("/")
    return ["/".join(parts[-2:]), parts[-1]] if len(parts) > 1 else []


def read_photograph(path: Path, height: int, width: int) -> Photograph | None:
    """A photograph as (height, width, 3) uint8 in RGB, its pixels as they are stored.

    None where it cannot be read, is not of that size, so that annotations do not fit it, or has over MOST_PIXELS.
    """
    if _size_px(path) != (width, height) or width * height > MOST_PIXELS:  # of its header: pixels may take gigabytes
        return None
    image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None or image.shape[:2] != (height, width):
        return None
    return np.asarray(image[:, :, ::-1], np.uint8)


def _size_px(path: Path) -> tuple[int, int] | None:
    """Width and height of an image as its header says, None where it has none that can be read."""
    from PIL import Image as Picture  # which is there with matplotlib; without pictures nobody needs it

    try:
        with warnings.catch_warnings(action="ignore"), Picture.open(path) as picture:
            return int(picture.width), int(picture.height)
    except (OSError, ValueError, SyntaxError, Picture.DecompressionBombError):
        return None


def split_of(path: Path) -> str:
    """The split that a file is named after: `train2017` of instances_train2017.json."""
    return path.stem.removeprefix("instances_")
