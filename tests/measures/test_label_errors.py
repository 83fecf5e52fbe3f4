"""What a log says is wrong, by hand, and for noises of every kind against what `noise()` has changed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

from annotation_noise.coco.file import read
from annotation_noise.errors import InputError
from annotation_noise.measures.label_errors import CLASS_CHANGED, Labels, labels_of, noisy_file_of
from noise_annotations import main as noise_main
from tests.annotation_files import AnnotationFiles

HEADER = (
    "annotation_id,image_id,noise,mask_outcome,parameters,iou,class_noise,category_id,noisy_category_id,"
    "category,noisy_category"
)
SQUARE = [[1.0, 1.0, 5.0, 1.0, 5.0, 5.0, 1.0, 5.0]]


def noisy_file(folder: Path) -> Path:
    """Seven annotations on images 4 and 9, the last one of them a crowd region; image 2 has none."""
    annotations = [
        {"id": number, "image_id": image, "category_id": 1, "iscrowd": int(number == 17), "segmentation": SQUARE}
        | ({"area": 16.0} if number != 13 else {})
        for number, image in [(11, 4), (12, 4), (13, 4), (14, 9), (15, 9), (16, 9), (17, 9)]
    ]
    images = [{"id": number, "height": 9, "width": 9, "file_name": f"{number}.jpg"} for number in (4, 2, 9)]
    path = folder / "x.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "a"}]}))
    return path


def log_file(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "x.noise.csv"
    path.write_text("\n".join([header, *rows, ""]))
    return path


ROWS = (
    '11,4,rand,noised,"{""kernel_px"":3}",0.75,true,1,2,a,b',
    "12,4,rand,unmoved,{},1.000000,false,1,1,a,a",
    "13,4,localization,would_be_empty,{},,false,1,1,a,a",
    "14,9,,not_drawn,{},,true,1,2,a,b",
    "15,9,localization+rand,noised,{},0.25,false,1,1,a,a",
    "17,9,rand,noised,{},0.5,false,1,1,a,a",
    "99,4,rand,dropped,{},,false,1,1,a,a",
)


def wrong_ids(labels: Labels) -> dict[str, list[int]]:
    return {kind: labels.ids[of_kind].tolist() for kind, of_kind in labels.kinds.items()}


def test_annotations(tmp_path: Path) -> None:
    labels = labels_of(log_file(tmp_path, *ROWS), read(noisy_file(tmp_path)), "annotation")
    assert wrong_ids(labels) == {CLASS_CHANGED: [11, 14], "localization": [15], "rand": [11, 15]}
    assert labels.ids[labels.wrong].tolist() == [11, 14, 15]
    assert labels.ids.tolist() == [11, 12, 13, 14, 15, 16]
    assert labels.images.tolist() == [0, 0, 0, 2, 2, 2]
    assert (labels.image_count, labels.crowds, labels.gone) == (3, 1, 1)
    np.testing.assert_array_equal(labels.ious, [0.75, np.nan, np.nan, np.nan, 0.25, np.nan])
    np.testing.assert_array_equal(labels.areas_px, [16, 16, np.nan, 16, 16, 16])


def test_images(tmp_path: Path) -> None:
    labels = labels_of(log_file(tmp_path, *ROWS), read(noisy_file(tmp_path)), "image")
    assert wrong_ids(labels) == {CLASS_CHANGED: [4, 9], "localization": [9], "rand": [4, 9]}
    assert labels.images.tolist() == [0, 1, 2]
    assert (labels.crowds, labels.gone) == (0, 1)
    assert np.isnan(labels.ious).all()


def test_of_several_steps_those_count_that_moved_something(tmp_path: Path) -> None:
    steps = [
        {"noise": "erode", "kind": "mask", "outcome": "unmoved"},
        {"noise": "hand", "kind": "mask", "outcome": "noised"},
        {"noise": "flip_class", "kind": "category", "outcome": "changed"},  # and changed back by another
        {"noise": "box_shift_scale", "kind": "box", "outcome": "noised"},
    ]
    cell = json.dumps(steps).replace('"', '""')
    row = f'11,4,erode+hand,noised,{{}},0.75,false,1,1,a,a,"{cell}"'
    labels = labels_of(log_file(tmp_path, row, header=f"{HEADER},steps"), read(noisy_file(tmp_path)), "annotation")
    assert wrong_ids(labels) == {"box_shift_scale": [11], "hand": [11]}


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (["11,4"], "id,score", "has no column annotation_id, so it is not a log of noise"),
        (["11,4,rand"], HEADER, "line 2 has not as many cells as the header"),
        (["x,4,rand,noised,{},0.5,false,1,1,a,a"], HEADER, "line 2 is not a row of a log of noise"),
        (["11,4,rand,noised,{},,false,1,1,a,a"], HEADER, "line 2 is not a row of a log of noise"),
        (["51,4,rand,noised,{},0.5,false,1,1,a,a"], HEADER, "annotation 51 of image 4 is not in "),
        (["11,9,rand,noised,{},0.5,false,1,1,a,a"], HEADER, "annotation 11 of image 9 is not in "),
        (["51,5,rand,dropped,{},,false,1,1,a,a"], HEADER, "annotation 51 of image 5 is not in "),
    ],
)
def test_logs_that_are_none(tmp_path: Path, rows: list[str], header: str, message: str) -> None:
    log, noisy = log_file(tmp_path, *rows, header=header), read(noisy_file(tmp_path))
    with pytest.raises(InputError) as raised:
        labels_of(log, noisy, "annotation")
    assert str(raised.value).startswith(f"{log}: {message}")


VALUES = """{'all_of': [{'rand': [0.4, 5]}, {'flip_class': 0.3}, {'missing': [0.2, 0]},
                       {'duplicate': [0.2, 'localization', 6]}]}"""


@pytest.mark.parametrize("options", [[], ["--blind"]])
def test_a_whole_run(drawn: AnnotationFiles, tmp_path: Path, options: list[str]) -> None:
    """Right is what the clean image has too: the same pixels with the same class. The sides are read by pycocotools."""
    source, name = drawn.coco / "instances_val2017.json", "instances_val2017"
    words = [str(source), "--seed", "3", "--output_dir", str(tmp_path / "out"), "--method_name", "x", *options]
    assert noise_main([*words, "--corruption_values", VALUES]) == 0
    log = tmp_path / ("out.key" if options else "out") / f"{name}.noise.csv"
    noisy = noisy_file_of(log)
    assert noisy == tmp_path / "out" / f"{name}.json"
    clean, after = COCO(str(source)), COCO(str(noisy))
    kept = {(a["image_id"], a["category_id"], pixels(clean, a)) for a in clean.dataset["annotations"]}
    wrong = {
        a["id"]
        for a in after.dataset["annotations"]
        if not a["iscrowd"] and (a["image_id"], a["category_id"], pixels(after, a)) not in kept
    }
    labels = labels_of(log, read(noisy), "annotation")
    assert set(labels.ids[labels.wrong].tolist()) == wrong
    assert set(labels.kinds) == {"rand", CLASS_CHANGED, "duplicate"}
    gone = len(clean.dataset["annotations"]) + int(labels.kinds["duplicate"].sum()) - len(after.dataset["annotations"])
    assert labels.gone == gone > 0
    assert "missing" in labels_of(log, read(noisy), "image").kinds


def pixels(coco: COCO, annotation: dict[str, Any]) -> bytes:
    mask: bytes = coco.annToMask(annotation).tobytes()
    return mask


def test_what_is_not_called_like_a_log(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.json: is not a log of noise, \*\.noise\.csv"):
        noisy_file_of(tmp_path / "x.json")
