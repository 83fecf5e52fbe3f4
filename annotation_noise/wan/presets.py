"""The presets of COCO-WAN that draw masks; wan_hard is one of class noise (benchmarks.py).

Source: arXiv 2406.10891, COCO-WAN: easy prompts with the tight box, medium with its centre; of the
three masks the one of the highest predicted score.
"""

from typing import Final, NamedTuple


class Preset(NamedTuple):
    """A prompt by name, and what the output folder is called: noisy_data_ and this."""

    prompt: str
    folder: str


PRESETS: Final = {
    "wan_easy": Preset("box", "gt_plus_sam"),
    "wan_medium": Preset("box_centre", "gt_plus_sam_point"),
}
