"""A real Dask cluster on this machine: a scheduler and two workers, each a process of its own."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, Command
from tests.scattered import OTHERS, STEPS, scattered

distributed = pytest.importorskip("distributed", reason="--cluster needs Dask: pip install -r requirements-cluster.txt")

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `dask WORDS` in a process of its own; all are gone when the test is."""
    started = []

    def begin(*words: str, pythonpath: Path | str | None = ROOT) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "PYTHONPATH": str(pythonpath)} if pythonpath else dict(os.environ)
        with (tmp_path / "dask.log").open("ab") as log:
            program = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
            started.append(subprocess.Popen(program, env=environment, cwd=tmp_path, stdout=log, stderr=log))
        return started[-1]

    yield begin
    for process in reversed(started):
        process.kill()
        process.wait()


@pytest.fixture
def address(start: Start, tmp_path: Path) -> str:
    """The address of a scheduler."""
    file = tmp_path / "scheduler.json"
    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    deadline = time.monotonic() + 120
    while not file.exists() or not file.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return str(json.loads(file.read_text())["address"])


def worker(start: Start, address: str, pythonpath: Path | None = ROOT) -> "subprocess.Popen[bytes]":
    words = ("--no-nanny", "--nthreads", "2", "--host", "127.0.0.1", "--no-dashboard")
    return start("worker", address, *words, pythonpath=pythonpath)


def wait_for_workers(address: str, count: int) -> None:
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=120)


@pytest.fixture
def big(tmp_path: Path, sample: Path) -> Path:
    dataset = json.loads((sample / "instances_train2017.json").read_text())
    dataset["annotations"] = [{**a, "id": a["id"] + 10**6 * copy} for copy in range(60) for a in dataset["annotations"]]
    path = tmp_path / "big.json"
    path.write_text(json.dumps(dataset))
    return path


def digest(folder: Path) -> list[str]:
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("big.json", "big.noise.csv")]


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_changes_nothing(
    start: Start, address: str, command: Command, big: Path, tmp_path: Path
) -> None:
    """Two threads a worker, too: what a thread draws must not reach another."""
    assert command(big, "--benchmark", "hard", "--workers", "1", "--output_dir", "one").returncode == 0
    first, _ = worker(start, address), worker(start, address)
    wait_for_workers(address, 2)
    words = [str(ROOT / "noise_annotations.py"), str(big), "--benchmark", "hard", "--output_dir", "two"]
    process = subprocess.Popen(
        [sys.executable, *words, "--cluster", address], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while not any(p.stat().st_size > 500_000 for p in tmp_path.glob(".two.partial-*/content/big.json")):
        assert process.poll() is None
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    _, err = process.communicate(timeout=200)
    assert process.returncode == 0, err.decode()
    assert digest(tmp_path / "two") == digest(tmp_path / "one")


def test_many_files(start: Start, address: str, command: Command, sample: Path, tmp_path: Path) -> None:
    worker(start, address)
    wait_for_workers(address, 1)
    words = (sample, "--glob", "*.json", "--benchmark", "hard", "--output_dir")
    assert command(*words, "one").returncode == 0
    done = command(*words, "two", "--cluster", address)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("files.jsonl", "instances_train2017.json", "instances_val2017.noise.csv"):
        assert (tmp_path / "two" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_instances_that_come_and_go(start: Start, address: str, command: Command, tmp_path: Path) -> None:
    """In several rounds over all images, for the sake of exact counts."""
    for _ in range(2):
        worker(start, address)
    wait_for_workers(address, 2)
    (tmp_path / "big.json").write_text(json.dumps(scattered(100)))
    words = ("big.json", "--corruption_values", json.dumps({"all_of": [*STEPS, *OTHERS]}), "--output_dir")
    assert command(*words, "one", "--workers", "1").returncode == 0
    done = command(*words, "two", "--cluster", address)
    assert (done.returncode, done.stderr) == (0, "")
    assert digest(tmp_path / "two") == digest(tmp_path / "one")


def test_a_file_that_changes_is_said(start: Start, address: str, command: Command, big: Path, tmp_path: Path) -> None:
    worker(start, address)
    wait_for_workers(address, 1)
    (tmp_path / "meddle.py").write_text(
        "from pathlib import Path\nfrom noisers import noiser\n\n"
        '@noiser("category", example={})\n'
        "def meddle(category_id, rng):\n"
        f"    Path({str(big)!r}).touch()\n"
        "    return category_id\n"
    )
    done = command(big, "--corruption_values", "{'meddle': 1}", "--plugin", "meddle.py", "--cluster", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == f"error: {big}: has changed while the run went on"
    assert sorted(path.name for path in tmp_path.glob("*noisy*")) == []


def test_workers_with_other_libraries_are_refused(
    start: Start, address: str, command: Command, big: Path, tmp_path: Path
) -> None:
    """A worker that has another shapely, by what is noted of it where packages are installed."""
    (tmp_path / "old" / "shapely-2.0.7.dist-info").mkdir(parents=True)
    (tmp_path / "old" / "shapely-2.0.7.dist-info" / "METADATA").write_text("Name: shapely\nVersion: 2.0.7\n")
    start(
        *("worker", address, "--no-nanny", "--host", "127.0.0.1", "--no-dashboard"),
        pythonpath=f"{tmp_path / 'old'}{os.pathsep}{ROOT}",
    )
    wait_for_workers(address, 1)
    done = command(big, "--benchmark", "easy", "--cluster", address)
    assert (done.returncode, done.stdout) == (2, "")
    said = done.stderr.splitlines()[-1]
    assert "has other library versions, which may draw other masks" in said
    assert "'shapely': '2.0.7'" in said


def test_workers_without_the_program_are_said(start: Start, address: str, command: Command, big: Path) -> None:
    worker(start, address, pythonpath=None)
    wait_for_workers(address, 1)
    done = command(big, "--benchmark", "easy", "--cluster", address)
    assert (done.returncode, done.stdout) == (2, "")
    message = f"error: the cluster at {address} cannot run this program (ModuleNotFoundError"
    assert done.stderr.splitlines()[-1].startswith(message)


def test_no_workers_are_said(address: str, command: Command, big: Path, tmp_path: Path) -> None:
    done = command(big, "--benchmark", "easy", "--cluster", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: the Dask scheduler at {address} has no workers\n"
    assert not (tmp_path / "noisy_data_easy").exists()


def test_an_unreachable_scheduler_is_said_within_ten_seconds(command: Command, big: Path) -> None:
    begun = time.monotonic()
    done = command(big, "--benchmark", "easy", "--cluster", "tcp://127.0.0.1:9")
    assert time.monotonic() - begun < 30  # 7 on an idle machine; tests also run on busy ones
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: no Dask scheduler answers at tcp://127.0.0.1:9\n"


def test_no_address_at_all_is_said(command: Command, big: Path) -> None:
    done = command(big, "--benchmark", "easy", "--cluster", "nonsense")
    expected = "error: --cluster takes a scheduler's address like tcp://scheduler:8786, not 'nonsense'\n"
    assert (done.returncode, done.stderr) == (2, expected)
