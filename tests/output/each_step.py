"""Work that is killed at each of its steps, each time done to the end by the next run.

    python -m tests.output.each_step SCENARIO

A step is whatever changes the disk: a file opened for writing, a folder made, a name given or taken. For each there is
a child process that dies right before it, as by SIGKILL: no block ends, no file is flushed. Then the same work is done
once more, and the folder must be what it is after unbroken work, to the byte, with nothing hidden in it.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import annotation_noise.commands.measure  # all at once, and not in each child
import annotation_noise.commands.noise
import annotation_noise.exports.yolo
import annotation_noise.reports.files  # noqa: F401
from annotation_noise.commands import measure_options
from annotation_noise.output.folder import content_of, kept, settle, staged, staged_file
from annotation_noise.output.journal import append
from noise_annotations import main as noise

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
KILLED = 99


class Scenario(NamedTuple):
    """Work that is killed, what was there before, and the work that goes on; each returns an exit status."""

    before: Callable[[], object]
    work: Callable[[], int]
    again: Callable[[], int]


def apart(work: Callable[[], object], step: int = 0) -> int:
    """The exit status of work in a child process; KILLED where it has come to this step."""
    child = os.fork()
    if child == 0:
        steps = count(1)

        def die(event: str, arguments: tuple[object, ...]) -> None:
            writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
            if (writes or event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir")) and next(steps) == step:
                os._exit(KILLED)

        sys.addaudithook(die)
        try:
            status = work()
            os._exit(status if isinstance(status, int) else 0)
        finally:
            os._exit(98)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def tree() -> dict[str, bytes | None]:
    """All that is in the folder, None for folders."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in Path().rglob("*")}


def emptied() -> None:
    for path in Path().iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def made(names: Sequence[str], content: str, folder: str = "out") -> None:
    """An output folder of an earlier run with these files, and one of the user's own."""
    Path(folder, "sub").mkdir(parents=True)
    with staged(Path(folder), True) as staging:
        filled(staging, names, content)
    Path(folder, "mine").write_text("mine")


def filled(folder: Path, names: Sequence[str], content: str) -> None:
    digest = hashlib.sha256(content.encode()).hexdigest()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    outputs = [{"file": name, "sha256": digest} for name in names]
    (folder / "manifest.json").write_text(json.dumps({"outputs": outputs, "of": content}))


NEW = ["a", "sub/b", "c"]


def replacing() -> int:
    settle(Path("out"))
    with staged(Path("out"), True) as staging:
        filled(staging, NEW, "new")
    return 0


def replacing_many() -> int:
    settle(Path("out"))
    with kept(Path("out"), {"seed": 1}, resume=True, overwrite=True) as journal:
        append(journal.file, {"file": "a"})
        filled(content_of(journal), NEW, "new")
    return 0


def a_file() -> int:
    with staged_file(Path("picture.png")) as staging:
        staging.write_text("new")
    return 0


def inputs() -> None:
    square = [[10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]]
    for name in ("instances_a", "instances_b"):
        path = Path("in", f"{name}.json")
        path.parent.mkdir(exist_ok=True)
        images = [{"id": 1, "width": 64, "height": 48, "file_name": "1.jpg"}]
        annotation = {"id": 5, "image_id": 1, "category_id": 3, "segmentation": square, "iscrowd": 0}
        content = {"images": images, "categories": [{"id": 3, "name": "cat"}], "annotations": [annotation]}
        path.write_text(json.dumps(content))


MASKS = ["--corruption_values", "{'rand': [1, 3]}", "--workers", "1", "--output_dir", "out"]


def command(*words: str) -> Callable[[], int]:
    return lambda: noise([*words, *MASKS])


def once(*words: str, goes_on: str) -> Callable[[], int]:
    """The command once more, which says so where all of its work is done."""

    def again() -> int:
        complete = Path("out").exists()
        status = noise([*words, *MASKS, *([goes_on] if goes_on else [])])
        return status - 2 if complete else status

    return again


def before_plain() -> None:
    inputs()
    assert command("in")() == 0
    Path("out/mine").write_text("mine")


def before_labels() -> None:
    inputs()
    assert command("in", "--to", "yolo", "--seed", "2")() == 0


def before_many() -> None:
    inputs()
    assert command("in", "--glob", "*.json")() == 0
    Path("out/mine").write_text("mine")


PLAIN = ("in/instances_a.json", "--seed", "2", "--overwrite")  # what was made of the other goes
LABELS = ("in", "--to", "yolo", "--overwrite")
MANY = ("in", "--glob", "*_a.json", "--seed", "2", "--overwrite")
MEASURE = ["in/instances_a.json", "in/instances_b.json", "--output_dir", "report", "--overwrite", "--no_boundary"]


def measure() -> int:
    return measure_options.main([*MEASURE, "--workers", "1"])


def before_report() -> None:
    inputs()
    Path("report").mkdir()
    for name in ("report.json", "report.md", "report.html"):
        Path("report", name).write_text("old")


SCENARIOS = {
    "staged": Scenario(lambda: made(["a", "sub/b", "stale", "sub/stale"], "old"), replacing, replacing),
    "kept": Scenario(lambda: made(["a", "sub/b", "stale", "sub/stale"], "old"), replacing_many, replacing_many),
    "file": Scenario(lambda: None, a_file, a_file),
    "plain": Scenario(inputs, command("in"), once("in", goes_on="")),
    "glob": Scenario(inputs, command("in", "--glob", "*.json"), once("in", "--glob", "*.json", goes_on="--resume")),
    "overwrite": Scenario(before_plain, command(*PLAIN), command(*PLAIN)),
    "overwrite labels": Scenario(before_labels, command(*LABELS), command(*LABELS)),
    "overwrite glob": Scenario(before_many, command(*MANY), command(*MANY)),
    "overwrite glob, going on": Scenario(before_many, command(*MANY), command(*MANY, "--resume")),
    "overwrite report": Scenario(before_report, measure, measure),
}


def main(name: str) -> None:
    """Kill a scenario at each of its steps; prints their number."""
    scenario = SCENARIOS[name]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["TMPDIR"] = folder
        apart(scenario.before)  # not here: what has started threads cannot be forked
        assert apart(scenario.work) == 0
        whole = tree()
        assert not [path for path in whole if "/." in f"/{path}"]
        for step in count(1):
            emptied()
            apart(scenario.before)
            status = apart(scenario.work, step)
            assert status in (0, KILLED), (step, status)
            if status == 0:
                break
            left = tree()
            assert apart(scenario.again) == 0, (step, sorted(left))
            now = tree()
            assert now == whole, (step, {key for key in now.keys() | whole.keys() if now.get(key) != whole.get(key)})
        os.chdir("/")
    print(step - 1)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
