import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from annotation_noise.coco.schema import Annotation, convert
from annotation_noise.errors import InputError
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.masks import Mask
from examples.make_sample_dataset import make
from tests.annotation_files import VARIABLE, AnnotationFiles, drawn, real
from tests.browser import chromium

ROOT = Path(__file__).parent.parent
SOURCES = ["drawn", *(["real"] if os.environ.get(VARIABLE) else [])]

# Examples are drawn anew in each run on a developer's machine and are the same in each run of CI.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, max_examples=300)
hypothesis.settings.register_profile("dev", deadline=None, max_examples=100)
hypothesis.settings.register_profile("many", deadline=None, max_examples=10_000)  # before a release
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def pytest_configure() -> None:
    # A shell that begins the tests in the background lets them, and all that they begin, ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for other in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(other, signal.SIG_DFL)
    try:
        real()
    except InputError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without real annotations there are no tests of them."""
    if not os.environ.get(VARIABLE):
        of_real = [item for item in items if item.get_closest_marker("real")]
        config.hook.pytest_deselected(items=of_real)
        items[:] = [item for item in items if item not in of_real]


@pytest.fixture(scope="session", name="drawn")
def drawn_files(tmp_path_factory: pytest.TempPathFactory) -> AnnotationFiles:
    """Annotation files with outlines as people draw them, made for these tests."""
    return drawn(tmp_path_factory.mktemp("rough"))


@pytest.fixture(scope="session", name="real")
def real_files() -> AnnotationFiles:
    """Real annotation files; only tests marked `real` and those of both sources may ask for them."""
    files = real()
    assert files
    return files


@pytest.fixture(scope="session", params=SOURCES)
def annotation_files(request: pytest.FixtureRequest) -> AnnotationFiles:
    """The drawn annotation files and, where there are some, the real ones."""
    files: AnnotationFiles = request.getfixturevalue(request.param)
    return files


@pytest.fixture(scope="session")
def coco_tiny(annotation_files: AnnotationFiles) -> Path:
    """A folder with a small COCO dataset, drawn or real."""
    return annotation_files.coco


@pytest.fixture(scope="session")
def real_masks(coco_tiny: Path) -> list[Mask]:
    """The instances of images, drawn or real."""
    dataset: Any = json.loads((coco_tiny / "instances_val2017.json").read_text())
    sizes = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
    annotations = convert([a for a in dataset["annotations"] if not a["iscrowd"]], list[Annotation], "annotations")
    masks = [segmentations.read_mask(a.segmentation, *sizes[a.image_id]) for a in annotations]
    return [mask for mask in masks if mask.pixels.size]


@pytest.fixture(scope="session")
def lvis_sample(annotation_files: AnnotationFiles) -> Path:
    """An LVIS file, drawn or real."""
    return annotation_files.lvis


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


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium, driven by selenium; what opens pages in it is in tests/browser.py."""
    yield from chromium(tmp_path_factory.mktemp("chromium"))


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
