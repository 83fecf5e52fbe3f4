"""The unit of work: bytes of some annotations in, bytes of the noisy ones and of their log out.

A `Job` names a stretch of a file and carries the little else that its annotations need, a `Part`
is what becomes of it. Both are small or plain bytes, and no job depends on another: they may be
done in any order, in any process, on any machine that sees the file.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from errors import InputError
from formats.coco import CocoFile, Entry, entries
from formats.edits import splice
from formats.tables import Annotation
from geometry.segmentations import encoded
from pipeline.account import labels, row
from pipeline.annotate import Result, Setting, annotate
from pipeline.lists import Move, moved

Decide = Callable[[Annotation, int, int, Container[int]], Result]

ANNOTATIONS_PER_BATCH = 64
PIXELS_PER_BATCH = 2**22


class Job(NamedTuple):
    """A stretch of a file: from the end of one annotation to the end of a later one.

    start, end: bytes. first_index: place of the first annotation in `annotations`.
    sizes: (n, 2) int64, height and width in pixels of the image of each annotation in the stretch.
    excluded: likewise the categories known to be absent from its image; None where the file has no such lists.
    """

    path: Path
    start: int
    end: int
    first_index: int
    sizes: NDArray[np.int64]
    excluded: Sequence[tuple[int, ...]] | None = None


class Part(NamedTuple):
    """What a job gives back.

    annotations: the noisy annotations, each with the bytes that stood before it.
    log: rows of the noise log as CSV, without the header.
    counts: how many annotations had which fate, and the sum of their IoUs in millionths
        (whole numbers, so that sums do not depend on the order of adding).
    moves: what concerns the lists of a federated file; none for other files.
    """

    annotations: bytes
    log: bytes
    counts: Counter[str]
    moves: Sequence[Move] = ()


def jobs(file: CocoFile, annotations_per_job: int) -> Iterator[Job]:
    """Share a file out; the stretches follow on each other without a gap."""
    count = len(file.starts)
    for first in range(0, count, annotations_per_job):
        after = min(first + annotations_per_job, count)
        start = file.ends[first - 1] if first else file.starts[0]
        excluded = None
        if lists := file.tables.federated:
            excluded = [lists.negative.get(image_id, ()) for image_id in lists.image_ids[first:after].tolist()]
        sizes = file.tables.sizes[first:after]
        yield Job(file.path.absolute(), int(start), int(file.ends[after - 1]), first, sizes, excluded)


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

    def decide(annotation: Annotation, height: int, width: int, excluded: Container[int]) -> Result:
        return annotate(annotation, height, width, setting, excluded)

    def tell(annotation: Annotation, result: Result) -> Sequence[object] | None:
        return row(annotation, result, setting.categories)

    return edit_stretch(stretch, job, decide, tell)


def edit_stretch(
    stretch: bytes, job: Job, decide: Decide, tell: Callable[[Annotation, Result], Sequence[object] | None]
) -> Part:
    """Edit the annotations in the bytes of a job's stretch.

    decide: what becomes of an annotation of an image of that height and width in pixels, which is
        not to get one of the excluded categories.
    tell: its row in the log, if any. Raises InputError with the place.
    """
    pieces: list[bytes] = []
    log = io.StringIO()
    rows = csv.writer(log, lineterminator="\n")
    found: list[str] = []
    iou_millionths = 0
    moves: list[Move] = []
    for batch in _batches(_results(stretch, job, decide)):
        segmentations = _segmentations([result for _, _, result in batch])
        for (index, entry, result), segmentation in zip(batch, segmentations, strict=True):
            if result.edits is not None:
                try:
                    pieces += [entry.gap, splice(entry.raw, {**segmentation, **result.edits})]
                except InputError as error:
                    raise InputError(f"annotations[{index}]: {error}") from error
            found += labels(entry.annotation, result)
            iou_millionths += round((result.mask.iou or 0) * 1_000_000)
            if line := tell(entry.annotation, result):
                rows.writerow(line)
            if job.excluded and (move := moved(entry.annotation, result, index)):
                moves.append(move)
    told = Counter(found) + Counter(iou_millionths=iou_millionths)
    return Part(b"".join(pieces), log.getvalue().encode(), told, moves)


def _results(stretch: bytes, job: Job, decide: Decide) -> Iterator[tuple[int, Entry, Result]]:
    """What becomes of each annotation, with its place in `annotations`."""
    sizes = job.sizes.tolist()
    for place, entry in enumerate(entries(stretch, job.first_index)):
        try:
            height, width = sizes[place]
            result = decide(entry.annotation, height, width, job.excluded[place] if job.excluded else ())
        except InputError as error:
            raise InputError(f"annotations[{job.first_index + place}].{error}") from error
        yield job.first_index + place, entry, result


def _batches(results: Iterable[tuple[int, Entry, Result]]) -> Iterator[list[tuple[int, Entry, Result]]]:
    """The results some at a time: enough to write their polygons together, few enough to hold their masks."""
    batch: list[tuple[int, Entry, Result]] = []
    pixels = 0
    for item in results:
        batch.append(item)
        noisy = item[2].mask.noisy
        pixels += 0 if noisy is None else noisy.pixels.size
        if len(batch) == ANNOTATIONS_PER_BATCH or pixels >= PIXELS_PER_BATCH:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def _segmentations(results: Sequence[Result]) -> list[dict[str, object]]:
    """The edit of the segmentation that each result has: one, or none."""
    masks = [(r.mask.noisy, r.form) for r in results if r.mask.noisy is not None and r.form is not None]
    written = iter(encoded([mask for mask, _ in masks], [form for _, form in masks]))
    return [{} if r.mask.noisy is None else {"segmentation": msgspec.Raw(next(written))} for r in results]
