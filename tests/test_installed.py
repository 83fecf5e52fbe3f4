"""The program as pip installs it: nothing but its own names, and the same bytes as from the clone.

The commands run in a folder whose owner has modules of his own under the names of ours.
"""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from noise_annotations import noise
from tests.conftest import ROOT

pytest.importorskip("hatchling", reason="needs hatchling: pip install -r requirements-dev.txt")
pytest.importorskip(
    "hatch_requirements_txt", reason="needs hatch-requirements-txt: pip install -r requirements-dev.txt"
)

pytestmark = pytest.mark.slow

# Script → what starts the same in the clone.
SCRIPTS = {
    "noise-annotations": "noise_annotations.py",
    "noise-annotations-evaluate": "evaluate_models.py",
    "noise-annotations-findings": "score_findings.py",
    "noise-annotations-measure": "measure_noise.py",
    "noise-annotations-sam-box": "create_gt_plus_sam_noise.py",
    "noise-annotations-sam-point": "create_gt_plus_sam_point_noise.py",
    "noise-annotations-show": "show_noise.py",
}
README = (ROOT / "README.md").read_text()
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


class Installed(NamedTuple):
    """A virtual environment with the program in it.

    python: its Python. gained: what its site-packages and its scripts have got, by the names in them.
    """

    wheel: Path
    python: Path
    gained: tuple[set[str], set[str]]


def done(*words: str | Path, cwd: Path) -> str:
    """What a command prints that succeeds, in a folder."""
    result = subprocess.run(
        list(map(str, words)), cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=250
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, installed; the libraries are those of the environment that the tests run in."""
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    done(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    done(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    (packages,) = (folder / "venv" / "lib").glob("python3*/site-packages")
    libraries = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (packages / "libraries.pth").write_text("\n".join(libraries))
    before = [set(os.listdir(place)) for place in (packages, python.parent)]  # noqa: PTH208
    done(*pip, "--python", python, "install", "--no-deps", "--no-index", "--no-compile", wheel, cwd=folder)
    after = [set(os.listdir(place)) for place in (packages, python.parent)]  # noqa: PTH208
    return Installed(wheel, python, (after[0] - before[0], after[1] - before[1]))


@pytest.fixture
def folder(tmp_path: Path, sample: Path) -> Path:
    """A user's folder, with a dataset large enough for worker processes and modules under names that we have too."""
    for name in ("benchmarks/__init__.py", "geometry/__init__.py", "errors.py", "progress.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise ImportError('this is the user\\'s own')\n")
    dataset = json.loads((sample / "instances_train2017.json").read_text())
    dataset["annotations"] = [{**a, "id": a["id"] + 10**6 * copy} for copy in range(6) for a in dataset["annotations"]]
    (tmp_path / "big.json").write_text(json.dumps(dataset))
    assert (tmp_path / "big.json").stat().st_size > 2_000_000
    (tmp_path / "my_noises.py").write_text(README.split("```python\n")[1].split("```")[0])
    return tmp_path


def contents(folder: Path) -> Mapping[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_but_three_names_and_the_commands_are_installed(installed: Installed) -> None:
    packages, scripts = installed.gained
    (metadata,) = [name for name in packages if re.fullmatch(r"noise_annotations-[\d.]+\.dist-info", name)]
    assert packages - {metadata} == {"annotation_noise", "noise_annotations", "noisers"}
    assert scripts == set(SCRIPTS)


def test_the_requirements_are_those_of_the_files(installed: Installed) -> None:
    """Each line of requirements.txt for all, each of requirements-NAME.txt for the extra of that name and for `all`."""

    def lines(name: str) -> set[str]:
        words = [line.split("#")[0].strip().lower() for line in (ROOT / name).read_text().splitlines()]
        return {line for line in words if line and not line.startswith("-")}

    with zipfile.ZipFile(installed.wheel) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
        needed = re.findall(r"^Requires-Dist: ([^;\n]+?)(?:; extra == '(\w+)')?$", wheel.read(name).decode(), re.M)
    extras = {extra: {line.lower() for line, its in needed if its == extra} for _, extra in needed}
    parts = {extra: lines(f"requirements-{extra}.txt") for extra in ("measure", "datasets", "wan", "cluster")}
    assert extras == {"": lines("requirements.txt"), **parts, "all": set().union(*parts.values())}


@pytest.mark.parametrize(
    "words",
    [
        ("--benchmark", "hard"),
        ("--benchmark", "easy", "--to", "hf"),
        ("--plugin", "my_noises.py", "--corruption_values", "{'shifted': [0.5, 3], 'flip_class': 0.2}"),
    ],
)
def test_the_command_writes_what_the_clones_writes(installed: Installed, folder: Path, words: tuple[str, ...]) -> None:
    """With worker processes, by the script and by -m; the manifest too, as the command in it is the same."""
    words = ("big.json", *words, "--workers", "2", "--output_dir", "out")
    written = []
    for program in (
        [sys.executable, ROOT / "noise_annotations.py"],
        [installed.python.with_name("noise-annotations")],
        [installed.python, "-m", "noise_annotations"],
    ):
        done(*program, *words, cwd=folder)
        written.append(contents(folder / "out"))
        (folder / "out").rename(folder / f"out{len(written)}")
    assert {"big.json", "big.noise.csv", "manifest.json"} <= written[0].keys()
    assert written[1] == written[0]
    assert written[2] == written[0]


def test_a_program_in_memory_gets_what_the_clones_gets(installed: Installed, folder: Path, sample: Path) -> None:
    path = sample / "instances_val2017.json"
    program = "import json, sys; from noise_annotations import noise; "
    program += "json.dump(noise(json.load(open(sys.argv[1])), benchmark='easy').dataset, sys.stdout)"
    expected = noise(json.loads(path.read_text()), benchmark="easy").dataset
    assert json.loads(done(installed.python, "-c", program, path, cwd=folder)) == expected


def test_measuring(installed: Installed, folder: Path) -> None:
    for package in ("faster_coco_eval", "matplotlib", "scipy"):
        pytest.importorskip(package, reason=f"needs {package}: pip install -r requirements-measure.txt")
    done(installed.python.with_name("noise-annotations"), "big.json", "--benchmark", "easy", cwd=folder)
    words = ("big.json", "noisy_data_easy/big.json", "--workers", "2", "--no_boundary", "--output_dir", "out")
    written = []
    for program in (
        [sys.executable, ROOT / "measure_noise.py"],
        [installed.python.with_name("noise-annotations-measure")],
    ):
        done(*program, *words, cwd=folder)
        written.append(contents(folder / "out"))
        (folder / "out").rename(folder / f"out{len(written)}")
    assert {"report.html", "report.json", "report.md"} <= written[0].keys()
    assert written[1] == written[0]


@pytest.mark.parametrize(("script", "launcher"), SCRIPTS.items())
def test_the_help_names_the_command_as_it_was_called(
    installed: Installed, folder: Path, script: str, launcher: str
) -> None:
    """The script by its own name, wherever it is named, the launcher of the clone by its file's."""
    text = done(installed.python.with_name(script), "--help", cwd=folder)
    assert text.startswith(f"usage: {script} ")
    assert f"  {script} " in text  # among the examples
    assert launcher not in text
    clones = done(sys.executable, ROOT / launcher, "--help", cwd=folder)
    assert clones.startswith(f"usage: {launcher} ")
    assert f"  python {launcher} " in clones


def test_what_is_missing_is_said_as_pip_installs_it(installed: Installed, folder: Path) -> None:
    """There is no requirements file at hand, but the package has its extras."""
    program = "import sys; sys.modules['faster_coco_eval'] = None; "
    program += "from annotation_noise.commands.measure_options import main; sys.exit(main(['big.json', 'big.json']))"
    words: list[str | Path] = [installed.python, "-c", program]
    said = subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    message = 'error: measure_noise.py needs faster_coco_eval: pip install "noise-annotations[measure]"\n'
    assert (said.returncode, said.stdout, said.stderr) == (2, "", message)


def test_the_types_are_seen(installed: Installed, folder: Path) -> None:
    (folder / "user.py").write_text(
        "from noise_annotations import noise\n\nreveal_type(noise({}, benchmark='easy').dataset)\n"
    )
    words: list[str | Path] = [
        "--strict",
        "--cache-dir",
        os.devnull,
        "--python-executable",
        installed.python,
        "user.py",
    ]
    said = done(sys.executable, "-m", "mypy", *words, cwd=folder)
    assert re.search(r'user.py:3: note: Revealed type is "(builtins\.)?dict\[(builtins\.)?str, Any\]"', said), said
