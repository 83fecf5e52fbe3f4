"""The site that `make docs` makes, in a real browser, from disk."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser import PHONE_PX, asked_for, lines_of, opened, page_width, wider_than_they_show
from tests.clones import executable, fresh_clone
from tests.conftest import ROOT

for part in ("furo", "myst_parser"):
    pytest.importorskip(part, reason=f"the site needs {part}: pip install -r requirements-docs.txt")

PAGES = ["README", *(f"docs/{path.stem}" for path in (ROOT / "docs").glob("*.md")), "examples/train/README"]

pytestmark = pytest.mark.slow


def made(clone: Path) -> "subprocess.CompletedProcess[str]":
    """The end of `make docs` in a copy of the project, which in place of downloads finds what the tests run with."""
    executable(clone / ".venv" / "bin" / "python", f'exec {shlex.quote(sys.executable)} "$@"')
    (clone / ".venv" / "docs").touch()
    return subprocess.run(["make", "docs"], cwd=clone, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clone = fresh_clone(tmp_path_factory.mktemp("site") / "clone")
    done = made(clone)
    assert (done.returncode, done.stderr) == (0, "")
    return clone / "docs_site"


def test_every_page_is_there_and_in_the_navigation(browser: Any, site: Path) -> None:
    opened(browser, site / "index.html")
    assert browser.find_element("tag name", "h1").text.startswith("noise_annotations")
    links = browser.find_elements("css selector", ".sidebar-tree a")
    assert {f"{link.get_property('pathname')}" for link in links} == {
        f"{site / page}.html" for page in PAGES if page != "README"
    }
    assert [page for page in PAGES if not (site / f"{page}.html").exists()] == []


def test_a_broken_link_is_an_error(tmp_path: Path) -> None:
    clone = fresh_clone(tmp_path / "clone")
    page = clone / "docs" / "output.md"
    page.write_text(f"{page.read_text()}\n[a](nowhere.md) [b](datasets.md#nowhere) ![c](nowhere.png)\n")
    done = made(clone)
    assert done.returncode != 0
    assert [target for target in ("'nowhere.md'", "'nowhere'", "nowhere.png") if target not in done.stderr] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_need_not_scroll_sideways(browser: Any, site: Path, scheme: str) -> None:
    """Nothing is wider than the screen but tables and code, which scroll; and no page asks a network for anything."""
    for page in PAGES:
        opened(browser, site / f"{page}.html", PHONE_PX, scheme)
        assert page_width(browser) <= PHONE_PX, page
        assert wider_than_they_show(browser) <= {"div.table-wrapper", "pre"}, page
        assert [address for address in asked_for(browser) if not address.startswith(("file:", "data:"))] == [], page
        assert all(browser.execute_script("return [...document.images].map((image) => image.naturalWidth)")), page
        assert browser.get_log("browser") == [], page


def test_the_programs_name_stays_in_one_line_on_a_phone(browser: Any, site: Path) -> None:
    opened(browser, site / "index.html", PHONE_PX)
    assert lines_of(browser, "h1") == ["noise_annotations¶"]  # with the link to itself, which is shown under a mouse


@pytest.mark.parametrize(("scheme", "least", "most"), [("light", 230, 255), ("dark", 0, 60)])
def test_it_is_light_or_dark_as_the_reader_likes(browser: Any, site: Path, scheme: str, least: int, most: int) -> None:
    opened(browser, site / "index.html", scheme=scheme)
    ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert all(least <= int(part) <= most for part in ground.strip("rgb()").split(","))


def test_a_search_finds_a_page_from_disk(browser: Any, site: Path) -> None:
    opened(browser, site / "search.html")
    browser.get(f"{(site / 'search.html').as_uri()}?q=Hausdorff")
    browser.implicitly_wait(20)
    assert "measuring.html" in browser.find_element("css selector", "#search-results a").get_attribute("href")
