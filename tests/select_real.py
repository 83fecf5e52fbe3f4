"""Take the real annotations that the project is tested and measured on from COCO's and LVIS's own files.

    python tests/select_real.py COCO LVIS FOLDER
    REAL_ANNOTATIONS=FOLDER make test

COCO is a folder with annotations/instances_train2017.json and instances_val2017.json (annotations_trainval2017.zip of
cocodataset.org) and, if there, the photographs in train2017/ and val2017/. LVIS is lvis_val_100.json, which stands in
the repository of LVIS's API under data/; another file of LVIS with those images, lvis_v1_val.json for one, will do for
all but the digests of tests/pinned.json. FOLDER gets

    coco_tiny/annotations/instances_{train,val}2017.json     80 images each
    coco_tiny/{train,val}2017/*.jpg                          12 photographs, as many of them as COCO has there
    lvis_sample/lvis_val_100.json                            100 images

tests/real_images.json says which images. COCO's are written in its order, image by image, those of an image in the
order of the original file; LVIS's in that of the original file.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from annotation_noise.errors import InputError
from tests.annotation_files import real_in, started

IMAGES = Path(__file__).parent / "real_images.json"
SPLITS = ("train2017", "val2017")
Dataset = dict[str, Any]


def read(path: Path) -> Dataset:
    """An annotation file."""
    try:
        dataset: Dataset = json.loads(path.read_bytes())
    except ValueError as error:
        raise InputError(f"{path} is no JSON file: {error}") from None
    return dataset


def selected(dataset: Dataset, image_ids: Collection[int], path: Path) -> Dataset:
    """Some images of a dataset and their annotations, in its own order. Raises InputError where it has not all of them.

    path: where it was read, for the sentence.
    """
    wanted = set(image_ids)
    if lacking := wanted - {image["id"] for image in dataset["images"]}:
        raise InputError(f"{path} lacks {len(lacking)} of the {len(wanted)} images, {min(lacking)} among them")
    return {
        **dataset,
        "images": [image for image in dataset["images"] if image["id"] in wanted],
        "annotations": [annotation for annotation in dataset["annotations"] if annotation["image_id"] in wanted],
    }


def image_by_image(dataset: Dataset, image_ids: Sequence[int]) -> Dataset:
    """Images, annotations and categories alone, in the order of these images, and within an image in their own."""
    place = {number: index for index, number in enumerate(image_ids)}
    return {
        "images": sorted(dataset["images"], key=lambda image: place[image["id"]]),
        "annotations": sorted(dataset["annotations"], key=lambda annotation: place[annotation["image_id"]]),
        "categories": dataset["categories"],
    }


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("coco", metavar="COCO", type=Path)
    parser.add_argument("lvis", metavar="LVIS", type=Path)
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    arguments = parser.parse_args()
    wanted, files = read(IMAGES), real_in(arguments.folder)
    lvis = selected(read(arguments.lvis), wanted["lvis"], arguments.lvis)
    coco = {}
    for split in SPLITS:
        path = arguments.coco / "annotations" / f"instances_{split}.json"
        coco[split] = image_by_image(selected(read(path), wanted[split], path), wanted[split])
    files.coco.mkdir(parents=True, exist_ok=True)
    files.lvis.parent.mkdir(exist_ok=True)
    for split, dataset in coco.items():
        (files.coco / f"instances_{split}.json").write_text(json.dumps(dataset, indent=4))
        names = [f"{number:012}.jpg" for number in wanted[f"photographs of {split}"]]
        there = [name for name in names if (arguments.coco / split / name).is_file()]
        for name in there:
            (files.coco.parent / split).mkdir(exist_ok=True)
            shutil.copyfile(arguments.coco / split / name, files.coco.parent / split / name)
        print(f"{split}: {len(dataset['annotations'])} annotations, {len(there)} of {len(names)} photographs")
    files.lvis.write_text(json.dumps(lvis))
    print(f"lvis: {len(lvis['annotations'])} annotations")


if __name__ == "__main__":
    started(main)
