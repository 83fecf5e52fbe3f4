"""The presets of `benchmarks.py`, read from where it lies: in the root of a clone, or in this package as installed.

It is read and not imported, so that a `benchmarks` of the user's own is neither hidden nor taken for ours.
"""

import runpy
from pathlib import Path
from typing import Final

_PLACES = [folder / "benchmarks.py" for folder in Path(__file__).parents[1:3]]
BENCHMARKS: Final[dict[str, dict[str, object]]] = runpy.run_path(
    next(str(place) for place in _PLACES if place.is_file())
)["BENCHMARKS"]
