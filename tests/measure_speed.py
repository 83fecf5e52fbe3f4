"""How long measure_noise.py takes, and the libraries it might use, in one run.

    python tests/measure_speed.py [--annotations 36781] [--benchmark medium]

Tiles the real annotations of REAL_ANNOTATIONS (tests/select_real.py), or else drawn ones, to the number asked for,
noises them, and times the whole command with and without boundaries; then average precision of masks by pycocotools
and faster-coco-eval, and of boundaries by faster-coco-eval as it comes and as measures/evaluation.py feeds it; then
ways to the distances of Hausdorff-95. Processor seconds are those of all processes together, and
the peak of memory is that of the largest process.
"""

import argparse
import contextlib
import io
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pycocotools import coco, cocoeval

sys.path.insert(0, str(Path(__file__).parent.parent))

from annotation_noise.errors import how_to_install
from annotation_noise.geometry.segmentations import compressed, cropped, rasterised
from tests.annotation_files import at_least_one, ended, real_or_drawn, started
from tests.reference import LEVELS
from tests.speed import ROOT, tiled

try:
    import faster_coco_eval
    from scipy import ndimage

    from annotation_noise.measures import overlap
    from annotation_noise.measures.boundaries import boundary
    from annotation_noise.measures.detections import Detection, as_coco
    from annotation_noise.measures.evaluation import evaluated
    from annotation_noise.measures.image_pairs import measure
    from annotation_noise.measures.inputs import FilePair, Side, read_pair, shared_out
    from annotation_noise.measures.masked import read_masked
except ModuleNotFoundError as error:
    ended(f"tests/measure_speed.py needs {error.name}: {how_to_install('measure')}")


def timed(title: str, do: Callable[[], Any]) -> Any:
    """Do it, and print wall time and processor time, of child processes too."""
    begun, used = time.perf_counter(), sum(os.times()[:4])
    with contextlib.redirect_stdout(io.StringIO()):
        result = do()
    print(f"{title:52} {time.perf_counter() - begun:7.1f} s {sum(os.times()[:4]) - used:7.1f} processor s", flush=True)
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotations", type=at_least_one, default=36_781)
    parser.add_argument("--benchmark", choices=LEVELS, default="medium")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kind, files = real_or_drawn(folder / "drawn")
        tiled(files.coco, arguments.annotations, folder / "tiled.json")
        words = ["noise_annotations.py", folder / "tiled.json", "--benchmark", arguments.benchmark]
        run([*words, "--output_dir", folder / "noisy"])
        paths = folder / "tiled.json", folder / "noisy" / "tiled.json"
        cores = len(os.sched_getaffinity(0))
        print(
            f"{arguments.annotations:,} {kind} annotations, {arguments.benchmark}, {cores} cores, "
            f"load {os.getloadavg()[0]:.1f}"
        )
        for option in ([], ["--no_boundary"]):
            words = ["measure_noise.py", *paths, "--output_dir", folder / "report", "--overwrite", *option]
            timed(" ".join(["measure_noise.py", *option]), lambda words=words: run(words))  # type: ignore[misc]
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{'peak of memory':52} {peak:7.0f} MB")
        pair = read_pair(*paths)
        libraries(pair)
        distances(pair)


def run(words: Sequence[str | Path]) -> None:
    """Run a command of ours."""
    subprocess.run([sys.executable, ROOT / words[0], *words[1:]], check=True, stdout=subprocess.DEVNULL)


def compared(side: Side, image_ids: Sequence[int]) -> Iterator[Detection]:
    """The annotations of some images of a file, as truths and as detections, with their boundary regions."""
    for id_ in image_ids:
        image, places = side.images[id_]
        size = image.height, image.width
        for annotation, runs in read_masked(side.file.path, side.file.cut, places, rasterised, *size):
            region = compressed(boundary(cropped(runs)))
            area_px, counts = float(runs.area()), runs.to_dict()["counts"]
            crowd = int(bool(annotation.iscrowd))
            yield Detection(id_, annotation.category_id, area_px, size, counts, region, iscrowd=crowd, score=1.0)


def libraries(pair: FilePair) -> None:
    """Time average precision."""
    noisy = [one._replace(iscrowd=None) for one in compared(pair.noisy, pair.common) if not one.iscrowd]
    entries = list(compared(pair.clean, pair.common)), noisy
    truths, found = ([as_coco(one._replace(box=[0, 0, 1, 1])) for one in some] for some in entries)
    categories = list(pair.clean.file.tables.categories)

    def fresh(entries: Sequence[dict[str, Any]], *without: str) -> list[dict[str, Any]]:
        return [{key: value for key, value in entry.items() if key not in without} for entry in entries]

    def by(library: Any, evaluation: Any, kind: str) -> Any:
        images = [{"id": i.id, "height": i.height, "width": i.width} for i in pair.clean.file.tables.images]
        annotations = [{**truth, "id": number} for number, truth in enumerate(truths, 1)]
        dataset = {"images": images, "categories": [{"id": id_, "name": ""} for id_ in categories]}
        truth = library()
        truth.dataset = {**dataset, "annotations": fresh(annotations, "boundary")}
        truth.createIndex()
        result = evaluation(truth, truth.loadRes(fresh(found, "boundary", "bbox", "area", "id")), kind)
        for step in (result.evaluate, result.accumulate, result.summarize):
            step()
        return result.stats

    known = {"pycocotools": (coco.COCO, cocoeval.COCOeval)}
    known["faster-coco-eval"] = faster_coco_eval.COCO, faster_coco_eval.COCOeval_faster
    for name, (library, evaluation) in known.items():
        timed(f"mask AP: {name}", lambda library=library, evaluation=evaluation: by(library, evaluation, "segm"))  # type: ignore[misc]
    timed("Boundary AP: faster-coco-eval", lambda: by(*known["faster-coco-eval"], "boundary"))
    timed("mask AP: ours", lambda: evaluated(pair.common, categories, *entries, "segm"))
    timed("Boundary AP: ours", lambda: evaluated(pair.common, categories, *entries, "boundary"))


def distances(pair: FilePair) -> None:
    """Time the distances from outline to outline."""
    outlines: list[tuple[Any, Any]] = []
    original = overlap._distance95
    overlap._distance95 = lambda of, to: outlines.append((of, to)) or 0.0  # type: ignore[func-returns-value]
    for job in itertools.islice(shared_out(pair, False), 3):
        measure(job)
    overlap._distance95 = original

    def window(of: Any, to: Any) -> tuple[Any, Any]:
        low = np.minimum(of.min(axis=0), to.min(axis=0))
        width, height = np.maximum(of.max(axis=0), to.max(axis=0)) - low + 1
        away = np.ones((height, width), np.uint8)
        away[to[:, 1] - low[1], to[:, 0] - low[0]] = 0
        return away, (of[:, 1] - low[1], of[:, 0] - low[0])

    def with_cv2(of: Any, to: Any) -> float:
        away, at = window(of, to)
        return float(np.percentile(cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[at], 95))

    def with_scipy(of: Any, to: Any) -> float:
        away, at = window(of, to)
        return float(np.percentile(ndimage.distance_transform_edt(away)[at], 95))

    for title, do in (("tree", original), ("cv2's transform", with_cv2), ("scipy's transform", with_scipy)):
        begun = time.perf_counter()
        for pair_of_outlines in outlines:
            do(*pair_of_outlines)
        each = (time.perf_counter() - begun) / len(outlines)
        print(f"{'Hausdorff-95, a direction: ' + title:52} {each * 1e6:7.0f} us")


if __name__ == "__main__":
    started(main)
