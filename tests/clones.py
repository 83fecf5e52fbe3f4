"""Copies of the project as a new user has them, and programs that find there what the tests run with."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent


def fresh_clone(folder: Path) -> Path:
    """A copy of the project without what git ignores."""
    ignored = [Path(line).name for line in (ROOT / ".gitignore").read_text().split()]
    return Path(shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", *ignored)))


def executable(path: Path, text: str) -> None:
    """A program for a shell to find."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def environment(programs: Path, texts: Mapping[str, str]) -> dict[str, str]:
    """What a shell needs to find `python`, which is the one that runs the tests, and other programs, by name."""
    for name, text in {"python": f'exec {shlex.quote(sys.executable)} "$@"', **texts}.items():
        executable(programs / name, text)
    inherited = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "REAL_ANNOTATIONS")}
    return {**inherited, "PATH": f"{programs}:{os.environ['PATH']}"}
