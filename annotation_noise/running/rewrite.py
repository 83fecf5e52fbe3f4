"""A COCO file through the noise, from its bytes to the bytes of the noisy file and of the log."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, BinaryIO

from annotation_noise.coco.file import CocoFile
from annotation_noise.coco.lvis import edited, edits
from annotation_noise.coco.splice import splice
from annotation_noise.coco.statement import Statement, change
from annotation_noise.core.choose import asks_for_scenes, looks_at_neighbours
from annotation_noise.core.log import cells, columns, csv_of, row_of_added
from annotation_noise.core.lvis_lists import (
    NOTHING_ADDED,
    AddedClasses,
    ListRow,
    NoisyClasses,
    added_classes,
    joined,
    lists_after,
)
from annotation_noise.core.outcome import Options, Setting
from annotation_noise.core.requested import setting_of
from annotation_noise.core.scenes import Added, Presence, nobody, numbered
from annotation_noise.core.steps import Recipe
from annotation_noise.errors import InputError
from annotation_noise.progress import progress
from annotation_noise.running.blind import blind
from annotation_noise.running.presence import images_to_play, presence_in
from annotation_noise.running.stretches import Job, Part, Work, jobs, work
from annotation_noise.running.workers import Workers, run

ANNOTATIONS_PER_JOB = 512


def setting_for(file: CocoFile, recipe: Recipe, seed: int, options: Options) -> Setting:
    """What decides about the annotations of a file.

    Raises InputError where a noise needs classes that the file does not have.
    """
    try:
        return setting_of(file.tables, recipe, seed, options)
    except InputError as error:
        raise InputError(f"{file.path}: {error}") from error


def noise_file(
    file: CocoFile,
    setting: Setting,
    noisy: BinaryIO,
    log: BinaryIO,
    workers: Workers | None = None,
    annotations_per_job: int = ANNOTATIONS_PER_JOB,
    lists: BinaryIO | None = None,
    ids: BinaryIO | None = None,
    statement: Statement | None = None,
    way: Work = work,
) -> Counter[str]:
    """Do what `noise_quietly` does, with a progress bar; to `ids` go those that a blind file has, see `_noise`."""
    presence = nobody()
    if asks_for_scenes(setting.recipe):
        with progress(file.path.name, "images", images_to_play(file, setting)) as bar:
            presence, setting = presence_in(file, setting, workers, bar.update)
    with progress(file.path.name, "annotations", len(file.starts)) as bar:
        return _noise(
            file, setting, presence, noisy, log, lists, statement, workers, annotations_per_job, bar.update, ids, way
        )


def noise_quietly(
    file: CocoFile,
    setting: Setting,
    noisy: BinaryIO,
    log: BinaryIO,
    lists: BinaryIO | None = None,
    statement: Statement | None = None,
    way: Work = work,
) -> Counter[str]:
    """Write a file's noisy version, its noise log and the log of its lists; see `write_parts`.

    The bytes are the same whoever does the work, in whichever way, and however it is shared out. Raises InputError
    for an annotation that cannot be read.
    """
    presence = nobody()
    if asks_for_scenes(setting.recipe):
        presence, setting = presence_in(file, setting, None)
    return _noise(file, setting, presence, noisy, log, lists, statement, way=way)


def _noise(
    file: CocoFile,
    setting: Setting,
    presence: Presence,
    noisy: BinaryIO,
    log: BinaryIO,
    lists: BinaryIO | None,
    statement: Statement | None,
    workers: Workers | None = None,
    annotations_per_job: int = ANNOTATIONS_PER_JOB,
    tell: Callable[[int], object] = lambda annotations: None,
    ids: BinaryIO | None = None,
    way: Work = work,
) -> Counter[str]:
    """Noise the annotations, and write what becomes of all.

    ids: where instances come and go in a blind file, a CSV of the ids that it has and those that its log has.
    """
    try:
        added = numbered(presence.added, file.tables.largest_id)
    except InputError as error:
        raise InputError(f"{file.path}: {error}") from error
    alike, logged = blind(file, presence.removed, added, setting) if setting.options.blind else (None, {})
    stretches = jobs(file, annotations_per_job, presence, looks_at_neighbours(setting.recipe), alike)
    parts = run(partial(_done, way=way, setting=setting), stretches, workers)
    if added:
        parts = chain(parts, [added_part(file, added, setting)])
    if logged and ids:
        ids.write(csv_of([("id", "annotation_id"), *logged.items()]))
    classes = added_classes(added) if file.tables.federated else NOTHING_ADDED
    columns_of, is_blind = columns(setting.recipe), setting.options.blind
    return write_parts(file, parts, columns_of, noisy, log, lists, tell, classes, statement, is_blind)


def _done(job: Job, way: Work, setting: Setting) -> Part:
    return way(job, setting)


def added_part(file: CocoFile, added: Sequence[tuple[int, Added]], setting: Setting) -> Part:
    """The annotations that are added, each with its id, as a part that follows on the others.

    In a blind file they stand among the others, so that this part has their log alone.
    """
    gap = file.data[int(file.ends[0]) : int(file.starts[1])] if len(file.starts) > 1 else b", "
    count = len(columns(setting.recipe))
    own = [] if setting.options.blind else added
    pieces = [piece for number, instance in own for piece in (gap, splice(instance.raw, {"id": number}))]
    rows = (cells(row_of_added(number, instance, setting.classes), count) for number, instance in added)
    return Part(b"".join(pieces), csv_of(rows), Counter(f"added {instance.noise}" for _, instance in added))


def write_parts(
    file: CocoFile,
    parts: Iterable[Part],
    columns: Sequence[str],
    noisy: BinaryIO,
    log: BinaryIO,
    lists: BinaryIO | None = None,
    tell: Callable[[int], object] = lambda annotations: None,
    added: AddedClasses = NOTHING_ADDED,
    statement: Statement | None = None,
    is_blind: bool = False,
) -> Counter[str]:
    """Write what has become of a file's annotations, part by part, and what stands around them.

    parts: of all its annotations, in order. columns: the header of `log`, CSV. A federated file's
    lists are known when all annotations are done, so these wait in a temporary file beside the
    output; what became of the lists goes to `lists`, CSV with a header. Tells how many annotations
    are done, some at a time. added: what the last part adds. statement: what the noisy file says of
    itself, nothing where it is None. is_blind: let nothing around the annotations tell what was noised.
    Returns the sums of the parts' counts.
    """
    log.write(csv_of([columns]))
    begin, end = (int(file.starts[0]), int(file.ends[-1])) if len(file.starts) else (0, 0)
    federated = file.tables.federated
    silenced = is_blind and file.statement is not None  # what the input said of itself
    stated = [change(file.data, file.keys, statement)] if statement is not None or silenced else []
    if federated is None:
        noisy.writelines(edited(file.data, 0, begin, stated))
        told, _ = _write_annotations(parts, noisy, log, tell)
        noisy.writelines(edited(file.data, end, len(file.data), stated))
        return told
    with _beside(noisy) as body:
        told, noisy_classes = _write_annotations(parts, body, log, tell)
        after = lists_after(federated, joined(noisy_classes), file.tables.categories, added, is_blind)
        changes = sorted([*edits(file.data, after.not_exhaustive, after.counts, anew=is_blind), *stated])
        noisy.writelines(edited(file.data, 0, begin, changes))
        body.seek(0)
        shutil.copyfileobj(body, noisy)
        noisy.writelines(edited(file.data, end, len(file.data), changes))
    changes_of = Counter(row.change for row in after.rows)
    told.update(drawn_again=changes_of["kept_out"], listed=changes_of["added"], unlisted=changes_of["removed"])
    if lists is not None:
        lists.write(csv_of([ListRow._fields, *after.rows]))
    return told


def _write_annotations(
    parts: Iterable[Part], noisy: IO[bytes], log: BinaryIO, tell: Callable[[int], object]
) -> tuple[Counter[str], list[NoisyClasses]]:
    told: Counter[str] = Counter()
    classes: list[NoisyClasses] = []
    nothing_yet = True
    for part in parts:
        # The comma before the first annotation goes where those in front of it were dropped.
        noisy.write(part.annotations.lstrip(b", \t\r\n") if nothing_yet else part.annotations)
        nothing_yet = nothing_yet and not part.annotations
        log.write(part.log)
        told.update(part.counts)
        classes += [part.classes] if part.classes else []
        tell(part.counts["annotations"])
    return told, classes


def _beside(file: BinaryIO) -> IO[bytes]:
    """A temporary file on the disk that a file is written to; one that keeps nothing where that keeps nothing."""
    name = getattr(file, "name", None)
    if name == os.devnull:
        return Path(os.devnull).open("w+b")
    return tempfile.TemporaryFile(dir=Path(name).parent if name else None)
