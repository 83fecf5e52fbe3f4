"""What panels of an image say of its noisy instances, by hand."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install -r requirements-measure.txt")

from PIL import Image as Picture

from annotation_noise.coco.schema import Image
from annotation_noise.geometry.masks import Mask
from annotation_noise.reports.drawing import outline_px
from annotation_noise.reports.scene_figure import DrawnInstance, draw_panels, origin, versions

IMAGE = Image(7, 40, 60)


def block(number: int, left: int, top: int, width: int, height: int, category: int = 1) -> DrawnInstance:
    mask = Mask(np.ones((height, width), np.uint8), left, top, 40, 60)
    return DrawnInstance(number, mask, f"c{category}", category, (left, top, width, height))


def pixels_of(path: Path) -> NDArray[np.int64]:
    with Picture.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(np.int64)


A, B, C = block(1, 2, 2, 10, 10), block(2, 14, 2, 10, 10), block(3, 40, 20, 10, 10, 2)


@pytest.mark.parametrize(
    ("noisy", "title"),
    [
        ([A, B, C], "nothing changed"),
        ([A, C], "1 gone"),
        ([A, B, C, block(9, 30, 30, 4, 4)], "1 new"),
        ([block(1, 2, 2, 11, 10), block(2, 14, 2, 10, 10, 2), C], "2 of 3 outlines, 1 class changed"),
        ([block(1, 2, 2, 10, 10, 2), block(2, 14, 2, 10, 10, 3)], "2 classes changed, 1 gone"),
        ([A._replace(box=(20, 20, 10, 10)), B, C], "1 box changed"),
    ],
)
def test_a_title_counts_what_is_other(noisy: list[DrawnInstance], title: str) -> None:
    if title.startswith("2 of 3"):
        noisy[1] = noisy[1]._replace(mask=block(2, 14, 2, 10, 9).mask)
        noisy = [noisy[0]._replace(box=None), noisy[1]._replace(box=None), C]
    assert versions(IMAGE, None, [A, B, C], [noisy])[1].title == f"noisy: {title}"


def test_what_is_new_is_merged_split_or_neither() -> None:
    merged, half = block(9, 2, 2, 22, 10), block(9, 2, 2, 5, 10)
    assert origin(merged, [A, B, C]) == ("merged", [1, 2])
    assert origin(half, [A, B]) == ("split", [1])
    assert origin(block(9, 2, 2, 11, 10), [A, B]) == ("new", [])  # a copy that covers one that is gone
    assert origin(half, []) == ("new", [])  # its original is still there
    assert origin(block(9, 30, 30, 4, 4), [A, B]) == ("new", [])


def test_an_outline_is_as_long_as_the_sides_of_its_pixels() -> None:
    assert outline_px(A.mask) == 40
    ring = np.ones((3, 3), np.uint8)
    ring[1, 1] = 0
    assert outline_px(Mask(ring, 0, 0, 5, 5)) == 12 + 4


def test_what_is_gone_is_drawn(tmp_path: Path) -> None:
    """Where it was there is its dark dashed outline and nothing of its colour; twice the same bytes."""
    panels = versions(IMAGE, None, [A, C], [[C]])
    for name in ("a.png", "b.png"):
        draw_panels(tmp_path / name, [panels])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    pixels = pixels_of(tmp_path / "a.png")
    left, right = np.split(pixels[:, : pixels.shape[1] // 2 * 2], 2, axis=1)
    blue = [np.abs(half - (0, 114, 178)).max(axis=2) < 30 for half in (left, right)]
    assert blue[0].sum() > 300
    assert blue[1].sum() == 0
    corner = right[: right.shape[0] // 2, : right.shape[1] // 2]
    assert (corner.max(axis=2) < 90).sum() > 200  # dashes and the name


def test_rows_of_panels_stand_below_each_other(tmp_path: Path) -> None:
    panels = versions(IMAGE, None, [A], [[A], []], ["one", "two"])
    draw_panels(tmp_path / "one.png", [panels], panel_in=3)
    draw_panels(tmp_path / "two.png", [panels, panels], panel_in=3)
    one, two = (pixels_of(tmp_path / f"{name}.png").shape for name in ("one", "two"))
    assert one[1] == two[1] and abs(two[0] - 2 * one[0]) <= 1
