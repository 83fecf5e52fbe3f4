"""The annotation files that tests and scripts run on: drawn ones always, real ones too where REAL_ANNOTATIONS has them.

The drawn ones are those of `examples/make_sample_dataset.py --rough`, the real ones those that `tests/select_real.py`
takes from COCO's and LVIS's own files.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn

from annotation_noise.errors import InputError
from examples.rough_dataset import make_rough

VARIABLE = "REAL_ANNOTATIONS"


class AnnotationFiles(NamedTuple):
    """coco: a folder with instances_{train,val}2017.json; photographs lie in train2017 and val2017 beside it.

    lvis: a file with LVIS's lists and counts.
    """

    coco: Path
    lvis: Path


def drawn(folder: Path) -> AnnotationFiles:
    """The drawn files, made anew in a folder."""
    make_rough(folder)
    return AnnotationFiles(folder / "annotations", folder / "lvis" / "lvis_val.json")


def real_in(folder: Path) -> AnnotationFiles:
    """Where a folder of real annotations has them."""
    return AnnotationFiles(folder / "coco_tiny" / "annotations", folder / "lvis_sample" / "lvis_val_100.json")


def real() -> AnnotationFiles | None:
    """The real files, or None where REAL_ANNOTATIONS is not set. Raises InputError where it has not all of them."""
    if not (name := os.environ.get(VARIABLE)):
        return None
    files = real_in(Path(name).absolute())
    for path in (files.coco / "instances_train2017.json", files.coco / "instances_val2017.json", files.lvis):
        if not path.is_file():
            raise InputError(f"{VARIABLE} is {name}, but there is no {path}; tests/select_real.py makes such a folder")
    return files


def real_or_drawn(folder: Path) -> tuple[str, AnnotationFiles]:
    """The files that a script measures on, and in a word which: the real ones, or else drawn ones, in a folder."""
    files = real()
    return ("real", files) if files else ("drawn", drawn(folder))


def at_least_one(word: str) -> int:
    """A number on a command line, 1 or more; for argparse."""
    if (number := int(word)) < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {word}")
    return number


def started(main: Callable[[], None]) -> None:
    """Run a script; what is wrong with its input, or is missing, is said in one sentence, with status 2."""
    try:
        main()
    except (InputError, OSError, subprocess.CalledProcessError) as error:
        ended(f"{error}")
    except KeyboardInterrupt:
        sys.exit(130)


def ended(sentence: str) -> NoReturn:
    """End a script for what is wrong or missing."""
    print(f"error: {sentence}", file=sys.stderr)
    sys.exit(2)
