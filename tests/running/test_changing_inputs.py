"""An input that changes while a run goes on: what was checked is what is noised, or nothing is."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.detections import read_results
from annotation_noise.commands import measure_options
from annotation_noise.measures.image_pairs import ImagePairs
from annotation_noise.measures.inputs import shared_out
from annotation_noise.running.export import check_input
from noise_annotations import main
from tests.conftest import Command, unstated_text

# A noise of the user's own that changes the input at the first annotation of the second job.
PLUGIN = """
import os
from pathlib import Path
from noisers import noiser

@noiser("category", example={})
def meddle(category_id, rng, *, instance):
    if instance.id == 600:
        path = Path(os.environ["MEDDLE_WITH"])
        text = path.read_text()
        HOW
    return category_id
"""
HOW = {
    "replaced": "path.with_name('new').write_text(text); path.with_name('new').rename(path)",
    "rewritten": "path.write_text(text.replace('400.0', '123.0'))",
    "truncated": "os.truncate(path, 0)",
    "grown": "path.write_text(text + ' ')",
}


@pytest.fixture
def big(tmp_path: Path, tiny: dict[str, Any]) -> Path:
    """A file of more jobs than one worker is given ahead, large enough for worker processes."""
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "big.json"
    annotation = tiny["annotations"][0]
    tiny["annotations"] = [annotation | {"id": number, "note": "x" * 200} for number in range(1, 8000)]
    path.write_text(json.dumps(tiny))
    return path


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("words", "workers"), [([], "1"), ([], "2"), (["--glob", "*.json"], "1")])
def test_nothing_is_published(
    big: Path, command: Command, tmp_path: Path, how: str, workers: str, words: list[str]
) -> None:
    (tmp_path / "meddle.py").write_text(PLUGIN.replace("HOW", HOW[how]))
    values = "{'meddle': 1}"
    path = big.parent if words else big
    options = ["--corruption_values", values, "--plugin", "meddle.py", "--workers", workers, "--output_dir", "out"]
    done = command(path, *words, *options, env={**os.environ, "MEDDLE_WITH": str(big)})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {big}: has changed while the run went on\n"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "__pycache__") == ["in", "meddle.py"]


def test_scenes_are_of_the_file_that_was_checked(big: Path, command: Command, tmp_path: Path) -> None:
    """A noise that looks at neighbours changes it in the first pass."""
    code = PLUGIN.replace("HOW", HOW["rewritten"]).replace('"category"', '"instances"')
    code = code.replace("(category_id, rng,", "(scene, rng,").replace("return category_id", "return []")
    (tmp_path / "meddle.py").write_text(code)
    options = ["--corruption_values", "{'meddle': 1}", "--plugin", "meddle.py", "--output_dir", "out"]
    done = command(big, *options, "--workers", "1", env={**os.environ, "MEDDLE_WITH": str(big)})
    assert (done.returncode, done.stderr) == (2, f"error: {big}: has changed while the run went on\n")
    assert not (tmp_path / "out").exists()


def after(function: Callable[..., Any], change: Callable[[], object]) -> Callable[..., Any]:
    """A function that does the same, and then lets something change."""

    def changing(*arguments: Any) -> Any:
        result = function(*arguments)
        change()
        return result

    return changing


def test_the_manifest_has_the_sha256_of_what_was_read(
    tiny_file: Path, tiny: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny["annotations"] = []
    tiny_file.write_text(json.dumps(tiny))
    read = tiny_file.read_bytes()
    changing = after(check_input, lambda: tiny_file.write_text("{}"))
    monkeypatch.setattr("annotation_noise.commands.noise.check_input", changing)
    words = ["--corruption_values", "{'rand': [1, 3]}", "--output_dir", str(tmp_path / "out")]
    assert main([str(tiny_file), *words]) == 0
    assert unstated_text((tmp_path / "out" / tiny_file.name).read_text()) == read.decode()
    (described,) = json.loads((tmp_path / "out" / "manifest.json").read_text())["inputs"]
    assert described == {"file": str(tiny_file), "bytes": len(read), "sha256": hashlib.sha256(read).hexdigest()}


@pytest.mark.parametrize("which", ["clean", "noisy"])
def test_measuring(
    big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], which: str
) -> None:
    paths = {"clean": big, "noisy": big.with_name("noisy.json")}
    paths["noisy"].write_bytes(big.read_bytes())

    def changing(*words: Any) -> Iterator[ImagePairs]:
        yield from shared_out(*words)
        paths[which].write_bytes(b"")

    monkeypatch.setattr("annotation_noise.measures.inputs.shared_out", changing)
    words = [str(paths["clean"]), str(paths["noisy"]), "--output_dir", str(tmp_path / "report"), "--workers", "1"]
    assert measure_options.main(words) == 2
    assert capsys.readouterr().err == f"error: {paths[which]}: has changed while the run went on\n"
    assert not (tmp_path / "report").exists()


def test_evaluating_keeps_the_sha256_of_what_was_read(
    tiny_file: Path, tiny: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("faster_coco_eval", reason="pip install -r requirements-measure.txt")
    from annotation_noise.commands import evaluate_options

    read = tiny_file.read_bytes()
    (tmp_path / "found.json").write_text(json.dumps([{**a, "score": 0.5} for a in tiny["annotations"]]))
    changing = after(read_results, lambda: tiny_file.write_text("{}"))
    monkeypatch.setattr("annotation_noise.commands.evaluate.read_results", changing)
    rows = tmp_path / "rows.json"
    words = ["--ground_truth", str(tiny_file), "--predictions", f"clean={tmp_path / 'found.json'}"]
    assert evaluate_options.main([*words, "--model", "mine", "--add_to", str(rows)]) == 0
    assert hashlib.sha256(read).hexdigest() in rows.read_text()


def test_a_plugin_that_changes_is_said(tiny_file: Path, tmp_path: Path, command: Command) -> None:
    """Workers that load it later would draw by another noise than the manifest names."""
    (tmp_path / "meddle.py").write_text(PLUGIN.replace("600", "9").replace("HOW", HOW["grown"]))
    values = ["--corruption_values", "{'meddle': 1}", "--plugin", "meddle.py", "--output_dir", "out"]
    done = command(tiny_file, *values, env={**os.environ, "MEDDLE_WITH": "meddle.py"})
    assert (done.returncode, done.stderr) == (2, "error: a plugin has changed while the run went on\n")
    assert not (tmp_path / "out").exists()


def test_drawing_anew_keeps_the_sha256_of_what_was_read(sample: Path, tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="COCO-WAN needs pillow: pip install -r requirements-wan.txt")
    from annotation_noise.commands.wan_options import main
    from tests.wan.fake import fake

    path = tmp_path / "instances_val2017.json"
    path.write_bytes(read := (sample / path.name).read_bytes())

    def load(*_: str) -> Any:
        path.with_name("new").write_text("{}")
        path.with_name("new").rename(path)
        return fake()

    words = ["--annotations_path", str(path), "--data_path", str(sample.parent), "--sam_path", "fake"]
    words += ["--output_dir", str(tmp_path / "out")]
    assert main("create_gt_plus_sam_noise.py", "wan_easy", words, load=load) == 0
    (described,) = json.loads((tmp_path / "out" / "manifest.json").read_text())["inputs"]
    assert described["sha256"] == hashlib.sha256(read).hexdigest()
