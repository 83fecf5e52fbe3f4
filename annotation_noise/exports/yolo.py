"""Labels as ultralytics trains instance segmentation on: a text file for each image.

    labels/SPLIT/NAME.txt   a line for each instance: class index, then x y of each point, 0 to 1
    SPLIT.txt               the images, as ./images/SPLIT/NAME.jpg
    data.yaml               where the splits are, and the names of the classes

A reader takes an image's path, puts `labels` where its last `images` stands, and looks there. It follows
symbolic links when a split is named by a folder, and then finds labels beside the original images; named by a
list it does not. So splits are lists, and `images` may be a link.

An instance is one polygon here. Parts are joined by bridges without width: from the nearest corner over to the next
part, round it, and back the same way. So no area is lost or added; holes are cut open in the same
way. What reads it decides what becomes of that: ultralytics fills polygons with cv2.fillPoly, which
draws the outline too, so that bridges become lines, and holes and gaps lose a pixel in width.

What cannot be kept: crowd regions, instances without a mask, which pixels two instances share, ids.

Source: ultralytics' documentation of segmentation datasets; img2label_paths and get_img_files there.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from annotation_noise.coco.file import CocoFile
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.coco.statement import KEY
from annotation_noise.errors import InputError
from annotation_noise.exports.format import Format, IndexOf, Label, RunSummary, part_of
from annotation_noise.geometry.polygons import exact_polygons
from annotation_noise.geometry.segmentations import read_mask

Points = NDArray[np.float64]

CORNERS_SQUARED_AT_A_TIME = 1_000_000
MANY = 500  # parts of a mask
SUFFIX = ".txt"


def label_file(image: Image, annotations: Iterable[Annotation], index_of: IndexOf) -> Label:
    """The label file of an image; counted is how many of its annotations were written or left out, by the reason."""
    counts = Counter[str]()
    lines = []
    for annotation in annotations:
        points = None if annotation.iscrowd else polygon_of(annotation, image.height, image.width)
        if points is None:
            counts["crowd regions left out" if annotation.iscrowd else "instances without a mask left out"] += 1
            continue
        shares = np.clip(points / (image.width, image.height), 0, 1)
        lines.append(" ".join([str(index_of[annotation.category_id]), *(f"{share:.9g}" for share in shares.ravel())]))
        counts["instances"] += 1
    text = "".join(f"{line}\n" for line in lines)
    return Label(image.path.with_suffix(SUFFIX).as_posix(), text.encode(), counts)


def polygon_of(annotation: Annotation, height: int, width: int) -> Points | None:
    """One polygon for all parts of an annotation: (n, 2), x and y in pixels; None if there is nothing.

    A polygon of one part stays as it is. All else is brought into the form of `exact_polygons`,
    whose parts do not overlap, and joined.
    """
    segmentation = annotation.segmentation
    mask = read_mask(segmentation, height, width)
    if isinstance(segmentation, list) and len(segmentation) == 1 and mask.pixels.size:
        return np.array(segmentation[0]).reshape(-1, 2)
    (rings,) = exact_polygons([mask])
    parts = [rings.corners[begin:end].astype(np.float64) for begin, end in pairwise([0, *rings.ends])]
    return as_one_ring(parts) if parts else None


def as_one_ring(parts: Sequence[Points]) -> Points:
    """Rings as one ring: each is tied to the nearest corner of those before it, over and back the same way.

    parts: at least one, (n, 2) each. The signed area is the sum of theirs. Of more than `MANY` only so many before a
    ring are looked at, since of masks of random pixels there are thousands.
    """
    if len(parts) > MANY:
        return _many_as_one_ring(parts)
    whole = parts[0]
    for part in parts[1:]:
        here, there = _nearest(whole, part)
        turned = np.roll(part, -there, axis=0)
        whole = np.concatenate([whole[: here + 1], turned, turned[:1], whole[here:]])
    return whole


def _many_as_one_ring(parts: Sequence[Points]) -> Points:
    corners, starts = np.concatenate(parts), np.cumsum([0, *map(len, parts)]).tolist()
    tied: dict[int, list[NDArray[np.intp]]] = {}  # by corner, the rings tied to it, each from its own on
    for place, part in enumerate(parts[1:], 1):
        first = starts[max(place - MANY, 0)]
        here, there = _nearest(corners[first : starts[place]], part)
        ring = np.roll(np.arange(starts[place], starts[place + 1]), -there)
        tied.setdefault(first + here, []).append(np.append(ring, ring[:1]))
    order, ahead = list[int](), list(range(starts[1]))[::-1]
    while ahead:
        corner = ahead.pop()
        order.append(corner)
        for ring in reversed(tied.pop(corner, [])):
            ahead += [corner, *ring[::-1].tolist()]
    return corners[order]


def _nearest(whole: Points, part: Points) -> tuple[int, int]:
    """The places of two corners, one of each ring, that lie nearest to each other."""
    nearest = []
    rows = max(1, CORNERS_SQUARED_AT_A_TIME // len(whole))
    for first in range(0, len(part), rows):
        x, y = part[first : first + rows, :, None].swapaxes(0, 1)
        distances = (x - whole[:, 0]) ** 2 + (y - whole[:, 1]) ** 2
        place = int(np.argmin(distances))
        nearest.append((float(distances.flat[place]), place % len(whole), first + place // len(whole)))
    _, here, there = min(nearest)
    return here, there


def data_file(splits: Sequence[str], names: Sequence[str]) -> str:
    """The text of data.yaml: the lists of the splits and the class names by index.

    A split whose name has a word that begins with train, val or test goes by that, any other by its own name.
    """
    lists: dict[str, list[str]] = {}
    for split in splits:
        lists.setdefault(part_of(split), []).append(f"{split}.txt")
    lines = ["# The images belong into images/SPLIT beside this file; images may be a link."]
    if "val" not in lists:
        lines.append("# ultralytics wants `val:` too: name your clean validation set there.")
    if "val" in lists:
        lines.append("# `val` is as noisy as the rest; to measure a model, name a clean validation set there.")
    if "train" not in lists:
        lines.append("# ultralytics wants `train:` too.")
    content: dict[str, object] = {key: files[0] if len(files) == 1 else files for key, files in lists.items()}
    content["names"] = dict(enumerate(names))
    return "\n".join([*lines, yaml.safe_dump(content, sort_keys=False, allow_unicode=True)])


def _check(file: CocoFile) -> None:
    for image in file.tables.images:
        if "images" in image.path.parts[:-1]:
            raise InputError(
                f"{file.path}: the file_name {image.path} has a folder called images, by the last of which "
                "ultralytics finds the labels, so it would not find these; name images from below that folder"
            )


def _sentence(split: str, counts: Counter[str]) -> str:
    left_out = [f"{count:,} {reason}" for reason, count in sorted(counts.items()) if reason != "instances"]
    return ", ".join([f"labels/{split}: {counts['instances']:,} instances", *left_out])


def _beside(files: Mapping[str, CocoFile], summary: RunSummary | None) -> dict[str, str]:
    """The list of each split's images, and data.yaml."""
    lists = {
        f"{split}.txt": "".join(f"./images/{split}/{image.path.as_posix()}\n" for image in file.tables.images)
        for split, file in files.items()
    }
    first = next(iter(files.values()))
    text = data_file(list(files), list(first.tables.categories.values()))
    comment = "" if first.statement is None else f"# {KEY}: {msgspec.json.encode(first.statement).decode()}\n"
    return {**lists, "data.yaml": comment + text}


FORMAT = Format("labels", SUFFIX, _check, label_file, _sentence, _beside)
