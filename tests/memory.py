"""How memory and time grow with the number of annotations.

    python tests/memory.py [--benchmark medium] [--segmentation rle] [--workers 2] [COUNT ...]

Tiles the real annotations of REAL_ANNOTATIONS (tests/select_real.py), or else drawn ones, to each number asked for,
runs the command on them and watches it: the peak of the memory that is a process's own (RssAnon), of the parent, which
holds the whole input, and of the largest worker. Linux only.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.annotation_files import at_least_one, real_or_drawn, started
from tests.reference import LEVELS
from tests.speed import ROOT, tiled


def own_mb(process: Path) -> float:
    """The memory of a process that is its own, in MB; 0 if it has ended."""
    try:
        found = re.search(r"RssAnon:\s+(\d+) kB", (process / "status").read_text())
    except OSError:
        return 0
    return int(found[1]) / 1000 if found else 0


def children(pid: int) -> list[Path]:
    """The processes that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rsplit(") ", 1)[1].split()[1]) == pid:
                found.append(stat.parent)
        except OSError:
            continue
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", metavar="COUNT", type=at_least_one, nargs="*", default=[36_781, 215_000, 860_001])
    parser.add_argument("--benchmark", choices=LEVELS, default="medium")
    parser.add_argument("--segmentation", default="rle")
    parser.add_argument("--workers", default="2")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        kind, files = real_or_drawn(Path(name) / "drawn")
        print(f"{kind} annotations")
        print(f"{'annotations':>12} {'seconds':>8} {'parent MB':>10} {'worker MB':>10}")
        for count in arguments.counts:
            source = Path(name) / "tiled.json"
            tiled(files.coco, count, source)
            words = [ROOT / "noise_annotations.py", source, "--output_dir", Path(name) / "out", "--overwrite"]
            options = ["benchmark", "segmentation", "workers"]
            words += [word for option in options for word in (f"--{option}", getattr(arguments, option))]
            begun, parent, worker = time.perf_counter(), 0.0, 0.0
            process = subprocess.Popen([sys.executable, *map(str, words)], stdout=subprocess.DEVNULL)
            while process.poll() is None:
                parent = max(parent, own_mb(Path(f"/proc/{process.pid}")))
                worker = max([worker, *map(own_mb, children(process.pid))])
                time.sleep(0.05)
            print(f"{count:12,} {time.perf_counter() - begun:8.1f} {parent:10.0f} {worker:10.0f}", flush=True)


if __name__ == "__main__":
    started(main)
