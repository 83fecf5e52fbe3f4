import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from annotation_noise.datasets.cityscapes import CATEGORIES, LABELS, NOT_DRAWN, WITH_INSTANCES, read
from annotation_noise.datasets.split import Records, Split
from annotation_noise.errors import InputError
from tests.folders import GREY, PALETTE, cityscapes, decoded, png, touch

ROAD, CAR = 7, 26
FRAME = np.array(
    [
        [7, 7, 26000, 26000, 26000, 7, 24001],
        [7, 7, 26000, 33004, 26000, 7, 7],
        [26, 26, 26000, 26000, 26000, 7, 29000],
        [26, 7, 7, 7, 7, 7, 26],
        [11, 0, 26000, 7, 29, 31002, 31002],
    ]
)  # a car with a hole that a one-pixel bicycle shows through, and a second piece; a group of cars in two pieces


def records(split: Split) -> list[Records]:
    return [split.records(frame) for frame in split.frames()]


def test_every_mask_id_and_crowd_flag(tmp_path: Path) -> None:
    cityscapes(tmp_path, {"ulm_000001_000019": FRAME, "aachen_000000_000019": FRAME[:, ::-1]})
    (split,) = read(tmp_path)
    aachen, ulm = records(split)
    assert split.name == "train"
    assert aachen.image == {
        "id": 1,
        "file_name": "aachen/aachen_000000_000019_leftImg8bit.png",
        "width": 7,
        "height": 5,
    }
    assert ulm.image["file_name"] == "ulm/ulm_000001_000019_leftImg8bit.png"
    expected = [(26, 26, 1), (24001, 24, 0), (26000, 26, 0), (31002, 31, 0), (33004, 33, 0)]  # value, class, crowd
    for found, frame in ((aachen, FRAME[:, ::-1]), (ulm, FRAME)):
        number = found.image["id"]
        assert [(a["id"], a["category_id"], a["iscrowd"]) for a in found.annotations] == [
            (100_000 * number + value, kind, crowd) for value, kind, crowd in expected
        ]
        for annotation, (value, _, _) in zip(found.annotations, expected, strict=True):
            rows, columns = np.nonzero(frame == value)
            assert np.array_equal(decoded(annotation), frame == value)
            assert annotation["area"] == len(rows)
            assert annotation["bbox"] == [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
            assert annotation["image_id"] == number
        assert found.skipped == Counter()


def test_the_eight_classes(tmp_path: Path) -> None:
    assert {c["id"]: (c["name"], c["supercategory"]) for c in CATEGORIES} == {
        24: ("person", "human"),
        25: ("rider", "human"),
        26: ("car", "vehicle"),
        27: ("truck", "vehicle"),
        28: ("bus", "vehicle"),
        31: ("train", "vehicle"),
        32: ("motorcycle", "vehicle"),
        33: ("bicycle", "vehicle"),
    }


def test_an_image_without_instances_is_kept(tmp_path: Path) -> None:
    cityscapes(tmp_path, {"ulm_000001_000019": np.full((2, 3), ROAD)})
    (found,) = records(read(tmp_path)[0])
    assert (found.image["width"], found.annotations) == (3, [])


def test_unknown_classes_are_counted(tmp_path: Path) -> None:
    cityscapes(tmp_path, {"ulm_000001_000019": [[34, 34, 59003], [59004, 26001, 65535]]})
    (found,) = records(read(tmp_path)[0])
    assert [a["id"] for a in found.annotations] == [126001]
    assert found.skipped == {"of the unknown class 34": 1, "of the unknown class 59": 2, "of the unknown class 65": 1}


def test_splits_are_those_that_are_there_or_chosen(tmp_path: Path) -> None:
    cityscapes(tmp_path, {"ulm_000001_000019": FRAME}, "train")
    cityscapes(tmp_path, {"lindau_000001_000019": FRAME}, "val")
    cityscapes(tmp_path, {"berlin_000001_000019": FRAME}, "test")
    assert [split.name for split in read(tmp_path)] == ["train", "val"]
    assert [split.name for split in read(tmp_path, ["val"])] == ["val"]
    with pytest.raises(InputError, match="has no split gtFine/test2, only train, val"):
        read(tmp_path, ["test2"])
    with pytest.raises(InputError, match="has no gtFine/train and no gtFine/val; is it the folder"):
        read(tmp_path / "gtFine")


def test_without_images_their_names_are_known_all_the_same(tmp_path: Path) -> None:
    cityscapes(tmp_path, {"ulm_000001_000019": FRAME}, images=False)
    assert records(read(tmp_path)[0])[0].image["file_name"] == "ulm/ulm_000001_000019_leftImg8bit.png"


def test_files_that_do_not_belong_together_are_said(tmp_path: Path) -> None:
    root = cityscapes(tmp_path, {"ulm_000001_000019": FRAME, "aachen_000000_000019": FRAME})
    extra = touch(root / "leftImg8bit/train/ulm/ulm_000002_000019_leftImg8bit.png")
    with pytest.raises(InputError, match=r"train/ulm/ulm_000002_000019_gtFine_instanceIds.png is missing, the annot"):
        list(read(root)[0].frames())
    extra.unlink()
    lonely = touch(root / "leftImg8bit/train/bonn/bonn_000002_000019_leftImg8bit.png")
    with pytest.raises(InputError, match=r"bonn/bonn_000002_000019_gtFine_instanceIds.png is missing"):
        list(read(root)[0].frames())
    lonely.unlink()
    (root / "leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png").unlink()
    with pytest.raises(InputError, match=r"aachen/aachen_000000_000019_leftImg8bit.png is missing, the image of"):
        list(read(root)[0].frames())


def test_an_empty_split_is_said(tmp_path: Path) -> None:
    (tmp_path / "gtFine" / "val" / "ulm").mkdir(parents=True)
    with pytest.raises(InputError, match=r"gtFine/val is empty: it has no \*/\*_gtFine_instanceIds.png"):
        list(read(tmp_path)[0].frames())


@pytest.mark.parametrize(("colour_type", "found"), [(GREY, "8-bit grey"), (PALETTE, "8-bit palette")])
def test_other_pngs_are_said(tmp_path: Path, colour_type: int, found: str) -> None:
    path = tmp_path / "gtFine/train/ulm/ulm_000001_000019_gtFine_instanceIds.png"
    png(path, FRAME % 256, colour_type, 8)
    with pytest.raises(InputError, match=f"^{path}: must be 16-bit grey, but is {found}"):
        records(read(tmp_path)[0])


def box(left: int, top: int, right: int, bottom: int) -> list[list[int]]:
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


DRAWING: dict[str, Any] = {
    "imgHeight": 40,
    "imgWidth": 60,
    "objects": [
        {"label": "road", "polygon": box(-5, 20, 70, 45)},
        {"label": "car", "polygon": box(2, 10, 22, 30)},
        {"label": "car", "polygon": box(12, 5, 40, 25)},
        {"label": "cargroup", "polygon": box(35, 5, 55, 12)},
        {"label": "polegroup", "polygon": box(50, 5, 53, 30)},
        {"label": "license plate", "polygon": box(4, 12, 9, 14)},
        {"label": "person", "polygon": box(30, 1, 33, 3), "deleted": 1},
        {"label": "person", "polygon": [[44, 20], [57, 38], [41, 33], [52, 21]]},
        {"label": "person", "polygon": [[3, 35], [3, 35], [3, 35]]},
        {"label": "caravan", "polygon": box(5, 32, 9, 36)},
        {"label": "ridergroup", "polygon": [[20, 33], [25, 38], [30, 33]]},
    ],
}


def drawing(root: Path, content: dict[str, Any]) -> Path:
    path = root / "gtFine/train/ulm/ulm_000001_000019_gtFine_polygons.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def test_polygons_cover_what_came_before(tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="--cityscapes_source polygons needs Pillow: requirements-datasets.txt")
    things = [{"label": "car", "polygon": box(0, 0, 9, 9)}, {"label": "person", "polygon": box(0, 0, 9, 4)}]
    unknown = {"label": "ufogroup", "polygon": box(1, 1, 2, 2)}
    drawing(tmp_path, {"imgHeight": 20, "imgWidth": 30, "objects": [*things, {**things[0], "label": "cargroup"}]})
    (found,) = records(read(tmp_path, source="polygons")[0])
    assert [(a["id"], a["iscrowd"], a["area"]) for a in found.annotations] == [(100026, 1, 100)]
    drawing(tmp_path, {"imgHeight": 20, "imgWidth": 30, "objects": [unknown, *things]})
    (found,) = records(read(tmp_path, source="polygons")[0])
    assert [(a["id"], a["area"]) for a in found.annotations] == [(124000, 50), (126000, 50)]
    assert found.skipped == {"of the unknown class 'ufogroup'": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"imgHeight": 4, "imgWidth": 4}, "not a Cityscapes polygon file: .*objects"),
        ({**DRAWING, "objects": [{"label": "car", "polygon": [[1, 1]]}]}, r"objects\[0\].polygon: 1 points"),
        (
            {**DRAWING, "objects": [{"label": "car", "polygon": box(1, 1, 2, 2)}] * 1001},
            r"objects\[1000\]: more than 1000 instances of car",
        ),
    ],
)
def test_what_is_no_drawing_is_said(tmp_path: Path, content: dict[str, Any], message: str) -> None:
    pytest.importorskip("PIL", reason="--cityscapes_source polygons needs Pillow: requirements-datasets.txt")
    path = drawing(tmp_path, content)
    with pytest.raises(InputError, match=f"^{path}: {message}"):
        records(read(tmp_path, source="polygons")[0])


def values(found: Records, like: NDArray[Any]) -> NDArray[Any]:
    """Records as a label image again."""
    canvas = np.zeros_like(like)
    for annotation in found.annotations:
        canvas[decoded(annotation) == 1] = annotation["id"] - 100_000 * annotation["image_id"]
    return canvas


def test_the_labels_are_cityscapesscripts_own() -> None:
    theirs = pytest.importorskip("cityscapesscripts.helpers.labels", reason="needs requirements-datasets.txt")
    assert {label.id: label.name for label in theirs.labels if label.id >= 0} == dict(enumerate(LABELS))
    assert [label.name for label in theirs.labels if label.id < 0] == [NOT_DRAWN]
    assert [label.id for label in theirs.labels if label.hasInstances] == list(WITH_INSTANCES)
    evaluated = [label for label in theirs.labels if label.hasInstances and not label.ignoreInEval]
    assert [(label.id, label.name, label.category) for label in evaluated] == [
        (c["id"], c["name"], c["supercategory"]) for c in CATEGORIES
    ]


def test_label_images_are_read_as_cityscapesscripts_reads_them(tmp_path: Path) -> None:
    theirs = pytest.importorskip(
        "cityscapesscripts.evaluation.instances2dict", reason="needs requirements-datasets.txt"
    )
    frame = FRAME.copy()
    cityscapes(tmp_path, {"ulm_000001_000019": frame})
    (split,) = read(tmp_path)
    (path,) = [item.labels for item in split.frames()]
    (by_class,) = theirs.instances2dict([str(path)]).values()
    expected = {
        (instance["instID"], instance["labelID"], instance["pixelCount"])
        for category in CATEGORIES
        for instance in by_class[category["name"]]
    }
    (found,) = records(split)
    assert {(a["id"] - 100_000, a["category_id"], a["area"]) for a in found.annotations} == expected
    assert len(expected) == 5


def test_polygons_are_drawn_as_cityscapesscripts_draws_them(tmp_path: Path) -> None:
    theirs = pytest.importorskip(
        "cityscapesscripts.preparation.json2instanceImg", reason="needs requirements-datasets.txt"
    )
    path = drawing(tmp_path, DRAWING)
    image = path.with_name("ulm_000001_000019_gtFine_instanceIds.png")
    annotation = theirs.Annotation()
    annotation.fromJsonFile(str(path))
    png(image, np.asarray(theirs.createInstanceImage(annotation, "ids")))
    (from_image,), (from_polygons,) = records(read(tmp_path)[0]), records(read(tmp_path, source="polygons")[0])
    assert from_image == from_polygons
    assert [a["id"] - 100_000 for a in from_image.annotations] == [25, 26, 24000, 24001, 26000, 26001]
    assert {26, 24000, 26001} <= set(np.unique(values(from_image, np.zeros((40, 60), int))).tolist())
