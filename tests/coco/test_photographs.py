"""Photographs are looked for in the folder that the user names, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.photographs import choose_images, find_photograph
from annotation_noise.coco.schema import Image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photographs in a folder and in that of a split, and one beside the folder."""
    for name in ("secret.jpg", "images/a.jpg", "images/train/b.jpg", "images/ulm/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path / "images"


def image(**names: Any) -> Image:
    return Image(1, 2, 3, **names)


@pytest.mark.parametrize(
    ("names", "place"),
    [
        ({"file_name": "a.jpg"}, "a.jpg"),
        ({"file_name": "b.jpg"}, "train/b.jpg"),
        ({"file_name": "ulm/c.jpg"}, "ulm/c.jpg"),
        ({"file_name": "left/ulm/c.jpg"}, "ulm/c.jpg"),
        ({"coco_url": "http://images.cocodataset.org/train/b.jpg"}, "train/b.jpg"),
        ({"file_name": "/elsewhere/a.jpg"}, "a.jpg"),  # by its last part
        ({"file_name": "../images/a.jpg"}, "a.jpg"),
    ],
)
def test_where_they_lie(folder: Path, names: dict[str, str], place: str) -> None:
    assert find_photograph(image(**names), folder, "train") == folder / place


@pytest.mark.parametrize("name", ["../secret.jpg", "x/../../secret.jpg", "train/../../secret.jpg", "..", "."])
def test_a_name_that_leads_out_of_the_folder(folder: Path, name: str) -> None:
    assert find_photograph(image(file_name=name), folder, "train") is None
    assert find_photograph(image(coco_url=f"http://host/{name}"), folder, "train") is None


def test_an_absolute_name(folder: Path) -> None:
    assert find_photograph(image(file_name=str(folder.parent / "secret.jpg")), folder, "train") is None


@pytest.mark.parametrize("name", ["x" * 5000, "a/" * 5000 + "x", "a\0b.jpg", "", "\ud800"])
def test_a_name_that_no_file_can_have(folder: Path, name: str) -> None:
    assert find_photograph(image(file_name=name), folder, "train") is None
    assert choose_images([image(file_name=name)], 1, folder, "train") == [image(file_name=name)]


def test_a_folder_may_be_a_link(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder)
    assert find_photograph(image(file_name="a.jpg"), folder.parent / "link", "train") == folder.parent / "link/a.jpg"
