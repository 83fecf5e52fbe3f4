"""What plain pycocotools reads of a COCO file, and how near a library's own reading is to that.

A reading is a list of instances for each image, in the order of the file: what every library gives, whatever it drops.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools.coco import COCO

BoolMask = NDArray[np.bool_]


class Instance(NamedTuple):
    """An annotation as a library gives it.

    box: left, top, width and height in pixels. mask: of the whole image, rows first.
    """

    category: str
    crowd: bool
    box: tuple[float, float, float, float]
    mask: BoolMask


ByImage = dict[str, list[Instance]]  # by the image's file name


class Files(NamedTuple):
    """A noisy COCO file, the form of its masks (polygon or rle), the clean file, and the folder of the images."""

    form: str
    noisy: Path
    clean: Path
    images: Path


def read(path: Path) -> ByImage:
    """The reading of plain pycocotools."""
    coco = COCO(str(path))
    return {
        image["file_name"]: [
            Instance(
                coco.cats[annotation["category_id"]]["name"],
                bool(annotation["iscrowd"]),
                tuple(annotation["bbox"]),
                coco.annToMask(annotation).astype(bool),
            )
            for annotation in coco.imgToAnns[image["id"]]
        ]
        for image in coco.dataset["images"]
    }


def annotations_by_image(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The annotations as they stand in a file, in the order of `read`."""
    coco = COCO(str(path))
    return {image["file_name"]: coco.imgToAnns[image["id"]] for image in coco.dataset["images"]}


def without_crowds(instances: ByImage) -> ByImage:
    """A reading without crowd regions."""
    return {name: [instance for instance in image if not instance.crowd] for name, image in instances.items()}


def from_corners(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """A box of two corners as COCO's left, top, width, height."""
    return left, top, right - left, bottom - top


def in_pixels(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    """Left, top, width and height of a box given by its middle, as shares of an image 320 pixels wide and 240 high."""
    return 320 * (x - width / 2), 240 * (y - height / 2), 320 * width, 240 * height


def assert_same_labels(seen: ByImage, expected: ByImage) -> None:
    """The same images with the same instances in order: their number, classes, crowd flags and boxes.

    Libraries keep boxes in 32 bits, which tells 320 pixels to 0.00002 pixels.
    """
    assert seen.keys() == expected.keys()
    for name, instances in expected.items():
        assert [(i.category, i.crowd) for i in seen[name]] == [(i.category, i.crowd) for i in instances]
        assert [i.box for i in seen[name]] == [pytest.approx(i.box, abs=1e-4) for i in instances]


def assert_same(seen: ByImage, expected: ByImage) -> None:
    """The same labels, and masks alike to the pixel."""
    assert_same_labels(seen, expected)
    for name, instances in expected.items():
        for ours, theirs in zip(instances, seen[name], strict=True):
            assert np.array_equal(ours.mask, theirs.mask), name


def assert_drawn_within_a_pixel(noisy: ByImage, clean: ByImage, files: Files, *, joined: bool = False) -> None:
    """Masks are as far from pycocotools' as the library's way to draw polygons takes them.

    noisy, clean: the library's reading of the noisy file in form polygon, and of the clean one; crowd regions are left
    out here. joined: whether parts come joined by lines, which are drawn as well.

    cv2.fillPoly fills the outline too. Our polygons run along the edges of pixels, so what is drawn of one is the mask,
    and at most the pixels that touch it from the right, from below, and from the corner between. Polygons that are the
    clean file's are drawn as from there. And none gets worse than the worst of the clean file.
    """
    drawn, drawn_clean = masks(noisy), masks(clean)
    exact, exact_clean = masks(read(files.noisy)), masks(read(files.clean))
    polygons, polygons_clean = segmentations(files.noisy), segmentations(files.clean)
    for parts, parts_clean, seen, seen_clean, mask in zip(
        polygons, polygons_clean, drawn, drawn_clean, exact, strict=True
    ):
        if parts == parts_clean:
            assert np.array_equal(seen, seen_clean)
        else:
            assert not (mask & ~seen).any()
            assert (joined and len(parts) > 1) or not (seen & ~one_pixel_on(mask)).any()
    assert max(map(wrong_share, drawn, exact)) <= max(map(wrong_share, drawn_clean, exact_clean))


def masks(instances: ByImage) -> list[BoolMask]:
    """All masks but those of crowd regions, by the names of the images."""
    by_image = without_crowds(instances)
    return [instance.mask for name in sorted(by_image) for instance in by_image[name]]


def segmentations(path: Path) -> list[Any]:
    """All segmentations but those of crowd regions, in the order of `masks`."""
    by_image = annotations_by_image(path)
    return [a["segmentation"] for name in sorted(by_image) for a in by_image[name] if not a["iscrowd"]]


def one_pixel_on(mask: BoolMask) -> BoolMask:
    """A mask with the pixels that touch it from the right, from below and from the corner between the two."""
    grown = mask.copy()
    grown[:, 1:] |= mask[:, :-1]
    grown[1:] |= grown[:-1].copy()
    return grown


def wrong_share(seen: BoolMask, mask: BoolMask) -> float:
    """Pixels that differ, for each pixel's edge that the outline of the mask has."""
    padded = np.pad(mask, 1)
    edges = (padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum()
    return float((seen != mask).sum() / edges)
