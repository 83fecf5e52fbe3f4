"""The presets of the benchmark: what `--benchmark NAME` means, in the form of `--corruption_values`.

A spatial noise has [share, strength], a class noise its share. Strengths: tolerance of the
approximation, standard deviation of the localization and kernel side of rand, all in pixels.

wan_hard is the third level of COCO-WAN, class noise on the masks of its second
(create_gt_plus_sam_point_noise.py). The source states no share for it: 0.2, the share of easy, is ours.

Source: arXiv 2406.10891, the levels of COCO-N, Cityscapes-N and VIPER-N; COCO-WAN.
"""

from typing import Final

# fmt: off
BENCHMARKS: Final[dict[str, dict[str, object]]] = {
    "easy":   {"approximation": [0.20,  5], "localization": [0.20, 2], "rand": [0.20, 3], "flip_class": 0.2},
    "medium": {"approximation": [0.25, 10], "localization": [0.25, 3], "rand": [0.25, 5], "flip_class": 0.3},
    "hard":   {"approximation": [0.30, 15], "localization": [0.30, 4], "rand": [0.30, 7], "flip_class": 0.4},
    "wan_hard": {"flip_class": 0.2},
}
# fmt: on
