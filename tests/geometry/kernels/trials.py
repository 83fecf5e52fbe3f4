"""Trials: what a kernel and the library that it stands for make of the same random input, as often as one likes.

A trial is a function with `@trial`, in a test_*.py beside this one: it draws an input and says what is to be called.
`make test` runs `IN_TESTS` of each, `python -m tests.geometry.kernels` as many as are asked for.
"""

import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from annotation_noise.geometry.kernels import bits
from annotation_noise.geometry.masks import Mask, tight

IN_TESTS = 1_000


class Trial(NamedTuple):
    """An input, in the form that each of both takes, and how their results are compared.

    kernel, library: called without arguments; what is timed is the processor's time. same: is given both results.
    """

    kernel: Callable[[], Any]
    library: Callable[[], Any]
    same: Callable[[Any, Any], bool]


class Finding(NamedTuple):
    """What many trials of one kernel found: microseconds a call, and the numbers of trials with unequal results."""

    trials: int
    kernel_us: float
    library_us: float
    unequal: list[int]


Drawn = Callable[[np.random.Generator], Trial]
TRIALS: dict[str, Drawn] = {}


def trial(draw: Drawn) -> Drawn:
    """Register a function that draws a trial, under its name."""
    assert draw.__name__ not in TRIALS
    TRIALS[draw.__name__] = draw
    return draw


def all_trials() -> dict[str, Drawn]:
    """All of them, by name."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"{__package__}.{path.stem}")
    return TRIALS


def run(draw: Drawn, count: int, seed: int) -> Finding:
    """Trials 0 to `count` - 1. Each has a generator of its own, so that any can be had alone: `drawn`."""
    spent_s = {"kernel": 0.0, "library": 0.0}
    unequal = []
    given = drawn(draw, seed, 0)
    given.kernel()  # which compiles it
    for number in range(count):
        given = drawn(draw, seed, number)
        begin = time.process_time()
        ours = given.kernel()
        between = time.process_time()
        theirs = given.library()
        spent_s["library"] += time.process_time() - between
        spent_s["kernel"] += between - begin
        if not given.same(ours, theirs):
            unequal.append(number)
    return Finding(count, 1e6 * spent_s["kernel"] / count, 1e6 * spent_s["library"] / count, unequal)


def drawn(draw: Drawn, seed: int, number: int) -> Trial:
    """One trial."""
    return draw(np.random.default_rng((seed, number)))


def same_pixels(ours: tuple[bits.Words, bits.Grid], theirs: Mask) -> bool:
    """Whether a bit image is a mask, pixel for pixel, and empty wherever it must be."""
    words, grid = ours
    mask = bits.to_mask(words, grid, theirs.frame_height, theirs.frame_width)
    if bits.area(words) != np.count_nonzero(mask.pixels):  # the rest is set beside the box
        return False
    mask, theirs = tight(mask), tight(theirs)
    return mask[1:] == theirs[1:] and np.array_equal(mask.pixels, theirs.pixels)
