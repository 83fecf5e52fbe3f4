"""Average precision as COCO's evaluation computes it: of masks, of boxes and of mask boundaries.

The matching and the sums are faster-coco-eval's, which gives COCOeval's numbers (tests/measures/test_evaluation.py
holds it to that). Boundary AP takes the smaller of mask IoU and Boundary IoU as the overlap of two masks;
the boundary regions are cut out here, on the mask's own window instead of the whole image.

What COCOeval does, and is kept: at most 100 detections per image and category count, those of the highest
score; among equal scores those that come first win; sizes are by the `area` of the ground truth.

Source: COCO's detection evaluation page and pycocotools/cocoeval.py; for boundaries, Cheng et al.,
"Boundary IoU", CVPR 2021, section 5.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from faster_coco_eval import COCO, COCOeval_faster
from numpy.typing import NDArray
from rlemasklib import RLEMask

from annotation_noise.coco.schema import Crowd, NonNegative, convert
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.segmentations import Segmentation
from annotation_noise.measures.boundaries import boundary
from annotation_noise.measures.detections import Detection, as_coco

Kind = Literal["segm", "bbox", "boundary"]

NAMES = ("AP", "AP50", "AP75", "APs", "APm", "APl")


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
    if (
        kind != "bbox"
        and dataset["annotations"]
        and not any(annotation.get("segmentation") for annotation in dataset["annotations"])
    ):
        raise InputError("annotations: none has a segmentation, but masks are to be compared")
    truths = list(_prepared(dataset["annotations"], sizes, kind, "annotations"))
    results = list(_prepared(detections, sizes, kind, "detections"))
    return evaluated(list(sizes), [category["id"] for category in dataset["categories"]], truths, results, kind)


def evaluated(
    image_ids: Sequence[int],
    category_ids: Sequence[int],
    truths: Sequence[Detection],
    detections: Sequence[Detection],
    kind: Kind,
) -> dict[str, float | None]:
    """The same for entries.

    truths, detections: the former with `iscrowd`, the latter with `score`; with `box` for kind "bbox", with `runs`
        for the others, with `boundary` for kind "boundary".

    Categories are evaluated one by one, each on the images where it occurs: the sums are the same, and what the
    library keeps of every image and category, though most images lack most categories, stays small.
    """
    known = set(image_ids)
    truths_of, detections_of = _by_category(truths, known), _by_category(detections, known)
    # A category without ground truth does not count, whatever is detected.
    counted = [id_ for id_ in sorted(category_ids) if truths_of[id_]]
    curves = [_of_category(id_, truths_of[id_], detections_of[id_], kind) for id_ in counted]
    evaluation = _Evaluation(iouType=kind, print_function=_silent)
    if curves:
        precision, recall = zip(*curves, strict=True)
        evaluation.eval = {"precision": np.concatenate(precision, axis=2), "recall": np.concatenate(recall, axis=1)}
        evaluation.summarize()
    values = evaluation.stats if curves else [-1.0] * len(NAMES)
    return {name: float(value) if value >= 0 else None for name, value in zip(NAMES, values, strict=False)}


def _by_category(entries: Sequence[Detection], image_ids: set[int]) -> defaultdict[int, list[Detection]]:
    result = defaultdict[int, list[Detection]](list)
    for entry in entries:
        if entry.image_id in image_ids:
            result[entry.category_id].append(entry)
    return result


def _of_category(
    category_id: int, truths: Sequence[Detection], detections: Sequence[Detection], kind: Kind
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """COCOeval's arrays of precision and recall for one category, which all these entries have."""
    # The library takes no negative ids, and of equal scores the one of the lower image id first.
    image_ids = sorted({entry.image_id for entry in (*truths, *detections)})
    number = {id_: place for place, id_ in enumerate(image_ids, 1)}
    truths, detections = (
        [entry._replace(image_id=number[entry.image_id]) for entry in entries] for entries in (truths, detections)
    )
    images = [{"id": id_, "height": 1, "width": 1} for id_ in number.values()]  # the sizes stand in the run lengths
    categories = [{"id": category_id, "name": ""}]
    indexes = _indexed(images, categories, truths), _indexed(images, categories, detections)
    evaluation = _Evaluation(*indexes, kind, print_function=_silent)
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation.eval["precision"], evaluation.eval["recall"]


class _Evaluation(COCOeval_faster):  # type: ignore[misc]
    """The library's evaluation, but it takes the boundary regions that are given, and does not compute them."""

    def _prepare(self) -> None:
        wanted, self.params.compute_boundary = self.params.compute_boundary, False
        super()._prepare()
        self.params.compute_boundary = wanted


def _indexed(images: list[Any], categories: list[Any], entries: Sequence[Detection]) -> Any:
    # COCOeval takes an id of 0 for "no match", and knows no id that is there twice.
    annotations = [{**as_coco(entry), "id": number} for number, entry in enumerate(entries, 1)]
    index = COCO()
    index.dataset = {"images": images, "categories": categories, "annotations": annotations}
    index.createIndex()
    return index


class _Fields(msgspec.Struct):
    """What is read of an annotation or a detection besides its ids, score and mask."""

    bbox: tuple[float, float, NonNegative, NonNegative] | None = None
    area: NonNegative | None = None
    iscrowd: Crowd = None


def _prepared(
    entries: Sequence[Mapping[str, Any]], sizes: Mapping[int, tuple[int, int]], kind: Kind, where: str
) -> Iterator[Detection]:
    truth = where == "annotations"
    for place, entry in enumerate(entries):
        if entry["image_id"] not in sizes:
            raise InputError(f"{where}[{place}].image_id: there is no image with id {entry['image_id']}")
        size = sizes[entry["image_id"]]
        fields = convert(entry, _Fields, f"{where}[{place}]")
        box, area_px = list(fields.bbox or ()), fields.area if truth else None
        mask = region = None
        if kind != "bbox" or not box or (truth and area_px is None):
            runs = _rasterised(entry, *size, f"{where}[{place}]", needed=not truth)
            area_px = runs.area() if area_px is None and (kind != "bbox" or truth) else area_px
            box = box or [float(side) for side in runs.bbox()]
            mask = runs.to_dict()["counts"] if kind != "bbox" else None
            region = segmentations.compressed(boundary(segmentations.cropped(runs))) if kind == "boundary" else None
        area_px = float(box[2] * box[3] if area_px is None else area_px)
        prepared = Detection(entry["image_id"], entry["category_id"], area_px, size, mask, region, box)
        if truth:
            yield prepared._replace(iscrowd=int(fields.iscrowd or 0))
        else:
            yield prepared._replace(score=entry["score"])


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
