"""A COCO file image by image, for formats that have a file for each image.

The annotations of an image may stand anywhere in a COCO file. Of each only its image and its place are
noted; the rest is read when its page is written.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from errors import InputError
from formats.coco import CocoFile, heads
from formats.tables import Annotation

IMAGES_PER_STRETCH = 32


class Named(msgspec.Struct, gc=False):
    """An entry of `images`, with its name: LVIS v1 has `coco_url` instead of `file_name`."""

    id: int
    width: int
    height: int
    file_name: str = ""
    coco_url: str = ""

    @property
    def path(self) -> Path:
        """The image's path below the folder of images."""
        return Path(self.file_name or "/".join(self.coco_url.split("/")[-2:]))


class Stretch(NamedTuple):
    """Some images of a COCO file, and where in it their annotations are.

    spans: for each image, begin and end of its annotations' objects, (n, 2) int64, in the file's order.
    """

    path: Path
    images: list[Named]
    spans: list[NDArray[np.int64]]


class Page(NamedTuple):
    """An image with all its annotations."""

    image: Named
    annotations: list[Annotation]


def named_images(file: CocoFile) -> list[Named]:
    """The images of a file. Raises InputError for one without a name of its own that files could have."""
    top = msgspec.json.decode(file.data, type=dict[str, msgspec.Raw])
    try:
        images = msgspec.json.decode(top["images"], type=list[Named])
    except msgspec.ValidationError as error:
        raise InputError(f"{file.path}: images: {error}") from error
    seen: set[Path] = set()
    for index, image in enumerate(images):
        if not image.path.name or ".." in image.path.parts or image.path.is_absolute():
            raise InputError(f"{file.path}: images[{index}] has no `file_name` that files could be named after")
        name = image.path.with_suffix("")
        if name in seen:
            raise InputError(f"{file.path}: images[{index}].file_name: {name} is there twice, whatever its ending")
        seen.add(name)
    return images


def stretches(file: CocoFile) -> Iterator[Stretch]:
    """Share a file out by images, in the file's order."""
    images = named_images(file)
    place = {image.id: index for index, image in enumerate(images)}
    owners = np.fromiter((place[head.image_id] for head in heads(file)), np.int64, len(file.starts))
    order = np.argsort(owners, kind="stable")
    borders = np.searchsorted(owners[order], np.arange(len(images) + 1))
    spans = np.stack([file.starts, file.ends], axis=1)[order]
    for first in range(0, len(images), IMAGES_PER_STRETCH):
        chosen = images[first : first + IMAGES_PER_STRETCH]
        ends = borders[first : first + len(chosen) + 1].tolist()
        yield Stretch(file.path.absolute(), chosen, [spans[begin:end] for begin, end in pairwise(ends)])


def pages(stretch: Stretch) -> Iterator[Page]:
    """Read the annotations of a stretch."""
    with stretch.path.open("rb") as file:
        for image, spans in zip(stretch.images, stretch.spans, strict=True):
            raws = []
            for begin, end in spans.tolist():
                file.seek(begin)
                raws.append(file.read(end - begin))
            yield Page(image, msgspec.json.decode(b"[" + b",".join(raws) + b"]", type=list[Annotation]))
