"""The page of score_findings.py in a real browser, from disk."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jinja2", reason="needs jinja2: pip install -r requirements-measure.txt")
pytest.importorskip("matplotlib", reason="needs matplotlib: pip install -r requirements-measure.txt")

from noise_annotations import main as noise_main
from score_findings import main
from tests.browser import PHONE_PX, SCREEN_PX, asked_for, opened, page_width


@pytest.fixture(scope="module")
def page(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two finders that draw, one of them with a name as nobody would choose it."""
    folder = tmp_path_factory.mktemp("findings")
    out = folder / "out"
    assert noise_main([str(sample), "--benchmark", "hard", "--blind", "--output_dir", str(out)]) == 0
    ids = [a["id"] for a in json.loads((out / "instances_val2017.json").read_text())["annotations"]]
    paths = [folder / "a.csv", folder / f"{'a_long_name_without_a_blank' * 3}<b>.csv"]
    for seed, path in enumerate(paths):
        scores = np.random.default_rng(seed).random(len(ids))
        path.write_text("annotation_id,score\n" + "".join(f"{i},{s}\n" for i, s in zip(ids, scores, strict=True)))
    log = folder / "out.key" / "instances_val2017.noise.csv"
    assert main([str(log), *map(str, paths), "--at", "10", "--output_dir", str(folder / "report")]) == 0
    return folder / "report" / "report.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE_PX, SCREEN_PX])
def test_nobody_need_scroll_sideways(browser: Any, page: Path, width: int, scheme: str) -> None:
    opened(browser, page, width, scheme)
    assert page_width(browser) <= width
    script = "return [...document.images].map((i) => [i.naturalWidth, i.getBoundingClientRect().right])"
    pictures = browser.execute_script(script)
    assert len(pictures) == 1
    assert all(natural_px > 100 and right_px <= width for natural_px, right_px in pictures)


def test_it_needs_nothing_else_and_does_not_complain(browser: Any, page: Path) -> None:
    opened(browser, page)
    assert browser.get_log("browser") == []
    assert [name for name in asked_for(browser) if not name.startswith("data:")] == []
    assert "<b>" in browser.find_element("css selector", "table").text  # as text
