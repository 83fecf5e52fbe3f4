"""A standard output that takes nothing: the work is done, and a status and a sentence say so, for every command."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.errors import printed
from tests.conftest import ROOT

Start = Callable[..., "subprocess.CompletedProcess[str]"]
FULL = "error: cannot print on standard output: No space left on device; all else is done\n"


@pytest.fixture
def start(sample: Path, tmp_path: Path) -> Start:
    """Run `python WORDS` in an empty folder beside the sample dataset, with the standard output that is asked for."""
    (tmp_path / "data").symlink_to(sample.parent)

    def run(*words: str, **streams: Any) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        program = [sys.executable, *words]
        return subprocess.run(
            program, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, timeout=120, **streams
        )

    return run


VAL = "data/annotations/instances_val2017.json"
NOISE = (str(ROOT / "noise_annotations.py"), VAL, "--benchmark", "easy", "--output_dir", "out")
WAN = ("--annotations_path", VAL, "--data_path", "data", "--sam_path", "fake", "--output_dir", "out")
POINT = (
    "import sys; from annotation_noise.commands.wan_options import main; from tests.wan.fake import load; "
    "sys.exit(main('create_gt_plus_sam_point_noise.py', 'wan_medium', load=load))"
)
COMMANDS = {
    "noise": (NOISE, "out/manifest.json", None),
    "measure": ((str(ROOT / "measure_noise.py"), VAL, VAL, "--output_dir", "out"), "out/report.html", "matplotlib"),
    "show": ((str(ROOT / "show_noise.py"), "none", VAL, "--annotation", "20149"), "noise_of_20149.png", "matplotlib"),
    "evaluate": (
        (*(str(ROOT / "evaluate_models.py"), "--ground_truth", VAL, "--predictions", "clean=found.json"),
         *("--model", "mine", "--add_to", "rows.json")),
        "rows.json",
        "faster_coco_eval",
    ),
    "sam box": (("-m", "tests.wan.fake", *WAN), "out/manifest.json", "PIL"),
    "sam point": (("-c", POINT, *WAN), "out/manifest.json", "PIL"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_one(start: Start, tmp_path: Path, name: str) -> None:
    words, made, package = COMMANDS[name]
    if package:
        pytest.importorskip(package)
    truth = json.loads((tmp_path / VAL).read_text())
    found = [{**annotation, "score": 0.5} for annotation in truth["annotations"]]
    (tmp_path / "found.json").write_text(json.dumps(found))
    with Path("/dev/full").open("w") as full:
        done = start(*words, stdout=full)
    assert (done.returncode, done.stderr) == (4, FULL)
    assert (tmp_path / made).exists()


@pytest.mark.parametrize("words", ["--help", "--list_noises"])
def test_a_full_one_for_what_is_only_printed(start: Start, words: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = start(NOISE[0], words, stdout=full)
    assert (done.returncode, done.stderr) == (4, FULL)


def test_one_that_nobody_reads(start: Start, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = start(*NOISE, stdout=writer)
    os.close(writer)
    expected = "error: cannot print on standard output: Broken pipe; all else is done\n"
    assert (done.returncode, done.stderr) == (4, expected)
    assert (tmp_path / "out" / "manifest.json").exists()


def test_one_that_is_closed(start: Start, tmp_path: Path) -> None:
    """And no file gets its number, so that nothing that a library prints lands in it."""
    plugin = (
        "import os\nfrom noisers import noiser\n\n"
        '@noiser("category", example={})\n'
        "def loud(category_id, rng):\n"
        '    os.write(1, b"out"), os.write(2, b"err")\n'
        "    return category_id\n"
    )
    (tmp_path / "loud.py").write_text(plugin)
    words = (NOISE[0], VAL, "--plugin", "loud.py", "--corruption_values", "{'loud': 1}", "--output_dir", "out")
    done = start(*words, preexec_fn=lambda: os.closerange(0, 2))
    assert done.returncode == 4
    assert done.stderr.endswith("error: cannot print on standard output: it is closed; all else is done\n")
    done = start(*words, "--overwrite", preexec_fn=lambda: os.closerange(0, 3))
    assert (done.returncode, done.stderr) == (4, "")
    assert len(json.loads((tmp_path / "out" / Path(VAL).name).read_text())["annotations"]) > 0
    assert b"out" not in (tmp_path / "out" / Path(VAL).name).read_bytes()


def test_images_that_are_missing_are_told_by_the_status_all_the_same(start: Start, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    shutil.copytree(tmp_path / "data", tmp_path / "broken")
    next((tmp_path / "broken" / "val2017").iterdir()).unlink()
    words = [word if word != "data" else "broken" for word in COMMANDS["sam box"][0]]
    with Path("/dev/full").open("w") as full:
        done = start(*words, stdout=full)
    assert done.returncode == 3
    assert done.stderr.endswith(FULL)


class Stuck(io.StringIO):
    """A standard output that nobody empties, so that whoever writes to it waits until Ctrl-C."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.fileno = lambda: descriptor  # type: ignore[method-assign]

    def flush(self) -> None:
        raise KeyboardInterrupt


def test_one_that_nobody_empties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "stuck").open("w") as file:
        monkeypatch.setattr(sys, "stdout", Stuck(file.fileno()))
        assert printed("text") == 130
    assert capsys.readouterr().err == "interrupted; all is done but to print it\n"
