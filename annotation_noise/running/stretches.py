"""The unit of work: bytes of some annotations in, bytes of the noisy ones and of their log out.

A `Job` names a stretch of a file and carries the little else that its annotations need, a `Part`
is what becomes of it. Both are small or plain bytes, and no job depends on another: they may be
done in any order, in any process, on any machine that sees the file.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.by_image import ImagePlaces, Stretch, by_image
from annotation_noise.coco.file import CocoFile, Entry, annotation_ids, entries
from annotation_noise.coco.schema import Annotation
from annotation_noise.coco.source import Source, reopened
from annotation_noise.coco.splice import splice
from annotation_noise.core.apply import apply
from annotation_noise.core.choose import image_of
from annotation_noise.core.edits import edits, form_of, mask_of
from annotation_noise.core.log import cells, columns, csv_of, labels, row, row_of_removed
from annotation_noise.core.lvis_lists import NoisyClasses
from annotation_noise.core.outcome import NO_UNABLES, Options, Outcome, Setting, Unables
from annotation_noise.core.scenes import Frame, Presence, Removed, nobody, scene_of
from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Mask
from annotation_noise.geometry.segmentations import Form, encoded
from annotation_noise.running.blind import Blind
from annotation_noise.running.images import read_images
from noisers import Scene

Decide = Callable[[Annotation, int, int, int], Outcome]
Tell = Callable[[Entry, Outcome], Sequence[object] | None]
Work = Callable[["Job", Setting], "Part"]  # a way of doing a job; `work` is the ordinary one, which defines them all
Item = tuple[int, Entry, Outcome, Form | None, Mask | None]  # place in the job; form and mask of a new segmentation

ANNOTATIONS_PER_BATCH = 64
NOBODY = nobody()
PIXELS_PER_BATCH = 2**22


class Job(NamedTuple):
    """A stretch of a file: from the end of one annotation to the end of a later one.

    start, end: bytes. first_index: place of the first annotation in `annotations`.
    sizes: (n, 2) int64, height and width in pixels of the image of each annotation in the stretch.
    excluded: likewise the categories known to be absent from its image; None where the file has no such lists.
    removed: what instances noises have taken out of the file, by annotation id; at least what is in this stretch or its
        images. unables: likewise those steps that could do nothing with an annotation in this stretch.
    images: by id the images of its annotations, where a noise asks for the scene; none elsewhere.
    blind: what they are written with, where nothing may tell which were noised; None elsewhere.
    """

    source: Source
    start: int
    end: int
    first_index: int
    sizes: NDArray[np.int64]
    excluded: Sequence[tuple[int, ...]] | None = None
    removed: Removed = NOBODY.removed
    unables: Mapping[int, Unables] = NOBODY.unables
    images: Mapping[int, ImagePlaces] = {}
    blind: Blind | None = None


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
    presence: Presence = NOBODY,
    with_images: bool = False,
    blind: Blind | None = None,
) -> Iterator[Job]:
    """Share a file out; the stretches follow on each other without a gap.

    presence: what has become of its instances. with_images: let each stretch know where the neighbours of its
        annotations stand. blind: of all annotations.
    """
    count = len(file.starts)
    removed, unables = presence.removed, presence.unables
    ids = annotation_ids(file) if removed or unables else None
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
        here = [] if ids is None else ids[first:after].tolist()
        idle = {number: unables[number] for number in here if number in unables}
        by_id = {places.image.id: places for places in own}
        end = int(file.ends[after - 1])
        alike = blind and blind.part(first, after, after == count)
        yield Job(file.source, int(start), end, first, frames[owned_by], excluded, gone, idle, by_id, alike)


def work(job: Job, setting: Setting) -> Part:
    """Read a job's stretch of the file and noise it. Raises InputError with the file and the place."""
    return done(job, setting, noise_stretch)


def done(job: Job, setting: Setting, noise: Callable[[bytes, Job, Setting], Part]) -> Part:
    """Read a job's stretch of the file and do with it what `noise` does. Raises InputError as `work` does."""
    with reopened(job.source) as cut:
        stretch = cut(job.start, job.end)
    try:
        return noise(stretch, job, setting)
    except InputError as error:
        raise InputError(f"{job.source.path}: {error}") from error


def noise_stretch(stretch: bytes, job: Job, setting: Setting) -> Part:
    """Noise the annotations in the bytes of a job's stretch; their neighbours are read from the file where needed."""
    count = len(columns(setting.recipe))
    scenes = dict[int, Scene]()

    def scene(image_id: int) -> Scene:
        if image_id not in scenes:
            ((image, _, cleans),) = read_images(Stretch(job.source, [job.images[image_id]]))
            scenes[image_id] = scene_of(Frame(image.id, image.height, image.width), cleans, job.removed, setting)
        return scenes[image_id]

    def decide(annotation: Annotation, height: int, width: int, place: int) -> Outcome:
        if applied := job.removed.get(annotation.id):
            return Outcome("removed", annotation.category_id, applied)
        excluded = job.excluded[place] if job.excluded else ()
        neighbours = partial(scene, image_of(annotation, setting)) if job.images else None
        unables = job.unables.get(annotation.id, NO_UNABLES)
        return apply(annotation, height, width, setting, excluded, neighbours, unables)

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
    for batch in _batches(_outcomes(stretch, job, decide, setting.options)):
        segmentations = _segmentations(batch)
        for (place, entry, outcome, _, mask), segmentation in zip(batch, segmentations, strict=True):
            try:
                changes = edits(outcome, entry.annotation, setting, mask)
                if job.blind:
                    values = None if changes is None else {**segmentation, **changes}
                    pieces += job.blind.written(place, entry.raw, values)
                elif changes is not None:
                    pieces += [entry.gap, splice(entry.raw, {**segmentation, **changes})]
                if line := tell(entry, outcome):
                    lines.append(line)
            except InputError as error:
                raise InputError(f"annotations[{job.first_index + place}]: {error}") from error
            counted += labels(entry.annotation, outcome, setting.unannotated)
            iou_millionths += round((outcome.iou or 0) * 1_000_000)
            if classes:
                classes.note(place, outcome)
    if job.blind:
        pieces += job.blind.before(len(job.sizes))
    counts = Counter(counted) + Counter(iou_millionths=iou_millionths)
    return Part(b"".join(pieces), csv_of(lines), counts, classes)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text, as JSON must be") from error


def _outcomes(stretch: bytes, job: Job, decide: Decide, options: Options) -> Iterator[Item]:
    """What becomes of each annotation."""
    sizes = job.sizes.tolist()
    for place, entry in enumerate(entries(stretch, job.first_index)):
        try:
            height, width = sizes[place]
            outcome = decide(entry.annotation, height, width, place)
            form = form_of(outcome, entry.annotation, options)
            mask = mask_of(outcome, entry.annotation, height, width) if form else None
        except InputError as error:
            raise InputError(f"annotations[{job.first_index + place}]{error}") from error
        yield place, entry, outcome, form, mask


def _batches(outcomes: Iterable[Item]) -> Iterator[list[Item]]:
    """The outcomes some at a time: enough to write their polygons together, few enough to hold their masks."""
    batch: list[Item] = []
    pixels = 0
    for item in outcomes:
        batch.append(item)
        mask = item[4]
        pixels += 0 if mask is None else mask.pixels.size
        if len(batch) == ANNOTATIONS_PER_BATCH or pixels >= PIXELS_PER_BATCH:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def _segmentations(batch: Sequence[Item]) -> list[dict[str, object]]:
    """The new segmentation that each has: one, or none."""
    new = [(mask, form) for *_, form, mask in batch if form and mask]
    written = iter(encoded([mask for mask, _ in new], [form for _, form in new]))
    return [{"segmentation": msgspec.Raw(next(written))} if form else {} for *_, form, _ in batch]
