"""The images of a file, each with its annotations as a noise may see them."""

from collections.abc import Iterator

from annotation_noise.coco.by_image import Stretch
from annotation_noise.coco.file import Entry, entries
from annotation_noise.coco.schema import Image
from annotation_noise.coco.source import reopened
from annotation_noise.core.choose import Clean
from annotation_noise.errors import InputError


def read_images(stretch: Stretch) -> Iterator[tuple[Image, dict[int, Entry], list[Clean]]]:
    """The images of a stretch, each with its annotations: by id as they stand in the file, and as a noise may see them.

    Raises InputError with the file and the place.
    """
    with reopened(stretch.source) as cut:
        for image, places in stretch.images:
            by_id, cleans = dict[int, Entry](), list[Clean]()
            for index, start, end in places.tolist():
                try:
                    (entry,) = entries(cut(start, end), index)
                except InputError as error:
                    raise InputError(f"{stretch.source.path}: {error}") from error
                try:
                    cleans.append(Clean(entry.annotation, image.height, image.width))
                except InputError as error:
                    raise InputError(f"{stretch.source.path}: annotations[{index}]{error}") from error
                by_id[entry.annotation.id] = entry
            yield image, by_id, cleans
