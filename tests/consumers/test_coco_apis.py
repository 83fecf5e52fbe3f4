"""hotcoco and faster-coco-eval, which take pycocotools' place: the same masks, ids and marks."""

import importlib
from typing import Any

import pytest
from pycocotools.coco import COCO

from tests.consumers.expected import Files


@pytest.mark.parametrize("package", ["hotcoco", "faster_coco_eval"])
def test_all_that_pycocotools_reads(package: str, files: Files) -> None:
    library = pytest.importorskip(package, reason=f"needs {package}: make consumers")
    theirs: Any = importlib.import_module(library.__name__).COCO(str(files.noisy))
    coco = COCO(str(files.noisy))
    annotations = {annotation["id"]: annotation for annotation in theirs.loadAnns(theirs.getAnnIds())}
    assert annotations.keys() == coco.anns.keys()
    for number, annotation in annotations.items():
        assert (theirs.annToMask(annotation) == coco.annToMask(coco.anns[number])).all()
        for key in ("image_id", "category_id", "bbox", "area", "boundary_type", "class_noise"):
            assert annotation[key] == coco.anns[number][key]
        assert bool(annotation["iscrowd"]) == bool(coco.anns[number]["iscrowd"])
    assert theirs.loadCats(theirs.getCatIds()) == coco.loadCats(coco.getCatIds())
