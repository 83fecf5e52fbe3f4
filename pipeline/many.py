"""Many files, each a unit of work: a folder of COCO files, or SA-1B's one file an image.

A worker reads a file, noises it and gives its noisy version and its log their names, in a folder that
is not the target yet. The parent then adds a line to the journal. A run that goes on where another
was cut off skips the files whose line still holds: the input and what was made of it have the
sha256 that stand there. The journal is in the order of the files' names, so that it can be read along
with them, and is the same in the end however often the run was cut off.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from formats.coco import read
from formats.outputs import JOURNAL, Outputs, hidden, outputs, sha256
from pipeline.engine import Workers, run
from pipeline.files import noise_quietly, setting_for
from pipeline.outcome import Options
from pipeline.steps import Recipe
from progress import progress


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the journal: a file that is finished.

    file: its name, relative to PATH. counts: as `noise_quietly` returns them. lists_sha256: of the
    log of a federated file's lists.
    """

    file: str
    input_sha256: str
    noisy_sha256: str
    log_sha256: str
    counts: dict[str, int]
    lists_sha256: str = ""


class Unit(NamedTuple):
    """A file to noise. before: its line in the journal of a run that was cut off."""

    name: str
    before: Entry | None


class Sweep(NamedTuple):
    """What is done with every file. folder: where the noisy files go; None for a dry run."""

    root: Path
    folder: Path | None
    recipe: Recipe
    seed: int
    options: Options


def noise_files(names: Sequence[str], sweep: Sweep, workers: Workers | None) -> Counter[str]:
    """Noise the files of these names, which are sorted, and keep the journal; returns the sums of their counts.

    Shows a progress bar on a terminal once a second has passed. Raises InputError for the first
    file that cannot be noised; those before it are finished and in the journal.
    """
    told: Counter[str] = Counter()
    folder = sweep.folder
    units = _units(names, _before(folder) if folder else iter(()), folder)
    with (
        hidden(folder / JOURNAL).open("wb") if folder else nullcontext() as journal,
        progress(sweep.root.name, "files", len(names)) as bar,
    ):
        for entry in run(partial(noise_unit, sweep=sweep), units, workers):
            if journal:
                journal.write(msgspec.json.encode(entry) + b"\n")
                journal.flush()  # so that it outlives this process
            told.update(entry.counts)
            bar.update()
    if folder:
        hidden(folder / JOURNAL).replace(folder / JOURNAL)
    return told


def noise_unit(unit: Unit, sweep: Sweep) -> Entry:
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
        counts = noise_quietly(file, setting, noisy, log, lists=lists[0] if lists else None)
    if sweep.folder:
        for path, target in zip(paths, written, strict=True):
            path.replace(target)
    return _entry(unit.name, input_sha256, targets, counts)


def _entry(name: str, input_sha256: str, made: Outputs, counts: Mapping[str, int]) -> Entry:
    noisy, log, lists = (sha256(path) if path.is_file() else "" for path in made)
    return Entry(name, input_sha256, noisy, log, dict(counts), lists)


def _before(folder: Path) -> Iterator[Entry]:
    """What the journals of the runs before say, in the order of names.

    The last run's journal comes first, and then what it did not reach of the one before. Both
    become one before it is read, so that nothing is lost when this run is cut off as well.
    """
    folder.mkdir(exist_ok=True)
    last, whole, merged = hidden(folder / JOURNAL), folder / JOURNAL, hidden(folder / f"{JOURNAL}.merged")
    with merged.open("wb") as file:
        reached = ""
        for entry in _entries(last):
            reached = entry.file
            file.write(msgspec.json.encode(entry) + b"\n")
        file.writelines(msgspec.json.encode(entry) + b"\n" for entry in _entries(whole) if entry.file > reached)
    merged.replace(whole)
    return _entries(whole)


def _entries(journal: Path) -> Iterator[Entry]:
    """The lines of a journal, without one at the end that was cut off."""
    with suppress(FileNotFoundError), journal.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield msgspec.json.decode(line, type=Entry)


def _units(names: Iterable[str], before: Iterator[Entry], folder: Path | None) -> Iterator[Unit]:
    """The files with their journal lines; both are sorted by name. What was made of files that are gone goes too."""
    entry = next(before, None)
    for name in chain(names, [None]):
        while entry and (name is None or entry.file < name):
            for path in outputs(Path(entry.file), folder) if folder else ():
                path.unlink(missing_ok=True)
            entry = next(before, None)
        if name is not None:
            mine = entry if entry and entry.file == name else None
            entry = next(before, None) if mine else entry
            yield Unit(name, mine)
