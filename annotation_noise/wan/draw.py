"""The images of a dataset through the model, into a part file.

Threads read ahead: they decode an image's annotations, make the prompts, read the image and prepare
it. This thread alone uses the device. Each image is written to the part file as soon as it is drawn.
"""

import contextlib
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from rlemasklib import RLEMask
from tqdm import tqdm

from annotation_noise.coco.by_image import ImagePlaces
from annotation_noise.coco.file import CocoFile, annotations
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.core.draws import stream
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.output.journal import append
from annotation_noise.progress import progress
from annotation_noise.wan.drawn_masks import DrawnImage, DrawnMask, Part
from annotation_noise.wan.images import ImageFault, read_image
from annotation_noise.wan.model import Choice, Drawn, Model, ask, look
from annotation_noise.wan.prompts import Prompt
from noisers import Noiser
from noisers.strengths import Strength

Item = TypeVar("Item")
Done = TypeVar("Done")

IMAGES_AHEAD = 2  # per worker


class Asking(NamedTuple):
    """What each annotation is drawn by.

    strengths: keyword arguments of the prompt's function.
    mask: which of the model's three masks. single_mask: ask it for one mask only.
    """

    prompt: Noiser
    strengths: dict[str, Strength]
    seed: int
    mask: Choice
    single_mask: bool


class Counts(NamedTuple):
    """What a run over images came to: how many could not be read, and the batch size that there was room for."""

    faults: int
    batch: int


class _Ready(NamedTuple):
    image: Image
    ids: list[int]
    prompts: list[Prompt]
    prepared: Any
    fault: str | None


def share_of(images: list[ImagePlaces], shard: int, shards: int) -> list[ImagePlaces]:
    """Every `shards`th image, beginning with the `shard`th, counted from 1."""
    return images[shard - 1 :: shards]


def draw_images(
    file: CocoFile,
    images: list[ImagePlaces],
    folder: Path,
    model: Model,
    asking: Asking,
    part: Part,
    batch: int,
    workers: int,
    strict: bool,
) -> Counts:
    """Draw what is not done yet of these images and append it to the part.

    folder: where the images lie. workers: threads that read ahead. strict: raise InputError at the
    first image that cannot be used, instead of noting its fault. Shows a progress bar.
    """

    def ready(entry: ImagePlaces) -> _Ready:
        return _ready(file, entry, folder, model, asking)

    faults = 0
    waiting = [entry for entry in images if entry.image.id not in part.done]
    done = len(images) - len(waiting)
    with (
        progress(file.path.name, "images", len(images), done=done) as bar,
        contextlib.closing(_ahead(ready, waiting, workers)) as all_ready,
    ):
        for at_hand in all_ready:
            if at_hand.fault:
                sentence = f"{folder / at_hand.image.path} {at_hand.fault}"
                if strict:
                    raise InputError(f"{sentence} (--strict)")
                faults += 1
                tqdm.write(f"warning: {sentence}; its annotations stay clean", file=sys.stderr)
                append(part.file, DrawnImage(at_hand.image.id, fault=at_hand.fault))
            else:
                drawn: list[Drawn] = []
                if at_hand.prompts:
                    embedding = look(model, at_hand.prepared)
                    drawn, batch = ask(model, embedding, at_hand.prompts, asking.mask, asking.single_mask, batch)
                masks = map(_drawn_mask, at_hand.ids, drawn, at_hand.prompts)
                append(part.file, DrawnImage(at_hand.image.id, list(masks)))
            bar.update()
    return Counts(faults, batch)


def prompt_for(annotation: Annotation, height: int, width: int, asking: Asking) -> Prompt | None:
    """The prompt of an annotation; None for a crowd region and for a mask without a pixel.

    Raises InputError, beginning with the field, for a malformed segmentation.
    """
    if annotation.iscrowd:
        return None
    try:
        clean = segmentations.read_mask(annotation.segmentation, height, width)
    except ValueError as error:
        raise InputError(f"segmentation{error}") from error
    if not clean.pixels.size:
        return None
    rng = stream(asking.seed, f"prompt {asking.prompt.name}", annotation.id)
    prompt: Prompt = asking.prompt.function(clean, rng, **asking.strengths)
    return prompt


def check(file: CocoFile) -> None:
    """Read every annotation once, before hours of drawing are spent. Raises InputError, saying where."""
    in_order = annotations(file, file.places)
    for index, (annotation, (height, width)) in enumerate(zip(in_order, file.tables.sizes.tolist(), strict=True)):
        try:
            segmentations.rasterised(None if annotation.iscrowd else annotation.segmentation, height, width)
        except ValueError as error:
            raise InputError(f"{file.path}: annotations[{index}].segmentation{error}") from error


def _ready(file: CocoFile, entry: ImagePlaces, folder: Path, model: Model, asking: Asking) -> _Ready:
    image, places = entry
    ids, prompts = [], []
    for index, annotation in zip(places[:, 0], annotations(file, places), strict=True):
        try:
            prompt = prompt_for(annotation, image.height, image.width, asking)
        except InputError as error:
            raise InputError(f"{file.path}: annotations[{index}].{error}") from error
        if prompt:
            ids.append(annotation.id)
            prompts.append(prompt)
    if not prompts:
        return _Ready(image, [], [], None, None)
    try:
        prepared = model.prepare(read_image(folder / image.path, image.width, image.height))
    except ImageFault as fault:
        return _Ready(image, ids, prompts, None, str(fault))
    return _Ready(image, ids, prompts, prepared, None)


def _drawn_mask(annotation_id: int, drawn: Drawn, prompt: Prompt) -> DrawnMask:
    runs = RLEMask.from_array(np.ascontiguousarray(drawn.mask, np.uint8))
    given = {key: value for key, value in prompt._asdict().items() if value}
    return DrawnMask(annotation_id, runs.to_dict()["counts"].decode("ascii"), round(drawn.predicted_iou, 6), given)


def _ahead(work: Callable[[Item], Done], items: Iterable[Item], workers: int) -> Generator[Done, None, None]:
    """Do the items in threads, a few of them ahead, and give the results in order."""
    waiting = iter(items)
    pool = ThreadPoolExecutor(workers)
    try:
        under_way: deque[Future[Done]] = deque(
            pool.submit(work, item) for item in islice(waiting, IMAGES_AHEAD * workers)
        )
        while under_way:
            result = under_way.popleft().result()
            under_way.extend(pool.submit(work, item) for item in islice(waiting, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
