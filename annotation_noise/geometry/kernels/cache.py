"""Where machine code is kept: in the user's cache folder, or where NUMBA_CACHE_DIR says. So a machine compiles once.

numba looks at the file of a function to see whether its machine code is still right, but not at the files of those that
it calls. So each state of all these files has a folder of its own, as has each version of what compiles them. Where
nothing can be written, machine code goes into a temporary folder, and is gone with the process that has compiled it.
"""

import atexit
import hashlib
import os
import platform
import shutil
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

import platformdirs

HOUSE = Path(__file__).parent.parent.parent
COMPLETE = "complete"  # a file beside the machine code once all of it is there
_MARK = b"geometry.kernels.compiled"  # stands in each file with compiled functions, which imports it


@cache
def settle() -> Path:
    """Choose the folder, tell numba of it and return it; worker processes that are started from now on get it too."""
    name = f"numba-{version('numba')}-{_digest()}"
    wanted = Path(os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_path("noise-annotations"))
    folder = wanted if wanted.name == name else wanted / name  # as a parent process has said it
    if not _is_writable(folder):
        temporary = Path(tempfile.mkdtemp(prefix="noise-annotations-"))
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        folder = temporary / name
    os.environ["NUMBA_CACHE_DIR"] = str(folder)  # which numba reads when it is imported
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)
    return folder


def _digest() -> str:
    """What machine code depends on: the functions, constants in files beside them, and versions."""
    state = hashlib.sha256(" ".join([platform.python_version(), *map(version, ("llvmlite", "numpy"))]).encode())
    sources = {path: path.read_bytes() for path in sorted(HOUSE.rglob("*.py"))}
    folders = {HOUSE / "geometry", *(path.parent for path, source in sources.items() if _MARK in source)}
    for path, source in sources.items():
        if path.parent in folders:
            state.update(source)
    return state.hexdigest()[:16]


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
