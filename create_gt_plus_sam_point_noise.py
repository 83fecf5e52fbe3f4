"""Draw the masks of COCO annotations anew with SAM, prompted by the centre of its box (COCO-WAN medium)."""

import sys

from annotation_noise.commands.wan_options import main_point as main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
