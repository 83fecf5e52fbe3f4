"""The presets of the benchmark: what `--benchmark NAME` means, in the form of `--corruption_values`.

A spatial noise has [share, strength], a class noise its share. Strengths: tolerance of the
approximation, standard deviation of the localization and kernel side of rand, all in pixels.

Source: arXiv 2406.10891, the levels of COCO-N, Cityscapes-N and VIPER-N.
"""

from typing import Final

# fmt: off
BENCHMARKS: Final[dict[str, dict[str, object]]] = {
    "easy":   {"approximation": [0.20,  5], "localization": [0.20, 2], "rand": [0.20, 3], "flip_class": 0.2},
    "medium": {"approximation": [0.25, 10], "localization": [0.25, 3], "rand": [0.25, 5], "flip_class": 0.3},
    "hard":   {"approximation": [0.30, 15], "localization": [0.30, 4], "rand": [0.30, 7], "flip_class": 0.4},
}
# fmt: on
