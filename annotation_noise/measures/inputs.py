"""Two files of the same images: held against each other, and shared out as jobs."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.by_image import ImagePlaces, by_image
from annotation_noise.coco.file import CocoFile, heads, read
from annotation_noise.coco.statement import already_noisy
from annotation_noise.errors import InputError
from annotation_noise.measures.image_pairs import ImagePair, ImagePairs
from annotation_noise.measures.matching import ids_mean_the_same

ANNOTATIONS_PER_JOB = 512


class Side(NamedTuple):
    """One of the two files.

    images: by id. ids, image_ids: (n,) int64, of each annotation, in the file's order.
    """

    file: CocoFile
    images: dict[int, ImagePlaces]
    ids: NDArray[np.int64]
    image_ids: NDArray[np.int64]


class FilePair(NamedTuple):
    """Both files.

    common: ids of the images in both, ascending. by_id: whether annotations are matched by id.
    """

    clean: Side
    noisy: Side
    common: list[int]
    by_id: bool


def read_pair(clean_path: Path, noisy_path: Path) -> FilePair:
    """Read and check two files. Raises InputError: a broken or empty file, files that do not belong together."""
    clean, noisy = _side(clean_path), _side(noisy_path)
    common = sorted(clean.images.keys() & noisy.images.keys())
    if not common:
        raise InputError(
            f"{clean_path} and {noisy_path} have no image in common (images are told by their id); "
            "both files must be of the same dataset"
        )
    for id_ in common:
        before, after = (f"{side.images[id_].image.width} x {side.images[id_].image.height}" for side in (clean, noisy))
        if before != after:
            raise InputError(
                f"{noisy_path}: image {id_} is {after}, but {before} in {clean_path}; "
                "masks can only be compared on one frame"
            )
    by_id = ids_mean_the_same(clean.ids, clean.image_ids, noisy.ids, noisy.image_ids)
    return FilePair(clean, noisy, common, by_id)


def doubts(pair: FilePair) -> list[str]:
    """A sentence where the files may not be what they are taken for.

    That is where the clean file says that it is noisy, and where a category or an image has two names, so that its id
    may not mean the same in both files.
    """
    sides = (pair.clean, pair.noisy)
    named: dict[str, list[dict[int, str]]] = {
        "category": [side.file.tables.categories for side in sides],
        "image": [{image.id: Path(image.file_name).name for image in side.file.tables.images} for side in sides],
    }
    sentences = []
    if pair.clean.file.statement is not None:
        consequence = "it is measured as the clean file all the same"
        sentences.append(already_noisy(pair.clean.file.path, pair.clean.file.statement, consequence))
    for what, (clean, noisy) in named.items():
        differing = [id_ for id_, name in clean.items() if name and (noisy.get(id_) or name) != name]
        if differing:
            first, others = differing[0], len(differing) - 1
            more = f" (and {others:,} more)" if others else ""
            sentences.append(
                f"{what} {first} is called {clean[first]} in {pair.clean.file.path} and {noisy[first]} in "
                f"{pair.noisy.file.path}{more}; they are taken for the same, as their ids are"
            )
    return sentences


def shared_out(pair: FilePair, boundaries: bool, kernels: bool = False) -> Iterator[ImagePairs]:
    """Share the common images out; in their order, some hundred annotations at a time. See `ImagePairs`."""
    sources = pair.clean.file.source, pair.noisy.file.source
    options = pair.by_id, boundaries, pair.clean.file.tables.federated is not None, kernels
    images: list[ImagePair] = []
    waiting = 0
    for id_ in pair.common:
        (image, clean), (_, noisy) = pair.clean.images[id_], pair.noisy.images[id_]
        images.append(ImagePair(image.height, image.width, clean, noisy))
        waiting += len(clean) + len(noisy)
        if waiting >= 2 * ANNOTATIONS_PER_JOB:
            yield ImagePairs(*sources, images, *options)
            images, waiting = [], 0
    if images:
        yield ImagePairs(*sources, images, *options)


def _side(path: Path) -> Side:
    file = read(path)
    if not len(file.starts):
        raise InputError(f"{path}: has no annotations, so there is nothing to measure")
    try:
        ids = np.array([(head.id, head.image_id) for head in heads(file)], np.int64)
    except OverflowError as error:
        raise InputError(f"{path}: an image id needs more than 64 bits") from error
    return Side(file, {entry.image.id: entry for entry in by_image(file)}, ids[:, 0], ids[:, 1])
