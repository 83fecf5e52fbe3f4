"""A run that is killed at any of its steps leaves what the next run makes whole; see each_step.py."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.output.each_step import SCENARIOS

QUICK = ("staged", "kept", "file")
AT_LEAST = 5  # steps: else nothing was killed


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SCENARIOS]
)
def test_killed_at_each_step(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.output.each_step", name],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) > AT_LEAST
