"""Where added annotations stand in a file that must not tell which they are, and the ids of all.

An added annotation goes among its peers: those of its image and category where the file has the annotations of an image
together, else those of its category anywhere. Each rank among them is as likely as any other, and it stands as far from
the peer before or after it as two peers stand from each other. So it is where one that had always been there might be,
whether a file is ordered by image, by category or not at all. Ids then count from 1 in the file's order, since a gap or
an id out of turn would tell, too.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from annotation_noise.core.scenes import Added

Ids = NDArray[np.int64]


def slots(added: Sequence[tuple[int, Added]], image_ids: Ids, category_ids: Ids, seed: int) -> list[tuple[int, int]]:
    """Before which annotation of a file of n each added one shall stand, 0 to n, and its place in `added`; in order.

    added: each with its number, which its draws belong to. image_ids, category_ids: (n,), of the clean annotations.
    """
    count = len(image_ids)
    together = np.count_nonzero(np.diff(image_ids)) + 1 == len(np.unique(image_ids))
    peers: dict[tuple[int | None, int | None], list[int]] = {}
    for place, (image, category) in enumerate(zip(image_ids.tolist(), category_ids.tolist(), strict=True)):
        of = image if together else None
        for key in ((of, category), (of, None)):
            peers.setdefault(key, []).append(place)
    of_categories = (places for (_, category), places in peers.items() if category is not None)
    usual = [after - before for places in of_categories for before, after in pairwise(places)] or [1]
    result = []
    for index, (number, instance) in enumerate(added):
        rng = stream(seed, "slot", number)
        of = instance.image_id if together else None
        own = peers[of, None] if together else [0, count - 1]
        near = peers.get((of, instance.category_id)) or peers[of, None]
        slot = _slot(near, usual, own[0], own[-1] + 1, rng)
        follows = slot > 0 and image_ids[slot - 1] == instance.image_id  # before one that opens the next image
        result.append((slot, not follows, rng.random(), index))
    return [(slot, index) for slot, *_, index in sorted(result)]


def _slot(peers: Sequence[int], usual: Sequence[int], first: int, last: int, rng: Generator) -> int:
    """A slot for one more of the annotations at these places, within `first` to `last`.

    usual: how far from each other two peers stand elsewhere, where there is but one here.
    """
    rank = int(rng.integers(len(peers) + 1))
    if len(peers) > 1:
        left = int(rng.integers(len(peers) - 1))
        distance = peers[left + 1] - peers[left]
    else:
        distance = usual[int(rng.integers(len(usual)))]
    follows = rank == len(peers) or (rank > 0 and rng.random() < 0.5)
    slot = peers[rank - 1] + distance if follows else peers[rank] + 1 - distance
    return slot if first <= slot <= last else int(rng.integers(first, last, endpoint=True))


def renumbered(is_kept: NDArray[np.bool_], added: Sequence[int]) -> tuple[Ids, Ids]:
    """The ids of a file's annotations, counted from 1 in its order: of the clean ones, and of those that are added.

    is_kept: (n,), whether a clean one is still there; the others have an id that means nothing. added: their slots, in
    order.
    """
    before = np.concatenate([[0], np.cumsum(is_kept)])
    others = np.searchsorted(np.array(added, np.int64), np.arange(len(is_kept)), side="right")
    return before[:-1] + others + 1, before[np.array(added, np.int64)] + np.arange(len(added)) + 1
