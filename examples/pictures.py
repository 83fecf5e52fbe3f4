"""What the pages of pictures have in common: the drawn datasets, which of their images to show, and small PNG files."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image as Picture

from annotation_noise.coco.by_image import by_image
from annotation_noise.coco.file import CocoFile, annotations, read
from annotation_noise.coco.schema import Image
from annotation_noise.reports.scene_figure import DrawnInstance
from examples.make_sample_dataset import make
from examples.rough_dataset import make_rough

PAGES = Path(__file__).parents[1] / "docs"
FILE = Path("annotations") / "instances_val2017.json"
COLOURS = 32
AT_MOST_INSTANCES, LEAST_AREA_SHARE = 8, 0.0015  # of an image that shows something, and of all but one instance of it


def datasets(folder: Path) -> tuple[CocoFile, CocoFile]:
    """The rough dataset's and the sample dataset's val2017, drawn into a folder."""
    make_rough(folder / "rough_dataset")
    make(folder / "sample_dataset")
    return read(folder / "rough_dataset" / FILE), read(folder / "sample_dataset" / FILE)


def clear_images(file: CocoFile) -> list[Image]:
    """Images that are easily taken in: wider than high, with a few instances, most of them large, and no crowd."""
    chosen = []
    for image, places in by_image(file):
        of_image = list(annotations(file, places))
        areas = sorted(float(str(a.area)) / (image.height * image.width) for a in of_image)
        if image.width > image.height and 4 <= len(areas) <= AT_MOST_INSTANCES and areas[1] > LEAST_AREA_SHARE:
            chosen += [] if any(a.iscrowd for a in of_image) else [image]
    return chosen


def changed(clean: Sequence[DrawnInstance], noisy: Sequence[DrawnInstance]) -> float:
    """How much of an image a noise has changed: instances that are gone, new or other ones, by all that are clean."""
    before = {instance.id: repr(instance) for instance in clean}
    after = {instance.id: repr(instance) for instance in noisy}
    return sum(before.get(number) != after.get(number) for number in before | after) / len(before)


def small_png(draw: Callable[[Path], None], folder: Path) -> bytes:
    """A PNG of at most 32 colours of what `draw` writes to the path that it gets, which is in the folder."""
    draw(folder / "picture.png")
    buffer = io.BytesIO()
    with Picture.open(folder / "picture.png") as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Picture.Dither.NONE)
        few.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
