"""Instances that come and go, as the users of the command meet them: every output, and files of every kind."""

import csv
import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from noise_annotations import main, noise
from tests.conftest import Command
from tests.running.test_many_files import content_of, cut_off, enlarged
from tests.scattered import STEPS, Dataset, added_of, frame_of, lone_files, scattered, without

VALUES = {"all_of": [*STEPS, {"rand": [0.3, 3]}, {"flip_class": 0.2}]}
LONE = {"all_of": [*STEPS, {"rand": [0.3, 3]}]}


@pytest.fixture
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """A dataset, which stands in in/instances_x.json of the working folder, too."""
    monkeypatch.chdir(tmp_path)
    dataset = scattered(8)
    written("in/instances_x.json", dataset)
    return dataset


def written(path: str, content: Any, **style: Any) -> Path:
    target = Path(path)
    target.parent.mkdir(exist_ok=True)
    target.write_text(content if isinstance(content, str) else json.dumps(content, **style))
    return target


def run(values: Any, *words: str, path: str = "in", out: str = "out") -> int:
    return main([path, "--corruption_values", json.dumps(values), "--output_dir", out, "--workers", "1", *words])


def noisy_of(out: str = "out") -> Dataset:
    return json.loads(Path(out, "instances_x.json").read_text())  # type: ignore[no-any-return]


def log_of(out: str = "out", name: str = "instances_x") -> list[dict[str, str]]:
    with Path(out, f"{name}.noise.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_summary_manifest_log_and_file_agree(clean: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(VALUES) == 0
    rows, noisy = log_of(), noisy_of()
    count = len(clean["annotations"])
    (result,) = json.loads(Path("out/manifest.json").read_text())["realised"].values()
    told = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert f"annotations {count:>40,}".split() in [line.split() for line in told]
    gains = 0
    for outcome in ("removed", "added"):
        by_noise = Counter(row["noise"] for row in rows if row["mask_outcome"] == outcome)
        assert result[outcome] == {name: by_noise[name] for name in ("duplicate", "merge", "missing")}
        for name, number in result[outcome].items():
            share = f"({number / count:.1%})"
            shown = [f"{outcome}:", name, f"{number:,}", share] in [line.split() for line in told]
            assert shown == (number > 0)
        gains += by_noise.total() * (1 if outcome == "added" else -1)
    assert result["annotations"] == count
    assert len(noisy["annotations"]) == count + gains
    assert [int(row["annotation_id"]) for row in rows if row["mask_outcome"] == "added"] == [
        annotation["id"] for annotation in added_of(clean, noisy)
    ]


@pytest.mark.parametrize("to", ["yolo", "cityscapes"])
def test_other_formats(clean: Dataset, to: str) -> None:
    assert run(VALUES, "--to", to) == 0
    noisy = noisy_of()
    instances = [a for a in noisy["annotations"] if not a.get("iscrowd") and a["segmentation"]]
    assert added_of(clean, noisy)
    for image in clean["images"]:
        ours = [a for a in instances if a["image_id"] == image["id"]]
        if to == "yolo":
            lines = Path("out/labels/x", f"{image['id']}.txt").read_text().splitlines()
            found = Counter(int(line.split()[0]) for line in lines)
            assert found == Counter((1, 3, 7).index(a["category_id"]) for a in ours)
        else:
            labels = cv2.imread(f"out/gtFine/x/{image['id']}_gtFine_instanceIds.png", cv2.IMREAD_UNCHANGED)
            assert labels is not None
            frames = [frame_of(a) for a in ours]
            assert np.array_equal(labels >= 1000, np.any(frames, 0) if frames else np.zeros(labels.shape, bool))


def test_pictures(clean: Dataset) -> None:
    """Of a dataset with an annotation that is longer than a field of a CSV file may be, if nothing else is said."""
    pytest.importorskip("matplotlib")
    longest = next(a for a in clean["annotations"] if not a.get("iscrowd"))
    longest["seen_by"] = "x" * 200_000
    written("in/instances_x.json", clean)
    values = {"all_of": [{"missing": [1, 3]}, {"duplicate": [1, "rand", 3]}]}
    assert run(values, "--preview", "3") == 0
    assert run(values, out="plain") == 0
    drawn = content_of(Path("out"))
    pictures = {name for name in drawn if name.endswith(".png")}
    assert len(pictures) == 3
    plain = content_of(Path("plain"))
    assert all(drawn[name] == plain[name] for name in plain if name != "manifest.json")
    # Those with the most changes come first; who is gone or new is a change.
    changes = Counter(
        int(row["image_id"])
        for row in csv.DictReader(plain["instances_x.noise.csv"].decode().splitlines())
        if row["mask_outcome"] in ("removed", "added")
    )
    first = sorted(clean["images"], key=lambda image: (-changes[image["id"]], image["id"]))[:3]
    assert pictures == {f"instances_x.preview-{image['id']}.png" for image in first}


def test_measured_and_shown(clean: Dataset) -> None:
    for library in ("faster_coco_eval", "jinja2", "matplotlib", "scipy"):
        pytest.importorskip(library)
    import measure_noise
    import show_noise

    assert run(VALUES) == 0
    assert measure_noise.main(["in/instances_x.json", "out/instances_x.json", "--output_dir", "report"]) == 0
    report = json.loads(Path("report/report.json").read_text())
    gone = [row for row in log_of() if row["mask_outcome"] == "removed"]
    new = added_of(clean, noisy_of())
    assert (report["all"]["missing"], report["all"]["extra"]) == (len(gone), len(new))
    words = ["none", "out/instances_x.json", "--annotation", str(new[-1]["id"]), "--output", "shown.png"]
    assert show_noise.main(words) == 0
    assert Path("shown.png").stat().st_size > 1000


@pytest.mark.parametrize("values", [LONE, {"missing": [1, 0]}, {"merge": [0.5, 3, False, True]}])
def test_a_file_an_image(clean: Dataset, values: Any) -> None:
    """Each as the same image is by itself in COCO's form, with one class; without an image_id and classes."""
    for name, content in lone_files(clean).items():
        written(f"sa/{name}", content)
    assert run(values, "--glob", "*.json", path="sa") == 0
    total = Counter[str]()
    for name, content in lone_files(clean).items():
        number = content["image"]["image_id"]
        alone = {
            "images": [{"id": number, **without(content["image"], "image_id")}],
            "annotations": [{**a, "image_id": number, "category_id": 1} for a in content["annotations"]],
            "categories": [{"id": 1, "name": "thing"}],
        }
        expected = noise(alone, corruption_values=values)
        found = json.loads(Path("out", name).read_text())
        assert found["image"] == content["image"]
        assert found["annotations"] == [without(a, "image_id", "category_id") for a in expected.dataset["annotations"]]
        rows = log_of(name=Path(name).stem)
        assert [(row["annotation_id"], row["mask_outcome"], row["image_id"]) for row in rows] == [
            (str(row.annotation_id), row.mask_outcome, "") for row in expected.changes
        ]
        assert [json.loads(row["annotation"]) for row in rows if row["annotation"]] == [
            a
            for row in rows
            for a in content["annotations"]
            if row["annotation"] and str(a["id"]) == row["annotation_id"]
        ]
        total.update(row["mask_outcome"] for row in rows)
    (result,) = json.loads(Path("out/manifest.json").read_text())["realised"].values()
    assert sum(result["removed"].values()) == total["removed"] > 0
    assert sum(result["added"].values()) == total["added"]


def test_a_run_that_was_cut_off_goes_on(clean: Dataset) -> None:
    for name, content in lone_files(clean).items():
        written(f"sa/{name}", content)
    last = written("sa/sa_9.json", "{")
    assert run(LONE, "--glob", "*.json", path="sa") == 2
    assert len(list(Path(".out.unfinished/content").glob("sa_?.json"))) == 8
    last.write_text(Path("sa/sa_1.json").read_text())
    assert run(LONE, "--glob", "*.json", "--resume", path="sa") == 0
    assert run(LONE, "--glob", "*.json", path="sa", out="whole") == 0
    whole, resumed = content_of(Path("whole")), content_of(Path("out"))
    assert {**resumed, "manifest.json": b""} == {**whole, "manifest.json": b""}


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on(
    tmp_path: Path, command: Command, clean: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By one worker and then by two."""
    for path in Path("in").iterdir():
        path.unlink()
    for name, content in lone_files(clean).items():
        written(f"in/{name}", content)
    enlarged(tmp_path / "in", 100)
    monkeypatch.setattr("tests.running.test_many_files.MASKS", json.dumps(LONE))
    words = ("in", "--glob", "**/*.json", "--corruption_values", json.dumps(LONE), "--output_dir")
    assert command(*words, "whole").returncode == 0
    cut_off(tmp_path, signal.SIGKILL, 1, 100)
    cut_off(tmp_path, signal.SIGKILL, 2, 300)
    assert command(*words, "out", "--resume").returncode == 0
    whole, resumed = content_of(tmp_path / "whole"), content_of(tmp_path / "out")
    assert {**resumed, "manifest.json": b""} == {**whole, "manifest.json": b""}
