"""Where the time goes: microseconds per annotation in each step, in one process.

    python tests/steps.py [--annotations 6000] [--benchmark medium]

Does the steps one after the other for the same annotations, tiled from the real ones of REAL_ANNOTATIONS
(tests/select_real.py), or else from drawn ones, and takes the best of three rounds. "per annotation" spreads a step
over all annotations, "where it applies" over those that go through it.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from annotation_noise.coco.file import entries, read
from annotation_noise.coco.splice import splice
from annotation_noise.core.choose import choose
from annotation_noise.core.draws import stream
from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.core.recipe import recipe
from annotation_noise.core.steps import OneOf
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.masks import Mask, overlap_px, tight
from annotation_noise.running.stretches import ANNOTATIONS_PER_BATCH
from noisers import Noised, load
from tests.annotation_files import at_least_one, real_or_drawn, started
from tests.reference import LEVELS
from tests.speed import tiled


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotations", type=at_least_one, default=6000)
    parser.add_argument("--benchmark", choices=LEVELS, default="medium")
    arguments = parser.parse_args()
    count = arguments.annotations

    def step(title: str, do: Callable[..., Any], items: Iterable[tuple[Any, ...]]) -> list[Any]:
        items, best = list(items), float("inf")
        for _ in range(3):
            begun = time.perf_counter()
            results = [do(*item) for item in items]
            best = min(best, time.perf_counter() - begun)
        print(f"{title:34} {best / count * 1e6:8.1f} {best / max(len(items), 1) * 1e6:18.1f}")
        return results

    with tempfile.TemporaryDirectory() as name:
        kind, files = real_or_drawn(Path(name) / "drawn")
        print(f"{kind} annotations")
        print(f"{'step':34} {'per annotation':>8} {'where it applies':>14}")
        path = Path(name) / "tiled.json"
        tiled(files.coco, count, path)
        begun = time.perf_counter()
        file = read(path)
        print(f"{'check and measure out the file':34} {(time.perf_counter() - begun) / count * 1e6:8.1f}")
        data = bytes(file.data[file.starts[0] : file.ends[-1]])
    found = step("decode", lambda: list(entries(data, 0)), [()] * 1)[0]
    sizes = file.tables.sizes.tolist()
    chosen = recipe(BENCHMARKS[arguments.benchmark], load())

    def draw(node: OneOf) -> list[Any]:
        purpose = node.purpose
        return step(
            f"draw: {purpose}", lambda e: choose(node, stream(1, purpose, e.annotation.id)), [(e,) for e in found]
        )

    of_purpose = {node.purpose: node for node in chosen.nodes if isinstance(node, OneOf)}
    draw(of_purpose["choose category"])
    noises = draw(of_purpose["choose mask"])
    pairs = zip(found, sizes, strict=True)
    runs = step("rasterise", lambda e, size: segmentations.rasterised(e.annotation.segmentation, *size), pairs)
    drawn = [(r, noise, e) for r, noise, e in zip(runs, noises, found, strict=True) if noise and r.area()]
    cleans = step("crop", segmentations.cropped, [(r,) for r, _, _ in drawn])

    def noised(clean: Mask, noise: Any, entry: Any) -> Mask:
        rng = stream(1, f"noise {noise.noise.name}", entry.annotation.id)
        result = noise.noise.function(clean, rng, **noise.strengths)
        return tight(result.mask if isinstance(result, Noised) else result)

    changed = []
    for one in of_purpose["choose mask"].steps:
        items = [(clean, noise, e) for clean, (_, noise, e) in zip(cleans, drawn, strict=True) if noise is one]
        results = step(f"noise: {one.noise.name}", noised, items)
        changed += [(clean, noisy, e) for (clean, _, e), noisy in zip(items, results, strict=True) if noisy.pixels.size]
    step("overlap with the clean mask", overlap_px, [(clean, noisy) for clean, noisy, _ in changed])
    batches = [changed[at : at + ANNOTATIONS_PER_BATCH] for at in range(0, len(changed), ANNOTATIONS_PER_BATCH)]
    for form in ("rle", "polygon"):
        some = [([noisy for _, noisy, _ in batch], [form] * len(batch)) for batch in batches]
        step(f"write: {form}, {ANNOTATIONS_PER_BATCH} at a time", segmentations.encoded, some)
    edits = {"boundary_type": "none", "class_noise": False}
    step("splice into the bytes", splice, [(e.raw, edits) for e in found])


if __name__ == "__main__":
    started(main)
