"""Measure how far the annotations of one COCO file are from those of another: read, match, measure, report.

For any two files of the same images: clean and noisy, two tools, two rounds of annotation. The command line
is the way in (`--help`).
"""

import sys

from annotation_noise.commands.measure_options import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
