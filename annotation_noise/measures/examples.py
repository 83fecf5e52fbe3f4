"""The instances to look at: those that changed most and least, of each size, with their masks."""

from collections.abc import Sequence
from typing import NamedTuple

from annotation_noise.coco.schema import Image
from annotation_noise.geometry.masks import Mask
from annotation_noise.geometry.segmentations import cropped
from annotation_noise.measures.image_pairs import Comparison, read_masked
from annotation_noise.measures.inputs import FilePair, Side
from annotation_noise.measures.tables import SIZES, size_of

OF_EACH_SIZE = 4


class Example(NamedTuple):
    """An instance to show. file_name: of its image, as the clean file has it."""

    row: Comparison
    size: str
    clean: Mask
    noisy: Mask
    file_name: str


def chosen(pair: FilePair, rows: Sequence[Comparison]) -> dict[str, list[Example]]:
    """The `most` and the `least` changed instances by mask IoU, of each size, small ones first.

    Masks that did not change, and those that were emptied, are not among them; none is in both lists.
    """
    changed = [row for row in rows if row.iou is not None and row.iou < 1 and row.area_change != -1]
    changed.sort(key=lambda row: (row.iou, row.clean_id))
    result: dict[str, list[Example]] = {"most": [], "least": []}
    for size in SIZES:
        of_size = [row for row in changed if size_of(row.area_px) == size]
        half = min(OF_EACH_SIZE, (len(of_size) + 1) // 2)
        result["most"] += [_example(pair, row) for row in of_size[:half]]
        result["least"] += [_example(pair, row) for row in of_size[half:][-OF_EACH_SIZE:][::-1]]
    return result


def _example(pair: FilePair, row: Comparison) -> Example:
    image = pair.clean.images[row.image_id].image
    clean = _mask(pair.clean, row.clean_id, image)
    return Example(row, size_of(row.area_px), clean, _mask(pair.noisy, row.noisy_id, image), image.file_name)


def _mask(side: Side, id_: int | None, image: Image) -> Mask:
    places = side.file.places[side.ids == id_]
    (instance,) = read_masked(side.file.path, side.file.cut, places, image.height, image.width)
    return cropped(instance.runs)
