"""What the module of a format says of it, so that `running.export` can write any of them."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from annotation_noise.coco.file import CocoFile
from annotation_noise.coco.schema import Annotation, Image

IndexOf = Mapping[int, int]  # by category id, its place among all categories of the file, whose ids ascend


class Label(NamedTuple):
    """The label file of an image: its name below the folder of the split, its bytes, and what was counted."""

    name: str
    content: bytes
    counts: Counter[str]


class Format(NamedTuple):
    """A format that has a label file for each image.

    folder: in which the splits lie, each in a folder of its own. suffix: of the label files.
    check: raises InputError for a file that the format cannot hold; its images have names.
    label: draws or writes an image's annotations.
    sentence: for the summary, from a split's name and the sum of its counts.
    beside: the texts of what else there is, by name, from the noisy file of each split.
    """

    folder: str
    suffix: str
    check: Callable[[CocoFile], None]
    label: Callable[[Image, list[Annotation], IndexOf], Label]
    sentence: Callable[[str, Counter[str]], str]
    beside: Callable[[Mapping[str, CocoFile]], dict[str, str]] = lambda files: {}
