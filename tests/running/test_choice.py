"""In which way a run goes, when numba is loaded, and where machine code is kept."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np
import pytest

from annotation_noise.core.outcome import Options
from annotation_noise.core.presets import BENCHMARKS, preset
from annotation_noise.core.recipe import recipe
from annotation_noise.errors import InputError
from annotation_noise.geometry import canary
from annotation_noise.geometry.kernels import cache
from annotation_noise.running import choice
from annotation_noise.running.choice import COMPILE_BYTES, FAST_BYTES, is_slow, ways_for
from annotation_noise.running.compiled import ready
from annotation_noise.running.compiled.known import is_known
from annotation_noise.running.stretches import work
from noise_annotations import main
from noisers import load
from tests.conftest import ROOT

LEVELS = ["easy", "medium", "hard"]
MEDIUM = recipe(preset("medium"), load())


def ways(geometry: choice.Geometry, size: int, *, compiled: bool, **options: Any) -> list[Any]:
    """What a run of medium is done by; nothing is compiled for it."""
    with (
        mock.patch.object(choice, "is_compiled", lambda: compiled),
        mock.patch.object(choice, "prepare", lambda tell: None),
    ):
        return ways_for([MEDIUM], Options(**options), geometry, size, print)


def test_auto_takes_the_kernels_where_they_pay() -> None:
    pytest.importorskip("numba")
    assert ways("auto", FAST_BYTES - 1, compiled=True) == [work]
    assert ways("auto", FAST_BYTES, compiled=True) == [ready.work]
    assert ways("auto", COMPILE_BYTES - 1, compiled=False) == [work]
    assert ways("auto", COMPILE_BYTES, compiled=False) == [ready.work]
    assert ways("auto", COMPILE_BYTES, compiled=True, blind=True) == [work]
    assert ways("libraries", COMPILE_BYTES, compiled=True) == [work]
    assert ways("kernels", 1, compiled=True) == [ready.work]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_all_presets_but_the_papers_own_go_the_ordinary_way(name: str) -> None:
    plain = {"approximation", "localization", "rand", "flip_class"}
    values = preset(name)
    assert is_known(recipe(values, load()), Options()) == (set(values) <= plain and name != "none")


def test_what_looks_alike_goes_the_ordinary_way() -> None:
    for values in (
        {"rand": {"share": 0.2, "kernel_px": {"choice": [3, 5]}}},
        {"rand": {"share": 0.2, "kernel_px": 3, "where": {"min_area_px": 9}}},
        {"localization": {"share": 0.2, "std_px": 2, "draws_per": "image"}},
        {"all_of": [{"rand": [0.2, 3]}]},
        {"rand": [0.2, 3], "as_box": 0.1},
    ):
        assert not is_known(recipe(values, load()), Options())


def test_without_numba_a_large_run_says_what_would_make_it_faster() -> None:
    with mock.patch.object(choice, "has_numba", lambda: False):
        assert ways_for([MEDIUM], Options(), "auto", COMPILE_BYTES, print) == [work]
        assert is_slow([MEDIUM], Options(), "auto", COMPILE_BYTES)
        assert not is_slow([MEDIUM], Options(), "auto", COMPILE_BYTES - 1)
        with pytest.raises(InputError, match="pip install numba"):
            ways_for([MEDIUM], Options(), "kernels", 1, print)


def test_kernels_refuse_noises_that_they_do_not_know() -> None:
    pytest.importorskip("numba")
    with pytest.raises(InputError, match="others need the libraries"):
        ways_for([recipe({"as_box": 0.2}, load())], Options(), "kernels", 1, print)


@pytest.mark.parametrize("words", [["--help"], ["in", "--benchmark", "medium"], ["--list_noises"]])
def test_small_runs_load_no_numba(words: list[str], tiny_file: Path) -> None:
    code = "import sys, noise_annotations as n\ntry: n.main(sys.argv[1:])\nexcept SystemExit: pass\n"
    code += "assert 'numba' not in sys.modules and 'llvmlite' not in sys.modules"
    words = [str(tiny_file) if word == "in" else word for word in words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, *words], cwd=tiny_file.parent, env=environment, check=True)


def test_a_library_that_draws_other_masks_ends_the_run(
    tiny_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill = cv2.fillPoly

    def other(image: Any, *arguments: Any, **options: Any) -> Any:
        result = fill(image, *arguments, **options)
        image[0, 0] ^= 1
        return result

    words = [str(tiny_file), "--output_dir", str(tmp_path / "out"), "--corruption_values"]
    with mock.patch.object(cv2, "fillPoly", other):
        assert canary.strangers() == [f"opencv {cv2.__version__}"]
        assert main([*words, "{'rand': [0.5, 3]}"]) == 1
        printed = capsys.readouterr().err
        assert f"opencv {cv2.__version__} draws other masks" in printed and "--geometry kernels" in printed
        assert not (tmp_path / "out").exists()
        assert main([*words, "{'flip_class': 0.5}"]) == 0  # which draws none


def test_kernels_go_on_without_the_libraries(tiny_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("numba")
    words = [str(tiny_file), "--benchmark", "hard", "--geometry", "kernels", "--output_dir"]
    assert main([*words, str(tmp_path / "a")]) == 0
    with mock.patch.dict(canary.PINNED, {"shapely": "another"}):
        assert main([*words, str(tmp_path / "b")]) == 0
    assert (tmp_path / "a" / tiny_file.name).read_bytes() == (tmp_path / "b" / tiny_file.name).read_bytes()


def test_the_canary_draws_what_versions_differ_in() -> None:
    """Rings that cross themselves and the border; every library gives something for each."""
    assert canary.strangers() == []
    corners = np.concatenate([np.array(ring) for ring in canary.RINGS])
    assert (corners.max(axis=0) > (canary.WIDTH, canary.HEIGHT)).all()


def test_machine_code_has_a_folder_for_each_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    own = cache.settle.__wrapped__()
    assert own.parent == tmp_path and own.is_dir() and os.environ["NUMBA_CACHE_DIR"] == str(own)
    assert cache.settle.__wrapped__() == own  # as a worker process has it from its parent
    monkeypatch.setattr(cache, "version", lambda name: "9.9")
    assert cache.settle.__wrapped__() != own


def test_where_nothing_can_be_written_it_is_kept_for_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    folder = cache.settle.__wrapped__()
    assert not folder.is_relative_to(tmp_path / "file") and os.environ["NUMBA_CACHE_DIR"] == str(folder)


def test_compiling_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "settle", lambda: tmp_path)
    monkeypatch.setattr(ready, "load", lambda: None)
    said: list[str] = []
    ready.prepare(said.append)
    ready.prepare(said.append)
    assert said == ["compiling, once on this machine"]
