"""The noisy file that all libraries read: the sample dataset at level hard, by the real command, in both forms."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.consumers.expected import Files

SPLIT = "train2017"
HARD = ("--benchmark", "hard")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the libraries find old-fashioned in each other is not for us to mend."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore"))


def noised(annotations: Path, output: Path, *words: str) -> None:
    """Run the program as a user does."""
    program = [sys.executable, str(ROOT / "noise_annotations.py"), str(annotations), *words]
    subprocess.run([*program, "--output_dir", str(output)], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session", params=["polygon", "rle"])
def files(request: pytest.FixtureRequest, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The noisy file in one of the two forms."""
    folder = tmp_path_factory.mktemp("noisy") / "out"
    noised(sample, folder, *HARD, "--segmentation", request.param)
    name = f"instances_{SPLIT}.json"
    return Files(request.param, folder / name, sample / name, sample.parent / SPLIT)
