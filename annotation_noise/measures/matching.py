"""Which annotation of one file is which of the other.

By id, where the ids mean the same in both files. Tools that number annotations anew leave ids that agree
by chance, if at all; then an image's masks are assigned to each other, one to one, so that the sum
of their IoUs is as large as can be, whatever their categories.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


class Matches(NamedTuple):
    """Places of annotations in two lists.

    pairs: (clean, noisy), in the order of the clean ones. missing: clean ones without a noisy one.
    extra: noisy ones without a clean one.
    """

    pairs: list[tuple[int, int]]
    missing: list[int]
    extra: list[int]


def ids_mean_the_same(clean_ids: Ids, clean_images: Ids, noisy_ids: Ids, noisy_images: Ids) -> bool:
    """Whether annotations are to be matched by id.

    All (n,) int64, of two files; ids are unique within a file. True where some ids are in both files and most of
    those stand for annotations of the same image.
    """
    _, clean, noisy = np.intersect1d(clean_ids, noisy_ids, assume_unique=True, return_indices=True)
    return bool(2 * np.count_nonzero(clean_images[clean] == noisy_images[noisy]) > len(clean))


def by_id(clean: Sequence[int], noisy: Sequence[int]) -> Matches:
    """Match by equal ids; ids are unique within each list."""
    place = {id_: index for index, id_ in enumerate(noisy)}
    return _matches([(index, place[id_]) for index, id_ in enumerate(clean) if id_ in place], len(clean), len(noisy))


def by_overlap(ious: NDArray[np.float64]) -> Matches:
    """Match the masks of one image so that the sum of the IoUs is largest; masks without a common pixel never match.

    ious: (clean, noisy), of each with each.

    Source: H. W. Kuhn, "The Hungarian method for the assignment problem", 1955, as scipy solves it.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(ious, maximize=True)
    pairs = [(row, column) for row, column in zip(rows.tolist(), columns.tolist(), strict=True) if ious[row, column]]
    return _matches(pairs, *ious.shape)


def _matches(pairs: list[tuple[int, int]], clean_count: int, noisy_count: int) -> Matches:
    paired_clean, paired_noisy = {clean for clean, _ in pairs}, {noisy for _, noisy in pairs}
    return Matches(
        pairs,
        [place for place in range(clean_count) if place not in paired_clean],
        [place for place in range(noisy_count) if place not in paired_noisy],
    )
