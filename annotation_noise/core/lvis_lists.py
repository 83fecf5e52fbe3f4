"""What the noise does to the lists of an LVIS file, so that they stay true of its noisy version.

`neg_category_ids` says that a category was looked for in the picture and is not there. Noise does not change
the picture, so the list stays as it is, and no annotation may contradict it: a class that is drawn from
the list is drawn again, from the same stream of numbers. So a class is drawn uniformly from the
categories that are not in the image's list, K - n of K, and changes with probability
share * (1 - 1 / (K - n)). The class of an instance that is added is drawn again likewise. A category that loses its
last annotation does not join the list either: it is in the picture, and becomes one of which nothing is known.

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
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.lvis import NEGATIVE, NOT_EXHAUSTIVE, Counts, Federated
from annotation_noise.core.outcome import Outcome
from annotation_noise.core.scenes import Added

Ids = NDArray[np.int64]


class NoisyClasses(NamedTuple):
    """What annotations are called now, in their order.

    category_ids: (n,) int64. is_kept: (n,) bool, false where the annotation is gone.
    kept_out: by the annotation's place, the classes that were drawn for it and are in its image's negative list.
    """

    category_ids: Ids
    is_kept: NDArray[np.bool_]
    kept_out: dict[int, tuple[int, ...]]

    @classmethod
    def of(cls, count: int) -> "NoisyClasses":
        """Room for so many annotations, whose categories are to be noted."""
        return cls(np.zeros(count, np.int64), np.ones(count, bool), {})

    def note(self, place: int, outcome: Outcome) -> None:
        """Write down what has become of an annotation."""
        self.category_ids[place], self.is_kept[place] = outcome.category_id, outcome.is_kept
        if outcome.kept_out:
            self.kept_out[place] = outcome.kept_out


def joined(parts: Iterable[NoisyClasses]) -> NoisyClasses:
    """The classes of stretches that follow on each other."""
    parts = [NoisyClasses.of(0), *parts]
    firsts = np.cumsum([0, *(len(part.category_ids) for part in parts)]).tolist()
    kept_out = {
        first + place: ids for first, part in zip(firsts, parts, strict=False) for place, ids in part.kept_out.items()
    }
    return NoisyClasses(
        np.concatenate([part.category_ids for part in parts]),
        np.concatenate([part.is_kept for part in parts]),
        kept_out,
    )


class AddedClasses(NamedTuple):
    """What annotations that are new are called: (n,) int64 each, in the order in which they stand in the file.

    kept_out: by place in this order, as of `NoisyClasses`.
    """

    image_ids: Ids
    category_ids: Ids
    annotation_ids: Ids
    kept_out: Mapping[int, tuple[int, ...]]


def added_classes(added: Sequence[tuple[int, Added]]) -> AddedClasses:
    """What added instances are called, each with its id."""
    rows = [(instance.image_id, instance.category_id, number) for number, instance in added]
    kept_out = {place: instance.kept_out for place, (_, instance) in enumerate(added) if instance.kept_out}
    image_ids, category_ids, annotation_ids = np.array(rows, np.int64).reshape(-1, 3).T
    return AddedClasses(image_ids, category_ids, annotation_ids, kept_out)


NOTHING_ADDED = added_classes([])


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


def lists_after(
    clean: Federated,
    noisy: NoisyClasses,
    categories: Mapping[int, str],
    added: AddedClasses = NOTHING_ADDED,
    is_blind: bool = False,
) -> ListsAfter:
    """What becomes of the lists and counts of a file whose annotations are called so now; nothing is mutated.

    added: annotations that are new; a class that an image has through one of them is as new as one through a flip.
    is_blind: list every category that an image has, since a list of some would tell which of them are noise.
    """
    count = len(clean.category_ids)
    clean, noisy = _with(added, clean, noisy)
    was_there = np.arange(len(clean.category_ids)) < count
    rows = [
        ListRow(image_id, NEGATIVE, "kept_out", number, categories.get(number, ""), annotation_id)
        for place, numbers in noisy.kept_out.items()
        for image_id, annotation_id in [(int(clean.image_ids[place]), int(clean.annotation_ids[place]))]
        for number in numbers
    ]
    if is_blind:
        present = _present(clean.image_ids[noisy.is_kept], noisy.category_ids[noisy.is_kept])
        counts = _counts(clean.image_ids[noisy.is_kept], noisy.category_ids[noisy.is_kept])
        return ListsAfter({image: sorted(present[image]) for image in clean.not_exhaustive}, counts, rows)
    changed = np.flatnonzero(~noisy.is_kept | ~was_there | (noisy.category_ids != clean.category_ids))
    places_of: dict[int, list[int]] = defaultdict(list)
    for place, image_id in zip(changed.tolist(), clean.image_ids[changed].tolist(), strict=True):
        places_of[image_id].append(place)
    touched = np.isin(clean.image_ids, list(places_of))
    before = _present(clean.image_ids[touched & was_there], clean.category_ids[touched & was_there])
    after = _present(clean.image_ids[touched & noisy.is_kept], noisy.category_ids[touched & noisy.is_kept])
    lists = {}
    for image_id, places in places_of.items():
        old = clean.not_exhaustive.get(image_id)
        if old is None:
            continue
        had, has = before[image_id], after[image_id]
        # By category, the last annotation through which it lost or gained an instance.
        lost = {int(clean.category_ids[place]): place for place in places if was_there[place]}
        gained = {int(noisy.category_ids[place]): place for place in places if noisy.is_kept[place]}
        left = {number: lost[number] for number in old if number in lost and number not in has}
        joined_now = {number: lost[number] for number in lost if number in has and number not in old}
        joined_now |= {number: gained[number] for number in has - had if number not in old}
        if left or joined_now:
            lists[image_id] = [number for number in old if number not in left] + sorted(joined_now)
        for change, numbers in (("removed", left), ("added", joined_now)):
            rows += [
                ListRow(
                    image_id,
                    NOT_EXHAUSTIVE,
                    change,
                    number,
                    categories.get(number, ""),
                    int(clean.annotation_ids[place]),
                )
                for number, place in sorted(numbers.items())
            ]
    kept = noisy.is_kept
    return ListsAfter(lists, _counts(clean.image_ids[kept], noisy.category_ids[kept]), rows)


def _with(added: AddedClasses, clean: Federated, noisy: NoisyClasses) -> tuple[Federated, NoisyClasses]:
    """The classes of all annotations, the added ones at the end; their own are the clean ones, too."""
    count = len(clean.category_ids)
    clean = clean._replace(
        image_ids=np.concatenate([clean.image_ids, added.image_ids]),
        category_ids=np.concatenate([clean.category_ids, added.category_ids]),
        annotation_ids=np.concatenate([clean.annotation_ids, added.annotation_ids]),
    )
    noisy = NoisyClasses(
        np.concatenate([noisy.category_ids, added.category_ids]),
        np.concatenate([noisy.is_kept, np.ones(len(added.category_ids), bool)]),
        noisy.kept_out | {count + place: numbers for place, numbers in added.kept_out.items()},
    )
    return clean, noisy


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
