"""Other datasets as COCO files, so that everything after has one kind of input.

The clean file is made first, frame by frame, and then goes the way of every COCO file. It stays with
the result, in the folder `clean`: whoever trains on the noisy file evaluates on a clean one.
"""

import importlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from annotation_noise.datasets.split import Frame, Records, Split
from annotation_noise.errors import InputError, in_temporary
from annotation_noise.output.held import temporary_folder
from annotation_noise.progress import progress
from annotation_noise.running.workers import Workers, run

CLEAN = "clean"
FRAMES_TO_WEIGH = 1000  # to see whether worker processes are worth their start


class Encoded(NamedTuple):
    """The records of a frame as JSON: the image, its annotations with commas between, and what was counted."""

    image: bytes
    annotations: bytes
    counts: Counter[str]
    skipped: Counter[str]


class Converted(NamedTuple):
    """A split that has become a COCO file.

    path: where it is. origin: where it comes from. counts: of images and annotations.
    skipped: how many instances were left out, by the reason.
    """

    path: Path
    origin: str
    counts: Counter[str]
    skipped: Counter[str]


def splits_of(dataset: str, path: Path | None, chosen: Sequence[str] | None, **own: Any) -> list[Split]:
    """The splits of a dataset, to be converted; none where they are COCO files already, or there is no path.

    dataset: "coco", or a name in `datasets.DATASETS`. chosen: only splits of these names, or names that begin so.
    own: what else the `read` of this dataset's module takes. Raises InputError.
    """
    if dataset == "coco" or path is None:
        return []
    if not path.exists():
        raise InputError(f"{path} does not exist")
    read: Callable[..., list[Split]] = importlib.import_module(f"annotation_noise.datasets.{dataset}").read
    return read(path, chosen, **own)


def sample_files(splits: Sequence[Split]) -> list[Path]:
    """Some of the files that a conversion reads, to judge by them how much work it is. Raises InputError."""
    return [frame.labels for split in splits for frame in islice(split.frames(), FRAMES_TO_WEIGH)]


@contextmanager
def converted(splits: Sequence[Split], staging: Path | None, workers: Workers | None) -> Iterator[list[Converted]]:
    """The splits as COCO files, in the folder `clean` of `staging`; without one, for as long as the block lasts."""
    with temporary_folder() if splits and staging is None else nullcontext(staging or Path()) as place:
        if splits:
            (place / CLEAN).mkdir()
        try:
            done = [convert_split(split, place / CLEAN / f"instances_{split.name}.json", workers) for split in splits]
        except OSError as error:
            if staging:
                raise
            raise in_temporary(error, place) from error
        yield done


def convert_split(split: Split, path: Path, workers: Workers | None = None) -> Converted:
    """Write a split as a COCO file: categories, annotations, and the images after them.

    The bytes depend on the split alone, not on who does the work. Memory does not grow with the
    number of frames. Shows a progress bar on a terminal once a second has passed. Raises
    InputError, before any work where files do not belong together.
    """
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    total = sum(1 for _ in split.frames())
    frames = (frame._replace(labels=frame.labels.absolute()) for frame in split.frames())  # a worker may be elsewhere
    info = {"description": split.title}
    with (
        path.open("wb") as file,
        tempfile.TemporaryFile(dir=path.parent) as images,
        progress(path.name, "images", total) as bar,
    ):
        file.write(b'{"info": %b,\n"categories": %b,\n' % tuple(map(msgspec.json.encode, (info, split.categories))))
        file.write(b'"annotations": [')
        for part in run(partial(_encoded, records=split.records), frames, workers):
            if part.annotations:
                file.write((b",\n" if counts["annotations"] else b"\n") + part.annotations)
            images.write((b",\n" if counts["images"] else b"\n") + part.image)
            counts.update(part.counts)
            skipped.update(part.skipped)
            bar.update()
        file.write(b'\n],\n"images": [')
        images.seek(0)
        shutil.copyfileobj(images, file)
        file.write(b"\n]}\n")
    return Converted(path, split.origin, counts, skipped)


def skipped_text(done: Sequence[Converted]) -> list[str]:
    """What was left out, a sentence for each reason."""
    return [
        f"{conversion.origin}: skipped {count:,} {'instance' if count == 1 else 'instances'} {reason}"
        for conversion in done
        for reason, count in sorted(conversion.skipped.items())
    ]


def _encoded(frame: Frame, records: Callable[[Frame], Records]) -> Encoded:
    image, annotations, skipped = records(frame)
    counts = Counter(images=1, annotations=len(annotations))
    return Encoded(msgspec.json.encode(image), b",\n".join(map(msgspec.json.encode, annotations)), counts, skipped)
