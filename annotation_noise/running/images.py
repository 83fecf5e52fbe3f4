"""The images of a file, each with its annotations as a noise may see them."""

from collections.abc import Iterator

from annotation_noise.coco.by_image import Stretch
from annotation_noise.coco.file import Entry, entries, mapped
from annotation_noise.coco.schema import Image
from annotation_noise.core.choose import Clean
from annotation_noise.errors import InputError


def read_images(stretch: Stretch) -> Iterator[tuple[Image, dict[int, Entry], list[Clean]]]:
    """The images of a stretch, each with its annotations: by id as they stand in the file, and as a noise may see them.

    Raises InputError with the file and the place.
    """
    with mapped(stretch.path) as data:
        for image, places in stretch.images:
            by_id, cleans = dict[int, Entry](), list[Clean]()
            for index, start, end in places.tolist():
                try:
                    (entry,) = entries(data[start:end], index)
                except InputError as error:
                    raise InputError(f"{stretch.path}: {error}") from error
                try:
                    cleans.append(Clean(entry.annotation, image.height, image.width))
                except InputError as error:
                    raise InputError(f"{stretch.path}: annotations[{index}]{error}") from error
                by_id[entry.annotation.id] = entry
            yield image, by_id, cleans
