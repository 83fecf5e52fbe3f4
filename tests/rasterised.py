"""How near the masks that ultralytics makes of label files are to those of the COCO file beside them.

    python noise_annotations.py annotations --benchmark medium --to yolo
    python tests/rasterised.py noisy_data_medium

Draws every line of every label file as ultralytics does, with cv2.fillPoly on whole coordinates at
the size of the image, and prints the mean IoU with the annotation's mask.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from annotation_noise.coco.by_image import annotated, stretches
from annotation_noise.coco.file import read
from annotation_noise.coco.schema import Annotation
from annotation_noise.errors import InputError
from annotation_noise.exports.yolo import polygon_of
from annotation_noise.geometry.contours import contours
from annotation_noise.geometry.masks import Mask, to_frame
from annotation_noise.geometry.segmentations import read_mask
from tests.annotation_files import started


def kind_of(annotation: Annotation, mask: Mask) -> str:
    """What a label file may find hard to say."""
    rings = contours(mask)
    if any(ring.piece != index for index, ring in enumerate(rings)):
        return "with holes"
    return "one part" if len(rings) == 1 else "several parts"


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path, help="what --to yolo has written")
    folder = words.parse_args().folder
    ious = defaultdict(list)
    files = sorted(folder.glob("instances_*.json"))
    if not files:
        raise InputError(f"{folder} has no instances_*.json; noise_annotations.py --to yolo writes such a folder")
    for path in files:
        labels = folder / "labels" / path.stem.removeprefix("instances_")
        if not labels.is_dir():
            raise InputError(f"there are no labels in {labels}; noise_annotations.py --to yolo writes them")
        for stretch in stretches(read(path)):
            for image, annotations in annotated(stretch):
                rows = iter((labels / image.path.with_suffix(".txt")).read_text().splitlines())
                for annotation in annotations:
                    mask = read_mask(annotation.segmentation, image.height, image.width)
                    if annotation.iscrowd or polygon_of(annotation, image.height, image.width) is None:
                        continue
                    shares = np.array(next(rows).split()[1:], np.float32).reshape(-1, 2)
                    if not mask.pixels.size:  # a sliver between the pixels' centres
                        continue
                    points = (shares * np.array([image.width, image.height], np.float32)).astype(np.int32)
                    drawn = np.zeros((image.height, image.width), np.uint8)
                    cv2.fillPoly(drawn, [points], (1,))
                    frame = to_frame(mask)
                    ious[kind_of(annotation, mask)].append((drawn & frame).sum() / (drawn | frame).sum())
    for kind, values in [*sorted(ious.items()), ("all", [iou for some in ious.values() for iou in some])]:
        print(f"{kind:<14}{len(values):>9,}  {np.mean(values):.3f}")


if __name__ == "__main__":
    started(main)
