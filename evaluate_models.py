"""Say what noisy training data costs a model: mask AP on clean data, for each level it was trained on."""

import sys

from annotation_noise.commands.evaluate_options import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
