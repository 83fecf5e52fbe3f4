"""Who does the work, this process alone, worker processes beside it, or the workers of a cluster; and in which way."""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from annotation_noise.core.outcome import Options
from annotation_noise.core.steps import Recipe
from annotation_noise.errors import InputError
from annotation_noise.running.compiled.known import is_known
from annotation_noise.running.compiled.ready import is_compiled, load, prepare
from annotation_noise.running.compiled.ready import work as compiled
from annotation_noise.running.stretches import Work, work
from annotation_noise.running.workers import Workers, cores, processes

Geometry = Literal["auto", "libraries", "kernels"]

SMALL_BYTES = 2_000_000  # of input: starting worker processes would take longer than the work
FAST_BYTES = 10_000_000  # loading the kernels takes longer than they save below
COMPILE_BYTES = 100_000_000  # so does compiling them


def workers_for(
    paths: Iterable[Path], workers: int | None, address: str | None, ways: Iterable[Work] = ()
) -> contextlib.AbstractContextManager[Workers | None]:
    """The workers that the options ask for; none where the input is small, or one worker is asked for.

    ways: in which they will work.
    """
    if address is not None:
        from annotation_noise.running.dask import cluster

        return cluster(address)
    workers = workers or cores()
    if workers == 1 or input_bytes(paths, SMALL_BYTES) < SMALL_BYTES:
        return contextlib.nullcontext()
    return processes(workers, load=None if all(way is work for way in ways) else load)


def input_bytes(paths: Iterable[Path], enough: int = COMPILE_BYTES) -> int:
    """How many bytes some files have; no more are looked at once there are `enough`, as there may be millions."""
    total = 0
    for path in paths:
        total += path.stat().st_size
        if total >= enough:
            break
    return total


def ways_for(
    recipes: Sequence[Recipe],
    options: Options,
    geometry: Geometry,
    size: int,
    tell: Callable[[str], object],
    alone: bool = False,
) -> list[Work]:
    """The way of doing the jobs of each recipe: with libraries, or fast, with kernels, which are compiled if need be.

    geometry: "libraries", "kernels", or "auto", whichever takes less time. size: of the input in bytes.
    tell: is told that something is compiled. alone: the libraries draw other masks than they should.
    Raises InputError where the kernels cannot do it.
    """
    known = [is_known(recipe, options) for recipe in recipes]
    if geometry == "kernels":
        _check_kernels(known)
    elif geometry == "libraries" or not any(known) or not pays(size):
        return [work] * len(recipes)
    prepare(tell)
    return [(partial(compiled, alone=True) if alone else compiled) if each else work for each in known]


def pays(size: int) -> bool:
    """Whether the kernels save more time with such an input than it takes to load and, if need be, to compile them."""
    return has_numba() and size >= FAST_BYTES and (size >= COMPILE_BYTES or is_compiled())


def is_slow(recipes: Sequence[Recipe], options: Options, geometry: Geometry, size: int) -> bool:
    """Whether a run would be faster by far if numba were installed."""
    known = geometry == "auto" and any(is_known(recipe, options) for recipe in recipes)
    return known and not has_numba() and size >= COMPILE_BYTES


def has_numba() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def _check_kernels(known: Sequence[bool]) -> None:
    if not has_numba():
        raise InputError("--geometry kernels needs numba: pip install numba")
    if not all(known):
        raise InputError(
            "--geometry kernels knows the noises approximation, localization, rand and flip_class, in a dict of "
            "[share, strength] each, without --blind and --attributes; others need the libraries"
        )
