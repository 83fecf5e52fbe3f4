"""`python -m noise_annotations` where the program is installed: what noise_annotations.py is in a clone."""

import sys

from noise_annotations import main

if __name__ == "__main__":
    sys.exit(main())
