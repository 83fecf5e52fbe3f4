"""Draw the masks of COCO annotations anew with SAM, prompted by its tight box (COCO-WAN easy)."""

import sys

from annotation_noise.commands.wan_options import main_box as main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
