"""score_findings.py as its users meet it."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from noise_annotations import main as noise_main
from tests.annotation_files import AnnotationFiles
from tests.conftest import ROOT

pytest.importorskip("jinja2", reason="needs jinja2: pip install -r requirements-measure.txt")
pytest.importorskip("matplotlib", reason="needs matplotlib: pip install -r requirements-measure.txt")
pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")


@pytest.fixture
def log(drawn: AnnotationFiles, tmp_path: Path) -> Path:
    """A blind file's log, and beside it what a finder that knows and one that is wrong would say."""
    source = drawn.coco / "instances_val2017.json"
    assert noise_main([str(source), "--benchmark", "hard", "--blind", "--output_dir", str(tmp_path / "out")]) == 0
    path = tmp_path / "out.key" / "instances_val2017.noise.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    wrong = {
        int(row["annotation_id"]) for row in rows if row["mask_outcome"] == "noised" or row["class_noise"] == "true"
    }
    annotations = json.loads((tmp_path / "out" / "instances_val2017.json").read_text())["annotations"]
    for name, sign in (("oracle", 1), ("liar", -1)):
        lines = [f"{a['id']},{sign * (a['id'] in wrong)}" for a in annotations if not a["iscrowd"]]
        (tmp_path / f"{name}.csv").write_text("\n".join(["annotation_id,score", *lines, ""]))
    return path


def score(log: Path, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run score_findings.py as a user does, in the folder that holds the log's."""
    program = [sys.executable, str(ROOT / "score_findings.py"), str(log), *map(str, words)]
    folder = log.parent.parent
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, timeout=280, check=False)


def test_one_that_knows_and_one_that_lies(log: Path) -> None:
    result = score(log, "oracle.csv", "liar.csv", "--at", "10")
    assert result.returncode == 0, result.stderr
    folder = log.parent.parent / "findings_report"
    assert {path.name for path in folder.iterdir()} == {"report.html", "report.json", "report.md"}
    report = json.loads((folder / "report.json").read_text())
    figures = {row["finder"]: row["figures"] for row in report["figures"] if row["by"] == "all"}
    assert {key: each["value"] for key, each in figures["oracle"].items() if key != "recall@10"} == dict.fromkeys(
        ("auroc", "average_precision", "found", "precision@10"), 1.0
    )
    assert figures["liar"]["auroc"] == {"value": 0.0, "interval": [0.0, 0.0]}
    assert "oracle" in result.stdout
    assert result.stdout.endswith("\n\nfindings_report/report.html\n")
    again = score(log, "oracle.csv", "liar.csv", "--at", "10", "--overwrite")
    assert again.returncode == 0
    assert json.loads((folder / "report.json").read_text()) == {**report, "command": f"{report['command']} --overwrite"}


def test_by_images(log: Path) -> None:
    """The log of one error: its image is the first of all that are looked at, or the last."""
    header, first_row = log.read_text().splitlines()[:2]
    log.write_text(f"{header}\n{first_row}\n")
    folder, wrong = log.parent.parent, int(first_row.split(",")[1])
    ids = [
        image["id"]
        for image in json.loads((folder / "out" / log.name.replace("noise.csv", "json")).read_text())["images"]
    ]
    for column, name in (("score", "first"), ("quality", "last")):
        (folder / f"{name}.csv").write_text(
            f"image_id,{column}\n" + "".join(f"{id_},{id_ == wrong:d}\n" for id_ in ids)
        )
    result = score(log, "first.csv", "last.csv")
    assert result.returncode == 0, result.stderr
    assert f"1 of {len(ids)} images are wrong" in result.stdout
    report = json.loads((folder / "findings_report" / "report.json").read_text())
    values = {row["finder"]: row["figures"] for row in report["figures"] if row["by"] == "all"}
    assert values["first"]["average_precision"]["value"] == 1.0
    assert values["last"]["average_precision"]["value"] == pytest.approx(1 / len(ids))


def test_what_is_not_named_is_told(log: Path) -> None:
    path = log.parent.parent / "oracle.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-3]))
    result = score(log, "oracle.csv")
    assert result.returncode == 0
    assert "note: oracle says nothing of 3 annotations, which are taken for the least suspicious\n" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.csv"], "nowhere.csv: cannot be read: No such file or directory"),
        (["oracle.csv", "oracle.csv"], "oracle.csv is named twice"),
        (["oracle.csv", "--at", "0"], "--at must be 1 or more, not 0"),
        (["oracle.csv", "--at", "99999"], "--at 99999 is more than the "),
        (["oracle.csv", "images.csv"], "oracle.csv scores annotations, but images.csv images; score them apart"),
        (["oracle.csv", "--output_dir", "out.key"], "the output folder out.key is the folder of the input"),
        (["oracle.csv", "--noisy", "oracle.csv"], "oracle.csv: not JSON"),
    ],
)
def test_refused(log: Path, words: list[str], message: str) -> None:
    (log.parent.parent / "images.csv").write_text("image_id,score\n1,1\n")
    before = sorted(log.parent.parent.rglob("*"))
    result = score(log, *words)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert sorted(log.parent.parent.rglob("*")) == before


def test_a_log_that_lies_elsewhere(log: Path) -> None:
    moved = log.parent.parent / "elsewhere" / "a" / log.name
    moved.parent.mkdir(parents=True)
    moved.write_bytes(log.read_bytes())
    result = score(moved, "../oracle.csv")
    assert result.returncode == 2
    assert "its noisy file instances_val2017.json is not beside it; name it with --noisy" in result.stderr


def test_a_log_without_an_error(log: Path) -> None:
    header = log.read_text().splitlines()[0]
    log.write_text(f"{header}\n")
    result = score(log, "oracle.csv")
    assert result.returncode == 2
    assert "none are wrong; nothing to tell apart" in result.stderr
