"""The README and the pages in docs/ show what really happens."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from annotation_noise.commands import (
    evaluate_options,
    findings_options,
    measure_options,
    noise_options,
    show_options,
    wan_options,
)
from annotation_noise.commands.launch import parsed
from annotation_noise.commands.options import STATUS
from annotation_noise.wan.presets import PRESETS
from annotation_noise.wan.prompts import PROMPTS
from noise_annotations import noise
from tests.annotation_files import AnnotationFiles
from tests.clones import environment, executable, fresh_clone
from tests.conftest import ROOT, Command

README = (ROOT / "README.md").read_text()
PAGES = {path.stem: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
PARSERS = {
    "create_gt_plus_sam_noise.py": wan_options.parser("", "wan_easy"),
    "create_gt_plus_sam_point_noise.py": wan_options.parser("", "wan_medium"),
    "evaluate_models.py": evaluate_options.parser(),
    "measure_noise.py": measure_options.parser(),
    "noise_annotations.py": noise_options.parser(),
    "score_findings.py": findings_options.parser(),
    "show_noise.py": show_options.parser(),
}
MEASURE = ("faster_coco_eval", "jinja2", "matplotlib", "scipy")


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.slow
@pytest.mark.parametrize("set_up", ["make demo", "pip install"])
def test_every_command_of_the_readme_runs_in_a_fresh_clone_in_order(tmp_path: Path, set_up: str) -> None:
    """After either way to set it up, which in place of downloads finds the libraries that the tests run with."""
    for package in MEASURE if set_up == "make demo" else ():
        pytest.importorskip(package, reason=f"needs {package}: pip install -r requirements-measure.txt")
    clone, programs, installed = fresh_clone(tmp_path / "clone"), tmp_path / "bin", tmp_path / "installed"
    python = f"exec {shlex.quote(sys.executable)}"
    offline = f"--no-deps --no-index --no-build-isolation --target {shlex.quote(str(installed))}"
    pip = f'{python} -m pip --quiet --disable-pip-version-check "$@" {offline}'
    programs_found = environment(programs, {"pip": pip})
    executable(clone / ".venv" / "bin" / "python", f'{python} "$@"')
    (clone / ".venv" / "program").touch()
    for language, text in re.findall(r"^```(sh|python)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        if "@noiser" in text:
            (clone / "my_noises.py").write_text(text)
            continue
        lines = [line for line in text.splitlines() if not line.startswith(("make", "pip")) or line.startswith(set_up)]
        words = ["python", "-c", text] if language == "python" else ["bash", "-euc", "\n".join(lines)]
        done = subprocess.run(words, cwd=clone, env=programs_found, capture_output=True, text=True, check=False)
        assert done.returncode == 0, text + done.stdout + done.stderr
    made = {path.name.removeprefix("noisy_data_") for path in clone.glob("noisy_data_*")}
    assert made == {"easy", "shaky", "shifted", "hard"} | ({"demo"} if set_up == "make demo" else set())
    assert (installed / "bin" / "noise-annotations").exists() == (set_up == "pip install")


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.stem
)
def test_the_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """What links may point at in a page: its headings, in lower case, with hyphens and without other marks."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_programs_named_exist() -> None:
    text = "\n".join([README, *(page for name, page in PAGES.items() if name != "architecture")])
    programs = re.findall(r"(?:python |`)((?:\w+/)*\w+\.py)\b", text)
    assert len(programs) > 20
    made_or_elsewhere = {"my_noises.py", "tests/noisers/mask/test_NAME.py"}
    assert [name for name in programs if name not in made_or_elsewhere and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_the_pages_are_understood(page: str) -> None:
    for text in re.findall(r"^```sh\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL):
        for line in text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["noise-annotations"]:
                words[:1] = ["python", "noise_annotations.py"]
            if words[:1] == ["python"] and words[1] in PARSERS:
                parsed(PARSERS[words[1]], words[2:])  # ends the test where it is not


def test_the_statuses_are_those_of_the_help() -> None:
    listed = " ".join(STATUS.split()).removeprefix("exit status: ")
    assert listed in " ".join(PAGES["reproducibility"].split())


def test_every_page_is_linked_in_the_readme() -> None:
    assert [name for name in PAGES if f"(docs/{name}.md" not in README] == []


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
    (tmp_path / "team.yaml").write_text(PAGES["values"].split("```yaml\n")[1].split("```")[0])
    (line,) = re.findall(r"^python noise_annotations.py (PATH .*team.yaml)$", PAGES["values"], re.MULTILINE)
    words = shlex.split(line)
    done = command(*(sample if word == "PATH" else word for word in words))
    assert done.returncode == 0, done.stderr
    assert {"hand", "localization"} <= set(done.stdout.split())


def test_the_options_named_exist(command: Command) -> None:
    programs = [str(path) for path in ROOT.glob("*.py") if "__main__" in path.read_text()]
    helps = [subprocess.run([sys.executable, path, "--help"], capture_output=True, text=True) for path in programs]
    wan = [wan_options.parser("", preset).format_help() for preset in PRESETS]
    known = set(re.findall(r"--\w+", " ".join([command("--help").stdout, *(done.stdout for done in helps), *wan])))
    text = "\n".join([README, *PAGES.values()])
    ours = {option for option in re.findall(r"(?<![\w-])--[a-z_]+", text) if "_" in option or option in known}
    assert ours <= known | {"--reference_annotations", "--per_image"}  # of tests/speed.py


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("level", ["easy", "medium", "hard"])
def test_the_figures_of_the_presets_are_what_is_measured(
    command: Command, real: AnnotationFiles, tmp_path: Path, level: str
) -> None:
    for package in MEASURE:
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
        assert f"| {' | '.join(row)} |" in PAGES["measuring"]


def test_the_prompts_are_the_programs() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGES["coco-wan"], re.MULTILINE)
    found = {name: re.findall(r"(?<!-)\b[a-z_]+\b(?=`)", strengths) for name, strengths in rows}
    assert {name: [s for s in strengths if s != "scale_bbox"] for name, strengths in found.items()} == {
        kind.name: list(kind.strengths) for kind in PROMPTS.values()
    }


def test_every_picture_says_what_it_shows_and_is_small() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for words, place in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", page.read_text()):
            assert len(words.split()) >= 3, f"{page.name}: {place}"
    large = {path.name for path in (ROOT / "docs").rglob("*.png") if path.stat().st_size >= 300_000}
    assert large == set()
