"""Moments in which a run is not to be interrupted."""

import contextlib
import signal
import threading
from collections.abc import Iterator

POLITE = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)  # kills that leave time to clean up
TO_ALL = {signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}  # what a terminal sends to all processes of a command


def mind() -> None:
    """From now on a polite kill ends the run like Ctrl-C, but for what is ignored already, as under `nohup`."""
    for number in POLITE:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """A block that Ctrl-C and a polite kill do not cut in two: they are minded at its end.

    Processes that are started in it do not mind what a terminal sends, as they inherit that it is held back.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's business
        yield
        return
    waiting: list[int] = []
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, TO_ALL)
    # Other threads do not hold it back, and what they catch is handled here all the same.
    handlers = {
        number: signal.signal(number, lambda number, _: waiting.append(number)) for number in (signal.SIGINT, *POLITE)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for caught in waiting:
            signal.raise_signal(caught)
