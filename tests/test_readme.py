"""The README shows what really happens."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from annotation_noise.commands.wan_options import parser
from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.wan.presets import PRESETS
from annotation_noise.wan.prompts import PROMPTS
from noise_annotations import noise
from noisers import load
from tests.annotation_files import AnnotationFiles
from tests.conftest import ROOT, Command

README = (ROOT / "README.md").read_text()


def test_the_summary_on_the_first_screen_is_what_is_printed(command: Command, sample: Path) -> None:
    printed = command(sample, "--benchmark", "easy", "--seed", "1").stdout.splitlines()
    shown = README[README.index("benchmark easy, seed 1") :].split("```")[0].splitlines()
    assert printed[:-1] == shown[:-1]  # the last line has the seconds


def test_the_annotation_on_the_first_screen_is_what_comes_out(sample: Path) -> None:
    clean = json.loads((sample / "instances_val2017.json").read_text())
    noisy = noise(clean, benchmark="easy", seed=1).dataset
    for dataset in (clean, noisy):
        (annotation,) = [a for a in dataset["annotations"] if a["id"] == 20082]
        text = json.dumps(annotation)
        rings = json.dumps(annotation["segmentation"])
        shortened = text.replace(rings, f"{', '.join(rings.split(', ')[:4])}, …]]")
        assert re.sub(r"\s+", " ", shortened) in re.sub(r"\s+", " ", README)


def test_the_noise_of_your_own_works(command: Command, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "my_noises.py").write_text(README.split("```python\n")[1].split("```")[0])
    values = "{'shifted': [0.5, 3]}"
    done = command(sample, "--plugin", "my_noises.py", "--corruption_values", values)
    assert done.returncode == 0, done.stderr
    assert "  shifted" in done.stdout


def test_the_combined_noises_work(command: Command, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(README.split("```yaml\n")[1].split("```")[0])
    words = shlex.split(re.search(r"^python noise_annotations.py (PATH .*team.yaml)$", README, re.MULTILINE)[1])  # type: ignore[index]
    done = command(*(sample if word == "PATH" else word for word in words))
    assert done.returncode == 0, done.stderr
    assert {"hand", "localization"} <= set(done.stdout.split())


def test_the_noises_beyond_the_presets_are_the_programs() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (mask|category|box|instances) \| (.*?) ?\|", README, re.MULTILINE)
    listed = {name: (kind, re.findall(r"`(\w+)`", strengths)) for name, kind, strengths in rows}
    in_presets = {name for level in ("easy", "medium", "hard") for name in BENCHMARKS[level]}
    ours = {name: (noise.kind, list(noise.strengths)) for name, noise in load().items() if name not in in_presets}
    assert listed == {name: shape for name, shape in ours.items() if noise_has_a_file(name)}


def noise_has_a_file(name: str) -> bool:
    """Whether it is the program's own, and not one that another test has registered."""
    return any(ROOT.glob(f"noisers/*/{name}.py"))


def test_the_options_named_exist(command: Command) -> None:
    programs = [str(path) for path in ROOT.glob("*.py") if "__main__" in path.read_text()]
    helps = [subprocess.run([sys.executable, path, "--help"], capture_output=True, text=True) for path in programs]
    wan = [parser("", preset).format_help() for preset in PRESETS]
    known = set(re.findall(r"--\w+", " ".join([command("--help").stdout, *(done.stdout for done in helps), *wan])))
    ours = {option for option in re.findall(r"(?<![\w-])--[a-z_]+", README) if "_" in option or option in known}
    assert ours <= known | {"--reference_annotations", "--per_image"}  # of tests/speed.py


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("level", ["easy", "medium", "hard"])
def test_the_figures_of_the_presets_are_what_is_measured(
    command: Command, real: AnnotationFiles, tmp_path: Path, level: str
) -> None:
    for package in ("faster_coco_eval", "matplotlib", "scipy"):
        pytest.importorskip(package, reason=f"needs {package}: pip install -r requirements-measure.txt")
    import measure_noise

    command(real.coco, "--benchmark", level, "--seed", "1")
    for split in ("train2017", "val2017"):
        noisy = tmp_path / f"noisy_data_{level}" / f"instances_{split}.json"
        words = [real.coco / noisy.name, noisy, "--output_dir", tmp_path / split]
        assert measure_noise.main(list(map(str, words))) == 0
        report = json.loads((tmp_path / split / "report.json").read_text())
        precision, boundary = report["average_precision"]["mask"], report["average_precision"]["boundary"]
        overlaps = [f"{report['all'][name]['mean']:.3f}" for name in ("iou", "boundary_iou")]
        points = [precision["AP"], precision["AP50"], precision["AP75"], boundary["AP"]]
        row = [split, level, *overlaps, *(f"{100 * value:.1f}" for value in points)]
        assert f"| {' | '.join(row)} |" in README


def test_the_prompts_are_the_programs() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", README[README.index("### Prompts") :], re.MULTILINE)
    found = {name: re.findall(r"(?<!-)\b[a-z_]+\b(?=`)", strengths) for name, strengths in rows}
    assert {name: [s for s in strengths if s != "scale_bbox"] for name, strengths in found.items()} == {
        kind.name: list(kind.strengths) for kind in PROMPTS.values()
    }
