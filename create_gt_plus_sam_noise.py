"""Draw the masks of COCO annotations anew with SAM, prompted by its tight box (COCO-WAN easy)."""

import sys

from arguments import VERSION
from weak.command import main

if __name__ == "__main__":
    sys.exit(main("create_gt_plus_sam_noise.py", "wan_easy", VERSION))
