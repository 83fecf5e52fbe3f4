"""The manifest: what was done to which files, and with what, so that it can be done again.

It holds no times and no absolute path of its own making: the same command on the same input
gives the same manifest, to the byte.
"""

import hashlib
import importlib.metadata
import json
import platform
from pathlib import Path

# What shapes masks or draws: another version of one of these may give other pixels.
LIBRARIES = ("numpy", "opencv-python-headless", "opencv-python", "shapely", "rlemasklib", "msgspec")


def versions(program: str) -> dict[str, str]:
    """Versions of the program, Python, GEOS and the libraries that shape the masks, as installed."""
    import shapely

    found = {"noise_annotations": program, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found | {"geos": shapely.geos_version_string}


def described(path: Path, name: str | None = None) -> dict[str, str | int]:
    """A file as the manifest lists it: name, size in bytes, sha256 of its content."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": name or path.name, "bytes": path.stat().st_size, "sha256": digest}


def write(path: Path, content: dict[str, object]) -> None:
    """Write a manifest: JSON, indented, keys in the order given, UTF-8."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
