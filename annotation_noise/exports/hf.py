"""A dataset for Hugging Face's `datasets`: the folder hf/, which `load_dataset` reads as it is.

    README.md              the card, which names the splits and the columns; see hf_card.py
    SPLIT/metadata.jsonl   a line for each image, with all of its annotations
    SPLIT/images           the pictures, or a link to where they lie; may be missing

With pictures it is what `datasets` calls an imagefolder, without them JSON lines. One card serves both: it declares
`image` and `file_name`, of which a reader fills the one that it has, and leaves the other empty.

Every mask is compressed run lengths, as text: with the size of the image pycocotools decodes it. What cannot be kept:
polygons, LVIS's lists of an image's categories, fields that are not COCO's.

No list holds a null: pyarrow 26 reads a list of texts that begins with one wrongly, without a word.

Source: the documentation of `datasets`, image_load and the pages on the dataset card.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from annotation_noise.coco.file import CocoFile
from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.errors import InputError
from annotation_noise.exports.format import Format, IndexOf, Label, RunSummary
from annotation_noise.exports.hf_card import METADATA, PICTURES, card
from annotation_noise.geometry.masks import area_px, box
from annotation_noise.geometry.segmentations import cropped, rasterised


def line(image: Image, annotations: Sequence[Annotation], index_of: IndexOf) -> Label:
    """An image and its annotations as a line of JSON; counted are `images` and `annotations`.

    The columns are those of `hf_card.features`. Box and area are those of the mask where an annotation has none. The
    marks of a blind file are null, each as a whole.
    """
    runs = [rasterised(a.segmentation, image.height, image.width) for a in annotations]
    masks = [cropped(each) for each in runs]
    pairs = list(zip(annotations, masks, strict=True))
    is_marked = all(a.boundary_type is not msgspec.UNSET for a in annotations)
    objects = {
        "id": [a.id for a in annotations],
        "category": [index_of[a.category_id] for a in annotations],
        "category_id": [a.category_id for a in annotations],
        "bbox": [a.bbox if isinstance(a.bbox, list) and len(a.bbox) == 4 else box(mask) for a, mask in pairs],
        "area": [a.area if isinstance(a.area, float) else float(area_px(mask)) for a, mask in pairs],
        "iscrowd": [int(a.iscrowd or 0) for a in annotations],
        "segmentation": [each.to_dict()["counts"].decode("ascii") for each in runs],
        "boundary_type": [_mark(a.boundary_type) for a in annotations] if is_marked else None,
        "class_noise": [a.class_noise is True for a in annotations] if is_marked else None,
        "box_noise": [_mark(a.box_noise) for a in annotations] if is_marked else None,
    }
    row = {
        "file_name": f"{PICTURES}/{image.path.as_posix()}",
        "image_id": image.id,
        "width": image.width,
        "height": image.height,
        "objects": objects,
    }
    return Label(METADATA, msgspec.json.encode(row) + b"\n", Counter(images=1, annotations=len(annotations)))


def _mark(noise: object) -> str:
    return "none" if noise in (msgspec.UNSET, None) else str(noise)


def _check(file: CocoFile) -> None:
    ids_of: dict[str, int] = {}
    for number, name in file.tables.categories.items():
        other = ids_of.setdefault(name, number)
        if other != number:
            raise InputError(
                f"{file.path}: --to hf needs a name of its own for each category, "
                f"but {other} and {number} are both called {name!r}"
            )


def _sentence(split: str, counts: Counter[str]) -> str:
    return f"hf/{split}: {counts['images']:,} images, {counts['annotations']:,} annotations"


def _beside(files: Mapping[str, CocoFile], summary: RunSummary | None) -> dict[str, str]:
    return {"hf/README.md": card(files, summary)} if any(file.tables.images for file in files.values()) else {}


FORMAT = Format("hf", ".jsonl", _check, line, _sentence, _beside)
