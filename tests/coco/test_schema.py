from pathlib import Path
from typing import Any

import msgspec
import pytest

from annotation_noise.coco.schema import Image

LVIS = "http://images.cocodataset.org/val2017/000000397133.jpg"


@pytest.mark.parametrize(
    ("fields", "name", "path"),
    [
        ({"file_name": "ulm/a.png", "coco_url": LVIS}, "ulm/a.png", "ulm/a.png"),
        ({"coco_url": LVIS}, LVIS, "val2017/000000397133.jpg"),
        ({"file_name": None, "coco_url": LVIS}, LVIS, "val2017/000000397133.jpg"),
        ({"file_name": "", "coco_url": "7.jpg"}, "7.jpg", "7.jpg"),
        ({"file_name": 7, "coco_url": ["http://"]}, "image 3", ""),
        ({}, "image 3", ""),
    ],
)
def test_what_an_image_is_called_and_where_it_lies(fields: dict[str, Any], name: str, path: str) -> None:
    """Whatever is no string is no name, in a file as in memory."""
    entry = {"id": 3, "width": 2, "height": 1, **fields}
    for image in (msgspec.convert(entry, Image), msgspec.json.decode(msgspec.json.encode(entry), type=Image)):
        assert (image.name, image.path) == (name, Path(path))
