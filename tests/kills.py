"""Kills at random moments, each run finished after its kill: it must come to the bytes of a run that nobody killed.

    python -m tests.kills [--count 100] [--seed 1]

A kill is SIGKILL to the command and all its workers. The moment is drawn from the time that the command takes, for
COCO-WAN from the time after its first image. Then the same command goes on, with --resume where there is that, and all
files below the folder are compared, the temporary folder among them: nothing hidden may be left. Tests do a few of
these, `make kills` a hundred.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from examples.make_sample_dataset import make

ROOT = Path(__file__).parent.parent
NOISE = (str(ROOT / "noise_annotations.py"),)
COPIES = 8  # of the sample's annotations: large enough for worker processes
TO_END_S = 240

Tree = dict[str, bytes | None]


class Scenario(NamedTuple):
    """A command, what it leaves to the run after a kill, and whether that is told to go on.

    before: a command that is done before, or none. begun: whether it is time for a kill.
    """

    words: Sequence[str]
    goes_on: Sequence[str]
    before: Sequence[str]
    begun: Callable[[Path], bool]


def _an_image_is_done(folder: Path) -> bool:
    return any(path.read_bytes().count(b"\n") > 1 for path in folder.glob("out.parts/*.part"))


def _at_once(folder: Path) -> bool:
    return True


OUT = ("--output_dir", "out")
PLAIN = (*NOISE, "in/big.json", "--benchmark", "hard", "--workers", "2", *OUT)
MANY = (*NOISE, "many", "--glob", "*.json", "--benchmark", "hard", "--workers", "2", *OUT)
WAN = ("-m", "tests.wan.fake", "--annotations_path", "data/annotations", "--data_path", "data", *OUT)
SCENARIOS = {
    "plain": Scenario(PLAIN, (), (), _at_once),
    "--glob": Scenario(MANY, ("--resume",), (), _at_once),
    "--overwrite": Scenario((*PLAIN, "--overwrite"), (), (*PLAIN, "--seed", "2"), _at_once),
    "--glob --overwrite": Scenario((*MANY, "--overwrite"), ("--resume",), (*MANY, "--seed", "2"), _at_once),
    "COCO-WAN": Scenario((*WAN, "--sam_path", "fake:seconds=0.05"), ("--resume",), (), _an_image_is_done),
}


def prepared(folder: Path, scenario: Scenario) -> None:
    """A folder with inputs, and with what the command before leaves and a file of the user's own."""
    make(folder / "data")
    (folder / "tmp").mkdir()
    dataset: dict[str, Any] = json.loads((folder / "data" / "annotations" / "instances_train2017.json").read_text())
    copies = [[{**a, "id": a["id"] + 10**6 * copy} for a in dataset["annotations"]] for copy in range(COPIES)]
    (folder / "in").mkdir()
    whole = dataset | {"annotations": [annotation for copy in copies for annotation in copy]}
    (folder / "in" / "big.json").write_text(json.dumps(whole))
    (folder / "many").mkdir()
    for number, copy in enumerate(copies):
        (folder / "many" / f"{number}.json").write_text(json.dumps(dataset | {"annotations": copy}))
    if scenario.before:
        assert started(folder, scenario.before).wait(TO_END_S) == 0
        (folder / "out" / "mine").write_text("mine")


def started(folder: Path, words: Sequence[str]) -> "subprocess.Popen[bytes]":
    """A command at work in a folder, in a process group of its own; what it says goes into a file there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp")}
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, *words], cwd=folder, env=environment, stdout=said, stderr=said, start_new_session=True
        )


def killed(folder: Path, scenario: Scenario, after_s: float) -> bool:
    """Start the command and kill it and its workers; False where it was quicker."""
    process = started(folder, scenario.words)
    while process.poll() is None and not scenario.begun(folder):
        time.sleep(0.005)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after_s)
        return False
    with contextlib.suppress(ProcessLookupError):
        while True:  # until the last of them is gone
            os.killpg(process.pid, signal.SIGKILL)
            process.poll()
            time.sleep(0.01)
    return process.wait() == -signal.SIGKILL


def tree(folder: Path) -> Tree:
    """All that is below a folder but what was said, None for folders."""
    paths = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.name != "said"}
    return {name: path.read_bytes() if path.is_file() else None for name, path in paths.items()}


def differing(one: Tree, other: Tree) -> list[str]:
    """What is not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name, b"-") != other.get(name, b"-"))


def finished(folder: Path, scenario: Scenario, whole: Tree) -> list[str]:
    """Do what is left to do after a kill; what differs from unbroken work then, nothing where all is well."""
    complete = (folder / "out").exists() and "--overwrite" not in scenario.words
    status = started(folder, [*scenario.words, *scenario.goes_on]).wait(TO_END_S)
    if status != (2 if complete else 0):
        return [f"status {status}", (folder / "said").read_text()]
    if complete:  # which that run has said; the parts of COCO-WAN are kept then, and are not hidden
        shutil.rmtree(folder / "out.parts", ignore_errors=True)
    return differing(tree(folder), whole)


def kills(name: str, count: int, random_numbers: random.Random) -> Iterator[str]:
    """Kill a command so many times; gives a line for each kill that it did not get over."""
    scenario = SCENARIOS[name]
    with tempfile.TemporaryDirectory() as place:
        template, unbroken, folder = (Path(place, which) for which in ("template", "unbroken", "folder"))
        template.mkdir()
        prepared(template, scenario)
        shutil.copytree(template, unbroken)
        process = started(unbroken, scenario.words)
        while process.poll() is None and not scenario.begun(unbroken):
            time.sleep(0.005)
        begun = time.monotonic()
        assert process.wait(TO_END_S) == 0, (unbroken / "said").read_text()
        takes_s, whole = time.monotonic() - begun, tree(unbroken)
        done = 0
        while done < count:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(template, folder)
            after_s = random_numbers.uniform(0, takes_s)
            if killed(folder, scenario, after_s):
                done += 1
                if wrong := finished(folder, scenario, whole):
                    yield f"{name}, killed after {after_s:.3f} s: {', '.join(wrong)}"


def main(words: Sequence[str] | None = None) -> int:
    """Kill, and print what came of it; 1 where a run did not get over it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(words)
    random_numbers, failed = random.Random(arguments.seed), 0
    for place, name in enumerate(SCENARIOS):
        count = len(range(place, arguments.count, len(SCENARIOS)))
        begun = time.monotonic()
        for line in kills(name, count, random_numbers):
            failed += 1
            print(line, flush=True)
        print(f"{name}: {count} kills, {time.monotonic() - begun:.0f} s", flush=True)
    print(f"seed {arguments.seed}: {arguments.count} kills, {failed} not got over")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
