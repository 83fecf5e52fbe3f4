"""How masks are read and compared: by the libraries, or compiled. Both ways give the same numbers, to the last bit."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.segmentations import Segmentation
from annotation_noise.measures.overlap import Overlap

Ious = NDArray[np.float64]


class Way(NamedTuple):
    """The functions of a way; what a mask is, only they know.

    read: the mask of a segmentation on an image of this height and width; raises ValueError as
        `segmentations.rasterised` does.
    area_px: its pixels.
    boundary: its boundary region.
    overlap: all measures of a clean mask that is not empty and a noisy one, with their boundary regions or None.
    iou: of two masks, or boundary regions.
    ious: of some masks (n) with others (m), of which some (m,) are crowd regions: (n, m); 0 for two empty ones.
    """

    read: Callable[[Segmentation | None, int, int], Any]
    area_px: Callable[[Any], int]
    boundary: Callable[[Any], Any]
    overlap: Callable[[Any, Any, Any, Any], Overlap]
    iou: Callable[[Any, Any], float]
    ious: Callable[[Sequence[Any], Sequence[Any], Sequence[bool]], Ious]
