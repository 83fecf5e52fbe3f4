"""Versions of the libraries that shape draws and masks: another version of one of them may give other pixels."""

import importlib.metadata

import shapely

LIBRARIES = ("numpy", "opencv-python-headless", "opencv-python", "shapely", "rlemasklib", "msgspec")


def versions(others: tuple[str, ...] = ()) -> dict[str, str]:
    """Name and version of each of these libraries, and of the others named, that is installed, and of GEOS."""
    installed = {}
    for name in (*LIBRARIES, *others):
        try:
            installed[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed | {"geos": shapely.geos_version_string}
