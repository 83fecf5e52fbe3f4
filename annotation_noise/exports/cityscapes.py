"""Instances as Cityscapes' label images: gtFine/SPLIT/NAME_gtFine_instanceIds.png, 16-bit grey.

A pixel is category id * 1000 + number, the instances of a category numbered from 0 in the order of their
annotation ids; a crowd region is the category id alone; 0 is the background. A pixel has one
instance only: crowd regions are drawn first, then instances from the largest to the smallest, so
that the smaller covers the larger. What that costs is counted.

Source: cityscapesScripts, preparation/json2instanceImg.py; see datasets/cityscapes.py, which reads them.
"""

from collections import Counter
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.file import CocoFile
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.datasets.cityscapes import IMAGE, INSTANCE_IDS, NUMBERS_PER_CLASS
from annotation_noise.errors import InputError
from annotation_noise.exports.format import Format, IndexOf, Label
from annotation_noise.geometry.masks import area_px
from annotation_noise.geometry.segmentations import read_mask
from annotation_noise.reading import MOST_PIXELS

HIGHEST_ID = (2**16 - 1) // NUMBERS_PER_CLASS - 1


def check_categories(ids: Iterable[int]) -> None:
    """Raise InputError for a category id that does not fit into 16 bits together with a number."""
    for number in ids:
        if not 1 <= number <= HIGHEST_ID:
            raise InputError(
                f"--to cityscapes writes category * {NUMBERS_PER_CLASS} + number in 16 bits, so category ids must lie "
                f"between 1 and {HIGHEST_ID}, not {number}"
            )


def file_name(image: Image) -> str:
    """Where the label image of an image goes, below the folder of its split."""
    name = image.path.as_posix()
    stem = name.removesuffix(IMAGE) if name.endswith(IMAGE) else image.path.with_suffix("").as_posix()
    return f"{stem}{INSTANCE_IDS}"


def label_image(image: Image, annotations: Iterable[Annotation]) -> tuple[NDArray[np.uint16], Counter[str]]:
    """Draw an image's instances: (height, width), and what was counted.

    Counted: `instances`; their `pixels`; those of them `overlapped`, which went to another instance; and
    instances `covered`, of which no pixel is left. Raises InputError for more than 1000 of a category.
    """
    labels = np.zeros((image.height, image.width), np.uint16)
    numbers: Counter[int] = Counter()
    shapes = []
    for annotation in sorted(annotations, key=lambda a: a.id):
        mask = read_mask(annotation.segmentation, image.height, image.width)
        value = annotation.category_id
        if not annotation.iscrowd:
            value = value * NUMBERS_PER_CLASS + numbers[annotation.category_id]
            numbers[annotation.category_id] += 1
        shapes.append((not annotation.iscrowd, -area_px(mask), annotation.id, value, mask))
    for category, number in numbers.items():
        if number > NUMBERS_PER_CLASS:
            raise InputError(
                f"image {image.id} has {number} instances of category {category}; "
                f"Cityscapes' label images hold {NUMBERS_PER_CLASS}"
            )
    for *_, value, mask in sorted(shapes, key=lambda shape: shape[:3]):
        rows, columns = mask.pixels.shape
        labels[mask.top : mask.top + rows, mask.left : mask.left + columns][mask.pixels == 1] = value
    alone = [(value, -negative) for is_instance, negative, _, value, _ in shapes if is_instance]
    left = np.bincount(labels.ravel(), minlength=2**16)
    pixels = sum(area for _, area in alone)
    counts = Counter(
        instances=len(alone),
        pixels=pixels,
        overlapped=pixels - int(sum(left[value] for value, _ in alone)),
        covered=sum(area > 0 and not left[value] for value, area in alone),
    )
    return labels, counts


def png(labels: NDArray[np.uint16]) -> bytes:
    """A label image as the bytes of a PNG file."""
    done, content = cv2.imencode(".png", labels)
    assert done
    return content.tobytes()


def _check(file: CocoFile) -> None:
    check_categories(file.tables.categories)
    for index, image in enumerate(file.tables.images):
        if image.width * image.height > MOST_PIXELS:
            raise InputError(
                f"{file.path}: images[{index}]: a label image has at most {MOST_PIXELS:,} pixels, "
                f"not {image.width} x {image.height}"
            )


def _label(image: Image, annotations: Iterable[Annotation], index_of: IndexOf) -> Label:
    labels, counts = label_image(image, annotations)
    return Label(file_name(image), png(labels), counts)


def _sentence(split: str, counts: Counter[str]) -> str:
    return (
        f"gtFine/{split}: {counts['instances']:,} instances, of whose {counts['pixels']:,} pixels "
        f"{counts['overlapped']:,} overlapped and went to a smaller one; {counts['covered']:,} are covered whole"
    )


FORMAT = Format("gtFine", ".png", _check, _label, _sentence)
