"""A crowded dataset whose annotations stand anywhere in the file, and its instances by hand, one step after another."""

import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from annotation_noise.core import in_memory
from annotation_noise.core.draws import stream
from annotation_noise.core.log import Row
from annotation_noise.core.outcome import Options
from annotation_noise.core.recipe import recipe
from annotation_noise.core.requested import setting_of
from annotation_noise.geometry.masks import from_frame, tight, to_frame
from noisers import Box, Instance, Remove, Scene, load
from tests.reference import decode

Dataset = dict[str, Any]
Frame = NDArray[np.uint8]

HEIGHT, WIDTH = 40, 60
STEPS: list[dict[str, Any]] = [
    {"missing": {"share": 0.3, "min_instances_per_image": 2}},
    {"merge": {"share": 0.4, "gap_px": 2, "same_class": False, "closing": False}},
    {"duplicate": {"share": 0.3, "noise": "localization", "strength": 2}},
    {"missing": {"share": {"exact": 0.1}, "min_instances_per_image": 0}},
    {"duplicate": {"share": {"exact": 0.2}, "noise": "rand", "strength": 3}},
]
OTHERS: list[dict[str, Any]] = [
    {"rand": {"share": {"exact": 0.4}, "kernel_px": 5}},
    {"flip_class": 0.4},
    {"box_shift_scale": {"share": 0.4, "centre_share": 0.2, "size_share": 0.2}},
]


def scattered(images: int = 9, seed: int = 0) -> Dataset:
    """Images with up to ten instances each, in no order, with ids in no order.

    Of each form of segmentation; some crowd regions, some without a mask; some without bbox, area or iscrowd; all with
    a key of their owner's.
    """
    rng = random.Random(seed)
    owners = [image for image in range(1, images + 1) for _ in range(rng.randint(0, 10))]
    rng.shuffle(owners)
    numbers = rng.sample(range(100, 1000), len(owners))
    return {
        "images": [{"id": i, "width": WIDTH, "height": HEIGHT, "file_name": f"{i}.png"} for i in range(1, images + 1)],
        "annotations": [_annotation(number, owner, rng) for number, owner in zip(numbers, owners, strict=True)],
        "categories": [{"id": 3, "name": "cat"}, {"id": 1, "name": "ant"}, {"id": 7, "name": "dog"}],
    }


def _annotation(number: int, image: int, rng: random.Random) -> Dataset:
    left, top = rng.randint(0, WIDTH - 12), rng.randint(0, HEIGHT - 12)
    right, bottom = left + rng.randint(2, 12), top + rng.randint(2, 12)
    frame = np.zeros((HEIGHT, WIDTH), np.uint8)
    frame[top:bottom, left:right] = 1
    counts = coco_mask.encode(np.asfortranarray(frame))["counts"].decode()
    runs = [len(list(run)) for run in np.split(frame.T.ravel(), np.flatnonzero(np.diff(frame.T.ravel())) + 1)]
    uncompressed = [0, *runs] if frame[0, 0] else runs
    ring = [left, top, right, top, right, bottom, left, bottom]
    size = [HEIGHT, WIDTH]
    segmentation = rng.choice([[ring], {"size": size, "counts": counts}, {"size": size, "counts": uncompressed}])
    annotation = {
        "id": number,
        "image_id": image,
        "category_id": rng.choice([1, 3, 7]),
        "segmentation": [] if rng.random() < 0.05 else segmentation,
        "area": float(frame.sum()),
        "bbox": [left, top, right - left, bottom - top],
        "iscrowd": int(rng.random() < 0.1),
        "seen_by": {"name": f"n{number}"},
    }
    lacking = rng.choice([["area"], ["bbox"], *[[]] * 4])
    return {key: value for key, value in annotation.items() if key not in lacking and (value or key != "iscrowd")}


def frame_of(annotation: Dataset) -> Frame:
    """The pixels of an annotation, by pycocotools."""
    if not annotation["segmentation"]:
        return np.zeros((HEIGHT, WIDTH), np.uint8)
    return decode(annotation["segmentation"], HEIGHT, WIDTH)


def instance_of(annotation: Dataset) -> Instance:
    mask = from_frame(frame_of(annotation))
    rows, columns = mask.pixels.shape
    box = annotation.get("bbox", [mask.left, mask.top, columns, rows])
    return Instance(annotation["id"], annotation["category_id"], mask, Box(*box))


def scene_of(dataset: Dataset, image: int, gone: Any = (), crowds: bool = False) -> Scene:
    """What a noise must be shown of an image: by id, no crowd regions, nothing that is gone."""
    there = [a for a in dataset["annotations"] if a["image_id"] == image and a["id"] not in gone]
    shown = [instance_of(a) for a in there if crowds or not a.get("iscrowd")]
    return Scene(image, HEIGHT, WIDTH, tuple(sorted(shown, key=lambda instance: instance.id)))


class ByHand(NamedTuple):
    """removed: the noise by annotation id. added: parents, noise, class and pixels, in the order of the file."""

    removed: dict[int, str]
    added: list[tuple[tuple[int, ...], str, int, Frame]]


def by_hand(dataset: Dataset, steps: list[dict[str, Any]], seed: int = 1) -> ByHand:
    """What instances steps, each with a coin of its own, do to a dataset: their functions, called one by one."""
    removed: dict[int, str] = {}
    added: list[tuple[tuple[tuple[int, ...], int, str, int], int, Frame]] = []
    images = [image["id"] for image in dataset["images"]]
    for place, step in enumerate(steps):
        ((name, values),) = step.items()
        times = sum(name in earlier for earlier in steps[:place])
        label = name if not times else f"{name} {times + 1}"
        strengths = {key: value for key, value in values.items() if key != "share"}
        scenes = {image: scene_of(dataset, image, removed) for image in images}
        met = met_by_hand(dataset, label, values["share"], removed, seed)
        for image, scene in scenes.items():
            coins = {each.id: stream(seed, f"choose {label}", each.id).random() for each in scene.instances}
            hit = [instance for instance in scene.instances if instance.id in met]
            chosen = tuple(sorted(hit, key=lambda each, coins=coins: coins[each.id]))  # type: ignore[misc]
            for edit in _edits(load()[name], scene, chosen, label, strengths, seed):
                if isinstance(edit, Remove):
                    removed[edit.id] = name
                else:
                    before = sum(order[:3] == (edit.parents, image, name) for order, _, _ in added)
                    order = (tuple(edit.parents), image, name, before)
                    added.append((order, edit.category_id, to_frame(tight(edit.mask))))
    ordered = sorted(added, key=lambda entry: entry[0])
    return ByHand(removed, [(order[0], order[2], category, frame) for order, category, frame in ordered])


def met_by_hand(
    dataset: Dataset, label: str, share: Any, gone: Any, seed: int, may_meet: Callable[[Dataset], bool] = lambda a: True
) -> set[int]:
    """Whom a step meets: by a coin each, or those with the smallest coins, as many as its share of all it may meet."""
    able = [a["id"] for a in dataset["annotations"] if not a.get("iscrowd") and may_meet(a)]
    coins = {number: stream(seed, f"choose {label}", number).random() for number in able}
    if isinstance(share, float):
        return {number for number in able if coins[number] < share}
    count = math.floor(Fraction(str(share["exact"])) * len(able))
    return set(sorted((number for number in able if number not in gone), key=lambda number: coins[number])[:count])


def _edits(noise: Any, scene: Scene, chosen: Any, label: str, strengths: Any, seed: int) -> Iterator[Any]:
    if "instance" in noise.context:
        for instance in chosen:
            yield from noise.function(
                scene, stream(seed, f"noise {label}", instance.id), instance=instance, **strengths
            )
    elif chosen:
        yield from noise.function(scene, stream(seed, f"noise {label}", scene.image_id), chosen=chosen, **strengths)


def noised(clean: Dataset, values: dict[str, Any], noises: dict[str, Any], **options: Any) -> tuple[Dataset, list[Row]]:
    """As `noise` with seed 1, with noises that stand in no file."""
    tables = in_memory.tables_of(clean)
    setting = setting_of(tables, recipe(values, {**load(), **noises}), 1, Options(**options))
    return in_memory.noise_dataset(clean, tables, setting)


def added_of(clean: Dataset, noisy: Dataset) -> list[Dataset]:
    """The annotations that are new, in the order of the noisy file."""
    largest = max((a["id"] for a in clean["annotations"]), default=0)
    return [a for a in noisy["annotations"] if a["id"] > largest]


def without(annotation: Dataset, *keys: str) -> Dataset:
    """An annotation but for some keys."""
    return {key: value for key, value in annotation.items() if key not in keys}


def shuffled(dataset: Dataset, seed: int = 0) -> Dataset:
    """The same with every list in another order."""
    return {key: random.Random(seed).sample(value, len(value)) for key, value in dataset.items()}


def lone_files(dataset: Dataset) -> dict[str, Dataset]:
    """The same in SA-1B's form, by file name: without crowd regions and classes."""
    kept = [a for a in dataset["annotations"] if not a.get("iscrowd")]
    return {
        f"sa_{image['id']}.json": {
            "image": {"image_id": image["id"], "width": WIDTH, "height": HEIGHT},
            "annotations": [
                without(a, "image_id", "category_id", "iscrowd") for a in kept if a["image_id"] == image["id"]
            ],
        }
        for image in dataset["images"]
    }
