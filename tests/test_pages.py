"""Every command of the pages in docs/ runs, from the top of a page to its end, in a clone where the README's first did.

What no test can have (COCO itself, SAM's weights, a cluster) is stood in for by something small of the same name;
STANDS_FOR says by what. Commands within a sentence run after those in blocks, but for those of ELSEWHERE.
"""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from noise_annotations import noise
from tests.annotation_files import drawn, real_in
from tests.clones import environment, fresh_clone
from tests.conftest import ROOT
from tests.folders import cityscapes, viper

PAGES = {path.stem: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
SAMPLE = "examples/sample_dataset/annotations"
SET_UP = f"python examples/make_sample_dataset.py && python noise_annotations.py {SAMPLE} --benchmark easy --seed 1"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IN_A_SENTENCE = re.compile(r"`((?:[A-Z_]+=\S+\s)?(?:python|pip|make|conda|yolo|dask|noise-annotations)\s[^`…]+)`")

STANDS_FOR = {
    "weights/sam_vit_h_4b8939.pth": "weights/tiny_sam",  # 2.5 GB: a network of the same kind with random weights
    " PATH ": f" {SAMPLE} ",
    "--describe NAME": "--describe easy",
    " FILE --annotation ID ": f" {SAMPLE}/instances_val2017.json --annotation 20149 ",
    "--benchmark NAME": "--benchmark careless",
    "make_noise_page NAME": "make_noise_page rand",
    "python tests/select_real.py COCO LVIS FOLDER": "true",  # as in ELSEWHERE
    "measure_presets FOLDER/coco_tiny/annotations/instances_val2017.json": "measure_presets --help",  # takes 20 minutes
    "noisy_data_medium": "noisy_data_yolo_easy",  # docs/datasets.md speaks of labels, and makes these
}
ELSEWHERE = {  # programs in sentences that do not run here, and why
    "yolo": "ultralytics would fetch its weights",
    "tests/select_real.py": "COCO and LVIS are not here; tests/test_scripts.py gives it others of their form",
    "tests/speed.py": "takes minutes; tests/test_scripts.py runs it on less",
    "tests/steps.py": "likewise",
    "tests/memory.py": "likewise",
    "tests/measure_speed.py": "likewise",
    "tests/wan_speed.py": "takes minutes; tests/test_scripts.py asks for its help",
    "make": "with REAL_ANNOTATIONS it is the tests themselves",
}
PARTS = {  # what the commands of a page need beside requirements.txt, and where it is listed
    "coco-wan": ("wan", ["torch", "transformers", "skimage"]),
    "datasets": ("datasets", ["PIL", "cityscapesscripts"]),
    "finding_errors": ("findings", ["cleanlab", "sklearn", "jinja2", "matplotlib", "scipy"]),
    "large": ("cluster", ["distributed"]),
    "measuring": ("measure", ["faster_coco_eval", "hotcoco", "jinja2", "matplotlib", "scipy"]),
    "training": ("measure", ["faster_coco_eval", "hotcoco", "jinja2", "matplotlib", "scipy"]),
}


def commands_of(page: str) -> list[str]:
    """What a shell is given, in order: blocks, each line by line, and then commands in sentences."""
    blocks = [text for language, text in BLOCK.findall(page) if language == "sh"]
    sentences = [" ".join(text.split()) for text in IN_A_SENTENCE.findall(BLOCK.sub("", page))]
    return [*blocks, *(text for text in dict.fromkeys(sentences) if program_of(text) not in ELSEWHERE)]


def program_of(command: str) -> str:
    """The script that a command starts, or its first word; what is set for it before does not count."""
    words = [word for word in shlex.split(command) if not re.match(r"[A-Z_]+=", word)]
    return words[1] if words[0] == "python" else words[0]


def before_coco_wan(clone: Path) -> None:
    from tests.wan.test_sam import save_both

    (clone / "weights").mkdir()
    save_both(clone / "weights")
    shutil.copytree(clone / "examples" / "sample_dataset", clone / "data")


def before_datasets(clone: Path) -> None:
    car, person, sky = 26001, 24001, 23
    cityscapes(clone / "cityscapes", {"aachen_000000_000019": [[sky, car, car], [person, person, sky]]})
    viper(clone / "viper", {"001_00010": [[(2, 0), (24, 300), (24, 300)], [(20, 5), (20, 5), (2, 0)]]})
    (clone / "lvis").mkdir()
    shutil.copy(drawn(clone / "rough").lvis, clone / "lvis" / "lvis_v1_train.json")


def before_large(clone: Path) -> None:
    """SA-1B's one file an image."""
    content = json.loads((clone / SAMPLE / "instances_val2017.json").read_text())
    for image in content["images"][:5]:
        mine = [annotation for annotation in content["annotations"] if annotation["image_id"] == image["id"]]
        path = clone / "sa1b" / "sa_000000" / f"sa_{image['id']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        one = {"image_id": image["id"], **{key: image[key] for key in ("width", "height", "file_name")}}
        path.write_text(json.dumps({"image": one, "annotations": mine}))


def before_measuring(clone: Path) -> None:
    """A folder as tests/select_real.py makes it, with the sample dataset for COCO."""
    shutil.copytree(clone / "examples" / "sample_dataset", real_in(clone / "real").coco.parent)


def before_values(clone: Path) -> None:
    """The file that the page shows before its command asks for it."""
    (text,) = [text for language, text in BLOCK.findall(PAGES["values"]) if language == "yaml" and "all_of" in text]
    (clone / "team.yaml").write_text(text)


def before_training(clone: Path) -> None:
    """Predictions of models that have learnt by heart what they were trained on."""
    clean = json.loads((clone / SAMPLE / "instances_val2017.json").read_text())
    for level in ("clean", "easy", "medium", "hard"):
        values = {"corruption_values": {"rand": [0, 3]}} if level == "clean" else {"benchmark": level}
        annotations = noise(clean, **values, segmentation="rle").dataset["annotations"]
        kept = [annotation for annotation in annotations if not annotation["iscrowd"]]
        keys = ("image_id", "category_id", "segmentation", "bbox")
        results = [{**{key: annotation[key] for key in keys}, "score": 1.0} for annotation in kept]
        (clone / f"{level}.json").write_text(json.dumps(results))


BEFORE: dict[str, Callable[[Path], None]] = {
    "coco-wan": before_coco_wan,
    "datasets": before_datasets,
    "large": before_large,
    "measuring": before_measuring,
    "training": before_training,
    "values": before_values,
}


def programs(clone: Path) -> dict[str, str]:
    """Programs that go no further than this machine; each is a text for sh.

    pip finds what is installed, and fails where something is missing or too old. make says what it would do. dask
    starts in the background, its scheduler where only this test looks for it, and ends when a worker is there.
    """
    return {
        "pip": 'exec python -m pip --quiet --disable-pip-version-check "$@" --no-index --dry-run --no-build-isolation',
        "make": f'exec {shutil.which("make")} --dry-run "$@"',
        "noise-annotations": f'exec python {shlex.quote(str(clone / "noise_annotations.py"))} "$@"',
        "dask": """
            test "$1" = worker || set -- "$@" --host 127.0.0.1 --port "$DASK_PORT" --no-dashboard
            setsid python -m dask "$@" >> dask.log 2>&1 &
            echo $! >> dask.groups
            test "$1" != worker || for _ in $(seq 600); do grep -q "Registered to" dask.log && break; sleep 0.2; done
        """,
    }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which the README's first commands were run."""
    folder = tmp_path_factory.mktemp("pages")
    clone = fresh_clone(folder / "clone")
    subprocess.run(["bash", "-euc", SET_UP], cwd=clone, env=environment(folder / "bin", {}), check=True)
    return clone


@pytest.mark.slow
@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if commands_of(text)])
@pytest.mark.timeout(900)  # on a machine that others use too
def test_every_command_of_a_page_runs(prepared: Path, tmp_path: Path, page: str) -> None:
    part, modules = PARTS.get(page, ("", []))
    for module in modules:
        pytest.importorskip(module, reason=f"needs {module}: pip install -r requirements-{part}.txt")
    clone = Path(shutil.copytree(prepared, tmp_path / "clone"))
    if page in BEFORE:
        BEFORE[page](clone)
    port = free_port()
    variables = {"REAL_ANNOTATIONS": str(clone / "real"), "DASK_PORT": f"{port}", "OMP_NUM_THREADS": "1"}
    variables = {**environment(tmp_path / "bin", programs(clone)), **variables}
    try:
        for command in commands_of(PAGES[page]):
            for named, stand_in in {**STANDS_FOR, "scheduler:8786": f"127.0.0.1:{port}"}.items():
                command = command.replace(named, stand_in)
            words = ["bash", "-euc", command]
            done = subprocess.run(words, cwd=clone, env=variables, capture_output=True, text=True, check=False)
            assert done.returncode == 0, command + done.stdout + done.stderr
    finally:
        groups = clone / "dask.groups"
        for group in groups.read_text().split() if groups.exists() else ():
            os.killpg(int(group), signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_what_is_stood_in_for_is_on_a_page() -> None:
    """Or it would be left over here, and hide what is new."""
    text = " ".join(" ".join(PAGES.values()).split())
    programs = {program_of(" ".join(command.split())) for command in IN_A_SENTENCE.findall(text)}
    assert [named for named in STANDS_FOR if named not in text] == []
    assert [program for program in ELSEWHERE if program not in programs] == []
    assert {*BEFORE, *PARTS} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_python_on_a_page_is_python(page: str) -> None:
    for language, text in BLOCK.findall(PAGES[page]):
        if language == "python":
            compile(text, f"docs/{page}.md", "exec")
