"""How the annotations of a file are written so that nothing in it tells which were noised.

Values are those of `core.edits`; here is what belongs to the file: what stands between annotations, their ids, and
where those stand that an instances noise has added. The log keeps the ids of the clean file, and a table says which is
which.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from annotation_noise.coco.file import CocoFile, annotation_ids, heads
from annotation_noise.coco.splice import splice, without
from annotation_noise.core.edits import MARKS
from annotation_noise.core.outcome import Setting
from annotation_noise.core.scenes import Added, Removed
from annotation_noise.core.slots import renumbered, slots


class Blind(NamedTuple):
    """What some annotations of a file are written with.

    gap: the bytes between any two. ids: new ones in their order; empty where they stay.
    added: the objects that are new, each with the place of the annotation that it stands before.
    """

    gap: bytes
    ids: Sequence[int] = ()
    added: Sequence[tuple[int, bytes]] = ()

    def part(self, first: int, after: int, is_last: bool) -> "Blind":
        """The same for the annotations from `first` to before `after`; the last ones have what stands at the end."""
        begin, end = (bisect_left(self.added, (place,)) for place in (first, after + is_last))
        return Blind(self.gap, self.ids[first:after], [(slot - first, raw) for slot, raw in self.added[begin:end]])

    def before(self, place: int) -> list[bytes]:
        """What is added before an annotation, by its place; or at the end."""
        begin, end = (bisect_left(self.added, (at,)) for at in (place, place + 1))
        return [piece for _, raw in self.added[begin:end] for piece in (self.gap, raw)]

    def written(self, place: int, raw: bytes, values: Mapping[str, object] | None) -> list[bytes]:
        """An annotation, by its place, with what is added before it; that alone where it is gone, and has no values."""
        if values is None:
            return self.before(place)
        own = {"id": self.ids[place]} if self.ids else {}
        return [*self.before(place), self.gap, splice(without(raw, MARKS), {**values, **own})]


def renumbers(setting: Setting) -> bool:
    """Whether the annotations of a file get new ids: in a blind one, where some may come or go."""
    return setting.options.blind and "instances" in setting.recipe.kinds


def blind(
    file: CocoFile, removed: Removed, added: Sequence[tuple[int, Added]], setting: Setting
) -> tuple[Blind, Mapping[int, int]]:
    """What a file's annotations are written with; and by new id the one of the log, where there are new ids."""
    gap = file.data[int(file.ends[0]) : int(file.starts[1])] if len(file.starts) > 1 else b", "
    if not renumbers(setting):
        return Blind(gap), {}
    ids = annotation_ids(file)
    image_ids = np.array([image.id for image in file.tables.images])[file.tables.owners]
    categories = (head.category_id for head in heads(file)) if setting.classes.names else np.zeros_like(ids)
    category_ids = np.fromiter(categories, np.int64, len(ids))
    places = slots(added, image_ids, category_ids, setting.seed)
    is_kept = ~np.isin(ids, list(removed))
    new_ids, added_ids = renumbered(is_kept, [slot for slot, _ in places])
    logged, objects = dict(zip(new_ids[is_kept].tolist(), ids[is_kept].tolist(), strict=True)), []
    for number, (slot, index) in zip(added_ids.tolist(), places, strict=True):
        logged[number], instance = added[index]
        objects.append((slot, splice(instance.raw, {"id": number})))
    return Blind(gap, new_ids.tolist(), objects), dict(sorted(logged.items()))
