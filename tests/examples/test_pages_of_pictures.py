"""The pages that commands write: their text is what the program says, their pictures are what is drawn now."""

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from annotation_noise.core.presets import BENCHMARKS, FAMILIES

pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install -r requirements-measure.txt")

from PIL import Image as Picture

from annotation_noise.coco.file import CocoFile
from examples import make_noise_page, make_preset_page
from examples.make_noise_page import Subject, own_noises, subjects
from examples.pictures import COLOURS, PAGES, small_png

SOME_NOISES = ("dilate", "box_side", "flip_pairs", "merge")
SOME_FAMILIES = ("una",)


def slow_but(names: Sequence[str], some: Sequence[str]) -> list[object]:
    return [name if name in some else pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Subject]:
    return subjects(tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="module")
def rough(shown: dict[str, Subject]) -> CocoFile:
    return shown["ragged"].file


def test_the_page_of_noises_is_the_registrys() -> None:
    assert make_noise_page.PAGE.read_text(encoding="utf-8") == make_noise_page.page()


def test_the_page_of_noises_has_all_of_them_with_strengths_bounds_and_file() -> None:
    page = make_noise_page.page()
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^###? |\Z)", page, re.MULTILINE | re.DOTALL))
    assert sections.keys() == own_noises().keys()
    for name, noise in own_noises().items():
        assert f"](../noisers/{noise.kind}/{name}.py)" in sections[name]
        assert re.findall(r"^- `(\w+)`, ", sections[name], re.MULTILINE) == list(noise.strengths)
        assert "see its file" not in sections[name].replace("[its file]", "")
        assert "source: none" not in sections[name]
    assert "- `radius_px`, a number, at least 0: " in sections["dilate"]


@pytest.mark.parametrize("page", [make_noise_page, make_preset_page], ids=["noises", "presets"])
def test_there_is_a_picture_of_each_and_no_other(page: object) -> None:
    folder: Path = page.PICTURES  # type: ignore[attr-defined]
    names = own_noises() if page is make_noise_page else FAMILIES
    assert {path.name for path in folder.iterdir()} == {f"{name}.png" for name in names}
    text = (PAGES / f"{folder.name}.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((pictures/\S+)\)", text) == [
        f"pictures/{folder.name}/{name}.png"
        for name in re.findall(r"^##+ ([\w-]+)$", text, re.MULTILINE)
        if name in names
    ]


def test_the_pictures_are_small() -> None:
    sizes = {path: path.stat().st_size for path in PAGES.rglob("*.png")}
    assert sum(sizes.values()) < 4_000_000
    assert max(sizes.values()) < 150_000


def test_the_presets_that_are_shown_exist() -> None:
    assert {make_preset_page.shown(family) for family in FAMILIES} <= set(BENCHMARKS)
    assert set(make_preset_page.SHOWN) <= set(FAMILIES)


def test_a_small_picture_has_few_colours(tmp_path: Path) -> None:
    many = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    small = small_png(lambda path: Picture.fromarray(many).save(path), tmp_path)
    with Picture.open(io.BytesIO(small)) as picture:
        assert (picture.format, picture.size) == ("PNG", (80, 60))
        assert len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)) <= COLOURS


@pytest.mark.parametrize("name", slow_but(list(own_noises()), SOME_NOISES))
def test_the_picture_of_a_noise_is_what_is_drawn(name: str, shown: dict[str, Subject], tmp_path: Path) -> None:
    same_picture(make_noise_page.picture(own_noises()[name], shown, tmp_path), make_noise_page.PICTURES / f"{name}.png")


@pytest.mark.parametrize("name", slow_but(list(FAMILIES), SOME_FAMILIES))
def test_the_picture_of_a_family_is_what_is_drawn(name: str, rough: CocoFile, tmp_path: Path) -> None:
    same_picture(make_preset_page.picture(name, rough, tmp_path), make_preset_page.PICTURES / f"{name}.png")


def same_picture(drawn: bytes, committed: Path) -> None:
    """Nearly: another version of matplotlib may draw a letter or the rim of a line otherwise."""
    with Picture.open(io.BytesIO(drawn)) as ours, Picture.open(committed) as theirs:
        assert ours.size == theirs.size
        pixels = [np.asarray(picture.convert("RGB")).astype(int) for picture in (ours, theirs)]
    assert (np.abs(pixels[0] - pixels[1]).max(axis=2) > 32).mean() < 0.005
