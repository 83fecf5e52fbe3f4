"""What average precision compares: the mask or the box of an annotation, and its class.

All annotations of a dataset wait here until the last is known, so they are kept small; COCO's dicts, and what
a library hangs on them, are made of some of them at a time.
"""

from typing import Any, NamedTuple


class Detection(NamedTuple):
    """An annotation of the ground truth, or a detection.

    area_px: what decides which size group it belongs to. size: height and width of the image in pixels.
    runs: the mask as COCO's compressed run lengths; boundary: its boundary region, likewise; None where not wanted.
    box: [left, top, width, height], None where not wanted. iscrowd: 0 or 1, of the ground truth. score: of a detection.
    """

    image_id: int
    category_id: int
    area_px: float
    size: tuple[int, int]
    runs: bytes | None = None
    boundary: bytes | None = None
    box: list[float] | None = None
    iscrowd: int | None = None
    score: float | None = None


def as_coco(detection: Detection) -> dict[str, Any]:
    """The same as a new dict of COCO's form, with what there is.

    Counts are bytes; the boundary region stands under `boundary`.
    """
    fields = {"image_id": detection.image_id, "category_id": detection.category_id, "area": detection.area_px}
    others = {
        "segmentation": _mask(detection.size, detection.runs),
        "boundary": _mask(detection.size, detection.boundary),
        "bbox": detection.box,
        "iscrowd": detection.iscrowd,
        "score": detection.score,
    }
    return fields | {key: value for key, value in others.items() if value is not None}


def _mask(size: tuple[int, int], runs: bytes | None) -> dict[str, Any] | None:
    return None if runs is None else {"size": size, "counts": runs}
