"""What outlines are like, drawn ones and real ones: how many vertices, parts, holes, crossings, how large, how ragged.

    [REAL_ANNOTATIONS=FOLDER] python tests/outline_statistics.py

prints a column for the drawn COCO files together and one for the drawn LVIS file, and with REAL_ANNOTATIONS (see
tests/select_real.py) one beside each for the real ones. Rows of four numbers have the percentiles 5, 50 and 95, and the
largest. Masks are pycocotools', outlines the polygons as they stand in the file; crowd regions are counted and
else left out. The docstring of examples/rough_dataset.py holds what is printed.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.annotation_files import AnnotationFiles, drawn, real, started
from tests.reference import decode, has_holes

Points = NDArray[np.float64]
PERCENTILES = (5, 50, 95)
SMALL_PX, LARGE_PX, SPECK_PX = 32**2, 96**2, 64  # COCO's object sizes; a speck is ours


def turns_degrees(ring: Points) -> Points:
    """By how much the outline turns at each vertex, 0 to 180; of edges that have a length."""
    edges = np.diff(np.concatenate([ring, ring[:1]]), axis=0)
    angles = np.arctan2(*edges[np.any(edges != 0, axis=1)].T[::-1])
    turns: Points = np.degrees(np.abs((np.diff(angles, append=angles[:1]) + np.pi) % (2 * np.pi) - np.pi))
    return turns


def quantiles(values: Sequence[float] | Points, digits: int = 0) -> str:
    """The percentiles, and the largest."""
    return " ".join(f"{value:.{digits}f}" for value in [*np.percentile(values, PERCENTILES), np.max(values)])


def share(values: Sequence[object]) -> str:
    """How many are true, in per cent."""
    return f"{100 * np.mean([bool(value) for value in values]):.1f} %"


def statistics(paths: Sequence[Path]) -> dict[str, str]:
    """The column of some files, by title of the row."""
    datasets: list[dict[str, Any]] = [json.loads(path.read_text()) for path in paths]
    images = {image["id"]: (image["height"], image["width"]) for dataset in datasets for image in dataset["images"]}
    annotations = [annotation for dataset in datasets for annotation in dataset["annotations"]]
    instances = [annotation for annotation in annotations if not annotation.get("iscrowd")]
    frames = [decode(annotation["segmentation"], *images[annotation["image_id"]]) for annotation in instances]
    areas = np.array([frame.sum() for frame in frames])
    of_polygons = [a["segmentation"] for a in instances if isinstance(a["segmentation"], list)]
    rings = [np.reshape(ring, (-1, 2)) for parts in of_polygons for ring in parts]
    polygons = [shapely.Polygon(ring) for ring in rings]
    per_image = Counter(annotation["image_id"] for annotation in annotations)
    per_category = Counter(annotation["category_id"] for annotation in annotations)
    return {
        "images, annotations": f"{len(images)}, {len(annotations)}",
        "annotations an image": quantiles([per_image[number] for number in images]),
        "categories that occur": f"{len(per_category)}",
        "crowd regions": f"{len(annotations) - len(instances)}",
        "in several parts": share([len(parts) > 1 for parts in of_polygons]),
        "in five parts or more": share([len(parts) > 4 for parts in of_polygons]),
        "with a hole": share([has_holes(frame) for frame in frames]),
        "at the image's border": share([f[0].any() or f[-1].any() or f[:, 0].any() or f[:, -1].any() for f in frames]),
        "area, px": quantiles(areas),
        "small, large": f"{share(areas < SMALL_PX)}, {share(areas >= LARGE_PX)}",  # type: ignore[arg-type]
        f"specks, under {SPECK_PX} px": share(areas < SPECK_PX),  # type: ignore[arg-type]
        "vertices of a part": quantiles([len(ring) for ring in rings]),
        "edge, px": quantiles(np.concatenate([np.hypot(*np.diff(ring, axis=0).T) for ring in rings]), 1),
        "turn at a vertex, degrees": quantiles(np.concatenate([turns_degrees(ring) for ring in rings])),
        "length, its hull's is 1": quantiles([p.length / p.convex_hull.length for p in polygons], 2),
        "touches or crosses itself": share([not polygon.is_valid for polygon in polygons]),
        "a vertex twice in a row": share([np.all(ring == np.roll(ring, 1, 0), axis=1).any() for ring in rings]),
    }


def columns(files: AnnotationFiles, kind: str) -> dict[str, dict[str, str]]:
    """The statistics of COCO and LVIS, drawn or real, by title of the column."""
    paths = {"COCO": sorted(files.coco.glob("instances_*.json")), "LVIS": [files.lvis]}
    return {f"{name}, {kind}": statistics(some) for name, some in paths.items()}


def table(found: Mapping[str, Mapping[str, str]]) -> str:
    """The columns beside each other, in the order of their titles."""
    titles = sorted(found)
    lines = [["", *titles], *([row, *(found[title][row] for title in titles)] for row in found[titles[0]])]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    files = real()
    with tempfile.TemporaryDirectory() as folder:
        found = columns(drawn(Path(folder)), "drawn")
    print(table({**found, **(columns(files, "real") if files else {})}))


if __name__ == "__main__":
    started(main)
