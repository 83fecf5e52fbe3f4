import json
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.file import read
from annotation_noise.errors import InputError
from annotation_noise.running.export import check_names


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"file_name": ""}, r"images\[0\] has no `file_name`"),
        ({"file_name": 5}, r"images\[0\] has no `file_name`"),
        ({"file_name": "../x.jpg"}, r"images\[0\] has no `file_name`"),
        ({"file_name": "/x.jpg"}, r"images\[0\] has no `file_name`"),
        ({"file_name": "a/b.jpg"}, r"images\[1\].file_name: a/b is there twice"),
    ],
)
def test_names_that_cannot_be_used_are_said(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    images = [{"id": number, "width": 3, "height": 2, **fields} for number in range(2)]
    (tmp_path / "x.json").write_text(json.dumps({"images": images, "annotations": [], "categories": []}))
    with pytest.raises(InputError, match=message):
        check_names(read(tmp_path / "x.json"))
