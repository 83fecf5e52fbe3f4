"""pycocotools, which all other readings are held to, is itself held to the clean file and the log."""

import csv

from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from tests.consumers.expected import Files


def test_ids_marks_and_masks_are_those_of_the_log(files: Files) -> None:
    noisy, clean = COCO(str(files.noisy)), COCO(str(files.clean))
    assert noisy.getAnnIds() == clean.getAnnIds()
    assert noisy.dataset["images"] == clean.dataset["images"]
    assert noisy.dataset["categories"] == clean.dataset["categories"]
    with files.noisy.with_suffix(".noise.csv").open() as log:
        rows = {int(row["annotation_id"]): row for row in csv.DictReader(log)}
    noised = {number for number, row in rows.items() if row["mask_outcome"] == "noised"}
    assert len(noised) > 200
    for annotation in noisy.loadAnns(noisy.getAnnIds()):
        before, mask = clean.anns[annotation["id"]], noisy.annToMask(annotation)
        assert annotation["image_id"] == before["image_id"]
        assert annotation["class_noise"] == (annotation["category_id"] != before["category_id"])
        if annotation["id"] in noised:
            assert annotation["boundary_type"] == rows[annotation["id"]]["noise"]
            assert mask.sum() == annotation["area"]
            assert coco_mask.toBbox(noisy.annToRLE(annotation)).tolist() == annotation["bbox"]
        else:
            assert (mask == clean.annToMask(before)).all()


def test_masks_have_the_form_asked_for(files: Files) -> None:
    """But crowd regions, which COCO has as run lengths, stay such."""
    noisy = COCO(str(files.noisy))
    forms = {
        type(annotation["segmentation"]) for annotation in noisy.dataset["annotations"] if not annotation["iscrowd"]
    }
    assert forms == {{"polygon": list, "rle": dict}[files.form]}
