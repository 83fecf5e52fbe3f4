"""LVIS's average precision: of federated annotations, by how frequent a category is.

An image counts for a category only where somebody has looked for it: where it has annotations of it, or
lists it in `neg_category_ids`. Detections of other categories are dropped, and so are those that match
nothing of a category in `not_exhaustive_category_ids`. Of an image the 300 best detections count,
over all categories. AP is the mean over the categories that have annotations; APr, APc and APf the same over
those whose `frequency` is r, c or f: rare, common, frequent.

hotcoco computes it. Of the evaluators on the package registry it is the one that agrees with numbers worked out by
hand (tests/measures/test_lvis.py): faster-coco-eval 1.8 ends with an IndexError where there is a detection to
drop, and the package lvis needs a numpy that still had np.float.

Source: Gupta, Dollár, Girshick, "LVIS", CVPR 2019, section 2; lvisdataset.org.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from annotation_noise.coco.lvis import NEGATIVE, NOT_EXHAUSTIVE
from annotation_noise.errors import InputError, how_to_install

DETECTIONS_PER_IMAGE = 300
NEEDED = {  # of the file; hotcoco would look at all that it knows of, licences too
    "images": ("id", "height", "width", NEGATIVE, NOT_EXHAUSTIVE),
    "annotations": ("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"),
    "categories": ("id", "name", "frequency"),
}


def _needed(entry: Mapping[str, Any], part: str) -> dict[str, Any]:
    return {key: entry[key] for key in NEEDED[part] if key in entry}


class AveragePrecision(NamedTuple):
    """Mask AP over IoU 0.50 to 0.95, 0 to 1; None for a group in which no category has annotations."""

    AP: float | None
    APr: float | None
    APc: float | None
    APf: float | None


def lvis_average_precision(
    annotations: Path | Mapping[str, Any], detections: Sequence[Mapping[str, Any]]
) -> AveragePrecision:
    """AP, APr, APc and APf of detections.

    annotations: an LVIS file or its content. detections: dicts with image_id, category_id, score, and
    segmentation as compressed run lengths with counts as str. Raises InputError where hotcoco
    is not installed or does not take a value.
    """
    try:
        import hotcoco
    except ImportError as error:
        raise InputError(f"LVIS's AP needs hotcoco: {how_to_install('measure')}") from error
    content = msgspec.json.decode(annotations.read_bytes()) if isinstance(annotations, Path) else annotations
    try:
        truth = hotcoco.LVIS({part: [_needed(entry, part) for entry in content[part]] for part in NEEDED})
        results = hotcoco.LVISResults(truth, [dict(each) for each in detections], max_dets=DETECTIONS_PER_IMAGE)
    except (OverflowError, TypeError, ValueError) as error:  # a value that it does not take, with the place
        raise InputError(f"LVIS's AP cannot be computed: {error}") from error
    evaluation = hotcoco.LVISeval(truth, results, "segm")
    with redirect_stdout(io.StringIO()):  # it prints its table
        evaluation.run()
    points = evaluation.get_results()
    return AveragePrecision(*(points[key] if points[key] >= 0 else None for key in ("AP", "APr", "APc", "APf")))
