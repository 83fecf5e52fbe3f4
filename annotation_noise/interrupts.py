"""Moments in which a run is not to be interrupted."""

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """A block that Ctrl-C and a polite kill do not cut in two: they are minded at its end.

    Processes that are started in it do not mind Ctrl-C at all, as they inherit that it is held back.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's business
        yield
        return
    waiting: list[int] = []
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # Other threads do not hold it back, and what they catch is handled here all the same.
    handlers = {
        number: signal.signal(number, lambda number, _: waiting.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for caught in waiting:
            signal.raise_signal(caught)
