"""How many images a second a full-size SAM looks at, and how many prompts a second it answers.

    python tests/wan_speed.py [--size vit_h] [--device cuda] [--dtype bfloat16] [--batches 1 2 4 8 16] [--seconds 5]

The weights are random, which takes as long as the real ones. `embed` looks at so many images at a
time, `decode` answers so many prompts of one image at a time and scales the best mask up to 640 x 480.
The program itself looks at one image at a time. Ends with what COCO train2017 would take by the
figures of batch size 1 for images and the best one for prompts.
"""

import argparse
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from annotation_noise.errors import InputError, how_to_install
from annotation_noise.wan.checkpoints import numbers_of
from annotation_noise.wan.prompts import Prompt
from tests.annotation_files import at_least_one, ended, started
from tests.wan.meta import VIT_B, VIT_H, VIT_L, entries

try:
    import torch
    import transformers

    from annotation_noise.wan.sam import DTYPES, model_of
except ModuleNotFoundError as error:
    ended(f"tests/wan_speed.py needs {error.name}: {how_to_install('wan')}")

SIZES = {"vit_b": VIT_B, "vit_l": VIT_L, "vit_h": VIT_H}
TRAIN2017_IMAGES, TRAIN2017_ANNOTATIONS = 117_266, 860_001  # images that have annotations
HEIGHT, WIDTH = 480, 640


def per_second(work: Callable[[], object], count: int, seconds: float, wait: Callable[[], object]) -> float:
    """How many of `count` things at a time are done a second; once for warming up is not counted."""
    work()
    wait()
    begun, rounds = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds or not rounds:
        work()
        wait()
        rounds += 1
    return rounds * count / (time.perf_counter() - begun)


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--size", choices=SIZES, default="vit_h")
    words.add_argument("--device", default="cuda")
    words.add_argument("--dtype", choices=DTYPES, default="float32")
    words.add_argument("--batches", type=at_least_one, nargs="+", default=[1, 2, 4, 8, 16])
    words.add_argument("--seconds", type=float, default=5)
    arguments = words.parse_args()
    try:
        torch.empty(1, device=arguments.device)
    except (AssertionError, NotImplementedError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"--device {arguments.device} cannot be used here ({reason}); --device cpu can") from None
    shapes = {name: shape for name, _, shape in entries(SIZES[arguments.size])}
    with torch.device(arguments.device):
        network = transformers.SamModel(transformers.SamConfig(**numbers_of(shapes))).eval().requires_grad_(False)
    network.vision_encoder.to(DTYPES[arguments.dtype])
    model = model_of(network, {})
    cuda = arguments.device.startswith("cuda")
    name = torch.cuda.get_device_name(arguments.device) if cuda else f"{platform.processor()} {torch.get_num_threads()}"
    print(f"{arguments.size}, {arguments.dtype}, {name}, torch {torch.__version__}")

    def wait() -> None:
        if cuda:
            torch.cuda.synchronize()

    rng = np.random.default_rng(0)
    prepared = model.prepare(rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8))
    embedding = model.embed(prepared)
    images, prompts = [], []
    print(f"{'batch':>5}  {'images a second':>15}  {'prompts a second':>16}")
    for batch in arguments.batches:
        values = torch.randn(batch, 3, 1024, 1024, device=arguments.device, dtype=DTYPES[arguments.dtype])

        def embed(values: object = values) -> object:
            with torch.inference_mode():
                return network.get_image_embeddings(values)

        asked = [Prompt(box=(10 + n, 20, 300, 400)) for n in range(batch)]

        def decode(asked: list[Prompt] = asked) -> object:
            answers = model.decode(embedding, asked, False)
            return answers.masks(answers.predicted_iou.argmax(axis=1))

        images.append(per_second(embed, batch, arguments.seconds, wait))
        prompts.append(per_second(decode, batch, arguments.seconds, wait))
        print(f"{batch:5}  {images[-1]:15.2f}  {prompts[-1]:16.1f}", flush=True)
    hours = (TRAIN2017_IMAGES / images[0] + TRAIN2017_ANNOTATIONS / max(prompts)) / 3600
    print(f"COCO train2017 ({TRAIN2017_IMAGES:,} images, {TRAIN2017_ANNOTATIONS:,} annotations): {hours:,.1f} hours")


if __name__ == "__main__":
    started(main)
