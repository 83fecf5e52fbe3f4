"""report.html in a real browser, from disk, without a network."""

import base64
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from noise_annotations import noise

pytest.importorskip("faster_coco_eval", reason="needs faster_coco_eval: pip install -r requirements-measure.txt")
pytest.importorskip("jinja2", reason="needs jinja2: pip install -r requirements-measure.txt")
pytest.importorskip("matplotlib", reason="needs matplotlib: pip install -r requirements-measure.txt")
pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")

from annotation_noise.coco.photographs import read_photograph
from annotation_noise.geometry.masks import from_frame
from annotation_noise.reports.gallery import PLAIN, SIDE_PX, picture_of
from annotation_noise.reports.measured import markdown, text
from annotation_noise.reports.page import columns
from annotation_noise.reports.plots import LOOKS, confusion, histograms
from annotation_noise.reports.tables import Column, Table, cells
from measure_noise import main
from tests.browser import PHONE_PX, SCREEN_PX, asked_for, lines_of, opened, page_width

UGLY = 'A<script>alert("x")</script>|&\\'  # a category's name, as nobody would choose it


@pytest.fixture(scope="module")
def report(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a report of the sample dataset, with its images."""
    folder = tmp_path_factory.mktemp("report")
    clean = json.loads((sample / "instances_train2017.json").read_text())
    clean["categories"][0]["name"] = UGLY
    (folder / "clean.json").write_text(json.dumps(clean))
    (folder / "noisy.json").write_text(json.dumps(noise(clean, benchmark="hard", seed=1).dataset))
    images = ["--images", str(sample.parent / "train2017"), "--per_category"]
    assert (
        main([str(folder / "clean.json"), str(folder / "noisy.json"), "--output_dir", str(folder / "out"), *images])
        == 0
    )
    return folder / "out"


def cells_of(browser: Any, table: int, place: int) -> list[str]:
    """The texts of a column of a table."""
    script = """
        const rows = document.querySelectorAll('table')[arguments[0]].tBodies[0].rows;
        return [...rows].map((row) => row.cells[arguments[1]].textContent);
    """
    return list(browser.execute_script(script, table, place))


def test_it_opens_with_its_pictures_and_no_complaint(browser: Any, report: Path) -> None:
    opened(browser, report / "report.html")
    sizes = browser.execute_script(
        "return [...document.images].map((image) => [image.naturalWidth, image.clientWidth])"
    )
    assert len(sizes) == 3 + 8 + 8 + 1  # plots; small, medium and, of which the sample has one, large instances
    assert all(natural > 100 and shown > 100 for natural, shown in sizes)
    assert browser.get_log("browser") == []
    assert [address for address in asked_for(browser) if not address.startswith("data:")] == []


def test_it_names_nothing_outside_itself(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"""(?:src|href|srcset)=["'](?!data:)""", page) == []
    assert "http" not in re.sub(r"data:image/[^\"]*", "", page)


def test_tables_sort(browser: Any, report: Path) -> None:
    opened(browser, report / "report.html")

    def column(table: int, place: int) -> list[str]:
        return cells_of(browser, table, place)

    def click(table: int, place: int) -> str:
        title = browser.find_elements("tag name", "table")[table].find_elements("tag name", "th")[place]
        title.find_element("tag name", "button").click()
        return str(title.get_attribute("aria-sort"))

    assert column(0, 0) == ["approximation", "localization", "rand", "none", "all"]
    assert click(0, 3) == "descending"
    numbers = [float(cell) for cell in column(0, 3)]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] == 1.0 > numbers[-1]
    assert click(0, 3) == "ascending"
    assert [float(cell) for cell in column(0, 3)] == numbers[::-1]
    assert click(0, 0) == "ascending"
    assert column(0, 0) == ["all", "approximation", "localization", "none", "rand"]
    assert len(browser.find_elements("css selector", "th[aria-sort]")) == 1
    # "1,024" is more than "99", and what has no value stays last
    areas = [float(cell.rstrip("%")) for cell in column(1, 11)]
    click(1, 11)
    assert [float(cell.rstrip("%")) for cell in column(1, 11)] == sorted(areas, reverse=True)


def test_names_are_shown_as_they_are(browser: Any, report: Path) -> None:
    opened(browser, report / "report.html")
    assert UGLY in cells_of(browser, 2, 0)
    assert 'A&lt;script&gt;alert("x")&lt;/script&gt;\\|&amp;\\\\ |' in (report / "report.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_need_not_scroll_sideways(browser: Any, report: Path, scheme: str, tmp_path: Path) -> None:
    opened(browser, report / "report.html", PHONE_PX, scheme)
    assert page_width(browser) <= PHONE_PX
    assert (
        browser.execute_script("return Math.max(...[...document.images].map(i => i.getBoundingClientRect().right))")
        <= PHONE_PX
    )
    browser.save_screenshot(str(tmp_path / "phone.png"))
    screen = cv2.imread(str(tmp_path / "phone.png"))
    assert screen is not None
    ground = np.median(screen.reshape(-1, 3), axis=0).mean()
    assert ground > 230 if scheme == "light" else ground < 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_have_the_ground_of_the_page(browser: Any, report: Path, scheme: str) -> None:
    opened(browser, report / "report.html", SCREEN_PX, scheme)
    for source in browser.execute_script("return [...document.querySelectorAll('picture img')].map(i => i.currentSrc)"):
        data = np.frombuffer(base64.b64decode(source.split(",")[1]), np.uint8)
        plot = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert plot is not None
        ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert plot[0, 0].tolist() == [int(part) for part in re.findall(r"\d+", ground)][::-1]


def test_the_title_breaks_between_words_on_phones(browser: Any, report: Path) -> None:
    for width in range(300, 440, 10):
        opened(browser, report / "report.html", width)
        title, lines = browser.find_element("tag name", "h1").get_property("textContent"), lines_of(browser, "h1")
        assert len(lines) > 2
        for line in lines[:-1]:
            before, after = title[: title.index(line) + len(line)], title[title.index(line) + len(line) :]
            assert after.startswith(" ") or before.endswith(("/", "_", ".", "-")), (width, lines)


@pytest.mark.parametrize("width", [PHONE_PX, SCREEN_PX])
def test_the_gallery_fills_its_rows(browser: Any, report: Path, width: int) -> None:
    opened(browser, report / "report.html", width)
    script = """
        return [...document.querySelectorAll(".gallery")].map(
          (gallery) => [...gallery.children].map((figure) => figure.getBoundingClientRect().top));
    """
    for tops in browser.execute_script(script):
        rows = Counter(tops).values()
        assert len(tops) > len(rows) > 1
        assert len(set(rows)) == 1


def test_as_few_gaps_as_may_be() -> None:
    """Of 11 pictures, 6 beside each other leave one gap, as 4 and 3 would; of 7 and 5, more."""
    assert [columns(count, 7, 3) for count in (12, 11, 10, 9, 8)] == [6, 6, 5, 3, 4]
    assert [columns(count, 2, 3) for count in (12, 11, 10, 9, 8)] == [2, 2, 2, 3, 2]


def test_a_figure_that_needs_words_has_them_beside_it(browser: Any, report: Path) -> None:
    opened(browser, report / "report.html", PHONE_PX)
    boxes = [box.text for box in browser.find_elements("css selector", ".numbers div")]
    (explained,) = [box for box in boxes if "AP as detections" in box]
    assert "a detector that answers with these annotations" in explained


def test_an_instance_is_drawn_where_it_is(tmp_path: Path) -> None:
    """A photograph that is red on the clean mask: the picture is red inside, and the outlines run around it."""
    clean, noisy = np.zeros((80, 100), np.uint8), np.zeros((80, 100), np.uint8)
    clean[20:40, 30:50] = noisy[20:40, 40:60] = 1
    photo = np.full((80, 100, 3), 90, np.uint8)
    photo[clean == 1] = (0, 0, 255)
    cv2.imwrite(str(tmp_path / "one.png"), photo)
    found = read_photograph(tmp_path / "one.png", 80, 100)
    assert found is not None
    for ground, inside in ((found, (0, 0, 255)), (None, None)):
        data = picture_of(from_frame(clean), from_frame(noisy), ground)
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (SIDE_PX, SIDE_PX, 3)
        # x 30 to 60 and a margin of 5 on each side: 40 pixels across, so 8 to a pixel; y in the middle.
        left, beside, right = picture[160, 60].astype(int), picture[160, 10].astype(int), picture[160, 240].astype(int)
        if inside:
            assert abs(left - inside).max() < 30
            assert abs(right - 90).max() < 30
        else:
            assert left.tolist() != beside.tolist() == right.tolist() == [PLAIN] * 3
        edge = picture[160, 36:44].astype(int)
        assert (edge[:, 0] > edge[:, 2] + 80).any()  # the clean outline is blue


def test_plots_of_few_and_of_many() -> None:
    """Nothing that changed: no plot. A thousand classes: those most concerned, and it can be drawn."""
    nothing: dict[str, list[Any]] = {"noise": ["none"], "area_px": [100.0], "iou": [1.0]}
    assert histograms(nothing, LOOKS["light"]) is None
    one: dict[str, list[Any]] = {"noise": [None], "area_px": [100.0], "iou": [0.5]}
    assert histograms(one, LOOKS["light"])
    assert confusion([entry(1, 1, 9)], LOOKS["light"]) is None
    many = [entry(number, (number + 1) % 1203, 1 + number % 7) for number in range(1203)]
    data = confusion(many, LOOKS["dark"])
    assert data is not None
    plot = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert plot is not None
    assert plot.shape[0] < 2 * plot.shape[1]


def entry(clean: int, noisy: int, count: int) -> dict[str, Any]:
    return {"clean_id": clean, "clean": f"c{clean}", "noisy_id": noisy, "noisy": f"c{noisy}", "count": count}


def test_a_value_that_is_not_there_is_a_dash() -> None:
    table = Table("t", [Column("name", "", str), Column("x", "", "{:.1f}".format)], [["a", None], ["b", 0.0]])
    assert cells(table) == [["a", "-"], ["b", "0.0"]]


def test_the_markdown_has_every_figure(report: Path) -> None:
    found = json.loads((report / "report.json").read_text())
    text = markdown(found)
    assert text == re.sub(r"## By category.*?(?=## )", "", (report / "report.md").read_text(), flags=re.DOTALL)
    for row in found["by_noise"]:
        for name in ("iou", "dice", "boundary_iou"):
            assert f"| {row[name]['mean']:.3f} | {row[name]['median']:.3f} |" in text
    for values in found["average_precision"].values():
        assert " | ".join("-" if v is None else f"{100 * v:.1f}" for v in values.values()) in text


def test_names_stay_as_they_are_in_the_terminal(report: Path) -> None:
    """A name that looks like a number is none, and blanks before it are its own."""
    content = json.loads((report / "report.json").read_text())
    content["by_size"][0]["name"], content["by_size"][1]["name"] = "007", "  1e3"
    lines = text(content).split("\n\n")[1].splitlines()
    assert [line[:7] for line in lines[:3]] == ["size   ", "007    ", "  1e3  "]
    assert len({len(line) for line in lines}) == 1
