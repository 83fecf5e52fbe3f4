"""Tell how well label-error finders find the errors of a noisy file, whose log is the truth.

The command line is the way in (`--help`).
"""

import sys

from annotation_noise.commands.findings_options import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
