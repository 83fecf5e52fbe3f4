"""What ends a run with one sentence; everything else is a bug and keeps its traceback."""

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

NOTHING = "nothing was written"


class InputError(ValueError):
    """Bad input or usage, for the user to mend: what is wrong, where, and what would be right."""


class RunError(RuntimeError):
    """A run that could not go on through nobody's input: what happened."""


class Incomplete(str):
    """What a run says that has done its work, but not for all of its input."""


def reason(error: OSError) -> str:
    """Why the operating system refuses, and what helps where that is not in its own words."""
    words = error.strerror or str(error)
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return f"{words} (`ulimit -n` says how many there may be; fewer --workers need fewer)"
    return words


def in_temporary(error: OSError, folder: Path) -> OSError:
    """The same refusal; where the temporary folder is full, which the user may not know of, it says so."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return error
    return OSError(error.errno, f"{reason(error)} (this is the temporary folder; TMPDIR names another)", str(folder))


def require(package: str, what: str) -> None:
    """Say before any work that a package that measuring and pictures need is missing, and how to install it.

    package: its name in Python. what: what needs it, `--preview` for instance. Raises InputError.
    """
    if find_spec(package) is None:
        raise InputError(f"{what} needs {package}: {how_to_install('measure')}")


def how_to_install(part: str) -> str:
    """The command that installs what an optional part of the program needs, in a clone and where pip installed it.

    part: "measure", "datasets", "wan" or "cluster".
    """
    file = f"requirements-{part}.txt"
    in_clone = (Path(__file__).parents[1] / file).exists()
    return f"pip install -r {file}" if in_clone else f'pip install "noise-annotations[{part}]"'


def carried_out(run: Callable[[], str], writes: str = "the output", kept: str = NOTHING) -> int:
    """Do what a command is for, print what it returns, and return the exit status.

    0: done. 1: RunError, or too little memory. 2: InputError, or a disk that refuses. 3: done, but for what the
    Incomplete text tells of. 4: done, but standard output is closed or full. 130: interrupted. All but 0 and 3 are said
    in one sentence on stderr, with what is left of the run: `kept`, or what the exception notes of it. writes: what the
    command writes, for the sentence.
    """
    try:
        text = run()
    except InputError as error:
        return _reported(2, f"error: {error}", error, "")
    except RunError as error:
        return _reported(1, f"error: {error}", error, kept)
    except MemoryError as error:
        return _reported(1, "error: there is not enough memory", error, kept)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return _reported(2, f"error: cannot write {writes}{where}: {reason(error)}", error, kept)
    except KeyboardInterrupt as error:
        return _reported(130, "interrupted", error, kept)
    status = printed(f"{text}\n")
    return 3 if isinstance(text, Incomplete) else status


def printed(text: str) -> int:
    """Write on standard output; returns 0, or 4, with a sentence on stderr, where that is closed or full."""
    try:
        if sys.stdout is None:
            raise OSError(errno.EBADF, "it is closed")
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, KeyboardInterrupt) as error:
        if sys.stdout is not None:  # what is still in the buffer would be tried again at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, KeyboardInterrupt):  # nobody reads, and the pipe is full
            return _reported(130, "interrupted", error, "all is done but to print it")
        return _reported(4, f"error: cannot print on standard output: {error.strerror}", error, "all else is done")
    return 0


def _reported(status: int, sentence: str, error: BaseException, kept: str) -> int:
    notes = getattr(error, "__notes__", [kept] if kept else [])
    text = "; ".join([sentence, *notes])  # with names and values that may hold anything
    with suppress(OSError):  # the terminal may be gone
        print("".join(s if s.isprintable() else ascii(s)[1:-1] for s in text), file=sys.stderr, flush=True)
    return status
