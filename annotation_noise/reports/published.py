"""What models trained on COCO-N and Cityscapes-N reached, as published.

Mask AP on the clean validation data, in per cent, of models trained on the noisy data of each level.

Source: arXiv 2406.10891, Table 1 of the benchmark's README.
"""

from typing import Final

# Dataset, model, backbone; then clean, easy, medium, hard, None where nothing is published.
# fmt: off
PUBLISHED: Final[tuple[tuple[str, str, str, float | None, float | None, float | None, float | None], ...]] = (
    ("COCO-N",       "Mask R-CNN",  "R-50",   34.6, 27.9, 24.8, 22.3),
    ("COCO-N",       "YOLACT",      "R-50",   28.5, 26.4, 23.3, 20.8),
    ("COCO-N",       "SOLO",        "R-50",   35.9, 25.2, 17.1, 12.4),
    ("COCO-N",       "HTC",         "R-50",   34.1, None, 28.4, 25.5),
    ("COCO-N",       "Mask2Former", "R-50",   42.9, 33.5, 30.1, 26.7),
    ("COCO-N",       "Mask R-CNN",  "R-101",  36.2, 28.8, 31.8, 23.7),
    ("COCO-N",       "Mask2Former", "Swin-S", 46.1, 39.6, 37.9, 33.6),
    ("Cityscapes-N", "Mask R-CNN",  "R-50",   36.1, 26.4, 22.0, 16.3),
    ("Cityscapes-N", "YOLACT",      "R-50",   19.3, 19.1, 17.1, 16.3),
    ("Cityscapes-N", "Mask R-CNN",  "R-101",  37.0, 33.7, 30.7, 27.0),
)
# fmt: on
