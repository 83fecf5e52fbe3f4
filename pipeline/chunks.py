"""The unit of work: bytes of some annotations in, bytes of the noisy ones and of their log out.

A `Job` names a stretch of a file and carries the little else that its annotations need, a `Part`
is what becomes of it. Both are small or plain bytes, and no job depends on another: they may be
done in any order, in any process, on any machine that sees the file.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from errors import InputError
from formats.coco import Annotation, CocoFile, entries
from formats.edits import splice
from pipeline.account import labels, row
from pipeline.annotate import Result, Setting, annotate


class Job(NamedTuple):
    """A stretch of a file: from the end of one annotation to the end of a later one.

    start, end: bytes. first_index: place of the first annotation in `annotations`.
    sizes: (n, 2) int64, height and width in pixels of the image of each annotation in the stretch.
    """

    path: Path
    start: int
    end: int
    first_index: int
    sizes: NDArray[np.int64]


class Part(NamedTuple):
    """What a job gives back.

    annotations: the noisy annotations, each with the bytes that stood before it.
    log: rows of the noise log as CSV, without the header.
    counts: how many annotations had which fate, and the sum of their IoUs in millionths
        (whole numbers, so that sums do not depend on the order of adding).
    """

    annotations: bytes
    log: bytes
    counts: Counter[str]


def jobs(file: CocoFile, annotations_per_job: int) -> Iterator[Job]:
    """Share a file out; the stretches follow on each other without a gap."""
    count = len(file.starts)
    for first in range(0, count, annotations_per_job):
        after = min(first + annotations_per_job, count)
        start = file.ends[first - 1] if first else file.starts[0]
        yield Job(file.path.absolute(), int(start), int(file.ends[after - 1]), first, file.tables.sizes[first:after])


def work(job: Job, setting: Setting) -> Part:
    """Read a job's stretch of the file and noise it. Raises InputError with the file and the place."""
    try:
        with job.path.open("rb") as file:
            file.seek(job.start)
            stretch = file.read(job.end - job.start)
    except OSError as error:
        raise InputError(f"{job.path}: cannot be read: {error.strerror or error}") from error
    try:
        return noise_stretch(stretch, job, setting)
    except InputError as error:
        raise InputError(f"{job.path}: {error}") from error


def noise_stretch(stretch: bytes, job: Job, setting: Setting) -> Part:
    """Noise the annotations in the bytes of a job's stretch; a pure function of its arguments."""

    def decide(annotation: Annotation, height: int, width: int) -> Result:
        return annotate(annotation, height, width, setting)

    def tell(annotation: Annotation, result: Result) -> Sequence[object] | None:
        return row(annotation, result, setting.categories)

    return edit_stretch(stretch, job, decide, tell)


def edit_stretch(
    stretch: bytes,
    job: Job,
    decide: Callable[[Annotation, int, int], Result],
    tell: Callable[[Annotation, Result], Sequence[object] | None],
) -> Part:
    """Edit the annotations in the bytes of a job's stretch.

    decide: what becomes of an annotation of an image of that height and width in pixels.
    tell: its row in the log, if any. Raises InputError with the place.
    """
    pieces: list[bytes] = []
    log = io.StringIO()
    rows = csv.writer(log, lineterminator="\n")
    found: list[str] = []
    iou_millionths = 0
    sizes = job.sizes.tolist()
    for index, entry in enumerate(entries(stretch, job.first_index)):
        place = f"annotations[{job.first_index + index}]"
        try:
            height, width = sizes[index]
            result = decide(entry.annotation, height, width)
        except InputError as error:
            raise InputError(f"{place}.{error}") from error
        if result.edits is not None:
            try:
                pieces += [entry.gap, splice(entry.raw, result.edits)]
            except InputError as error:
                raise InputError(f"{place}: {error}") from error
        found += labels(entry.annotation, result)
        iou_millionths += round((result.mask.iou or 0) * 1_000_000)
        if line := tell(entry.annotation, result):
            rows.writerow(line)
    told = Counter(found) + Counter(iou_millionths=iou_millionths)
    return Part(b"".join(pieces), log.getvalue().encode(), told)
