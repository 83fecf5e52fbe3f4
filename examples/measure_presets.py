"""How noisy each preset is, measured on real annotations: writes docs/how_noisy.md.

    python -m examples.measure_presets FILE             all presets, three seeds; takes about 20 minutes
    python -m examples.measure_presets FILE --check     whether the page's rows of a few presets come out again

FILE is a COCO file. What a column means stands in the page's head below, and in `Measured`.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from textwrap import fill
from typing import Any, NamedTuple

import msgspec

from annotation_noise.commands import VERSION
from annotation_noise.core.presets import FAMILIES, preset_name
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.boxes import Box, box_iou
from annotation_noise.geometry.masks import Mask
from annotation_noise.geometry.segmentations import Segmentation
from annotation_noise.measures.boundaries import boundary
from annotation_noise.measures.detections import Detection
from annotation_noise.measures.evaluation import evaluated
from annotation_noise.measures.overlap import iou
from annotation_noise.progress import followed
from annotation_noise.versions import versions
from noise_annotations import NoisyDataset, noise

PAGE = Path(__file__).parents[1] / "docs" / "how_noisy.md"
SEEDS = (1, 2, 3)
UNDEFINED = "n/a"
CHECKED = ("coco-n/hard", "dn-tod/all-20")
HEAD = """\
# How noisy each preset is

How far every preset is from the clean annotations, on real ones: {annotations} annotations of {images} images of COCO
val2017, those that `tests/select_real.py` takes ({file}, whose SHA-256 begins with {digest}). A cell has the mean over
the seeds {seeds} and the standard deviation (n - 1) over them; one number alone is the same with every seed. The
{crowds} crowd regions are left alone by all presets and not counted. Other datasets have objects of other sizes, and
other classes, so they give other values.

- **mask IoU**: the mean IoU of noisy and clean mask over the annotations that are still there, also of those that no
  noise met, which count as 1.
- **Boundary IoU**: the mean IoU of the two boundary regions, the pixels of a mask within 2 % of the image's diagonal of
  its outline, over the same annotations.
- **box IoU**: the mean IoU of the two `bbox`es, as the files have them, over the same annotations.
- **AP, masks** and **AP, boxes**: COCO's average precision of all noisy annotations as detections of score 1, in
  points, where the clean ones are the truth; a copy has 100, and wrong classes, missing and extra ones cost.
- **class**: of the annotations that are still there, the percentage whose class is another.
- **missing**: of the clean annotations, the percentage whose id is gone.
- **extra**: the annotations with an id that no clean one has, in percent of the clean ones.
- **merged**: of the clean annotations, the percentage that became part of one with others.

A merge of two counts as two missing, two merged and one extra, a split as one missing and two extra. Three of these
need to be read with care. Where a preset only adds and removes, the three IoUs are 1, as they tell of what stays; what
came and went shows in AP, missing and extra. Noises of boxes leave the masks, so that there the mask IoU and the
Boundary IoU are 1; all other boxes follow their masks. And of coco-wan the classes alone are measured here, whose masks
SAM draws. n/a stands where nothing is there to be measured: where no annotation is left, and in the rows of presets for
classes that COCO does not have ({unfit}).

```sh
python tests/select_real.py COCO LVIS FOLDER    # takes the annotations from your COCO 2017 and LVIS
python -m examples.measure_presets FOLDER/coco_tiny/annotations/{file}
```

Made so, in about 20 minutes on one core, with version {version}, {versions}; `--check` measures {checked} anew, and
compares. `measure_noise.py` measures [a dataset of your own](measuring.md); [the presets](presets.md) says what each of
them does.

| preset | mask IoU | Boundary IoU | box IoU | AP, masks | AP, boxes | class, % | missing, % | extra, % | merged, % |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


class Measured(NamedTuple):
    """How far a noisy dataset is from its clean one; crowd regions are not counted.

    mask_iou, boundary_iou, box_iou: means over the annotations that are still there; None where there are none.
    mask_ap, box_ap: of all noisy annotations as detections of score 1, 0 to 100; None where nothing is to be found.
    class_changed: percentage of those that are still there. missing, extra, merged: percentages of the clean ones.
    """

    mask_iou: float | None
    boundary_iou: float | None
    box_iou: float | None
    mask_ap: float | None
    box_ap: float | None
    class_changed: float | None
    missing: float
    extra: float
    merged: float


class Clean(NamedTuple):
    """A clean dataset, with what is measured of it again and again, by annotation id: without crowd regions but for
    `truths`."""

    dataset: Mapping[str, Any]
    annotations: Mapping[int, Mapping[str, Any]]
    masks: Mapping[int, Mask]
    regions: Mapping[int, Mask]
    truths: Sequence[Detection]
    sizes: Mapping[int, tuple[int, int]]


def clean_of(dataset: Mapping[str, Any]) -> Clean:
    """A dataset as json.load gives it, ready to be measured against; every annotation has a mask, a box and an area."""
    sizes = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
    masks = {entry["id"]: _mask(entry, sizes) for entry in dataset["annotations"]}
    truths = [
        _detection(entry, masks[entry["id"]], entry["area"])._replace(iscrowd=entry["iscrowd"])
        for entry in dataset["annotations"]
    ]
    counted = {entry["id"]: entry for entry in dataset["annotations"] if not entry["iscrowd"]}
    return Clean(dataset, counted, masks, {number: boundary(masks[number]) for number in counted}, truths, sizes)


def measured(clean: Clean, noisy: NoisyDataset) -> Measured:
    """Measure a noisy dataset, which shares with the clean one the segmentations that the noise did not change."""
    there = [entry for entry in noisy.dataset["annotations"] if not entry["iscrowd"]]
    masks = {
        entry["id"]: clean.masks[entry["id"]] if _is_untouched(entry, clean) else _mask(entry, clean.sizes)
        for entry in there
    }
    stayed = [entry for entry in there if entry["id"] in clean.annotations]
    pairs = [(clean.annotations[entry["id"]], entry) for entry in stayed]
    moved = {entry["id"]: boundary(masks[entry["id"]]) for entry in stayed if not _is_untouched(entry, clean)}
    merged = {parent for row in noisy.changes if len(row.parents) > 1 for parent in row.parents}
    gone, count = len(clean.annotations) - len(stayed), len(clean.annotations)
    return Measured(
        _mean([iou(clean.masks[number], masks[number]) if number in moved else 1.0 for number in _ids(stayed)]),
        _mean([iou(clean.regions[number], moved[number]) if number in moved else 1.0 for number in _ids(stayed)]),
        _mean([_box_iou(before["bbox"], after["bbox"]) for before, after in pairs]),
        _average_precision(clean, [(entry, masks[entry["id"]]) for entry in there], "segm"),
        _average_precision(clean, [(entry, masks[entry["id"]]) for entry in there], "bbox"),
        _mean([100.0 * (before["category_id"] != after["category_id"]) for before, after in pairs]),
        100 * gone / count,
        100 * (len(there) - len(stayed)) / count,
        100 * len(merged) / count,
    )


def _is_untouched(entry: Mapping[str, Any], clean: Clean) -> bool:
    source = clean.annotations.get(entry["id"])
    return source is not None and entry["segmentation"] is source["segmentation"]


def _ids(entries: Sequence[Mapping[str, Any]]) -> list[int]:
    return [entry["id"] for entry in entries]


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _box_iou(before: Sequence[float], after: Sequence[float]) -> float:
    return 1.0 if list(before) == list(after) else box_iou(Box(*before), Box(*after))  # not by sums, which round


def _mask(entry: Mapping[str, Any], sizes: Mapping[int, tuple[int, int]]) -> Mask:
    segmentation = msgspec.convert(entry["segmentation"], Segmentation)
    return segmentations.read_mask(segmentation, *sizes[entry["image_id"]])


def _detection(entry: Mapping[str, Any], mask: Mask, area_px: float) -> Detection:
    runs, size = segmentations.compressed(mask), (mask.frame_height, mask.frame_width)
    return Detection(entry["image_id"], entry["category_id"], area_px, size, runs, box=list(entry["bbox"]))


def _average_precision(clean: Clean, there: Sequence[tuple[Mapping[str, Any], Mask]], kind: str) -> float | None:
    detections = [_detection(entry, mask, entry["area"])._replace(score=1.0) for entry, mask in there]
    categories = [category["id"] for category in clean.dataset["categories"]]
    precision = evaluated(list(clean.sizes), categories, clean.truths, detections, kind)["AP"]  # type: ignore[arg-type]
    return None if precision is None else 100 * precision


# The page


def names() -> list[str]:
    """All presets, each once, by family."""
    return [preset_name(family, level) for family, of_family in FAMILIES.items() for level in of_family.levels]


def row(clean: Clean, name: str, seeds: Sequence[int] = SEEDS) -> str:
    """The page's row of a preset, as Markdown; of one that the dataset's classes do not fit, without numbers."""
    family = name.split("/")[0]
    title = f"[{name}](presets.md#{family})"
    try:
        results = [measured(clean, noise(clean.dataset, benchmark=name, seed=seed)) for seed in seeds]
    except InputError:
        return _cells([title, *[UNDEFINED] * len(Measured._fields)])
    decimals = (3, 3, 3, 1, 1, 1, 1, 1, 1)
    return _cells([title, *map(_cell, zip(*results, strict=True), decimals)])


def _cell(values: Sequence[float | None], places: int) -> str:
    numbers = [value for value in values if value is not None]
    if len(set(numbers)) > 1:
        return f"{fmean(numbers):.{places}f} ± {stdev(numbers):.{places}f}"
    return f"{numbers[0]:.{0 if numbers[0].is_integer() else places}f}" if numbers else UNDEFINED


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def page(path: Path, clean: Clean) -> Iterator[str]:
    """The lines of the page."""
    rows = [row(clean, name) for name in followed(names(), "measuring", "presets")]
    unfit = ", ".join(f"`{name}`" for name, line in zip(names(), rows, strict=True) if line.count(UNDEFINED) > 6)
    libraries = versions(("faster-coco-eval",))
    head = HEAD.format(
        annotations=len(clean.annotations),
        crowds=len(clean.dataset["annotations"]) - len(clean.annotations),
        images=len(clean.sizes),
        file=path.name,
        digest=hashlib.sha256(path.read_bytes()).hexdigest()[:16],
        seeds=", ".join(map(str, SEEDS)),
        unfit=unfit,
        version=VERSION,
        versions=", ".join(f"{name} {number}" for name, number in libraries.items()),
        checked=" and ".join(f"`{name}`" for name in CHECKED),
    )
    for part in head.rstrip().split("\n\n"):
        text = part if part.startswith(("#", "-", "`", "|")) else fill(part, 120, break_on_hyphens=False)
        yield text if part.startswith("|") else f"{text}\n"
    yield from rows


def differing(clean: Clean) -> list[str]:
    """Those of the presets that are checked whose row in the page is another."""
    written = PAGE.read_text(encoding="utf-8").splitlines()
    return [name for name in CHECKED if row(clean, name) not in written]


def main() -> int:
    """Measure, and write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; measure a few presets and compare")
    arguments = parser.parse_args()
    clean = clean_of(json.loads(arguments.file.read_text(encoding="utf-8")))
    if arguments.check:
        wrong = differing(clean)
        print(f"{PAGE.name}: other rows come out of {', '.join(wrong)}" if wrong else f"{PAGE.name} comes out again")
        return 1 if wrong else 0
    PAGE.write_text("\n".join(page(arguments.file, clean)) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
