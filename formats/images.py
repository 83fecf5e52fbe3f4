"""A few images of a dataset with their annotations and, where there is one, their photograph.

Source: COCO's data format page, `images`: `file_name`; LVIS has photographs under the last part of `coco_url`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from formats.coco import ANNOTATIONS_AT_A_TIME, CocoFile, entries
from formats.tables import Annotation, decoded

Photograph = NDArray[np.uint8]


class Listed(msgspec.Struct, gc=False):
    """An entry of `images`, as far as it is needed to show it; width and height in pixels.

    file_name, coco_url: strings in any real file, but whatever else they may be is no reason to stop.
    """

    id: int
    width: int
    height: int
    file_name: Any = None
    coco_url: Any = None

    @property
    def name(self) -> str:
        """What people call the image: its file's name, or its id."""
        return next(
            (name for name in (self.file_name, self.coco_url) if name and isinstance(name, str)), f"image {self.id}"
        )


class _Images(msgspec.Struct):
    images: list[Listed]


class _Ids(msgspec.Struct, gc=False):
    id: int
    image_id: int


def listed(file: CocoFile) -> dict[int, Listed]:
    """All images of a file by id."""
    return {image.id: image for image in decoded(file.data, _Images, f"{file.path}").images}


def image_ids(file: CocoFile) -> Iterator[int]:
    """The image of every annotation of a file, in its order."""
    return (ids.image_id for ids in _ids(file))


def annotations_of(file: CocoFile, wanted: Collection[int]) -> dict[int, list[Annotation]]:
    """The annotations of some images by image id, in the file's order; only they are decoded in full.

    An image without any has an empty list. Raises InputError for one whose fields have the wrong types.
    """
    found: dict[int, list[Annotation]] = {image_id: [] for image_id in wanted}
    for index, ids in enumerate(_ids(file)):
        if ids.image_id in found:
            found[ids.image_id].append(_annotation(file, index))
    return found


def annotation_by_id(file: CocoFile, annotation_id: int) -> Annotation | None:
    """The annotation of an id, or None where there is none. Raises InputError, like `annotations_of`."""
    return next((_annotation(file, index) for index, ids in enumerate(_ids(file)) if ids.id == annotation_id), None)


def _ids(file: CocoFile) -> Iterator[_Ids]:
    for first in range(0, len(file.starts), ANNOTATIONS_AT_A_TIME):
        last = min(first + ANNOTATIONS_AT_A_TIME, len(file.starts)) - 1
        stretch = file.data[int(file.starts[first]) : int(file.ends[last])]
        yield from msgspec.json.decode(b"[" + stretch + b"]", type=list[_Ids])


def _annotation(file: CocoFile, index: int) -> Annotation:
    (entry,) = entries(file.data[int(file.starts[index]) : int(file.ends[index])], index)
    return entry.annotation


def choose(ordered: Iterable[Listed], count: int, folder: Path | None, split: str) -> list[Listed]:
    """The first `count` images; where there is a folder, those with a photograph in it before all others."""
    images = list(ordered)
    if folder is None:
        return images[:count]
    with_photograph = list(islice((image for image in images if find_photograph(image, folder, split)), count))
    ids = {image.id for image in with_photograph}
    others = (image for image in images if image.id not in ids)
    return with_photograph + list(islice(others, count - len(with_photograph)))


def find_photograph(image: Listed, folder: Path, split: str) -> Path | None:
    """Where the photograph of an image lies: in a folder, or in the sub-folder of its split.

    split: `train2017` for instances_train2017.json. None where there is no such file.
    """
    names = [image.file_name, *_last_parts(str(image.file_name or "")), *_last_parts(str(image.coco_url or ""))]
    places = [parent / name for name in names if name and isinstance(name, str) for parent in (folder, folder / split)]
    return next((place for place in places if place.is_file()), None)


def _last_parts(address: str) -> Sequence[str]:
    parts = address.split("/")
    return ["/".join(parts[-2:]), parts[-1]] if len(parts) > 1 else []


def read_photograph(path: Path, height: int, width: int) -> Photograph | None:
    """A photograph as (height, width, 3) uint8 in RGB, its pixels as they are stored.

    None where it cannot be read or is not of that size, so that annotations do not fit it.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None or image.shape[:2] != (height, width):
        return None
    return np.asarray(image[:, :, ::-1], np.uint8)


def split_of(path: Path) -> str:
    """The split that a file is named after: `train2017` of instances_train2017.json."""
    return path.stem.removeprefix("instances_")
