from pathlib import Path

import numpy as np
import pytest

from annotation_noise.datasets.viper import read
from annotation_noise.errors import InputError
from tests.folders import GREY, PALETTE, decoded, png, touch, viper

SKY, TREE = (2, 0), (7, 0)
CAR, SAME_NUMBER, FAR = (24, 300), (20, 300), (27, 65535)
FRAME = [
    [SKY, SKY, SKY, CAR, SKY],
    [CAR, CAR, CAR, SKY, FAR],
    [CAR, SAME_NUMBER, CAR, TREE, TREE],
    [CAR, CAR, CAR, (24, 0), (29, 12)],
]


def test_every_mask_and_id(tmp_path: Path) -> None:
    viper(tmp_path, {"001_00010": FRAME, "000_00007": FRAME[::-1]})
    (split,) = read(tmp_path)
    first, second = map(split.records, split.frames())
    assert first.image == {"id": 7, "file_name": "img/000/000_00007.jpg", "width": 5, "height": 4}
    assert second.image == {"id": 100010, "file_name": "img/001/001_00010.jpg", "width": 5, "height": 4}
    expected = [(20, 300), (24, 0), (24, 300), (27, 65535)]
    for found, frame in ((first, FRAME[::-1]), (second, FRAME)):
        assert [(a["id"], a["category_id"], a["iscrowd"]) for a in found.annotations] == [
            (found.image["id"] * 10_000_000 + kind * 100_000 + number, kind, 0) for kind, number in expected
        ]
        for annotation, pair in zip(found.annotations, expected, strict=True):
            assert np.array_equal(decoded(annotation), [[pixel == pair for pixel in row] for row in frame])


def test_the_ten_classes(tmp_path: Path) -> None:
    viper(tmp_path, {"001_00010": FRAME})
    assert {c["id"]: c["name"] for c in read(tmp_path)[0].categories} == {
        13: "trafficlight",
        16: "firehydrant",
        17: "chair",
        19: "trashcan",
        20: "person",
        23: "motorcycle",
        24: "car",
        25: "van",
        26: "bus",
        27: "truck",
    }


def test_every_takes_numbers_and_leaves_ids_as_they_are(tmp_path: Path) -> None:
    """Also where of the other frames only the images are there."""
    viper(tmp_path, {f"001_{number:05}": FRAME for number in (1, 10, 15, 20)})
    touch(tmp_path / "train/img/001/001_00016.jpg")
    frames = list(read(tmp_path, every=10)[0].frames())
    assert [(frame.image_id, frame.labels.name) for frame in frames] == [
        (100010, "001_00010.png"),
        (100020, "001_00020.png"),
    ]
    with pytest.raises(InputError, match=r"train/inst/001/001_00016.png is missing, the annotation of 001_00016.jpg"):
        list(read(tmp_path)[0].frames())


def test_images_may_be_png_or_not_there(tmp_path: Path) -> None:
    viper(tmp_path, {"001_00010": FRAME}, images=False)
    assert [frame.file_name for frame in read(tmp_path)[0].frames()] == ["img/001/001_00010.jpg"]
    touch(tmp_path / "train/img/001/001_00010.png")
    assert [frame.file_name for frame in read(tmp_path)[0].frames()] == ["img/001/001_00010.png"]


def test_an_unknown_class_is_counted(tmp_path: Path) -> None:
    viper(tmp_path, {"001_00010": [[(32, 1), (32, 2), (99, 1), (31, 5), (13, 1)]]})
    (split,) = read(tmp_path)
    (found,) = map(split.records, split.frames())
    assert [a["category_id"] for a in found.annotations] == [13]
    assert found.skipped == {"of the unknown class 32": 2, "of the unknown class 99": 1}


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no train/inst and no val/inst"):
        read(tmp_path)
    (tmp_path / "val/inst/001").mkdir(parents=True)
    with pytest.raises(InputError, match="has no train/inst, only val"):
        read(tmp_path, ["train"])
    with pytest.raises(InputError, match=r"val/inst is empty: it has no \*/\*.png"):
        list(read(tmp_path)[0].frames())
    viper(tmp_path, {"001_00010": FRAME}, "val")
    (tmp_path / "val/img/001/001_00010.jpg").unlink()
    with pytest.raises(InputError, match=r"val/img/001/001_00010.jpg is missing, the image of 001_00010.png"):
        list(read(tmp_path)[0].frames())
    touch(tmp_path / "val/img/001/001_00010.jpg")
    for colour_type, found in ((PALETTE, "8-bit palette"), (GREY, "8-bit grey")):
        path = png(tmp_path / "val/inst/001/001_00010.png", np.zeros((3, 3)), colour_type, 8)
        (split,) = read(tmp_path)
        with pytest.raises(InputError, match=f"^{path}: must be 8-bit RGB, but is {found}"):
            list(map(split.records, split.frames()))
    png(tmp_path / "val/inst/001/frame.png", np.zeros((3, 3)))
    touch(tmp_path / "val/img/001/frame.jpg")
    with pytest.raises(InputError, match=r"frame.png: must be named like 001_00010.png"):
        list(read(tmp_path)[0].frames())
