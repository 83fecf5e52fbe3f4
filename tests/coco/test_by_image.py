import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_noise.coco.by_image import IMAGES_PER_STRETCH, annotated, by_image, stretches
from annotation_noise.coco.file import CocoFile, read
from annotation_noise.errors import InputError

IMAGE_IDS = [5, 2**63 + 6, 0, 2**63 + 5, -3]  # as numbers with a point, two of these would be one


def file_of(folder: Path, image_ids: list[int], belongs_to: list[int], indent: int | None = None) -> CocoFile:
    """A file with an annotation for each item of `belongs_to`, of the image of that id; their ids fall."""
    content = {
        "annotations": [
            {"id": len(belongs_to) - index, "image_id": image_id, "category_id": 1}
            for index, image_id in enumerate(belongs_to)
        ],
        "images": [{"id": image_id, "width": 3, "height": 2} for image_id in image_ids],
        "categories": [{"id": 1, "name": "ant"}],
    }
    path = folder / "x.json"
    path.write_text(json.dumps(content, indent=indent))
    return read(path)


@given(st.permutations(IMAGE_IDS), st.lists(st.sampled_from(IMAGE_IDS[:4])), st.sampled_from([None, 1]))
def test_each_annotation_is_with_its_image_once_and_in_the_files_order(
    tmp_path_factory: pytest.TempPathFactory, image_ids: list[int], belongs_to: list[int], indent: int | None
) -> None:
    """Whatever the order of both lists; one image at least has no annotations."""
    file = file_of(tmp_path_factory.mktemp("by_image"), image_ids, belongs_to, indent)
    found = by_image(file)
    assert [entry.image.id for entry in found] == image_ids
    for image, places in found:
        assert places.shape == (belongs_to.count(image.id), 3)
        assert places[:, 0].tolist() == [index for index, image_id in enumerate(belongs_to) if image_id == image.id]
        for index, start, end in places.tolist():
            assert json.loads(file.data[start:end]) == {
                "id": len(belongs_to) - index,
                "image_id": image.id,
                "category_id": 1,
            }
    assert file.tables.owners.dtype == np.int64
    assert file.tables.owners.tolist() == [image_ids.index(image_id) for image_id in belongs_to]


def test_stretches_are_read_without_the_file_that_they_are_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any folder; together they have every image once, in the file's order."""
    count = 2 * IMAGES_PER_STRETCH + 1
    belongs_to = [(index * 7) % (count - 3) for index in range(200)]
    file_of(tmp_path, list(range(count)), belongs_to)
    monkeypatch.chdir(tmp_path)
    shared_out = list(stretches(read(Path("x.json"))))
    monkeypatch.chdir("/")
    assert [len(stretch.images) for stretch in shared_out] == [IMAGES_PER_STRETCH, IMAGES_PER_STRETCH, 1]
    found = [pair for stretch in shared_out for pair in annotated(stretch)]
    assert [image.id for image, _ in found] == list(range(count))
    for image, annotations in found:
        assert [a.id for a in annotations] == [200 - n for n, image_id in enumerate(belongs_to) if image_id == image.id]


def test_a_malformed_annotation_is_said_with_file_and_place(tmp_path: Path) -> None:
    file_of(tmp_path, [1, 2], [2, 1, 2])
    path = tmp_path / "x.json"
    path.write_text(path.read_text().replace('"id": 2,', '"id": 2, "iscrowd": "",'))
    (stretch,) = stretches(read(path))
    with pytest.raises(InputError, match=r"x\.json: annotations\[1\]\.iscrowd: expected bool"):
        list(annotated(stretch))
