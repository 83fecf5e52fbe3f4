"""The unit of work: bytes of some annotations in, bytes of the noisy ones and of their log out.

A `Job` names a stretch of a file and carries the little else that its annotations need, a `Part`
is what becomes of it. Both are small or plain bytes, and no job depends on another: they may be
done in any order, in any process, on any machine that sees the file.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.by_image import ImagePlaces, Stretch, by_image
from annotation_noise.coco.file import CocoFile, Entry, annotation_ids, entries
from annotation_noise.coco.schema import Annotation
from annotation_noise.coco.splice import splice
from annotation_noise.core.apply import apply
from annotation_noise.core.choose import image_of
from annotation_noise.core.edits import edits, form_of
from annotation_noise.core.log import cells, columns, csv_of, labels, row, row_of_removed
from annotation_noise.core.lvis_lists import NoisyClasses
from annotation_noise.core.outcome import Options, Outcome, Setting
from annotation_noise.core.scenes import Frame, Removed, scene_of
from annotation_noise.errors import InputError
from annotation_noise.geometry.segmentations import encoded
from annotation_noise.running.images import read_images
from noisers import Scene

Decide = Callable[[Annotation, int, int, int], Outcome]
Tell = Callable[[Entry, Outcome], Sequence[object] | None]

ANNOTATIONS_PER_BATCH = 64
NOTHING_REMOVED: Removed = {}
PIXELS_PER_BATCH = 2**22


class Job(NamedTuple):
    """A stretch of a file: from the end of one annotation to the end of a later one.

    start, end: bytes. first_index: place of the first annotation in `annotations`.
    sizes: (n, 2) int64, height and width in pixels of the image of each annotation in the stretch.
    excluded: likewise the categories known to be absent from its image; None where the file has no such lists.
    removed: what instances noises have taken out of the file, by annotation id; at least what is in this stretch or its
        images.
    images: by id the images of its annotations, where a noise asks for the scene; none elsewhere.
    """

    path: Path
    start: int
    end: int
    first_index: int
    sizes: NDArray[np.int64]
    excluded: Sequence[tuple[int, ...]] | None = None
    removed: Removed = NOTHING_REMOVED
    images: Mapping[int, ImagePlaces] = {}


class Part(NamedTuple):
    """What a job gives back.

    annotations: the noisy annotations, each with the bytes that stood before it.
    log: rows of the noise log as CSV, without the header.
    counts: how many annotations had which fate, and the sum of their IoUs in millionths
        (whole numbers, so that sums do not depend on the order of adding).
    classes: what each annotation is called now, in a federated file; None for other files.
    """

    annotations: bytes
    log: bytes
    counts: Counter[str]
    classes: NoisyClasses | None = None


def jobs(
    file: CocoFile,
    annotations_per_job: int,
    removed: Removed = NOTHING_REMOVED,
    with_images: bool = False,
) -> Iterator[Job]:
    """Share a file out; the stretches follow on each other without a gap.

    removed: by annotation id. with_images: let each stretch know where the neighbours of its annotations stand.
    """
    count = len(file.starts)
    ids = annotation_ids(file) if removed else None
    images = by_image(file) if with_images else []
    frames = file.tables.sizes_of(np.arange(len(file.tables.images)))
    for first in range(0, count, annotations_per_job):
        after = min(first + annotations_per_job, count)
        start = file.ends[first - 1] if first else file.starts[0]
        excluded = None
        if lists := file.tables.federated:
            excluded = [lists.negative.get(image_id, ()) for image_id in lists.image_ids[first:after].tolist()]
        owned_by = file.tables.owners[first:after]
        own = [images[place] for place in np.unique(owned_by)] if with_images else []
        near = np.concatenate([places[:, 0] for _, places in own]) if own else np.arange(first, after)
        gone = {} if ids is None else {number: removed[number] for number in ids[near].tolist() if number in removed}
        by_id = {places.image.id: places for places in own}
        end = int(file.ends[after - 1])
        yield Job(file.path.absolute(), int(start), end, first, frames[owned_by], excluded, gone, by_id)


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
    """Noise the annotations in the bytes of a job's stretch; their neighbours are read from the file where needed."""
    count = len(columns(setting.recipe))
    scenes = dict[int, Scene]()

    def scene(image_id: int) -> Scene:
        if image_id not in scenes:
            ((image, _, cleans),) = read_images(Stretch(job.path, [job.images[image_id]]))
            scenes[image_id] = scene_of(Frame(image.id, image.height, image.width), cleans, job.removed, setting)
        return scenes[image_id]

    def decide(annotation: Annotation, height: int, width: int, place: int) -> Outcome:
        if applied := job.removed.get(annotation.id):
            return Outcome("removed", annotation.category_id, applied)
        excluded = job.excluded[place] if job.excluded else ()
        neighbours = partial(scene, image_of(annotation, setting)) if job.images else None
        return apply(annotation, height, width, setting, excluded, neighbours)

    def tell(entry: Entry, outcome: Outcome) -> Sequence[object] | None:
        if outcome.mask_outcome == "removed":
            return cells(row_of_removed(entry.annotation, outcome, setting.classes, _text(entry.raw)), count)
        told = row(entry.annotation, outcome, setting.classes)
        return told and cells(told, count)

    return edit_stretch(stretch, job, decide, tell, setting)


def edit_stretch(
    stretch: bytes,
    job: Job,
    decide: Decide,
    tell: Tell,
    setting: Setting,
) -> Part:
    """Edit the annotations in the bytes of a job's stretch.

    decide: what becomes of an annotation of an image of that height and width in pixels, by its place in the job.
    tell: its cells in the log, if any. Raises InputError with the place.
    """
    pieces: list[bytes] = []
    lines: list[Sequence[object]] = []
    counted: list[str] = []
    iou_millionths = 0
    classes = NoisyClasses.of(len(job.sizes)) if job.excluded else None
    for batch in _batches(_outcomes(stretch, job, decide)):
        segmentations = _segmentations(batch, setting.options)
        for (place, entry, outcome), segmentation in zip(batch, segmentations, strict=True):
            changes = edits(outcome, entry.annotation, setting)
            try:
                if changes is not None:
                    pieces += [entry.gap, splice(entry.raw, {**segmentation, **changes})]
                if line := tell(entry, outcome):
                    lines.append(line)
            except InputError as error:
                raise InputError(f"annotations[{job.first_index + place}]: {error}") from error
            counted += labels(entry.annotation, outcome)
            iou_millionths += round((outcome.iou or 0) * 1_000_000)
            if classes:
                classes.note(place, outcome)
    counts = Counter(counted) + Counter(iou_millionths=iou_millionths)
    return Part(b"".join(pieces), csv_of(lines), counts, classes)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text, as JSON must be") from error


def _outcomes(stretch: bytes, job: Job, decide: Decide) -> Iterator[tuple[int, Entry, Outcome]]:
    """What becomes of each annotation, with its place in the job."""
    sizes = job.sizes.tolist()
    for place, entry in enumerate(entries(stretch, job.first_index)):
        try:
            height, width = sizes[place]
            outcome = decide(entry.annotation, height, width, place)
        except InputError as error:
            raise InputError(f"annotations[{job.first_index + place}]{error}") from error
        yield place, entry, outcome


def _batches(outcomes: Iterable[tuple[int, Entry, Outcome]]) -> Iterator[list[tuple[int, Entry, Outcome]]]:
    """The outcomes some at a time: enough to write their polygons together, few enough to hold their masks."""
    batch: list[tuple[int, Entry, Outcome]] = []
    pixels = 0
    for item in outcomes:
        batch.append(item)
        noisy = item[2].mask
        pixels += 0 if noisy is None else noisy.pixels.size
        if len(batch) == ANNOTATIONS_PER_BATCH or pixels >= PIXELS_PER_BATCH:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def _segmentations(batch: Sequence[tuple[int, Entry, Outcome]], options: Options) -> list[dict[str, object]]:
    """The new segmentation that each outcome has: one, or none."""
    forms = [form_of(outcome, entry.annotation, options) for _, entry, outcome in batch]
    masks = [outcome.mask for (_, _, outcome), form in zip(batch, forms, strict=True) if form and outcome.mask]
    written = iter(encoded(masks, [form for form in forms if form]))
    return [{"segmentation": msgspec.Raw(next(written))} if form else {} for form in forms]
