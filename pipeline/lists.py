"""What the noise does to the lists of an LVIS file, so that they stay true of its noisy version.

`neg_category_ids` says that a category was looked for in the picture and is not there. Noise does not change
the picture, so the list stays as it is, and no annotation may contradict it: a class that is drawn from
the list is drawn again, from the same stream of numbers. So a class is drawn uniformly from the
categories that are not in the image's list, K - n of K, and changes with probability
share * (1 - 1 / (K - n)). A category that loses its last annotation does not join the list either: it is
in the picture, and becomes one of which nothing is known.

`not_exhaustive_category_ids` says of categories with annotations that not every instance is annotated
as such. With noise that becomes true of two kinds of categories, which join the list: those that lost an instance
to another class (or to `--on_empty drop`) and have others, and those that the image had no annotation
of before, which nobody has searched it for. A category leaves the list with its last annotation.
Evaluators ignore detections of listed categories that match nothing, so that nobody is judged by what was
not annotated.

The counts of the categories are those of the noisy file. `frequency` stays: it divides the
categories into groups, and the groups of the noisy and the clean file must be the same.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from formats.federated import NEGATIVE, NOT_EXHAUSTIVE, Counts, Federated
from formats.tables import Annotation
from pipeline.annotate import Result


class Move(NamedTuple):
    """An annotation whose class changed, that was dropped, or that was kept from a class.

    place: of it in `annotations`. noisy_category_id: None where it was dropped.
    kept_out: the classes that were drawn and are in the image's negative list, in this order.
    """

    place: int
    annotation_id: int
    image_id: int
    category_id: int
    noisy_category_id: int | None
    kept_out: tuple[int, ...] = ()


class ListRow(NamedTuple):
    """A row of the log of the lists.

    list: `neg_category_ids` or `not_exhaustive_category_ids`. change: kept_out (the category was drawn for the
    annotation and drawn again), added or removed (through what became of the annotation).
    """

    image_id: int
    list: str
    change: str
    category_id: int
    category: str
    annotation_id: int


class ListsAfter(NamedTuple):
    """The lists and counts of the noisy file.

    not_exhaustive: the lists that changed, by image id. counts: by category id, where there are any
    annotations.
    """

    not_exhaustive: dict[int, list[int]]
    counts: dict[int, Counts]
    rows: list[ListRow]


def moved(annotation: Annotation, result: Result, place: int) -> Move | None:
    """What became of an annotation, as far as it concerns the lists; None where nothing did."""
    noisy = None if result.edits is None else result.category_id
    if noisy == annotation.category_id and not result.kept_out:
        return None
    return Move(place, annotation.id, annotation.image_id, annotation.category_id, noisy, result.kept_out)


def lists_after(clean: Federated, moves: Sequence[Move], categories: Mapping[int, str]) -> ListsAfter:
    """What becomes of the lists and counts of a file whose annotations move so; nothing is mutated."""
    noisy, kept = clean.category_ids.copy(), np.ones(len(clean.category_ids), bool)
    by_image: dict[int, list[Move]] = defaultdict(list)
    rows = []
    for move in moves:
        if move.noisy_category_id is None:
            kept[move.place] = False
        else:
            noisy[move.place] = move.noisy_category_id
        if move.noisy_category_id != move.category_id:
            by_image[move.image_id].append(move)
        rows += [
            ListRow(move.image_id, NEGATIVE, "kept_out", number, categories.get(number, ""), move.annotation_id)
            for number in move.kept_out
        ]
    touched = np.isin(clean.image_ids, list(by_image))
    before = _present(clean.image_ids[touched], clean.category_ids[touched])
    after = _present(clean.image_ids[touched & kept], noisy[touched & kept])
    lists = {}
    for image_id, moved in by_image.items():
        old = clean.not_exhaustive.get(image_id)
        if old is None:
            continue
        had, has = before[image_id], after[image_id]
        lost = {move.category_id: move for move in moved}
        gained = {move.noisy_category_id: move for move in moved}
        removed = {number: lost[number] for number in old if number in lost and number not in has}
        added = {number: lost[number] for number in lost if number in has and number not in old}
        added |= {number: gained[number] for number in has - had if number not in old}
        if removed or added:
            lists[image_id] = [number for number in old if number not in removed] + sorted(added)
        for change, numbers in (("removed", removed), ("added", added)):
            rows += [
                ListRow(image_id, NOT_EXHAUSTIVE, change, number, categories.get(number, ""), move.annotation_id)
                for number, move in sorted(numbers.items())
            ]
    return ListsAfter(lists, _counts(clean.image_ids[kept], noisy[kept]), rows)


Ids = np.ndarray[tuple[int], np.dtype[np.int64]]


def _present(image_ids: Ids, category_ids: Ids) -> dict[int, set[int]]:
    """The categories of each image."""
    found: dict[int, set[int]] = defaultdict(set)
    for image_id, category_id in zip(image_ids.tolist(), category_ids.tolist(), strict=True):
        found[image_id].add(category_id)
    return found


def _counts(image_ids: Ids, category_ids: Ids) -> dict[int, Counts]:
    numbers, instances = np.unique(category_ids, return_counts=True)
    pairs = np.unique(np.stack([category_ids, image_ids], axis=1), axis=0)
    _, images = np.unique(pairs[:, 0], return_counts=True)
    counts = zip(instances.tolist(), images.tolist(), strict=True)
    return {number: Counts(*count) for number, count in zip(numbers.tolist(), counts, strict=True)}
