import json
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.file import read
from annotation_noise.coco.lvis import Counts, changed, edited, edits
from tests.coco.test_splice import STYLES

DATASET: dict[str, Any] = {
    "images": [
        {"neg_category_ids": [3], "id": 7, "width": 4, "height": 4, "not_exhaustive_category_ids": []},
        {"neg_category_ids": [], "id": 8, "width": 4, "height": 4, "not_exhaustive_category_ids": [1]},
        {"id": 9, "width": 4, "height": 4, "note": "é\\"},
    ],
    "annotations": [{"id": 1, "image_id": 7, "category_id": 1}, {"id": 2, "image_id": 9, "category_id": 2}],
    "categories": [{"id": 1, "name": "ant", "instance_count": 1, "image_count": 1}, {"id": 2, "name": "bee"}],
}


def test_the_lists_are_read(tmp_path: Path, tiny_file: Path) -> None:
    path = tmp_path / "lvis.json"
    path.write_text(json.dumps(DATASET))
    lists = read(path).tables.federated
    assert lists is not None
    assert (lists.negative, lists.not_exhaustive) == ({7: (3,), 8: ()}, {7: (), 8: (1,)})
    assert (lists.image_ids.tolist(), lists.category_ids.tolist()) == ([7, 9], [1, 2])
    assert read(tiny_file).tables.federated is None


def test_only_keys_that_are_there_and_values_that_differ() -> None:
    counts = {1: Counts(5, 1)}
    assert changed(DATASET["categories"][0], counts=counts) == {"instance_count": 5}
    assert changed(DATASET["categories"][0], counts={}) == {"instance_count": 0, "image_count": 0}
    assert changed(DATASET["categories"][1], counts=counts) == {}
    assert changed(DATASET["images"][1], {8: [1]}) == {}
    assert changed(DATASET["images"][1], {8: [1, 2]}) == {"not_exhaustive_category_ids": [1, 2]}
    assert changed(DATASET["images"][2], {9: [1]}) == {}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("order", [1, -1])
def test_edits_change_what_they_say_and_no_other_byte(style: dict[str, Any], order: int) -> None:
    dataset = dict(list(DATASET.items())[::order])
    data = json.dumps(dataset, **style).encode()
    changes = edits(data, {7: [5]}, {1: Counts(12, 1), 2: Counts(3, 3)})
    assert len(changes) == 2
    expected = data.replace(b"[]", b"[5]", 1) if order == 1 else None
    whole = b"".join(edited(data, 0, len(data), changes))
    new = json.loads(whole)
    assert new["images"][0] == {**DATASET["images"][0], "not_exhaustive_category_ids": [5]}
    assert new["categories"][0] == {**DATASET["categories"][0], "instance_count": 12}
    assert len(whole) == len(data) + 2  # "[]" to "[5]" and "1" to "12"
    if expected is not None:
        assert whole.startswith(expected[: data.index(b"instance_count")])
    for cut in range(0, len(data), 97):  # cut anywhere between the changes, the pieces are the whole
        if not any(start < cut < end for (start, end), _ in changes):
            assert b"".join([*edited(data, 0, cut, changes), *edited(data, cut, len(data), changes)]) == whole
