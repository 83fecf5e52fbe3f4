"""Say what noisy training data costs a model: mask AP on clean data, for each level it was trained on."""

import sys
from argparse import Namespace
from collections.abc import Sequence

from annotation_noise.commands.evaluate_options import parser
from annotation_noise.commands.launch import launched


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as `annotation_noise.commands.launch` says."""
    return launched(parser(), _work, argv, "the results")


def _work(arguments: Namespace) -> str:
    from annotation_noise.commands.evaluate import planned, run

    return run(planned(arguments))


if __name__ == "__main__":
    sys.exit(main())
