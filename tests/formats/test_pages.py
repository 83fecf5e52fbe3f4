import json
from pathlib import Path
from typing import Any

import pytest

from errors import InputError
from formats.coco import read
from formats.pages import named_images, pages, stretches


def write(path: Path, images: int, annotations: list[tuple[int, int]], **fields: Any) -> Path:
    content = {
        "annotations": [{"id": n, "image_id": image, "category_id": 1} for n, image in annotations],
        "images": [{"id": n, "width": 3, "height": 2, "file_name": f"a/{n}.jpg", **fields} for n in range(images)],
        "categories": [{"id": 1, "name": "ant"}],
    }
    path.write_text(json.dumps(content, indent=1))
    return path


def test_each_image_gets_its_annotations_wherever_they_stand(tmp_path: Path) -> None:
    annotations = [(100 + n, (n * 7) % 70) for n in range(200)]
    file = read(write(tmp_path / "x.json", 75, annotations))
    found = [page for stretch in stretches(file) for page in pages(stretch)]
    assert [page.image.id for page in found] == list(range(75))
    for page in found:
        assert [a.id for a in page.annotations] == [n for n, image in annotations if image == page.image.id]


def test_names_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    for fields, message in (
        ({"file_name": ""}, r"images\[0\] has no `file_name`"),
        ({"file_name": "../x.jpg"}, r"images\[0\] has no `file_name`"),
        ({"file_name": "/x.jpg"}, r"images\[0\] has no `file_name`"),
        ({"file_name": "a/b.jpg"}, r"images\[1\].file_name: a/b is there twice"),
        ({"file_name": 5}, "images: Expected `str`, got `int`"),
    ):
        with pytest.raises(InputError, match=message):
            named_images(read(write(tmp_path / "x.json", 2, [], **fields)))
    (image, *_) = named_images(read(write(tmp_path / "x.json", 1, [], file_name="", coco_url="http://a.b/val/7.jpg")))
    assert image.path == Path("val/7.jpg")
