"""CITATION.cff is what the Citation File Format asks for, and says of program and paper what other pages say."""

import datetime
import re

import yaml

from annotation_noise.commands import VERSION
from tests.conftest import ROOT

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
BIBTEX = dict(re.findall(r"^  (\w+) *= \{(.*)\}", (ROOT / "docs" / "reference.md").read_text(), re.MULTILINE))
# Version 1.2.0 of the format: the keys that it must have, those that it may have, and those of a reference.
REQUIRED = {"authors", "cff-version", "message", "title"}
OPTIONAL = {"abstract", "keywords", "license", "references", "type", "version"}
OF_A_PERSON = {"given-names", "family-names"}


def test_the_format() -> None:
    assert REQUIRED <= set(CITATION) <= REQUIRED | OPTIONAL
    assert (CITATION["cff-version"], CITATION["type"], CITATION["license"]) == ("1.2.0", "software", "Apache-2.0")
    assert all(isinstance(CITATION[key], str) for key in ("message", "title", "abstract", "version"))
    assert len(set(CITATION["keywords"])) == len(CITATION["keywords"])
    assert all(isinstance(word, str) for word in CITATION["keywords"])
    assert all(set(author) == {"name"} for author in CITATION["authors"])
    for reference in CITATION["references"]:
        assert {"authors", "title", "type"} <= set(reference)
        assert all(set(author) == OF_A_PERSON for author in reference["authors"])
        assert 2024 <= reference["year"] <= datetime.date.today().year
        assert all(set(each) <= {"type", "value", "description"} for each in reference["identifiers"])
        assert all(each["type"] in ("doi", "url", "swh", "other") for each in reference["identifiers"])


def test_the_program_and_the_paper() -> None:
    assert CITATION["version"] == VERSION
    (paper,) = CITATION["references"]
    assert (paper["title"], str(paper["year"])) == (BIBTEX["title"], BIBTEX["year"])
    names = [f"{author['family-names']}, {author['given-names']}" for author in paper["authors"]]
    assert " and ".join(names) == BIBTEX["author"]
    assert paper["url"].endswith(BIBTEX["eprint"])
