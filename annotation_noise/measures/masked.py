"""Annotations with their masks, read from the bytes of a file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.file import annotations_cut
from annotation_noise.coco.schema import Annotation
from annotation_noise.coco.source import Cut
from annotation_noise.errors import InputError
from annotation_noise.geometry.segmentations import Segmentation

Places = NDArray[np.int64]
M = TypeVar("M")


def read_masked(
    path: Path, cut: Cut, places: Places, read: Callable[[Segmentation | None, int, int], M], height: int, width: int
) -> Iterator[tuple[Annotation, M]]:
    """Some annotations of an image of this size with their masks. cut: gives the file's bytes. read: as `Way.read`.

    Raises InputError with the file and the place.
    """
    for index, annotation in zip(places[:, 0], annotations_cut(path, cut, places), strict=True):
        try:
            yield annotation, read(annotation.segmentation, height, width)
        except ValueError as error:
            raise InputError(f"{path}: annotations[{index}].segmentation{error}") from error
