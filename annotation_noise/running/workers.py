"""Doing the jobs: here, or in worker processes; either way the parts come back in the jobs' order.

What does the work is a `concurrent.futures.Executor`, of processes on this machine or of a Dask cluster's
workers, or nothing but this process. When a worker process is lost, when the run is interrupted
and when the parent dies, no worker process goes on working.

Worker processes leave their results in files of a temporary folder and send only the names. A worker
that is killed while it writes a large result into the executor's pipe would leave the parent waiting
for the rest of it, for ever; a name goes into a pipe whole or not at all.
"""

import contextlib
import errno
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import resource_tracker
from pathlib import Path
from typing import NamedTuple, TypeVar

from annotation_noise.errors import RunError, in_temporary
from annotation_noise.interrupts import undisturbed
from annotation_noise.output.held import temporary_folder

J = TypeVar("J")
R = TypeVar("R")

LOST = "a worker process died: it was killed, or ran out of memory"
JOBS_AHEAD = 4  # per worker: enough to keep it busy, few enough to keep what is done in memory small


class Workers(NamedTuple):
    """Who does the work, other than this process.

    at_a_time: how many jobs. parts: the folder through which parts come back; None where the executor brings them.
    """

    executor: Executor
    at_a_time: int
    parts: Path | None = None


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def processes(workers: int, start_method: str = "spawn", load: Callable[[], None] | None = None) -> Iterator[Workers]:
    """Worker processes on this machine; none is left when the block ends, however it ends.

    load: loads what their work needs, `warm` if nothing is given.
    """
    context, others = multiprocessing.get_context(start_method), multiprocessing.active_children()
    with temporary_folder() as parts:
        _start_tracker()
        executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)
        try:
            for _ in range(workers):  # they load their libraries while the input is being read
                _submit(executor, load or warm)
            yield Workers(executor, workers, parts)
        except BaseException:
            # Waiting for the jobs at hand would take seconds, and nobody wants their results.
            for process in multiprocessing.active_children():
                if process not in others:
                    process.kill()
            executor.shutdown(wait=True, cancel_futures=True)
            raise
        executor.shutdown()


def run(work: Callable[[J], R], jobs: Iterable[J], workers: Workers | None) -> Iterator[R]:
    """Do `work` for each job and give the results in order; here where there are no workers.

    Only a few jobs a worker are under way at a time, so memory does not grow with their number.
    Raises what a job raises, and RunError where a worker is lost.
    """
    if workers is None:
        yield from map(work, jobs)
        return
    waiting = (_submit(workers.executor, _work, work, job, workers.parts) for job in jobs)
    try:
        under_way = deque(islice(waiting, JOBS_AHEAD * workers.at_a_time))
        while under_way:
            result = _unpacked(under_way.popleft().result())
            under_way.extend(islice(waiting, 1))
            yield result
    except BrokenExecutor as error:
        raise RunError(LOST) from error


def _submit(executor: Executor, function: Callable[..., R], *arguments: object) -> Future[R]:
    """Submit a job, which may start a worker process. Raises RunError where one was lost in this moment."""
    # What the terminal tells all processes at once is the parent's business, from a worker's first moment on: it
    # inherits that Ctrl-C is held back. And it would be told half of what to do otherwise.
    with undisturbed():
        try:
            return executor.submit(function, *arguments)
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                raise
            raise RunError(LOST) from error  # the executor closes its pipes when a worker dies, this moment perhaps


class _Parcel(NamedTuple):
    """A result that waits in a file."""

    path: Path


def _work(work: Callable[[J], R], job: J, parts: Path | None) -> R | _Parcel:
    """Do a job where a worker is; its result, or the file in `parts` that holds it."""
    result = work(job)
    if parts is None:
        return result
    try:
        with tempfile.NamedTemporaryFile(dir=parts, delete=False) as file:
            pickle.dump(result, file)
    except OSError as error:
        raise in_temporary(error, parts) from error
    return _Parcel(Path(file.name))


def _unpacked(result: R | _Parcel) -> R:
    if not isinstance(result, _Parcel):
        return result
    content: R = pickle.loads(result.path.read_bytes())
    result.path.unlink()
    return content


def warm() -> None:
    """Load what the work needs, in a worker."""
    import annotation_noise.running.stretches  # noqa: F401


def _begin() -> None:
    """Set up a worker process: it does not outlive its parent."""
    import cv2

    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)  # the cores are taken by the other workers


def _start_tracker() -> None:
    """Start Python's process that keeps account of semaphores, out of reach of what a terminal sends to all processes.

    It ignores Ctrl-C and SIGTERM by itself; what is blocked while it starts stays blocked in it.
    """
    others = {signal.SIGHUP, signal.SIGQUIT}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, others)
    try:
        resource_tracker.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
