"""Measure how far the annotations of one COCO file are from those of another: read, match, measure, report.

For any two files of the same images: clean and noisy, two tools, two rounds of annotation. The command line
is the way in (`--help`).
"""

import sys
from argparse import Namespace
from collections.abc import Sequence

from annotation_noise.commands.launch import launched
from annotation_noise.commands.measure_options import parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as `annotation_noise.commands.launch` says."""
    return launched(parser(), _work, argv, "the report", needs=("faster_coco_eval", "jinja2", "matplotlib", "scipy"))


def _work(arguments: Namespace) -> str:
    from annotation_noise.commands.measure import planned, run

    return run(planned(arguments))


if __name__ == "__main__":
    sys.exit(main())
