import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from examples.make_sample_dataset import make

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"

# Examples are drawn anew in each run on a developer's machine and are the same in each run of CI.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, max_examples=300)
hypothesis.settings.register_profile("dev", deadline=None, max_examples=100)
hypothesis.settings.register_profile("many", deadline=None, max_examples=10_000)  # before a release
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def coco_tiny() -> Path:
    """Folder with real COCO annotations."""
    return shared("coco_tiny/annotations")


@pytest.fixture(scope="session")
def lvis_sample() -> Path:
    """A real LVIS file."""
    return shared("lvis_sample/lvis_val_100.json")


def shared(name: str) -> Path:
    """A file or folder of real annotations, which are not part of the project; skips the test where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"needs real annotations at ../shared/data/{name}, which are not part of the project")
    return path


def unstated(dataset: dict[str, Any]) -> dict[str, Any]:
    """A noisy dataset without what it says of itself."""
    return {key: value for key, value in dataset.items() if key != "annotation_noise"}


def unstated_text(text: str) -> str:
    """The text of a noisy file without what it says of itself at its end."""
    before, after = re.split(r'\s*,\s*"annotation_noise"\s*:\s*', text)
    _, end = json.JSONDecoder().raw_decode(after)
    return before + after[end:]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the sample dataset's annotations."""
    folder = tmp_path_factory.mktemp("sample")
    make(folder)
    return folder / "annotations"


Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run noise_annotations.py as a user does, in an empty folder; strings in, finished process out."""

    def run(*words: str | Path, cwd: Path = tmp_path, **options: Any) -> "subprocess.CompletedProcess[str]":
        program = [sys.executable, str(ROOT / "noise_annotations.py")]
        return subprocess.run(
            [*program, *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=120, check=False, **options
        )

    return run


@pytest.fixture
def tiny() -> dict[str, Any]:
    """A dataset that fits a screen: two images, three categories, five annotations."""
    square = [[10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]]
    return {
        "images": [{"id": 1, "width": 64, "height": 48}, {"id": 2, "width": 40, "height": 40}],
        "categories": [{"id": 3, "name": "cat"}, {"id": 1, "name": "ant"}, {"id": 7, "name": "dog"}],
        "annotations": [
            {
                "id": number,
                "image_id": 1 + number % 2,
                "category_id": 3,
                "segmentation": square,
                "area": 400.0,
                "bbox": [10.0, 10.0, 20.0, 20.0],
                "iscrowd": 0,
            }
            for number in (5, 2, 9, 4, 2**40)
        ],
    }


@pytest.fixture
def tiny_file(tmp_path: Path, tiny: dict[str, Any]) -> Path:
    path = tmp_path / "input" / "instances_tiny.json"
    path.parent.mkdir()
    path.write_text(json.dumps(tiny))
    return path
