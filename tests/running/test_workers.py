"""Whoever does the work, the bytes are the same; and whatever happens to it, it ends well."""

import errno
import io
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.file import CocoFile, read
from annotation_noise.core.outcome import Options, Setting
from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.core.recipe import recipe
from annotation_noise.errors import InputError, RunError, reason
from annotation_noise.running.rewrite import noise_file
from annotation_noise.running.stretches import jobs, work
from annotation_noise.running.workers import _work, processes, run
from noisers import load
from noisers.kinds import classes
from tests.conftest import ROOT

# Ctrl-C ends all within a fifth of a second on an idle machine; tests also run on busy ones.
TIME_TO_END_S = 60


@pytest.fixture(scope="module")
def file(sample: Path) -> CocoFile:
    return read(sample / "instances_train2017.json")


def setting_for(file: CocoFile) -> Setting:
    return Setting(recipe(BENCHMARKS["hard"], load()), classes(file.tables.categories, {}), 1, Options())


def written(file: CocoFile, **how: Any) -> tuple[bytes, bytes, dict[str, int]]:
    noisy, log = io.BytesIO(), io.BytesIO()
    counts = noise_file(file, setting_for(file), noisy, log, **how)
    return noisy.getvalue(), log.getvalue(), dict(counts)


@pytest.mark.parametrize("annotations_per_job", [1, 7, 336, 337, 10_000])
def test_any_size_of_job_gives_the_same_bytes(file: CocoFile, annotations_per_job: int) -> None:
    assert written(file, annotations_per_job=annotations_per_job) == written(file)


# Not "fork": a process that has used OpenCV's threads, as this one has, cannot fork safely.
@pytest.mark.parametrize(("workers", "start_method"), [(1, "spawn"), (2, "spawn"), (3, "spawn"), (2, "forkserver")])
def test_any_workers_give_the_same_bytes(file: CocoFile, workers: int, start_method: str) -> None:
    expected = written(file)
    with processes(workers, start_method) as those:
        assert written(file, workers=those, annotations_per_job=20) == expected
    assert multiprocessing.active_children() == []


def test_workers_find_a_noise_of_the_users_own(file: CocoFile, tmp_path: Path) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from noisers import noiser\n\n"
        '@noiser("mask", example={})\n'
        "def into_the_corner(mask, rng):\n"
        "    return mask._replace(left=0, top=0)\n"
    )
    chosen = recipe({"into_the_corner": 1}, load((plugin,)))
    setting = Setting(chosen, classes(file.tables.categories, {}), 1, Options())
    here, there = io.BytesIO(), io.BytesIO()
    noise_file(file, setting, here, io.BytesIO())
    with processes(2) as those:
        counts = noise_file(file, setting, there, io.BytesIO(), those, annotations_per_job=50)
    assert there.getvalue() == here.getvalue()
    assert counts["mask_noise into_the_corner"] > 300


def test_a_lost_worker_is_said_and_no_other_goes_on(file: CocoFile) -> None:
    with pytest.raises(RunError, match="a worker process died"), processes(2) as those:
        parts = run(partial(work, setting=setting_for(file)), jobs(file, 5), those)
        next(parts)
        os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
        list(parts)
    assert multiprocessing.active_children() == []


def test_what_a_job_raises_arrives(tmp_path: Path, tiny: dict[str, Any]) -> None:
    tiny["annotations"][4]["segmentation"] = [[1.0] * 7]
    (tmp_path / "file.json").write_text(json.dumps(tiny))
    broken = read(tmp_path / "file.json")
    message = r"file\.json: annotations\[4\]\.segmentation\[0\] has 7 numbers"
    with pytest.raises(InputError, match=message), processes(2) as those:
        list(run(partial(work, setting=setting_for(broken)), jobs(broken, 1), those))


def children_of(pid: int) -> list[int]:
    stats = {int(p.parent.name): p.read_text() for p in Path("/proc").glob("[0-9]*/stat")}
    return [child for child, stat in stats.items() if int(stat.rsplit(") ", 1)[1].split()[1]) == pid]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


def started(folder: Path, sample: Path) -> "subprocess.Popen[str]":
    """The command on a large file with two workers, in a process group of its own."""
    dataset = json.loads((sample / "instances_train2017.json").read_text())
    dataset["annotations"] = [
        {**a, "id": a["id"] + 10**6 * copy} for copy in range(300) for a in dataset["annotations"]
    ]
    (folder / "big.json").write_text(json.dumps(dataset))
    words = [str(ROOT / "noise_annotations.py"), "big.json", "--benchmark", "hard", "--output_dir", "out"]
    return subprocess.Popen(
        [sys.executable, *words, "--workers", "2"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(process: "subprocess.Popen[str]", condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)


def at_work(folder: Path, sample: Path) -> "tuple[subprocess.Popen[str], list[int]]":
    """The command once results are there, and every process that it has started."""
    process = started(folder, sample)
    wait_for(process, lambda: any(p.stat().st_size > 500_000 for p in folder.glob(".out.partial-*/content/big.json")))
    children = children_of(process.pid)
    assert len(children) >= 2
    return process, children


def workers_among(pids: list[int]) -> list[int]:
    return [pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def all_gone(pids: list[int], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(alive, pids))


@pytest.mark.slow
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_ctrl_c_ends_all_workers(tmp_path: Path, sample: Path, which: signal.Signals) -> None:
    process, children = at_work(tmp_path, sample)
    os.killpg(process.pid, which)  # a terminal sends it to all of them
    out, err = process.communicate(timeout=TIME_TO_END_S)
    assert (process.returncode, out, err) == (130, "", "interrupted; nothing was written\n")
    assert all_gone(children, TIME_TO_END_S)
    assert [p.name for p in tmp_path.iterdir()] == ["big.json"]


@pytest.mark.slow
def test_ctrl_c_while_workers_start(tmp_path: Path, sample: Path) -> None:
    process = started(tmp_path, sample)
    wait_for(process, lambda: len(workers_among(children_of(process.pid))) == 2)
    children = children_of(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=TIME_TO_END_S)
    assert (process.returncode, out, err) == (130, "", "interrupted; nothing was written\n")
    assert all_gone(children, TIME_TO_END_S)


@pytest.mark.slow
def test_a_worker_killed_while_it_hands_over_a_result(tmp_path: Path, sample: Path) -> None:
    """While the parent stands still, workers fill every pipe; one that dies then may leave half a message."""
    process, children = at_work(tmp_path, sample)
    process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    for worker in workers_among(children):
        os.kill(worker, signal.SIGKILL)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=TIME_TO_END_S)
    expected = "error: a worker process died: it was killed, or ran out of memory; nothing was written\n"
    assert (process.returncode, out, err) == (1, "", expected)


@pytest.mark.slow
def test_a_killed_worker_ends_the_run_with_a_sentence(tmp_path: Path, sample: Path) -> None:
    process, children = at_work(tmp_path, sample)
    os.kill(workers_among(children)[0], signal.SIGKILL)
    out, err = process.communicate(timeout=TIME_TO_END_S)
    expected = "error: a worker process died: it was killed, or ran out of memory; nothing was written\n"
    assert (process.returncode, out, err) == (1, "", expected)
    assert all_gone(children, TIME_TO_END_S)
    assert [p.name for p in tmp_path.iterdir()] == ["big.json"]


@pytest.mark.slow
def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path, sample: Path) -> None:
    process, children = at_work(tmp_path, sample)
    process.kill()
    process.communicate(timeout=TIME_TO_END_S)
    assert all_gone(children, TIME_TO_END_S)
    assert not (tmp_path / "out").exists()


def test_too_many_open_files_are_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that cannot be started is not one that has died."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with pytest.raises(OSError, match="Too many open files") as refused, processes(1) as workers:
        monkeypatch.setattr(workers.executor, "submit", refuse)
        list(run(abs, [1], workers))
    assert reason(refused.value).startswith("Too many open files (`ulimit -n` says how many")


def test_a_full_temporary_folder_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")  # writing names no file

    monkeypatch.setattr(pickle, "dump", refuse)
    with pytest.raises(OSError, match=r"the temporary folder; TMPDIR names another") as refused:
        _work(bytes, 100_000, tmp_path)
    back = pickle.loads(pickle.dumps(refused.value))  # as it comes from a worker
    assert (back.errno, back.strerror, back.filename) == (errno.ENOSPC, refused.value.strerror, str(tmp_path))
