"""Show what every noise of the benchmark does to one instance: rows the noises, columns the levels."""

import sys
from argparse import Namespace
from collections.abc import Sequence

from annotation_noise.commands.launch import launched
from annotation_noise.commands.show_options import parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as `annotation_noise.commands.launch` says."""
    return launched(parser(), _work, argv, "the picture", needs=("matplotlib",))


def _work(arguments: Namespace) -> str:
    from annotation_noise.commands.show import planned, run

    return run(planned(arguments))


if __name__ == "__main__":
    sys.exit(main())
