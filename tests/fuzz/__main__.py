"""The runner: a process does inputs one after the other and tells of each; one that hangs or dies is replaced."""

import argparse
import json
import os
import resource
import selectors
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT

SECONDS, MEMORY_BYTES = 20, 2 * 2**30
PATIENCE_S = 90  # of the clock, where the machine has others to serve


class Verdict(NamedTuple):
    """What became of an input. command: of which program, and its words. fault: what was wrong; "" where nothing."""

    number: int
    command: str
    status: int | None
    fault: str


def main() -> int:
    """Put inputs through their commands; the exit status is 1 where one of them failed."""
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no input after so long")
    parser.add_argument("--only", metavar="N", type=int, help="input N alone; its folder stays")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # do them in this process
    arguments = parser.parse_args()
    if arguments.here:
        return here(arguments.seed, range(arguments.first, arguments.first + arguments.count))
    if arguments.only is not None:
        folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{arguments.seed}-{arguments.only}-"))
        verdict = judged(arguments.seed, arguments.only, folder)
        print(f"{verdict.command}\nin {folder}: status {verdict.status}, {verdict.fault or 'as it should be'}")
        return int(bool(verdict.fault))
    return watched(arguments.seed, arguments.first, arguments.count, arguments.seconds)


def watched(seed: int, first: int, count: int, seconds: float) -> int:
    """Do some inputs in processes that may be lost."""
    begun, done, failed = time.monotonic(), Counter[str](), 0
    with suppress(KeyboardInterrupt):  # what has been done until then is told
        for verdict in verdicts(seed, first, count, begun + seconds):
            done[f"{verdict.command.split(' ')[0]} {verdict.status}"] += 1
            if verdict.fault:
                failed += 1
                print(f"{verdict.number}: {verdict.fault}\n    {verdict.command[:300]}", flush=True)
            if done.total() % 1000 == 0:
                print(f"{done.total():,} done, {failed} failed", flush=True)
    print(f"seed {seed}: {done.total()} inputs from {first}, {failed} failed, {time.monotonic() - begun:.0f} s")
    print(", ".join(f"{key}: {number}" for key, number in sorted(done.items())))
    return int(failed > 0)


def verdicts(seed: int, first: int, count: int, until: float) -> Iterator[Verdict]:
    """What became of each input, in order."""
    number, end = first, first + count
    while number < end and time.monotonic() < until:
        words = [
            sys.executable,
            "-m",
            "tests.fuzz",
            "--here",
            f"--seed={seed}",
            f"--first={number}",
            f"--count={end - number}",
        ]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            for line in _lines(process, until):
                verdict = Verdict(*json.loads(line))
                number = verdict.number + 1
                yield verdict
            if number < end and time.monotonic() < until:
                ending = process.poll()
                process.kill()
                fault = f"hang: {PATIENCE_S} s" if ending is None else f"the process died with {process.wait()}"
                yield Verdict(number, f"? --only {number}", None, fault)
                number += 1
            process.kill()


def _lines(process: "subprocess.Popen[str]", until: float) -> Iterator[str]:
    """The lines that a process writes, as long as it goes on writing."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < until and selector.select(PATIENCE_S):
            line = process.stdout.readline()  # lines are written whole, one at a time
            if not line:
                process.wait()
                return
            yield line


def here(seed: int, numbers: range) -> int:
    """Do inputs in this process, and write a line of each."""
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    for number in numbers:
        with tempfile.TemporaryDirectory() as folder:
            verdict = judged(seed, number, Path(folder))
            os.chdir(ROOT)
        lines.write(json.dumps(verdict) + "\n")
        lines.flush()
    return 0


def judged(seed: int, number: int, folder: Path) -> Verdict:
    """Do one input in a folder."""
    from tests.fuzz import oracle
    from tests.fuzz.cases import make

    os.chdir(folder)
    case = make(seed, number)
    before = oracle.tree()
    with limits():
        end = oracle.ended(case)
    fault = oracle.fault(case, end, before, oracle.tree())
    command = shlex.join([case.command, *case.words]).encode(errors="backslashreplace").decode()
    return Verdict(number, command, end.status, fault or "")


class limits:
    """A block that may take 20 s of a core and 2 GB of memory."""

    def __enter__(self) -> None:
        signal.signal(signal.SIGPROF, _too_long)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, resource.RLIM_INFINITY))

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _too_long(*_: object) -> None:
    raise TimeoutError(f"{SECONDS} s of a core")


if __name__ == "__main__":
    sys.exit(main())
