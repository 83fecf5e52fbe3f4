import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation_noise.coco.file import read
from annotation_noise.errors import InputError

pytest.importorskip("PIL", reason="COCO-WAN needs pillow: pip install -r requirements-wan.txt")
from PIL import Image

from annotation_noise.wan.images import ImageFault, image_folder, images_of, read_image, resized, scaled_size


@pytest.fixture
def picture() -> Any:
    """Smooth, so that JPEG keeps it: red grows to the right, green downwards."""
    rows, columns = np.mgrid[0:48, 0:64]
    return np.stack([columns * 4, rows * 5, np.full_like(rows, 40)], axis=2).astype(np.uint8)


def test_a_jpeg_is_red_green_and_blue(picture: Any, tmp_path: Path) -> None:
    Image.fromarray(picture).save(tmp_path / "a.jpg", quality=98)
    found = read_image(tmp_path / "a.jpg", 64, 48)
    assert found.shape == (48, 64, 3)
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - picture).max() < 12


def test_a_png_is_read_exactly(picture: Any, tmp_path: Path) -> None:
    Image.fromarray(picture).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png", 64, 48), picture)


def test_grey_becomes_three_equal_channels(picture: Any, tmp_path: Path) -> None:
    Image.fromarray(picture[:, :, 0]).save(tmp_path / "a.png")
    found = read_image(tmp_path / "a.png", 64, 48)
    assert np.array_equal(found, np.repeat(picture[:, :, :1], 3, axis=2))


def test_cmyk(tmp_path: Path) -> None:
    """Cyan 255 and no black is no red: (0, 255, 255)."""
    ink = np.zeros((48, 64, 4), np.uint8)
    ink[:, :, 0] = 255
    Image.fromarray(ink, "CMYK").save(tmp_path / "a.jpg", quality=98)
    found = read_image(tmp_path / "a.jpg", 64, 48)
    assert np.abs(found.astype(int) - (0, 255, 255)).max() < 6


def test_palette_and_transparency(picture: Any, tmp_path: Path) -> None:
    Image.fromarray(picture).quantize(256).save(tmp_path / "a.png")
    assert np.abs(read_image(tmp_path / "a.png", 64, 48).astype(int) - picture).mean() < 12
    Image.fromarray(np.dstack([picture, np.zeros((48, 64), np.uint8)])).save(tmp_path / "b.png")
    assert np.array_equal(read_image(tmp_path / "b.png", 64, 48), picture)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_exif_rotation_is_left_aside(picture: Any, tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png", 64, 48), picture)
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif, quality=98)
    assert np.abs(read_image(tmp_path / "a.jpg", 64, 48).astype(int) - picture).max() < 12


def test_what_cannot_be_used_is_said(picture: Any, tmp_path: Path) -> None:
    whole = tmp_path / "whole.jpg"
    Image.fromarray(picture).save(whole)
    (tmp_path / "short.jpg").write_bytes(whole.read_bytes()[:-300])
    (tmp_path / "text.jpg").write_text("no image")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    Image.fromarray(picture[:, :, 0].astype(np.uint16) * 200).save(tmp_path / "deep.png")
    for name, message in (
        ("missing.jpg", "is missing"),
        ("short.jpg", "is broken: "),
        ("text.jpg", "is no image that can be read"),
        ("empty.jpg", "is no image that can be read"),
        ("folder.jpg", "is not a regular file"),
        ("deep.png", "has pixels of the kind I;16; 8 bits a channel are needed"),
    ):
        with pytest.raises(ImageFault, match=f"^{message}"):
            read_image(tmp_path / name, 64, 48)
    with pytest.raises(ImageFault, match="is 64 x 48 pixels, but the annotations are for 48 x 64"):
        read_image(whole, 48, 64)


def coco_file(folder: Path, name: str = "instances_train2017.json", **image: Any) -> Path:
    images = [
        {"id": 3, "file_name": "c.jpg", "width": 64, "height": 48, **image},
        {"id": 1, "file_name": "a.jpg", "width": 64, "height": 48},
        {"id": 2, "file_name": "b.jpg", "width": 64, "height": 48},
    ]
    annotations = [{"id": n, "image_id": i, "category_id": 1} for n, i in ((10, 1), (11, 3), (12, 1))]
    path = folder / name
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "a"}]}))
    return path


def test_images_and_their_annotations(tmp_path: Path) -> None:
    found = images_of(read(coco_file(tmp_path)))
    assert [(image.file_name, places[:, 0].tolist()) for image, places in found] == [("c.jpg", [1]), ("a.jpg", [0, 2])]


def test_an_image_without_a_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"images\[0\]\.file_name is missing"):
        images_of(read(coco_file(tmp_path, file_name=None)))


def test_lvis_names_an_image_by_its_address(tmp_path: Path) -> None:
    """Version 1 has no `file_name`; its images lie in train2017 and val2017, whatever its own splits."""
    address = "http://images.cocodataset.org/val2017/000000397133.jpg"
    path = coco_file(tmp_path, "lvis_v1_train.json", file_name=None, coco_url=address)
    (tmp_path / "data" / "val2017").mkdir(parents=True)
    (tmp_path / "data" / "val2017" / "000000397133.jpg").touch()
    found = images_of(read(path))
    assert str(found[0].image.path) == "val2017/000000397133.jpg"
    assert image_folder(tmp_path / "data", path, found) == tmp_path / "data"


@pytest.mark.parametrize("place", ["coco_train2017/train2017", "train2017", ""])
def test_the_folder_is_found(tmp_path: Path, place: str) -> None:
    """Though the first image is not there, and a folder for it is."""
    path = coco_file(tmp_path)
    (tmp_path / "data" / "coco_train2017" / "train2017").mkdir(parents=True)
    folder = tmp_path / "data" / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.jpg").touch()
    assert image_folder(tmp_path / "data", path, images_of(read(path))) == folder


def test_no_folder_is_said(tmp_path: Path) -> None:
    path = coco_file(tmp_path)
    with pytest.raises(InputError, match=r"no image of .* looked for c\.jpg and the others in .*train2017"):
        image_folder(tmp_path / "data", path, images_of(read(path)))


def test_the_longer_side_is_scaled_and_the_shorter_rounded() -> None:
    assert scaled_size(480, 640, 1024) == (768, 1024)
    assert scaled_size(640, 427, 1024) == (1024, 683)  # 683.2
    assert scaled_size(333, 500, 1024) == (682, 1024)  # 681.98
    assert scaled_size(3, 2048, 1024) == (2, 1024)  # 1.5 is rounded up


def test_shrinking_averages() -> None:
    """Bilinear over a support of two new pixels: of 0, 0, 255, 255 at half the size, weights 1, 3, 3, 1 and 3, 3, 1."""
    row = np.repeat(np.array([0, 0, 255, 255], np.uint8)[None, :, None], 3, axis=2)
    found = resized(row, 2, 1)[0, :, 0].tolist()
    # new pixel 0 is centred on 1: distances .5, .5, 1.5 of 2 weigh 3, 3, 1; the third has 255
    assert found == [round(255 / 7), round(255 * 6 / 7)]


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "train/../../a.jpg"])
def test_a_name_that_leads_out_of_the_folder_is_said(tmp_path: Path, tiny: Any, name: str) -> None:
    tiny["images"][0]["file_name"] = "a.jpg"
    tiny["images"][1]["file_name"] = name
    (tmp_path / "x.json").write_text(json.dumps(tiny))
    with pytest.raises(InputError, match=rf"images\[1\]\.file_name leads out of the folder of images: {name}"):
        images_of(read(tmp_path / "x.json"))


def test_a_name_that_is_too_long_for_a_file(tmp_path: Path, tiny: Any) -> None:
    for number, image in enumerate(tiny["images"]):
        image["file_name"] = f"{number}" * 5000
    (tmp_path / "x.json").write_text(json.dumps(tiny))
    file = read(tmp_path / "x.json")
    with pytest.raises(InputError, match="no image of"):
        image_folder(tmp_path, file.path, images_of(file))
    with pytest.raises(ImageFault, match=r"is broken: .*File name too long"):
        read_image(tmp_path / ("1" * 5000), 40, 40)
