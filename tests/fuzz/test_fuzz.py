"""A part of the fuzz suite that takes half a minute; `make fuzz` runs the rest."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.fuzz import cases

SEED = 1


def test_broken_inputs_end_in_a_true_output_or_one_sentence() -> None:
    words = [sys.executable, "-m", "tests.fuzz", f"--seed={SEED}", "--count=1000", "--seconds=25"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_input_can_be_made_again_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for place in ("once", "again"):
        (tmp_path / place).mkdir()
        monkeypatch.chdir(tmp_path / place)
        random.seed(place)  # nothing but seed and number decides
        cases.make(SEED, 0)  # nor what was made before
        for path in (tmp_path / place).iterdir():
            if not path.is_dir():
                path.unlink()
        case = cases.make(SEED, 4)
        files = {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}
        made.append((case, files))
    assert made[0] == made[1]
