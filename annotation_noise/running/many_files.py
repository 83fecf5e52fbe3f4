"""Many files, each a unit of work: a folder of COCO files, or SA-1B's one file an image.

A worker reads a file, noises it and gives its noisy version and its log their names, in a folder that
is not the target yet. The parent then adds a record to the journal there. A run that goes on where another
was cut off skips the files whose record still holds: the input and what was made of it have the
sha256 that stand there. At the end the records, in the order of the files' names, become the list
of the result, which is the same however often the run was cut off.
"""

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.file import read
from annotation_noise.coco.statement import Statement, of_file
from annotation_noise.core.outcome import Options
from annotation_noise.core.steps import Recipe
from annotation_noise.output.folder import content_of
from annotation_noise.output.journal import Journal, append, record_at, records
from annotation_noise.output.outputs import JOURNAL, Outputs, hidden, outputs, sha256
from annotation_noise.progress import progress
from annotation_noise.running.rewrite import noise_quietly, setting_for
from annotation_noise.running.stretches import Work, work
from annotation_noise.running.workers import Workers, run


class FileRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the result's list: a file that is finished.

    file: its name, relative to PATH. counts: as `noise_quietly` returns them. lists_sha256: of the
    log of a federated file's lists.
    """

    file: str
    input_sha256: str
    noisy_sha256: str
    log_sha256: str
    counts: dict[str, int]
    lists_sha256: str = ""


class Finished(NamedTuple):
    """A record of the journal: a file that is finished. folder: where what was made of it lies, below the content."""

    folder: str
    entry: FileRecord


class Unit(NamedTuple):
    """A file to noise. before: what the journal of a run that was cut off says of it."""

    name: str
    before: FileRecord | None


class Sweep(NamedTuple):
    """What is done with every file.

    folder: where the noisy files go; None for a dry run. statement: what they say of their noise. way: of doing a job.
    """

    root: Path
    folder: Path | None
    recipe: Recipe
    seed: int
    options: Options
    statement: Statement | None = None
    way: Work = work


def noise_files(names: Sequence[str], sweep: Sweep, workers: Workers | None, journal: Journal | None) -> Counter[str]:
    """Noise the files of these names, which are sorted; returns the sums of their counts.

    journal: gets a record of each file that is finished; None for a dry run. Shows a progress bar on a terminal
    once a second has passed. Raises InputError for the first file that cannot be noised; those before it are
    finished and in the journal.
    """
    counts: Counter[str] = Counter()
    folder = sweep.folder.relative_to(content_of(journal)).as_posix() if sweep.folder and journal else ""
    places = _places(names, journal, folder) if journal else np.zeros(len(names), np.int64)

    def recorded(index: int) -> FileRecord | None:
        return record_at(journal.path, int(places[index]), Finished).entry if journal and places[index] else None

    units = (Unit(name, recorded(index)) for index, name in enumerate(names))
    with progress(sweep.root.name, "files", len(names)) as bar:
        for index, entry in enumerate(run(partial(noise_unit, sweep=sweep), units, workers)):
            if journal and entry != recorded(index):
                places[index] = append(journal.file, Finished(folder, entry))
            counts.update(entry.counts)
            bar.update()
    if sweep.folder:
        with (sweep.folder / JOURNAL).open("wb") as file:
            file.writelines(msgspec.json.encode(recorded(index)) + b"\n" for index in range(len(names)))
    return counts


def _places(names: Sequence[str], journal: Journal, folder: str) -> NDArray[np.int64]:
    """Where the last record of each file begins, in bytes, (n,); 0, where the head is, for none.

    What was made of files that are gone goes too.
    """
    places = np.zeros(len(names), np.int64)
    of_folder = ((done.entry.file, start) for done, start in records(journal.path, Finished) if done.folder == folder)
    for name, start in of_folder:
        index = bisect_left(names, name)
        if index < len(names) and names[index] == name:
            places[index] = start
        else:
            for path in outputs(Path(name), content_of(journal) / folder):
                path.unlink(missing_ok=True)
    return places


def noise_unit(unit: Unit, sweep: Sweep) -> FileRecord:
    """Noise a file, unless that has been done; the files that come of it appear whole or not at all."""
    file = read(sweep.root / unit.name, lone=True)
    targets = outputs(Path(unit.name), sweep.folder)
    input_sha256 = hashlib.sha256(file.data).hexdigest()
    if unit.before and sweep.folder:
        now = _entry(unit.name, input_sha256, targets, unit.before.counts)
        if now == unit.before:
            return now
    setting = setting_for(file, sweep.recipe, sweep.seed, sweep.options)
    written = list(targets if file.tables.federated else targets[:2])
    paths = [hidden(path) for path in written] if sweep.folder else written
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        noisy, log, *lists = (stack.enter_context(path.open("wb")) for path in paths)
        statement = of_file(sweep.statement, file.statement, input_sha256)
        counts = noise_quietly(file, setting, noisy, log, lists[0] if lists else None, statement, sweep.way)
    if file.statement is not None:
        counts["noisy_before"] += 1
    if sweep.folder:
        for path, target in zip(paths, written, strict=True):
            path.replace(target)
    return _entry(unit.name, input_sha256, targets, counts)


def _entry(name: str, input_sha256: str, made: Outputs, counts: Mapping[str, int]) -> FileRecord:
    noisy, log, lists = (sha256(path) if path.is_file() else "" for path in made)
    return FileRecord(name, input_sha256, noisy, log, dict(counts), lists)
