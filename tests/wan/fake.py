"""A model whose masks are known, and the COCO-WAN command with it in SAM's place.

    python -m tests.wan.fake --annotations_path … --data_path … --sam_path fake

Its three masks for a box are the box, the box less a pixel on each side, and the box with one more;
for a point, squares around it. Which of them it takes for the best depends on where the prompt lies,
and all are moved to the right by a number of pixels that the image decides, so that a mask of another
prompt or of another image is a wrong one. `--sam_path fake:room=3` runs out of memory over three
prompts at a time, `fake:seconds=0.1` takes as long for each image.
"""

import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Pixels
from annotation_noise.wan.model import Answers, Model, OutOfMemory
from annotation_noise.wan.prompts import Prompt


class Seen(NamedTuple):
    height: int
    width: int
    shift: int


def shift_of(pixels: Pixels) -> int:
    return int(pixels.sum()) % 3


def rectangle(height: int, width: int, box: Sequence[float], margin: int) -> NDArray[np.bool_]:
    left, top, right, bottom = (int(edge) for edge in box)
    mask = np.zeros((height, width), bool)
    mask[max(top - margin, 0) : max(bottom + margin, 0), max(left - margin, 0) : max(right + margin, 0)] = True
    return mask


def masks_of(prompt: Prompt, height: int, width: int, shift: int) -> list[NDArray[np.bool_]]:
    x, y = prompt.points[0] if prompt.points else (0, 0)
    left, top, right, bottom = prompt.box or (x - 9, y - 9, x + 9, y + 9)
    return [rectangle(height, width, (left + shift, top, right + shift, bottom), margin) for margin in (0, -1, 1)]


def scores_of(prompt: Prompt) -> list[float]:
    place = int(sum(prompt.box or prompt.points[0])) % 3
    return [0.9 if index == place else 0.3 for index in range(3)]


def fake(room: int = 1000, seconds: float = 0, kind: str = "fake") -> Model:
    def embed(pixels: Pixels) -> Seen:
        time.sleep(seconds)
        return Seen(pixels.shape[0], pixels.shape[1], shift_of(pixels))

    def decode(seen: Any, prompts: Sequence[Prompt], single: bool) -> Answers:
        if len(prompts) > room:
            raise OutOfMemory
        assert len({(len(prompt.points), prompt.box is None) for prompt in prompts}) == 1
        masks = [masks_of(prompt, *seen) for prompt in prompts]
        scores = np.array([scores_of(prompt)[: 1 if single else 3] for prompt in prompts])

        def chosen(which: NDArray[np.intp]) -> NDArray[np.bool_]:
            return np.array([three[index] for three, index in zip(masks, which.tolist(), strict=True)])

        return Answers(scores, chosen)

    return Model(lambda pixels: pixels, embed, decode, {"kind": kind})


def load(sam_path: str, device: str, dtype: str) -> Model:
    kind, _, words = sam_path.partition(":")
    options = {key: float(value) for key, _, value in (word.partition("=") for word in words.split(",") if word)}
    return fake(int(options.get("room", 1000)), options.get("seconds", 0), kind)


if __name__ == "__main__":
    from annotation_noise.commands.wan_options import main

    sys.exit(main("create_gt_plus_sam_noise.py", "wan_easy", load=load))
