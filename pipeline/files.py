"""A COCO file through the noise, from its bytes to the bytes of the noisy file and of the log."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from tqdm import tqdm

from errors import InputError
from formats.coco import CocoFile
from pipeline.account import Row
from pipeline.annotate import Options, Setting
from pipeline.chunks import jobs, work
from pipeline.engine import Workers, run
from pipeline.recipe import Recipe

ANNOTATIONS_PER_JOB = 512


def setting_for(file: CocoFile, recipe: Recipe, seed: int, options: Options) -> Setting:
    """What decides about the annotations of a file. Raises InputError for class noise where there are no classes."""
    if recipe.category and len(file.starts) and not file.tables.categories:
        names = ", ".join(step.noise.name for step in recipe.category)
        raise InputError(f"{file.path}: has no categories, so classes cannot be mixed up; leave out {names}")
    return Setting(recipe, file.tables.categories, seed, options)


def noise_file(
    file: CocoFile,
    setting: Setting,
    noisy: BinaryIO,
    log: BinaryIO,
    workers: Workers | None = None,
    annotations_per_job: int = ANNOTATIONS_PER_JOB,
) -> Counter[str]:
    """Do what `noise_quietly` does, with a progress bar on a terminal once a second has passed."""
    with tqdm(
        total=len(file.starts), desc=file.path.name, unit=" annotations", delay=1, disable=None, leave=False
    ) as bar:
        return noise_quietly(file, setting, noisy, log, workers, annotations_per_job, bar.update)


def noise_quietly(
    file: CocoFile,
    setting: Setting,
    noisy: BinaryIO,
    log: BinaryIO,
    workers: Workers | None = None,
    annotations_per_job: int = ANNOTATIONS_PER_JOB,
    tell: Callable[[int], object] = lambda annotations: None,
) -> Counter[str]:
    """Write a file's noisy version to `noisy` and its noise log, CSV with a header, to `log`.

    The bytes are the same whoever does the work, and however it is shared out. Tells how many
    annotations are done, some at a time. Returns the sums of the parts' counts. Raises InputError
    for an annotation that cannot be read.
    """
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(Row._fields)
    log.write(header.getvalue().encode())

    begin, end = (int(file.starts[0]), int(file.ends[-1])) if len(file.starts) else (0, 0)
    noisy.write(file.data[:begin])
    told: Counter[str] = Counter()
    nothing_yet = True
    for part in run(partial(work, setting=setting), jobs(file, annotations_per_job), workers):
        # The comma before the first annotation goes where those in front of it were dropped.
        noisy.write(part.annotations.lstrip(b", \t\r\n") if nothing_yet else part.annotations)
        nothing_yet = nothing_yet and not part.annotations
        log.write(part.log)
        told.update(part.counts)
        tell(part.counts["annotations"])
    noisy.write(file.data[end:])
    return told
