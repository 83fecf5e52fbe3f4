"""Doing the jobs: here, or in worker processes; either way the parts come back in the jobs' order.

What does the work is a `concurrent.futures.Executor`, of processes on this machine or of a Dask cluster's
workers, or nothing but this process. When a worker process is lost, when the run is interrupted
and when the parent dies, no worker process goes on working.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from errors import RunError
from pipeline.annotate import Setting
from pipeline.chunks import Job, Part, work

Task = TypeVar("Task")
Done = TypeVar("Done")

SMALL_BYTES = 2_000_000  # of input: starting worker processes would take longer than the work
JOBS_AHEAD = 4  # per worker: enough to keep it busy, few enough to keep what is done in memory small


def chosen(
    paths: Sequence[Path], workers: int | None, address: str | None
) -> contextlib.AbstractContextManager[tuple[Executor | None, int]]:
    """Who does the work, and how many jobs at a time: nobody else, worker processes, or a cluster."""
    if address is not None:
        from pipeline.cluster import cluster

        return cluster(address)
    workers = workers or cores()
    if workers == 1 or sum(path.stat().st_size for path in paths) < SMALL_BYTES:
        return contextlib.nullcontext((None, 1))
    return processes(workers)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def processes(workers: int, start_method: str = "spawn") -> Iterator[tuple[Executor, int]]:
    """Worker processes on this machine, and their number; none is left when the block ends, however it ends."""
    context, others = multiprocessing.get_context(start_method), multiprocessing.active_children()
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)
    try:
        executor.submit(warm)  # they load their libraries while the input is being read
        yield executor, workers
    except BaseException:
        # Waiting for the jobs at hand would take seconds, and nobody wants their results.
        for process in multiprocessing.active_children():
            if process not in others:
                process.kill()
        executor.shutdown(wait=True, cancel_futures=True)
        raise
    executor.shutdown()


def run(jobs: Iterable[Job], setting: Setting, executor: Executor | None, workers: int = 1) -> Iterator[Part]:
    """Do the jobs and give their parts in order, as `in_order` does."""
    return in_order(partial(work, setting=setting), jobs, executor, workers)


def in_order(
    function: Callable[[Task], Done], tasks: Iterable[Task], executor: Executor | None, workers: int = 1
) -> Iterator[Done]:
    """Call a function with each task and give what it returns, in order; here where there is no executor.

    Only a few tasks a worker are under way at a time, so memory does not grow with their number.
    Raises what the function raises, and RunError where a worker is lost.
    """
    if executor is None:
        yield from map(function, tasks)
        return
    waiting = iter(tasks)
    try:
        under_way: deque[Future[Done]] = deque(
            executor.submit(function, task) for task in islice(waiting, JOBS_AHEAD * workers)
        )
        while under_way:
            done = under_way.popleft().result()
            under_way.extend(executor.submit(function, task) for task in islice(waiting, 1))
            yield done
    except BrokenExecutor as error:
        raise RunError("a worker process died: it was killed, or ran out of memory") from error


def warm() -> None:
    """Do nothing, in a worker that has loaded what it needs."""


def _begin() -> None:
    """Set up a worker process: it leaves Ctrl-C to its parent, and does not outlive it."""
    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)  # the cores are taken by the other workers


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
