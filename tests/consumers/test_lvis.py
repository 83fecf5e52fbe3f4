"""The LVIS API, which reads LVIS's own files; tests/measures/test_lvis.py has its evaluator."""

from pathlib import Path

import pytest
from pycocotools import mask as coco_mask

from tests.annotation_files import AnnotationFiles
from tests.consumers.conftest import HARD, noised

lvis = pytest.importorskip("lvis", reason="needs lvis: make consumers")


@pytest.mark.parametrize("form", ["polygon", "rle"])
def test_masks_boxes_classes_counts_and_marks(form: str, drawn: AnnotationFiles, tmp_path: Path) -> None:
    noised(drawn.lvis, tmp_path / "out", *HARD, "--segmentation", form)
    dataset = lvis.LVIS(str(tmp_path / "out" / drawn.lvis.name))
    annotations = dataset.dataset["annotations"]
    assert len(annotations) > 500
    assert dataset.get_ann_ids() == [annotation["id"] for annotation in annotations]
    for annotation in annotations:
        size = [dataset.imgs[annotation["image_id"]][key] for key in ("height", "width")]
        rles = annotation["segmentation"]
        if form == "polygon":
            rles = coco_mask.merge(coco_mask.frPyObjects(rles, *size))
        assert (dataset.ann_to_mask(annotation) == coco_mask.decode(rles)).all()
        assert isinstance(annotation["class_noise"], bool) and annotation["boundary_type"]
