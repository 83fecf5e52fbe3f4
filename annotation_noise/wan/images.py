"""Finding the images of a COCO file, and reading their pixels as COCO's annotations mean them.

COCO's coordinates count the pixels as they are stored: an EXIF orientation, which a viewer would
turn the image by, is left aside. Grey, palette and CMYK images become RGB.
"""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from annotation_noise.coco.by_image import ImagePlaces, by_image
from annotation_noise.coco.file import CocoFile
from annotation_noise.coco.photographs import is_file, split_of, stays_below
from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Pixels
from annotation_noise.reading import MOST_PIXELS

Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit comes before the size can be compared, and warns at half of ours
EIGHT_BIT_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB")


class ImageFault(Exception):
    """An image that cannot be used, and why; its annotations stay clean."""


def images_of(file: CocoFile) -> list[ImagePlaces]:
    """The images that have annotations, in the file's order. Raises InputError for one without a usable file name."""
    for index, image in enumerate(file.tables.images):
        if not image.path.name:
            raise InputError(f"{file.path}: images[{index}].file_name is missing; SAM needs the image")
        if not stays_below(str(image.path)):
            raise InputError(f"{file.path}: images[{index}].file_name leads out of the folder of images: {image.path}")
    return [entry for entry in by_image(file) if len(entry.places)]


def image_folder(data_path: Path, file: Path, images: list[ImagePlaces]) -> Path:
    """The folder where the first image that can be found lies.

    Looked at for `instances_train2017.json`: DATA_PATH/coco_train2017/train2017/, DATA_PATH/train2017/
    and DATA_PATH itself. Raises InputError where no image is in any of them.
    """
    split = split_of(file)
    folders = [data_path / f"coco_{split}" / split, data_path / split, data_path]
    for image, _ in images:
        for folder in folders:
            if is_file(folder / image.path):
                return folder
    if not images:
        return data_path
    looked = ", ".join(str(folder) for folder in folders)
    raise InputError(f"no image of {file} is there; looked for {images[0].image.path} and the others in {looked}")


def read_image(path: Path, width: int, height: int) -> Pixels:
    """The pixels of an image, (height, width, 3) uint8, red, green and blue.

    Raises ImageFault, saying why: missing, broken or cut short, of another size than the
    annotations say, or with more than 8 bits a channel.
    """
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise ImageFault("is not a regular file")
    try:
        with Image.open(path) as image:  # which has read the header alone
            if image.size != (width, height):
                found = "{} x {}".format(*image.size)
                raise ImageFault(f"is {found} pixels, but the annotations are for {width} x {height}")
            if width * height > MOST_PIXELS:
                raise ImageFault(f"has more than {MOST_PIXELS:,} pixels")
            if image.mode not in EIGHT_BIT_MODES:
                raise ImageFault(f"has pixels of the kind {image.mode}; 8 bits a channel are needed")
            return np.asarray(image.convert("RGB"))
    except FileNotFoundError:
        raise ImageFault("is missing") from None
    except UnidentifiedImageError:
        raise ImageFault("is no image that can be read") from None
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageFault(f"is broken: {error}") from error


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """An image at another size, by Pillow's bilinear filter, which averages where it shrinks."""
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def scaled_size(height: int, width: int, side: int) -> tuple[int, int]:
    """Height and width of an image scaled so that its longer side is `side`, rounded half up."""
    scale = side / max(height, width)
    return int(height * scale + 0.5), int(width * scale + 0.5)
