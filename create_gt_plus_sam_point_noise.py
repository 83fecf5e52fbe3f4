"""Draw the masks of COCO annotations anew with SAM, prompted by the centre of its box (COCO-WAN medium)."""

import sys

from arguments import VERSION
from weak.command import main

if __name__ == "__main__":
    sys.exit(main("create_gt_plus_sam_point_noise.py", "wan_medium", VERSION))
