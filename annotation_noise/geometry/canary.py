"""Whether the libraries still draw what they have always drawn: a few rings by hand, at each start.

A new version of a library may draw other pixels. A seed would then give other files than before, and nobody would know.
So each library draws some rings that have been picked for what versions differ in, and what comes out is compared with
what came out when this was written. GEOMETRY counts up where that is changed on purpose, and stands in the manifest.
"""

import hashlib
import importlib.metadata
from collections.abc import Callable
from itertools import chain
from typing import Any

import cv2
import numpy as np
import shapely
from rlemasklib import RLEMask

GEOMETRY = "1"

# A blob with bays, one that crosses itself, one of halves of pixels; they reach over the border of 60 x 80 pixels.
RINGS: list[list[list[float]]] = [
    [[5, 4], [31, 2], [40, 20], [29, 17], [33, 41], [20, 30], [9, 52], [2, 33], [14, 21], [3, 16]],
    [[50, 8], [84, 55], [44, 40], [78, 3], [61, 66], [49, 30], [70, 31], [52, 12], [90, 22]],
    [[20.5, 44.5], [35.25, 38.5], [47.5, 59.75], [30.5, 51.5], [24.1, 57.9], [38.3, 46.7]],
]
HEIGHT, WIDTH = 60, 80
PINNED = {"opencv": "48f137cb049be77a", "shapely": "e4ef93b76832883c", "rlemasklib": "1a70242b712f1a7a"}


def _opencv() -> bytes:
    """Fillings, lines, contours with holes, and both sorts of squares."""
    canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
    for ring in RINGS:
        drawn = np.zeros_like(canvas)
        cv2.fillPoly(drawn, [np.rint(ring).astype(np.int32)], 1, offset=(-3, 2))
        canvas ^= drawn
    cv2.polylines(canvas, [np.rint(RINGS[1][::-1]).astype(np.int32)], isClosed=True, color=0)
    rings = [
        ring
        for method in (cv2.CHAIN_APPROX_SIMPLE, cv2.CHAIN_APPROX_NONE)
        for ring in cv2.findContours(canvas, cv2.RETR_CCOMP, method)[0]
    ]
    square = np.ones((5, 5), np.uint8)
    shapes: list[Any] = [canvas, cv2.dilate(canvas, square), cv2.erode(canvas, square), *rings]
    return b"".join(np.ascontiguousarray(shape).tobytes() for shape in shapes)


def _shapely() -> bytes:
    """Rings that are simplified, little and much."""
    step = np.arange(200)
    along, in_or_out = step % 50, step * step * 7 % 11 - 5  # round a square, as ragged as an outline of pixels
    sides = [(along, in_or_out), (50 - in_or_out, along), (50 - along, 50 - in_or_out), (in_or_out, 50 - along)]
    ragged = np.stack([np.choose(step // 50, [side[axis] for side in sides]) for axis in range(2)], axis=1)
    rings: list[Any] = [ragged, *RINGS[:2]]
    simpler = [
        shapely.simplify(shapely.linearrings(np.rint(ring)), tolerance_px, preserve_topology=True)
        for ring in rings
        for tolerance_px in (0, 2, 5, 15)
    ]
    return b"".join(shapely.get_coordinates(ring).astype(np.int32).tobytes() for ring in simpler)


def _rlemasklib() -> bytes:
    """Polygons to run lengths, their union and its window."""
    parts = [RLEMask.from_polygon(np.array(ring, np.float64), imshape=(HEIGHT, WIDTH)) for ring in RINGS]
    window, box = RLEMask.union(parts).tight_crop()
    texts = [part.to_dict()["counts"] for part in (*parts, window)]
    return b" ".join(chain(texts, [np.array(box, np.int64).tobytes(), window.to_array(order="C").tobytes()]))


_DRAWN: dict[str, Callable[[], bytes]] = {"opencv": _opencv, "shapely": _shapely, "rlemasklib": _rlemasklib}


def digests() -> dict[str, str]:
    """What each library draws, as 16 hex digits."""
    return {name: hashlib.sha256(draw()).hexdigest()[:16] for name, draw in _DRAWN.items()}


def strangers() -> list[str]:
    """The libraries, with their versions, that draw something else than what is pinned."""
    return [_with_version(name) for name, digest in digests().items() if digest != PINNED[name]]


def _with_version(name: str) -> str:
    if name == "opencv":
        return f"opencv {cv2.__version__}"
    version = importlib.metadata.version(name)
    return f"{name} {version} (GEOS {shapely.geos_version_string})" if name == "shapely" else f"{name} {version}"
