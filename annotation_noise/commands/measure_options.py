"""The words of `measure_noise.py`, and its help."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from annotation_noise.commands.launch import launched
from annotation_noise.commands.options import add_workers, new_parser

DESCRIPTION = """\
Measure how noisy a COCO file is against a clean one of the same images: mask IoU, Dice,
Boundary IoU, Hausdorff-95, areas, classes, missing and extra annotations, and average precision."""

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as `commands.launch` says."""
    return launched(parser(), _work, argv, "the report", needs=("faster_coco_eval", "jinja2", "matplotlib", "scipy"))


def _work(arguments: Namespace) -> str:
    from annotation_noise.commands.measure import planned, run

    return run(planned(arguments))


def parser() -> ArgumentParser:
    """The parser of the command line."""
    result = new_parser("measure_noise.py", DESCRIPTION, EXAMPLES)
    add = result.add_argument
    add("clean", metavar="CLEAN", type=Path, help="the COCO file to measure against")
    add("noisy", metavar="NOISY", type=Path, help="the COCO file to measure")
    add("--images", metavar="DIR", type=Path, help="folder with the images, for the report's gallery")
    text = "write the report into this folder (default: noise_report)"
    add("--output_dir", metavar="DIR", type=Path, default=Path("noise_report"), help=text)
    add("--overwrite", action="store_true", help="replace the report that is in the output folder")
    add("--per_category", action="store_true", help="show a table by category too")
    add("--no_boundary", action="store_true", help="leave out Boundary IoU and Boundary AP, to save time")
    add_workers(add)
    return result
