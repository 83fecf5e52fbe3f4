"""Detections in COCO's results format: a JSON array, one object a detection.

    {"image_id": 42, "category_id": 18, "score": 0.97, "segmentation": {"size": [480, 640], "counts": "..."}}

`segmentation` for masks, in any form that annotations may have; for boxes `bbox`: [left, top, width, height] in pixels.

Source: COCO's results format page.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from annotation_noise.coco.schema import convert
from annotation_noise.errors import InputError
from annotation_noise.reading import read_json


class _Detection(msgspec.Struct, gc=False):
    image_id: int
    category_id: int
    score: float
    segmentation: Any = None
    bbox: list[float] | None = None


def read_results(
    path: Path, image_ids: Collection[int], category_ids: Collection[int], needed: Collection[str]
) -> list[dict[str, Any]]:
    """The detections of a file, as plain dicts.

    image_ids, category_ids: those of the ground truth. needed: `segmentation`, `bbox` or both: of these each
    detection must have one that can stand for it; a box can be had from a mask, but no mask from a box.

    Raises InputError, saying where: a file that cannot be read, is not JSON, is no array or an empty one, a
    detection without ids or score, an id that the ground truth does not have, boxes where masks are needed.
    """
    entries = read_json(path, object)
    if not isinstance(entries, list):
        raise InputError(f"{path}: predictions must be a JSON array of detections, COCO's results format")
    if not entries:
        raise InputError(f"{path}: there are no predictions in it")
    try:
        detections = convert(entries, list[_Detection], "predictions")
        _check(detections, set(image_ids), set(category_ids), needed)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return [_as_dict(detection) for detection in detections]


def _check(detections: list[_Detection], image_ids: set[int], category_ids: set[int], needed: Collection[str]) -> None:
    if not any(detection.image_id in image_ids for detection in detections):
        raise InputError("none of the predictions is on an image of the ground truth")
    for index, detection in enumerate(detections):
        where = f"predictions[{index}]"
        if detection.image_id not in image_ids:
            raise InputError(f"{where}.image_id: the ground truth has no image with id {detection.image_id}")
        if detection.category_id not in category_ids:
            raise InputError(f"{where}.category_id: the ground truth has no category with id {detection.category_id}")
        if detection.bbox is not None and len(detection.bbox) != 4:
            raise InputError(f"{where}.bbox: has {len(detection.bbox)} numbers, but left, top, width and height are 4")
        if detection.segmentation is None and "segmentation" in needed:
            raise InputError(f"{where}: has no segmentation, but mask AP compares masks; --kinds bbox compares boxes")
        if detection.segmentation is None and detection.bbox is None:
            raise InputError(f"{where}: has neither a segmentation nor a bbox")


def _as_dict(detection: _Detection) -> dict[str, Any]:
    fields = {name: getattr(detection, name) for name in _Detection.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not None}
