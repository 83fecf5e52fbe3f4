"""Average precision as COCO's evaluation computes it: of masks, of boxes and of mask boundaries.

The matching and the sums are faster-coco-eval's, which gives COCOeval's numbers (tests/measures/test_evaluation.py
holds it to that). Boundary AP takes the smaller of mask IoU and Boundary IoU as the overlap of two masks;
the boundary regions are cut out here, on the mask's own window instead of the whole image.

What COCOeval does, and is kept: at most 100 detections per image and category count, those of the highest
score; among equal scores those that come first win; sizes are by the `area` of the ground truth.

Source: COCO's detection evaluation page and pycocotools/cocoeval.py; for boundaries, Cheng et al.,
"Boundary IoU", CVPR 2021, section 5.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from faster_coco_eval import COCO, COCOeval_faster
from rlemasklib import RLEMask

from errors import InputError
from formats.tables import convert
from geometry import segmentations
from geometry.segmentations import Segmentation
from measures.boundaries import boundary

Kind = Literal["segm", "bbox", "boundary"]

NAMES = ("AP", "AP50", "AP75", "APs", "APm", "APl")
MOST_DETECTIONS = 100  # per image and category; COCOeval's maxDets


def average_precision(
    ground_truth: Mapping[str, Any] | Path, detections: Sequence[Mapping[str, Any]], kind: Kind
) -> dict[str, float | None]:
    """AP, AP50, AP75, APs, APm and APl, between 0 and 1, as COCOeval gives them; None where it gives -1.

    ground_truth: a COCO dataset or its file; ids need no order and no limits, `iscrowd` may be missing, and
        `area` and `bbox` are taken from the mask where they are.
    detections: entries in COCO's results format: image_id, category_id, score, and segmentation in any
        form, bbox, or both. Of ties the first wins. The size of a detection is the area of its mask, for
        kind "bbox" of its box (a box that is missing is the mask's).
    Neither is changed. Raises InputError, saying where, for a segmentation that does not fit its image, or where
    an image id is unknown or what `kind` compares is missing.
    """
    dataset: Mapping[str, Any] = (
        msgspec.json.decode(ground_truth.read_bytes()) if isinstance(ground_truth, Path) else ground_truth
    )
    sizes = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
    truths = list(_prepared(dataset["annotations"], sizes, kind, "annotations"))
    found = list(_prepared(detections, sizes, kind, "detections"))
    return evaluated(list(sizes), [category["id"] for category in dataset["categories"]], truths, found, kind)


def evaluated(
    image_ids: Sequence[int],
    category_ids: Sequence[int],
    truths: Sequence[dict[str, Any]],
    detections: Sequence[dict[str, Any]],
    kind: Kind,
) -> dict[str, float | None]:
    """The same for prepared entries.

    truths, detections: each with image_id, category_id, area and bbox, the former with iscrowd, the latter with
        score; as segmentation compressed run lengths (size and counts); for kind "boundary", the run lengths
        of the boundary region as boundary. Keys are added to them.
    """
    images = [{"id": id_, "height": 1, "width": 1} for id_ in image_ids]  # the sizes stand in the run lengths
    categories = [{"id": id_, "name": ""} for id_ in category_ids]
    evaluation = _Evaluation(
        _indexed(images, categories, truths), _indexed(images, categories, detections), kind, print_function=_silent
    )
    evaluation.run()
    return {name: float(value) if value >= 0 else None for name, value in zip(NAMES, evaluation.stats, strict=False)}


def run_lengths(runs: RLEMask) -> dict[str, Any]:
    """A mask as the evaluation takes it: size and compressed counts."""
    return {"size": list(runs.shape), "counts": runs.to_dict()["counts"]}


def boundary_run_lengths(runs: RLEMask) -> dict[str, Any]:
    """The boundary region of a mask, likewise."""
    return segmentations.write(boundary(segmentations.cropped(runs)), "rle")  # type: ignore[return-value]


class _Evaluation(COCOeval_faster):  # type: ignore[misc]
    """The library's evaluation, but it takes the boundary regions that are given, and does not compute them."""

    def _prepare(self) -> None:
        wanted, self.params.compute_boundary = self.params.compute_boundary, False
        super()._prepare()
        self.params.compute_boundary = wanted


def _indexed(images: list[Any], categories: list[Any], annotations: Sequence[dict[str, Any]]) -> Any:
    # COCOeval takes an id of 0 for "no match", and knows no id that is there twice.
    for number, annotation in enumerate(annotations, 1):
        annotation["id"] = number
    index = COCO()
    index.dataset = {"images": images, "categories": categories, "annotations": list(annotations)}
    index.createIndex()
    return index


def _prepared(
    entries: Sequence[Mapping[str, Any]], sizes: Mapping[int, tuple[int, int]], kind: Kind, where: str
) -> Iterator[dict[str, Any]]:
    truth = where == "annotations"
    for place, entry in enumerate(entries):
        if entry["image_id"] not in sizes:
            raise InputError(f"{where}[{place}].image_id: there is no image with id {entry['image_id']}")
        prepared: dict[str, Any] = {"image_id": entry["image_id"], "category_id": entry["category_id"]}
        if truth:
            prepared["iscrowd"] = int(entry.get("iscrowd") or 0)
        else:
            prepared["score"] = entry["score"]
        box, area = entry.get("bbox"), entry.get("area") if truth else None
        if kind != "bbox" or not box or (truth and area is None):
            runs = _rasterised(entry, *sizes[entry["image_id"]], f"{where}[{place}]", needed=not truth)
            area = runs.area() if area is None and (kind != "bbox" or truth) else area
            box = box or [float(side) for side in runs.bbox()]
            if kind != "bbox":
                prepared["segmentation"] = run_lengths(runs)
            if kind == "boundary":
                prepared["boundary"] = boundary_run_lengths(runs)
        prepared["bbox"] = box
        prepared["area"] = float(box[2] * box[3]) if area is None else float(area)
        yield prepared


def _rasterised(entry: Mapping[str, Any], height: int, width: int, where: str, needed: bool) -> RLEMask:
    segmentation = entry.get("segmentation")
    if segmentation is None and needed:
        raise InputError(f"{where}.segmentation: is missing, but masks are to be compared")
    if segmentation is not None:
        if isinstance(segmentation, Mapping) and isinstance(segmentation.get("counts"), bytes):
            segmentation = {**segmentation, "counts": segmentation["counts"].decode("ascii")}
        segmentation = convert(segmentation, Segmentation, f"{where}.segmentation")  # type: ignore[arg-type]
    try:
        return segmentations.rasterised(segmentation, height, width)
    except ValueError as error:
        raise InputError(f"{where}.segmentation{error}") from error


def _silent(*_: object) -> None:
    """Take what the library would print."""
