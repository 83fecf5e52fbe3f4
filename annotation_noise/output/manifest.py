"""The manifest: what was done to which files, and with what, so that it can be done again.

It holds no times and no absolute path of its own making: the same command on the same input
gives the same manifest, to the byte.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from annotation_noise.output.outputs import sha256


def described(path: Path, name: str | None = None) -> dict[str, object]:
    """A file as the manifest lists it: name, size in bytes, sha256 of its content."""
    return {"file": name or path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}


def listed(paths: Sequence[Path], folder: Path) -> list[dict[str, object]]:
    """The same of files in a folder, by their names there."""
    return [described(path, path.relative_to(folder).as_posix()) for path in paths]


def described_input(name: str, content: bytes) -> dict[str, object]:
    """The same of a file by what was read of it: there may be something else under its name by now."""
    return {"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def described_conversion(
    path: Path, name: str, origin: str, counts: Mapping[str, int], skipped: Mapping[str, int]
) -> dict[str, object]:
    """A COCO file that a run has made of another dataset, as the manifest lists it among the inputs.

    origin: where the dataset is. counts: of images and annotations. skipped: of instances left out, by the reason.
    """
    return {**described(path, name), "converted_from": origin, **counts, "skipped": dict(sorted(skipped.items()))}


def write_manifest(path: Path, content: dict[str, object]) -> None:
    """Write a manifest: JSON, indented, keys in the order given, UTF-8."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
