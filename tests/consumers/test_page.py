"""docs/consumers.md speaks of the versions that were tested, which are those installed."""

import importlib.metadata
import importlib.util
import re

import pytest

from tests.conftest import ROOT


def test_the_versions_of_the_page_are_those_tested() -> None:
    page = (ROOT / "docs" / "consumers.md").read_text()
    rows = dict(re.findall(r"^\| ([\w-]+) \| (\d+(?:\.\d+)+) \|", page, re.MULTILINE))
    pinned = dict(re.findall(r"^([\w-]+)==([\d.]+)", (ROOT / "requirements-consumers.txt").read_text(), re.MULTILINE))
    assert len(rows) == 13
    assert rows == {name: pinned[name] for name in rows}
    if importlib.util.find_spec("fiftyone") is None:
        pytest.skip("needs all of the libraries: make consumers")
    assert rows == {name: importlib.metadata.version(name) for name in rows}
