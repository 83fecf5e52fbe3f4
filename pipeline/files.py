"""A COCO file through the noise, from its bytes to the bytes of the noisy file and of the log."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from typing import BinaryIO

from tqdm import tqdm

from formats.coco import CocoFile
from pipeline.account import Row
from pipeline.annotate import Setting
from pipeline.chunks import Part, jobs
from pipeline.engine import run

ANNOTATIONS_PER_JOB = 512


def noise_file(
    file: CocoFile,
    setting: Setting,
    noisy: BinaryIO,
    log: BinaryIO,
    executor: Executor | None = None,
    workers: int = 1,
    annotations_per_job: int = ANNOTATIONS_PER_JOB,
) -> Counter[str]:
    """Write a file's noisy version to `noisy` and its noise log, CSV with a header, to `log`.

    The bytes are the same whoever does the work, and however it is shared out. Shows a progress bar on a
    terminal once a second has passed. Returns the sums of the parts' counts. Raises InputError
    for an annotation that cannot be read.
    """
    return write_parts(file, run(jobs(file, annotations_per_job), setting, executor, workers), Row._fields, noisy, log)


def write_parts(
    file: CocoFile, parts: Iterable[Part], columns: Sequence[str], noisy: BinaryIO, log: BinaryIO
) -> Counter[str]:
    """Write what has become of a file's annotations, part by part, and what stands around them.

    parts: of all its annotations, in order. columns: the header of the log. Shows a progress bar.
    """
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(columns)
    log.write(header.getvalue().encode())

    begin, end = (int(file.starts[0]), int(file.ends[-1])) if len(file.starts) else (0, 0)
    noisy.write(file.data[:begin])
    told: Counter[str] = Counter()
    nothing_yet = True
    with tqdm(
        total=len(file.starts), desc=file.path.name, unit=" annotations", delay=1, disable=None, leave=False
    ) as bar:
        for part in parts:
            # The comma before the first annotation goes where those in front of it were dropped.
            noisy.write(part.annotations.lstrip(b", \t\r\n") if nothing_yet else part.annotations)
            nothing_yet = nothing_yet and not part.annotations
            log.write(part.log)
            told.update(part.counts)
            bar.update(part.counts["annotations"])
    noisy.write(file.data[end:])
    return told
