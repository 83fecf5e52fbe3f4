"""Flips to classes that no annotation has: counted and said, and left out on request."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import chisquare

from noise_annotations import main, noise
from tests.test_pinned import lvis_like

FLIPS = ["--corruption_values", "{'flip_class': 1}", "--workers", "1"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def roboflow(tiny: dict[str, Any], copies: int = 1) -> dict[str, Any]:
    """Classes as Roboflow writes them: a parent that no annotation has, and here one more."""
    names = {0: "pets", 1: "ant", 3: "cat", 7: "dog", 9: "elk"}
    annotations = [
        {**annotation, "id": 10 * copy + place, "category_id": (1, 3, 7)[place % 3]}
        for copy in range(copies)
        for place, annotation in enumerate(tiny["annotations"])
    ]
    categories = [{"id": number, "name": name, "supercategory": "pets"} for number, name in names.items()]
    return {**tiny, "categories": categories, "annotations": annotations}


def ran(*words: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What was realised, and the annotations."""
    assert main(["x.json", *FLIPS, "--overwrite", "--output_dir", "out", *words]) == 0
    manifest = json.loads(Path("out/manifest.json").read_text())
    return manifest["realised"]["x.json"], json.loads(Path("out/x.json").read_text())["annotations"]


def test_they_are_counted_and_said(tiny: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.json").write_text(json.dumps(roboflow(tiny, 20)))
    realised, annotations = ran()
    count = sum(annotation["category_id"] in (0, 9) for annotation in annotations)
    assert realised["to_unannotated_class"] == count > 10
    assert re.search(rf"^  to a class without annotations +{count}$", capsys.readouterr().out, re.MULTILINE)
    realised, annotations = ran("--flip_to", "annotated")
    assert realised["to_unannotated_class"] == 0
    assert realised["class_noise"] > 10
    assert {annotation["category_id"] for annotation in annotations} == {1, 3, 7}
    assert "to a class without annotations" not in capsys.readouterr().out


def test_uniform_over_the_annotated(tiny: dict[str, Any]) -> None:
    clean = roboflow(tiny, 300)
    noisy = noise(clean, corruption_values={"flip_class": 1}, flip_to="annotated").dataset["annotations"]
    counts = Counter(annotation["category_id"] for annotation in noisy)
    assert sorted(counts) == [1, 3, 7]
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_draws_that_land_elsewhere_are_those_of_before(tiny: dict[str, Any]) -> None:
    clean = roboflow(tiny, 40)
    versions = [noise(clean, corruption_values={"flip_class": 0.5}, flip_to=to) for to in ("all", "annotated")]
    every, annotated = ([a["category_id"] for a in version.dataset["annotations"]] for version in versions)
    pairs = list(zip(every, annotated, strict=True))
    assert all(new == old for old, new in pairs if old not in (0, 9))
    assert any(old in (0, 9) for old, _ in pairs)


def test_one_class_of_many_is_found(tiny: dict[str, Any]) -> None:
    """Two annotated classes of 5,000: a thousand draws would seldom meet one of them."""
    clean = {**tiny, "categories": [{"id": number, "name": str(number)} for number in range(5000)]}
    clean["annotations"] = [
        {**annotation, "id": number, "category_id": 17 if number % 2 else 4999}
        for number in range(40)
        for annotation in tiny["annotations"][:1]
    ]
    noisy = noise(clean, corruption_values={"flip_class": 1}, flip_to="annotated").dataset["annotations"]
    changed = sum(a["category_id"] != b["category_id"] for a, b in zip(noisy, clean["annotations"], strict=True))
    assert {annotation["category_id"] for annotation in noisy} == {17, 4999}
    assert 8 < changed < 32  # half of them, whose standard deviation is 3.2


def test_the_lists_of_lvis_are_another_matter(sample: Path) -> None:
    lvis_like(sample.parent, "x.json")
    clean = json.loads(Path("x.json").read_text())
    clean["categories"].append({**clean["categories"][0], "id": 4000, "name": "nobody", "instance_count": 0})
    Path("x.json").write_text(json.dumps(clean))
    negative = {image["id"]: image["neg_category_ids"] for image in clean["images"]}
    own = {annotation["id"]: annotation["category_id"] for annotation in clean["annotations"]}
    realised, annotations = ran("--flip_to", "annotated")
    for annotation in annotations:
        number = annotation["category_id"]
        assert number == own[annotation["id"]] or (number != 4000 and number not in negative[annotation["image_id"]])
    kept_out = [line.split(",") for line in Path("out/x.lists.csv").read_text().splitlines() if "kept_out" in line]
    assert len(kept_out) == realised["lists"]["drawn_again"] > 0
    assert not any("4000" in cells for cells in kept_out)  # it is in no list


def test_a_folder_of_roboflow(tiny: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    name = "_annotations.coco.json"
    for split in ("train", "valid"):
        Path("export", split).mkdir(parents=True)
        Path("export", split, name).write_text(json.dumps(roboflow(tiny)))
    assert main(["export/train", *FLIPS, "--output_dir", "one"]) == 0
    assert main(["export", *FLIPS, "--glob", f"*/{name}", "--output_dir", "all"]) == 0
    assert Path("one", name).read_bytes() == Path("all/train", name).read_bytes()
    capsys.readouterr()
    assert main(["export", *FLIPS, "--output_dir", "none"]) == 2
    assert capsys.readouterr().err == (
        f"error: export has no instances_*.json; its folders have {name}: name one of these folders, or all of them "
        f"with noise_annotations.py --glob '*/{name}'\n"
    )
    Path("export/train/instances_a.json").write_text(json.dumps(tiny))  # which folders of COCO have
    assert main(["export/train", *FLIPS, "--output_dir", "coco"]) == 0
    assert {path.name for path in Path("coco").glob("*.json")} == {"instances_a.json", "manifest.json"}
