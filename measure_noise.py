"""Measure how far the annotations of one COCO file are from those of another: read, match, measure, report.

For any two files of the same images: clean and noisy, two tools, two rounds of annotation. The command line
is the way in (`--help`).
"""

# As in noise_annotations.py, libraries are imported where the work begins.
from __future__ import annotations

import argparse
import shlex
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import InputError, carried_out, require
from progress import progress

if TYPE_CHECKING:
    from measures.entries import Entry
    from measures.inputs import Pair
    from measures.jobs import Part, Row
    from pipeline.engine import Workers

EXAMPLES = """\
examples:
  python measure_noise.py annotations/instances_val2017.json \\
         noisy_data_easy/instances_val2017.json --images val2017
      writes noise_report/report.html (open it in a browser), report.md with
      the same tables, and report.json with everything
  python measure_noise.py round_1.json round_2.json --output_dir agreement
      two rounds of annotation, whatever their ids: where these do not mean
      the same, masks are matched by their overlap
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    words = argparse.ArgumentParser(
        prog="measure_noise.py",
        description="Measure how noisy a COCO file is against a clean one of the same images: mask IoU, Dice,\n"
        "Boundary IoU, Hausdorff-95, areas, classes, missing and extra annotations, and average precision.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    words.add_argument("clean", metavar="CLEAN", type=Path, help="the COCO file to measure against")
    words.add_argument("noisy", metavar="NOISY", type=Path, help="the COCO file to measure")
    words.add_argument("--images", metavar="DIR", type=Path, help="folder with the images, for the report's gallery")
    words.add_argument(
        "--output_dir",
        metavar="DIR",
        type=Path,
        default=Path("noise_report"),
        help="write the report into this folder (default: noise_report)",
    )
    words.add_argument("--overwrite", action="store_true", help="replace the report that is in the output folder")
    words.add_argument("--per_category", action="store_true", help="show a table by category too")
    words.add_argument(
        "--no_boundary", action="store_true", help="leave out Boundary IoU and Boundary AP, to save time"
    )
    words.add_argument(
        "--workers", metavar="N", type=int, help="worker processes; the result is the same (default: one a core)"
    )
    return words


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: done. 1: a worker was lost. 2: bad input or usage, or a disk that refuses. 130: interrupted.
    Each said in one sentence on stderr. Other than with 0, nothing has been written under a final name.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_args(words)
    return carried_out(lambda: _run(arguments, words), "the report")


def _run(arguments: argparse.Namespace, words: Sequence[str]) -> str:
    """Measure and write the report; returns what to print."""
    for package in ("faster_coco_eval", "jinja2", "matplotlib", "scipy"):
        require(package, "measuring")
    from formats.folder import staged
    from formats.outputs import check_target
    from measures.inputs import doubts, read_pair
    from pipeline.engine import chosen
    from reports.files import write
    from reports.measured import text

    target, paths = arguments.output_dir, [arguments.clean, arguments.noisy]
    if arguments.workers is not None and arguments.workers < 1:
        raise InputError(f"--workers must be at least 1; not {arguments.workers}")
    if arguments.images and not arguments.images.is_dir():
        raise InputError(f"--images: there is no folder {arguments.images}")
    check_target(target, {target: []}, paths, arguments.overwrite)
    pair = read_pair(*paths)
    with chosen(paths, arguments.workers, None) as workers:
        parts = _measured(pair, not arguments.no_boundary, workers)
    report = _report(pair, parts, ["python", "measure_noise.py", *words], not arguments.no_boundary)
    with staged(target, arguments.overwrite) as staging:
        said = write(staging, report, _examples(pair, parts), arguments.images, _names(pair), arguments.per_category)
    for sentence in (*doubts(pair), *said):
        print(f"note: {sentence}", file=sys.stderr)
    return f"{text(report, arguments.per_category)}\n\n{target / 'report.html'}"


def _measured(pair: Pair, boundaries: bool, workers: Workers | None) -> list[Part]:
    from measures.inputs import jobs
    from measures.jobs import measure
    from pipeline.engine import run

    shared_out = list(jobs(pair, boundaries))
    total = sum(len(job.images) for job in shared_out)
    found = []
    with progress("measuring", "images", total) as bar:
        for job, part in zip(shared_out, run(measure, shared_out, workers), strict=True):
            found.append(part)
            bar.update(len(job.images))
    return found


def _report(pair: Pair, parts: Sequence[Part], command: Sequence[str], boundaries: bool) -> dict[str, Any]:
    """All that report.json holds; the same for the same files and command."""
    from measures.evaluation import MOST_DETECTIONS, evaluated
    from measures.tables import measured
    from reports.manifest import described

    truths = [truth for part in parts for truth in part.truths]
    detections = [detection for part in parts for detection in part.detections]
    crowded = Counter((detection.image_id, detection.category_id) for detection in detections)
    known = list(pair.clean.file.tables.categories)
    kinds = {"mask": "segm", "boundary": "boundary"} if boundaries else {"mask": "segm"}
    return {
        "command": shlex.join(command),
        "clean": described(pair.clean.file.path, str(pair.clean.file.path)),
        "noisy": described(pair.noisy.file.path, str(pair.noisy.file.path)),
        "matched_by": "id" if pair.by_id else "mask overlap",
        "images": {
            "common": len(pair.common),
            "only_clean": len(pair.clean.images) - len(pair.common),
            "only_noisy": len(pair.noisy.images) - len(pair.common),
        },
        "annotations_counted": {
            "clean": len(pair.clean.ids),
            "noisy": len(pair.noisy.ids),
            "crowds": sum(part.crowds for part in parts),
            "beyond_most_detections": sum(max(count - MOST_DETECTIONS, 0) for count in crowded.values()),
        },
        "average_precision": {
            name: evaluated(pair.common, known, truths, detections, kind)  # type: ignore[arg-type]
            for name, kind in kinds.items()
        },
        **_federated(pair, detections),
        **measured(_rows(parts), _names(pair)),
    }


def _federated(pair: Pair, detections: Sequence[Entry]) -> dict[str, Any]:
    """LVIS's own average precision, where the clean file has what it takes."""
    file = pair.clean.file
    if file.tables.federated is None:
        return {}
    import msgspec

    from measures.entries import as_coco
    from measures.lvis import average_precision

    common = set(pair.common)
    content: dict[str, Any] = msgspec.json.decode(file.data)
    content["images"] = [image for image in content["images"] if image["id"] in common]
    content["annotations"] = [one for one in content["annotations"] if one["image_id"] in common]
    found = [as_coco(one._replace(boundary=None)) for one in detections]
    for one in found:  # bytes are not what a file of results has
        one["segmentation"]["counts"] = one["segmentation"]["counts"].decode("ascii")
    return {"lvis": average_precision(content, found)._asdict()}


def _rows(parts: Sequence[Part]) -> list[Row]:
    return [row for part in parts for row in part.rows]


def _names(pair: Pair) -> dict[int, str]:
    """Names of the categories by id; the clean file's where both have one."""
    return {**pair.noisy.file.tables.categories, **pair.clean.file.tables.categories}


def _examples(pair: Pair, parts: Sequence[Part]) -> Any:
    from measures.examples import chosen

    return chosen(pair, _rows(parts))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill cleans up, like Ctrl-C
    sys.exit(main())
