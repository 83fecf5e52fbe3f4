"""docs/architecture.md is true: its picture, the names in it, and what whoever follows it gets."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from annotation_noise.reports import measured
from annotation_noise.reports.tables import cells
from tests.annotation_files import VARIABLE
from tests.conftest import ROOT
from tests.test_house_rules import HOUSE, MAY_IMPORT, SOURCES

PAGE = (ROOT / "docs" / "architecture.md").read_text()
PICTURE = PAGE.split("```\n")[1].splitlines()
NEW_NOISES = {"cut_off": "mask", "slip": "category", "roomy": "box", "halved": "instances"}


def blocks(heading: str) -> list[str]:
    """The Python code under a heading, block by block."""
    return re.findall(r"```python\n(.+?)```", PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0], re.DOTALL)


def test_it_is_one_page() -> None:
    assert len(PAGE.splitlines()) <= 150


def test_the_picture_is_the_table_of_the_house_rules() -> None:
    header, *rows = PICTURE
    rooms = [row.split()[0] for row in rows]
    column = {room: match.start() + 1 for room in rooms for match in re.finditer(rf"\b{room[:3]}\b", header)}
    drawn = {row.split()[0]: {room for room, at in column.items() if row[at : at + 1] == "→"} for row in rows}
    assert sum(row.count("→") for row in rows) == sum(map(len, drawn.values()))  # none points beside a column
    assert drawn == {room: used for room, used in MAY_IMPORT.items() if room == "noisers" or (HOUSE / room).is_dir()}


def test_no_room_stands_above_one_that_uses_it() -> None:
    rooms = [row.split()[0] for row in PICTURE[1:]]
    assert all(rooms.index(room) < rooms.index(other) for room in rooms for other in MAY_IMPORT[room])


def test_every_name_on_the_page_exists() -> None:
    named = {name for name in re.findall(r"`(\w+(?:\.\w+)+)`", PAGE) if not (ROOT / name).exists()}
    assert len(named) > 20
    for name in named:
        module, _, attribute = name.rpartition(".")
        candidates = [known for known in SOURCES if f".{known}".endswith(f".{module}")]
        assert any(hasattr(importlib.import_module(known), attribute) for known in candidates) or any(
            known.endswith(f".{name}") for known in SOURCES
        ), name


def test_every_file_on_the_page_exists() -> None:
    named = re.findall(r"`([\w/]+(?:/|\.py))`", PAGE.replace("KIND/test_NAME", "mask/test_rand"))
    assert [name for name in named if not any((place / name).exists() for place in (ROOT, HOUSE))] == []


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the clone, to which everything that the page shows has been added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("needs a clone, as git knows which files belong to it")
    folder = tmp_path_factory.mktemp("clone")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    for block in blocks("Add a noise") + blocks("Add a format"):
        for path, line, code in re.findall(
            r"# (\S+\.py)(?:, and in __init__.py: (.+))?\n((?:(?!# \S+\.py).*\n?)+)", block
        ):
            assert not (folder / path).exists()
            (folder / path).write_text(code)
            if line:
                with (folder / path).with_name("__init__.py").open("a") as file:
                    file.write(f"{line}\n")
    for name, kind in NEW_NOISES.items():
        test = folder / "tests" / "noisers" / kind / f"test_{name}.py"
        test.parent.mkdir(exist_ok=True)
        test.write_text("def test_what_it_does() -> None: ...\n")
    return folder


def run(clone: Path, *words: str | Path, cwd: Path | None = None) -> str:
    """What Python prints when it is started with these words, in the copy of the clone or another folder."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PYTHONPATH", VARIABLE))
    }
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd or clone,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_noises_of_the_page_are_listed(clone: Path) -> None:
    listing = run(clone, clone / "noise_annotations.py", "--list_noises")
    taken = {"cut_off": "[share, most_share]", "slip": "share", "roomy": "[share, most_px]", "halved": "share"}
    for name, kind in NEW_NOISES.items():
        assert f"{name}: {taken[name]}   ({kind} noise)\n" in listing


def test_the_noises_of_the_page_keep_what_every_noise_keeps(clone: Path) -> None:
    of_the_files = "test_every_file_is_a_noise_and_every_noise_a_file"
    chosen = " or ".join([*(f"[{name}]" for name in NEW_NOISES), of_the_files])
    printed = run(
        clone, "-m", "pytest", "tests/noisers/test_every_noise.py", "-p", "no:cacheprovider", "-vv", "-k", chosen
    )
    assert all(f"[{name}] PASSED" in printed for name in NEW_NOISES) and f"{of_the_files} PASSED" in printed


def test_the_noises_of_the_page_noise_a_dataset(clone: Path, sample: Path, tmp_path: Path) -> None:
    """Each does what its docstring says, to every annotation of the sample dataset that it may meet."""
    values = "[{'cut_off': [1, 0.5]}, {'slip': 1}, {'roomy': [1, 4]}, {'halved': 1}]"
    program = clone / "noise_annotations.py"
    run(clone, program, sample, "--splits", "val", "--corruption_values", values, "--output_dir", "out", cwd=tmp_path)
    clean = load(sample / "instances_val2017.json")
    met = [annotation for annotation in clean["annotations"] if not annotation["iscrowd"]]

    def noisy(folder: str) -> dict[int, dict[str, Any]]:
        dataset = load(tmp_path / "out" / folder / "instances_val2017.json")
        return {annotation["id"]: annotation for annotation in dataset["annotations"]}

    cut, slipped, roomy, halved = map(noisy, ("cut_off-1-0.5", "slip-1", "roomy-1-4", "halved-1"))
    with_mask = [annotation for annotation in met if cut[annotation["id"]]["boundary_type"] == "cut_off"]
    assert len(with_mask) > len(met) / 2
    for annotation in with_mask:
        (_, top, _, _), (_, noisy_top, _, _) = annotation["bbox"], cut[annotation["id"]]["bbox"]
        assert abs(noisy_top - top) <= 1  # the clean box is not a whole number of pixels
        assert cut[annotation["id"]]["area"] <= annotation["area"] + 1
    ids = sorted(category["id"] for category in clean["categories"])
    for annotation in met:
        place = ids.index(annotation["category_id"])
        assert slipped[annotation["id"]]["category_id"] in (ids[place - 1], ids[(place + 1) % len(ids)])
    wider = [roomy[annotation["id"]]["bbox"][2] - annotation["bbox"][2] for annotation in met]
    assert all(0 <= pixels <= 8 for pixels in wider) and max(wider) > 2
    assert len(halved) > 1.5 * len(met)
    assert not {annotation["id"] for annotation in with_mask if annotation["bbox"][2] > 3} & set(halved)


def test_the_formats_of_the_page_are_read_and_written(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    labels = np.zeros((20, 30), np.uint16)
    labels[2:6, 3:10], labels[10:19, 20:25] = 7, 300
    cv2.imwrite(str(tmp_path / "scans" / "oak.png"), labels)
    program = clone / "noise_annotations.py"
    shown = " ".join(run(clone, program, "--help").split())
    assert "COCO panoptic, leaf scans; converted first" in shown and "or the boxes of each image as text (" in shown
    words = ["scans", "--from", "leaves", "--to", "boxes", "--corruption_values", "{'rand': [0, 3]}"]
    printed = run(clone, program, *words, "--output_dir", "out", cwd=tmp_path)
    assert "all: 2 boxes" in printed
    assert (tmp_path / "out" / "boxes" / "all" / "oak.txt").read_text() == "1 3.0 2.0 7.0 4.0\n1 20.0 10.0 5.0 9.0"
    (image,) = load(tmp_path / "out" / "clean" / "instances_all.json")["images"]
    assert image == {"id": 1, "file_name": "oak.png", "height": 20, "width": 30}


def test_the_table_of_the_page_says_what_it_says() -> None:
    (code,) = blocks("Add a report")
    names = dict(vars(measured))
    exec(code, names)
    summaries = [("ant", 0.7), ("cat", None), ("dog", 0.2), ("elk", 0.9), ("emu", 0.3), ("fox", 0.8), ("gnu", 0.5)]
    report = {"by_category": [{"name": name, "iou": {"mean": mean}} for name, mean in summaries]}
    rows = cells(names["_hardest"](report))
    assert rows == [["dog", "0.200"], ["emu", "0.300"], ["gnu", "0.500"], ["ant", "0.700"], ["fox", "0.800"]]


def load(path: Path) -> Any:
    return json.loads(path.read_text())
