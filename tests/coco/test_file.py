import json
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.file import entries, read
from annotation_noise.errors import InputError
from tests.coco.test_splice import STYLES


@pytest.mark.parametrize("style", STYLES)
def test_a_file_is_measured_out(tmp_path: Path, tiny: dict[str, Any], style: dict[str, Any]) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps({"before": ["annotations", {}], **tiny, "after": [{"id": 1}]}, **style))
    file = read(path)
    found = [json.loads(file.data[start:end]) for start, end in zip(file.starts, file.ends, strict=True)]
    assert found == tiny["annotations"]
    assert file.tables.sizes.tolist() == [[40, 40], [48, 64], [40, 40], [48, 64], [48, 64]]
    assert file.tables.categories == {1: "ant", 3: "cat", 7: "dog"}
    assert list(file.tables.categories) == [1, 3, 7]


def test_a_stretch_gives_its_entries_back() -> None:
    annotations = [{"id": n, "image_id": 1, "category_id": 1, "note": "}, {"} for n in range(4)]
    text = json.dumps(annotations, indent=2).encode()[1:-2]
    found = list(entries(text, 10))
    assert b"".join(entry.gap + entry.raw for entry in found) == text
    assert [json.loads(entry.raw) for entry in found] == annotations
    assert [entry.annotation.id for entry in found] == [0, 1, 2, 3]


def test_entries_say_where_a_type_is_wrong() -> None:
    stretch = b', {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 2, "x"]]}'
    with pytest.raises(InputError, match=r"^annotations\[17\]\.segmentation\[0\]\[2\]: expected float, got str"):
        list(entries(stretch, 17))


def test_entries_refuse_coordinates_far_beyond_any_image() -> None:
    stretch = b'{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 2, 3, 4, 5, 1e300]]}'
    with pytest.raises(InputError, match=r"^annotations\[0\]\.segmentation\[0\]\[5\]: expected float <= 1000000"):
        list(entries(stretch, 0))


def change(path: tuple[Any, ...], value: Any) -> Any:
    """An edit of a dataset: put a value somewhere, or, if it is ..., take away what is there."""

    def apply(dataset: Any) -> Any:
        *outer, last = path
        place = dataset
        for key in outer:
            place = place[key]
        if value is ...:
            del place[last]
        else:
            place[last] = value
        return dataset

    return apply


BROKEN = [
    (change(("annotations",), ...), "`annotations` is missing"),
    (change(("images",), ...), "`images` is missing"),
    (change(("categories",), ...), "`categories` is missing"),
    (lambda dataset: dataset["annotations"], "not a COCO file: top level: expected object, got array"),
    (change(("annotations",), {}), r"annotations: expected array, got object"),
    (change(("annotations", 3), 5), r"annotations\[3\]: expected object, got 5"),
    (change(("annotations", 3, "image_id"), "1"), r"annotations\[3\]\.image_id: expected int, got str"),
    (change(("annotations", 3, "id"), ...), r"annotations\[3\]: object missing required field id"),
    (change(("annotations", 3, "id"), 5), r"annotations\[3\]\.id: 5 is there twice"),
    (change(("annotations", 3, "id"), 2**63), r"annotations\[3\]\.id: 9223372036854775808 needs more than 64 bits"),
    (change(("annotations", 3, "image_id"), 77), r"annotations\[3\]\.image_id: there is no image with id 77"),
    (change(("annotations", 3, "category_id"), 77), r"annotations\[3\]\.category_id: there is no category with id 77"),
    (change(("images", 1, "id"), 1), r"images\[1\]\.id: 1 is there twice"),
    (change(("images", 1, "width"), ...), r"images\[1\]: object missing required field width"),
    (change(("images", 1, "height"), None), r"images\[1\]\.height: expected int, got null"),
    (change(("images", 1, "height"), 0), r"images\[1\]: width and height must be positive"),
    (change(("images", 1, "height"), 2**40), r"images\[1\]: width and height .* product below 2\^31"),
    (change(("images", 1, "height"), 2**26), r"images\[1\]: width and height must be positive and below 2\^26"),
    (change(("categories", 2, "id"), 1), r"categories\[2\]\.id: 1 is there twice"),
]


@pytest.mark.parametrize(("break_it", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_what_is_not_coco_is_said_with_the_place(tmp_path: Path, tiny: Any, break_it: Any, message: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(break_it(tiny)))
    with pytest.raises(InputError, match=f"{path}: .*{message}"):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON: the file is empty"),
        (b"\n", "not JSON: Input data was truncated"),
        (b'{"images": [], "annotations": [', "not JSON: Input data was truncated"),
        (b'{"images": [], "annotations": [NaN], "categories": []}', "not JSON: JSON is malformed"),
        (b"\x89PNG\r\n", r"is not UTF-8 text, as JSON must be \(byte 0\)"),
        (b'\xef\xbb\xbf{"images": []}', "not JSON: JSON is malformed"),
        (b'{"images": [], "annotations": [], "categories": [], "images": []}', "a key is there twice"),
        (
            b'{"images": [{"id": 1, "width": 1, "height": 1, "coco_url":"\xfc"}], "annotations": [], "categories": []}',
            r"is not UTF-8 text, as JSON must be \(byte 59\)",
        ),
    ],
)
def test_what_is_not_json_is_said(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"{path}: {message}"):
        read(path)


def test_image_ids_may_be_hashes_of_64_bits_without_a_sign(tmp_path: Path, tiny: Any) -> None:
    """As numbers with a point, the first two of these would be one."""
    ids = [2**63 + 5, 2**63 + 6, 3]
    tiny["images"] = [{"id": id_, "width": 64, "height": 48} for id_ in ids]
    for annotation in tiny["annotations"]:
        annotation["image_id"] = ids[0]
    (tmp_path / "file.json").write_text(json.dumps(tiny))
    assert len(read(tmp_path / "file.json").starts) == 5
    tiny["images"][2]["neg_category_ids"] = tiny["images"][2]["not_exhaustive_category_ids"] = []
    (tmp_path / "file.json").write_text(json.dumps(tiny))
    with pytest.raises(InputError, match=r"images\[0\]\.id: 9223372036854775813 needs more than 64 bits"):
        read(tmp_path / "file.json")
    tiny["images"] = tiny["images"][:1] * 2
    (tmp_path / "file.json").write_text(json.dumps(tiny))
    with pytest.raises(InputError, match=r"images\[1\]\.id: 9223372036854775813 is there twice"):
        read(tmp_path / "file.json")


def test_no_annotations_are_no_error(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text('{"images": [], "annotations": [ ], "categories": []}')
    assert read(path).starts.tolist() == []


def test_whole_files_are_measured_out(coco_tiny: Path, lvis_sample: Path) -> None:
    for path in [*coco_tiny.glob("*.json"), lvis_sample]:
        file, expected = read(path), json.loads(path.read_text())["annotations"]
        found = [json.loads(file.data[start:end]) for start, end in zip(file.starts, file.ends, strict=True)]
        assert found == expected
        size = {image["id"]: [image["height"], image["width"]] for image in json.loads(path.read_text())["images"]}
        assert file.tables.sizes.tolist() == [size[annotation["image_id"]] for annotation in expected]
