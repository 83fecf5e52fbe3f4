"""Annotation images: PNG files whose pixels are numbers, not colours.

Nothing may be lost or guessed on the way, so the form of the file is checked before it is decoded: a
decoder would turn a palette image into its colours, and 8 bits into whatever is asked for. cv2 decodes, as it refuses
a file that has fewer rows than its header says; Pillow, equally quick, fills them with 0. cv2 tells of damage on
stderr, so the checksums are compared first.

Source: PNG specification, sections 5.2 (signature), 5.3 (chunks), 11.2.2 (IHDR) and 11.2.5 (IEND).
"""

import zlib
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation_noise.datasets.split import check_size
from annotation_noise.errors import InputError
from annotation_noise.reading import MOST_PIXELS, read_bytes

PixelForm = Literal["16-bit grey", "8-bit RGB"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha"}
_DECODING: dict[PixelForm, int] = {  # RGB by name, as a colour marked as transparent would make a fourth channel
    "16-bit grey": cv2.IMREAD_UNCHANGED,
    "8-bit RGB": cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION,
}


def read_png(path: Path, form: PixelForm, most_pixels: int = MOST_PIXELS) -> NDArray[Any]:
    """The pixels of a PNG file of the form asked for.

    most_pixels: a file whose header names more is not decoded, since a small file may hold gigabytes of them.
    Returns (height, width) uint16, or (height, width, 3) uint8 in the order red, green, blue.
    Raises InputError: a file that is missing, damaged, no PNG, too large, or of another form.
    """
    content = read_bytes(path)
    if not content.startswith(_SIGNATURE) or len(content) < 33:
        raise InputError(f"{path}: not a PNG file")
    bits, colour_type = content[24:26]
    actual = f"{bits}-bit {_COLOUR_TYPES.get(colour_type, 'of an unknown kind')}"
    if actual != form:
        raise InputError(f"{path}: must be {form}, but is {actual}; was it saved anew by another program?")
    is_whole = _is_whole(content)
    if is_whole:
        check_size(path, int.from_bytes(content[16:20]), int.from_bytes(content[20:24]), most_pixels)
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), _DECODING[form]) if is_whole else None
    except cv2.error as error:
        raise InputError(f"{path}: the PNG file has more pixels than cv2 reads") from error
    if pixels is None:
        raise InputError(f"{path}: the PNG file is damaged or incomplete")
    return pixels


def _is_whole(content: bytes) -> bool:
    """Whether the chunks follow on each other up to IEND, each with its checksum."""
    at = len(_SIGNATURE)
    while at + 12 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4])
        kind = content[at + 4 : at + 8]
        if content[end : end + 4] != zlib.crc32(memoryview(content)[at + 4 : end]).to_bytes(4):
            return False
        if kind == b"IEND":
            return True
        at = end + 4
    return False
