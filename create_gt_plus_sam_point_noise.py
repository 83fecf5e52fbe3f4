"""Draw the masks of COCO annotations anew with SAM, prompted by the centre of its box (COCO-WAN medium)."""

import sys
from collections.abc import Sequence

from annotation_noise.commands import wan_options


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as `annotation_noise.commands.launch` says."""
    return wan_options.main("create_gt_plus_sam_point_noise.py", "wan_medium", argv)


if __name__ == "__main__":
    sys.exit(main())
