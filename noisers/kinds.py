"""What a noise is given and what it gives back: plain values, one type a concept.

A *scene* is an image with its instances as the clean file has them; a noise never sees what became of others.
Nothing in here can be changed by a noise: arrays are read-only, everything else is a tuple or a read-only mapping.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from annotation_noise.geometry.boxes import Box
from annotation_noise.geometry.masks import Mask

Plain = str | int | float | bool
NOTHING: Mapping[str, Plain] = MappingProxyType({})


class Instance(NamedTuple):
    """An instance of the clean file.

    mask: tight; 0 x 0 where the annotation has none. box: the annotation's `bbox`, or that of the mask.
    """

    id: int
    category_id: int
    mask: Mask
    box: Box


class Scene(NamedTuple):
    """An image; height and width in pixels.

    instances: by id, ascending; without crowd regions (but for `--crowd noise`), and without those that are removed: by
        the steps before, or, where a noise of masks, categories or boxes looks, by all steps.
    """

    image_id: int
    height: int
    width: int
    instances: tuple[Instance, ...]


class Classes(NamedTuple):
    """The classes of a file by category id, ids ascending; both empty in SA-1B's form. Made by `classes`.

    supercategories: "" where the file names none.
    """

    names: Mapping[int, str] = MappingProxyType({})
    supercategories: Mapping[int, str] = MappingProxyType({})

    def __reduce__(self) -> tuple[Any, ...]:  # a read-only mapping cannot be pickled
        return classes, (dict(self.names), dict(self.supercategories))

    @property
    def ids(self) -> tuple[int, ...]:
        """All category ids, ascending."""
        return tuple(self.names)

    @property
    def by_name(self) -> dict[str, int]:
        """All category ids by what people call them: the name, of several alike the lowest id's, and else the id."""
        numbers = {str(number): number for number in self.names}
        return numbers | {name: number for number, name in reversed(list(self.names.items())) if name}

    def ids_of(self, names: Collection[object]) -> list[int]:
        """The categories of these names, or of the ids that they spell; raises ValueError where there is none."""
        numbers = self.by_name
        if strangers := [name for name in map(str, names) if name not in numbers]:
            raise ValueError(f"there is no category called {strangers[0]!r}")
        return [numbers[str(name)] for name in names]

    def id_of(self, name: str) -> int:
        """The category of that name, or of the id that it spells; raises ValueError where there is none."""
        return self.ids_of([name])[0]


class Table(NamedTuple):
    """A table of numbers with named rows and columns, as a strength.

    rows: row → column → number; cells that are not there count as 0. file: where it was read from, "" for one that was
    written out. Made by `table`.
    """

    rows: Mapping[str, Mapping[str, float]]
    file: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return table, ({name: dict(row) for name, row in self.rows.items()}, self.file)


def classes(names: Mapping[int, str], supercategories: Mapping[int, str]) -> Classes:
    """The classes of these names, read-only."""
    return Classes(MappingProxyType(names), MappingProxyType(supercategories))


def table(rows: Mapping[str, Mapping[str, float]], file: str = "") -> Table:
    """The table of these rows, read-only."""
    return Table(MappingProxyType({name: MappingProxyType(row) for name, row in rows.items()}), file)


class Noised(NamedTuple):
    """What a mask noise returns that has drawn something worth a place in the log.

    mask: the noisy mask; any window of the frame, not necessarily tight; may be empty.
    drawn: name and value of what was drawn, plain strings and numbers.
    """

    mask: Mask
    drawn: Mapping[str, Plain]


class Add(NamedTuple):
    """An instance that an instances noise adds to the scene.

    mask: any window of the frame, not empty. parents: ids of the instances of this scene that it comes from; the first
    lends the annotation its other fields. drawn: as of `Noised`.
    """

    mask: Mask
    category_id: int
    parents: tuple[int, ...] = ()
    drawn: Mapping[str, Plain] = NOTHING


class Remove(NamedTuple):
    """An instance that an instances noise takes out of the scene, once; drawn: as of `Noised`.

    All calls of one step see the same scene, and a second one that removes the same instance ends the run.
    """

    id: int
    drawn: Mapping[str, Plain] = NOTHING


class Unable(NamedTuple):
    """An instance that an instances noise was to work on and could not; the log says so.

    why: in words joined by _, like "no_place".
    """

    id: int
    why: str
