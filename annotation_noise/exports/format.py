"""What the module of a format says of it, so that `running.export` can write any of them."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from annotation_noise.coco.file import CocoFile
from annotation_noise.coco.schema import Annotation, Image

IndexOf = Mapping[int, int]  # by category id, its place among all categories of the file, whose ids ascend


class Label(NamedTuple):
    """The label file of an image: its name below the folder of the split, its bytes, and what was counted.

    Labels of the same name, of images that follow each other, are one file.
    """

    name: str
    content: bytes
    counts: Counter[str]


class RunSummary(NamedTuple):
    """What is said of the run that made the files.

    command: the command line, as a shell takes it. counts: what became of the annotations, a table in Markdown.
    """

    command: str
    counts: str


class Format(NamedTuple):
    """A format that has a label file for each image.

    folder: in which the splits lie, each in a folder of its own. suffix: of the label files.
    check: raises InputError for a file that the format cannot hold; its images have names.
    label: draws or writes an image's annotations.
    sentence: for the summary, from a split's name and the sum of its counts.
    beside: the texts of what else there is, by name, from the noisy file of each split; nothing is told of blind ones.
    """

    folder: str
    suffix: str
    check: Callable[[CocoFile], None]
    label: Callable[[Image, list[Annotation], IndexOf], Label]
    sentence: Callable[[str, Counter[str]], str]
    beside: Callable[[Mapping[str, CocoFile], RunSummary | None], dict[str, str]] = lambda files, summary: {}


def part_of(split: str) -> str:
    """`train`, `val` or `test`, where a word of the split's name begins so; else its own name."""
    word = re.search("(?<![a-zA-Z])(train|val|test)", split)
    return word[1] if word else split
