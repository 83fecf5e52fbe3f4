"""Small inputs that are right: some images of real files, other datasets, values and plugins."""

import functools
import json
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from examples.make_sample_dataset import make
from tests.annotation_files import real_or_drawn
from tests.folders import cityscapes, panoptic, viper

PLUGIN = '''
from typing import Annotated
from msgspec import Meta
import numpy as np
from noisers import Noised, noiser

@noiser("mask", example={"offset_px": 2})
def fuzzed(mask, rng, *, offset_px: Annotated[int, Meta(ge=0, le=1000)]):
    """Move the mask to the right."""
    left = min(mask.left + offset_px, mask.frame_width - mask.pixels.shape[1])
    return RESULT
'''
RESULTS = (
    "mask._replace(left=left)",
    'Noised(mask._replace(left=left), {"a": 1})',
    'Noised(mask, {"a": float("nan"), "b": "\\ud800"})',
    "Noised(mask, {1: object()})",
    "None",
    "1 / 0",
    "mask._replace(left=-1)",
    "mask._replace(pixels=mask.pixels * 255)",
    "mask._replace(pixels=mask.pixels.astype(bool))",
    "mask._replace(pixels=np.zeros((0, 5), np.uint8))",
    "mask.pixels.fill(0)",
    "exit(3)",
    "[mask]",
    "(_ for _ in ())",
    "mask._replace(pixels=mask.pixels[::2])",
    "mask._replace(frame_width=5)",
    "print('hello') or mask",
)


@functools.cache
def sample() -> Path:
    """The sample dataset with its images, drawn once; its folder goes when the process ends."""
    folder = tempfile.TemporaryDirectory()
    sample.folder = folder  # type: ignore[attr-defined]
    make(Path(folder.name))
    return Path(folder.name)


@functools.cache
def files() -> tuple[Path, ...]:
    """Annotation files, real ones where REAL_ANNOTATIONS has them, and last the sample dataset's."""
    _, (coco, lvis) = real_or_drawn(sample() / "rough")
    names = ("instances_val2017.json", "instances_train2017.json")
    return (*(coco / name for name in names), lvis, sample() / "annotations" / "instances_val2017.json")


@functools.cache
def whole(number: int) -> tuple[dict[str, Any], dict[int, list[dict[str, Any]]]]:
    """One of the files, and its annotations by image."""
    path = files()[number]
    content = json.loads(path.read_text())
    of_image: dict[int, list[dict[str, Any]]] = {}
    for annotation in content["annotations"]:
        of_image.setdefault(annotation["image_id"], []).append(annotation)
    return content, of_image


def dataset(rng: Random, number: int | None = None) -> dict[str, Any]:
    """A few images of a file, at most 30 annotations of each, some as run lengths or without what is optional."""
    content, of_image = whole(rng.randrange(4) if number is None else number)
    images = rng.sample(content["images"], min(rng.choice((1, 2, 3)), len(content["images"])))
    chosen = [annotation for image in images for annotation in of_image.get(image["id"], [])[:30]]
    form, sizes = rng.random(), {image["id"]: (image["height"], image["width"]) for image in images}
    annotations = [_in_form(form, annotation, sizes[annotation["image_id"]]) for annotation in chosen]
    return {
        **{key: value for key, value in content.items() if key == "info"},
        "images": images,
        "annotations": annotations,
        "categories": content["categories"],
    }


def _in_form(form: float, annotation: dict[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    if form < 0.2 and isinstance(annotation["segmentation"], list):
        runs = coco_mask.merge(coco_mask.frPyObjects(annotation["segmentation"], *size))
        return {**annotation, "segmentation": {"size": list(size), "counts": runs["counts"].decode()}}
    if form < 0.25:
        return {key: value for key, value in annotation.items() if key not in ("area", "bbox", "iscrowd")}
    return annotation


def detections(rng: Random, truth: dict[str, Any]) -> list[dict[str, Any]]:
    """What a model may have found: the annotations themselves, with scores."""
    keys = rng.choice((("segmentation", "bbox"), ("segmentation",), ("bbox",)))
    return [
        {
            "image_id": annotation["image_id"],
            "category_id": annotation["category_id"],
            "score": round(rng.random(), 3),
            **{key: annotation[key] for key in keys if key in annotation},
        }
        for annotation in truth["annotations"]
        if not annotation.get("iscrowd")
    ]


def street(rng: Random) -> Any:
    """A label image of Cityscapes' numbers, 40 x 60."""
    blocks = np.random.default_rng(rng.randrange(2**32)).choice([7, 11, 26, 26000, 26001, 24000, 25002, 33007], (8, 12))
    return np.kron(blocks, np.ones((5, 5), int))


def other_dataset(rng: Random, kind: str, root: Path) -> None:
    """A folder of another dataset, with two frames."""
    if kind == "cityscapes":
        cityscapes(root, {f"ulm_00000{n}_000019": street(rng) for n in range(2)}, images=rng.random() < 0.5)
        for n in range(2):
            objects = [
                {
                    "label": rng.choice(("car", "person", "road", "cargroup", "sofa")),
                    "polygon": [[rng.randrange(70), rng.randrange(50)] for _ in range(5)],
                }
                for _ in range(4)
            ]
            path = root / "gtFine" / "train" / "ulm" / f"ulm_00000{n}_000019_gtFine_polygons.json"
            path.write_text(json.dumps({"imgWidth": 60, "imgHeight": 40, "objects": objects}))
    elif kind == "viper":
        roads = {f"001_000{n}0": [[(24 if x < 9 else 20, x // 5) for x in range(20)]] * 12 for n in range(2)}
        viper(root, roads, images=rng.random() < 0.5)
    else:
        segments: list[dict[str, Any]] = [
            {"id": number, "category_id": 1 + number % 2, "iscrowd": 0} for number in (1, 2, 300)
        ]
        frames: dict[int, tuple[Any, list[dict[str, Any]]]] = {
            n: ([[1, 1, 2, 2, 300, 0]] * 4, segments) for n in (1, 2)
        }
        root.mkdir()
        panoptic(
            root / "panoptic_val.json",
            frames,
            [{"id": 1, "name": "cat", "isthing": 1}, {"id": 2, "name": "sky", "isthing": 0}],
        )
