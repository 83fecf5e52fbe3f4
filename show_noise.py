"""Show what every noise of the benchmark does to one instance: rows the noises, columns the levels."""

import sys

from annotation_noise.commands.show_options import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
