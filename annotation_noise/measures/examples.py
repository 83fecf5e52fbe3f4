"""The instances to look at: those that changed most and least, of each size, with their masks."""

from typing import NamedTuple

import numpy as np

from annotation_noise.coco.schema import Image
from annotation_noise.geometry.masks import Mask
from annotation_noise.geometry.segmentations import read_mask
from annotation_noise.measures.inputs import FilePair, Side
from annotation_noise.measures.masked import read_masked
from annotation_noise.measures.rows import Comparison, Rows, comparisons, taken
from annotation_noise.measures.tables import SIZES, size_of, sizes_of

OF_EACH_SIZE = 4


class Example(NamedTuple):
    """An instance to show. file_name: of its image, as the clean file has it."""

    row: Comparison
    size: str
    clean: Mask
    noisy: Mask
    file_name: str


def chosen(pair: FilePair, rows: Rows) -> dict[str, list[Example]]:
    """The `most` and the `least` changed instances by mask IoU, of each size, small ones first.

    Masks that did not change, and those that were emptied, are not among them; none is in both lists.
    """
    changed = np.flatnonzero((rows.iou < 1) & (rows.area_change != -1))
    changed = changed[np.lexsort((rows.clean_id[changed], rows.iou[changed]))]
    sizes = sizes_of(rows.area_px[changed])
    result: dict[str, list[Example]] = {"most": [], "least": []}
    for size in range(len(SIZES)):
        of_size = changed[sizes == size]
        half = min(OF_EACH_SIZE, (len(of_size) + 1) // 2)
        for key, places in (("most", of_size[:half]), ("least", of_size[half:][-OF_EACH_SIZE:][::-1])):
            result[key] += [_example(pair, row) for row in comparisons(taken(rows, places))]
    return result


def _example(pair: FilePair, row: Comparison) -> Example:
    image = pair.clean.images[row.image_id].image
    clean = _mask(pair.clean, row.clean_id, image)
    return Example(row, size_of(row.area_px), clean, _mask(pair.noisy, row.noisy_id, image), image.file_name)


def _mask(side: Side, id_: int | None, image: Image) -> Mask:
    places = side.file.places[side.ids == id_]
    ((_, mask),) = read_masked(side.file.path, side.file.cut, places, read_mask, image.height, image.width)
    return mask
