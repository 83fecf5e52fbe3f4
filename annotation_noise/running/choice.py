"""Who does the work: this process alone, worker processes beside it, or the workers of a cluster."""

import contextlib
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path

from annotation_noise.running.workers import Workers, cores, processes

SMALL_BYTES = 2_000_000  # of input: starting worker processes would take longer than the work


def workers_for(
    paths: Iterable[Path], workers: int | None, address: str | None
) -> contextlib.AbstractContextManager[Workers | None]:
    """The workers that the options ask for; none where the input is small, or one worker is asked for."""
    if address is not None:
        from annotation_noise.running.dask import cluster

        return cluster(address)
    workers = workers or cores()
    if workers == 1 or not _large(paths):
        return contextlib.nullcontext()
    return processes(workers)


def _large(paths: Iterable[Path]) -> bool:
    return any(total >= SMALL_BYTES for total in accumulate(path.stat().st_size for path in paths))
