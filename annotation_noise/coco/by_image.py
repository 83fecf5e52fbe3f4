"""A COCO file image by image: for formats that have a file for each image, and for all that looks at whole images.

The annotations of an image may stand anywhere in a COCO file. Of each only its place is noted; it is decoded when its
image is at hand, in any process that sees the file.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.file import CocoFile, annotations_cut
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.coco.source import Source, reopened

IMAGES_PER_STRETCH = 32


class ImagePlaces(NamedTuple):
    """An image of a COCO file, and where its annotations stand.

    places: (n, 3) int64, rows of `CocoFile.places`, in the file's order.
    """

    image: Image
    places: NDArray[np.int64]


class Stretch(NamedTuple):
    """Some images of a COCO file, as a worker needs them."""

    source: Source
    images: list[ImagePlaces]


def by_image(file: CocoFile) -> list[ImagePlaces]:
    """All images of a file, in its order, those without annotations too."""
    images, owned_by = file.tables.images, file.tables.owners
    order = np.argsort(owned_by, kind="stable")
    places = file.places[order]
    borders = np.searchsorted(owned_by[order], np.arange(len(images) + 1)).tolist()
    return [
        ImagePlaces(image, places[begin:end]) for image, (begin, end) in zip(images, pairwise(borders), strict=True)
    ]


def stretches(file: CocoFile) -> Iterator[Stretch]:
    """Share a file out by images, in the file's order."""
    images = by_image(file)
    for first in range(0, len(images), IMAGES_PER_STRETCH):
        yield Stretch(file.source, images[first : first + IMAGES_PER_STRETCH])


def annotated(stretch: Stretch) -> Iterator[tuple[Image, list[Annotation]]]:
    """Read each image's annotations. Raises InputError with the file and the place."""
    with reopened(stretch.source) as cut:
        for image, places in stretch.images:
            yield image, list(annotations_cut(stretch.source.path, cut, places))
