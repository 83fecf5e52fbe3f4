"""Small datasets on disk, pixel by pixel, in the formats of their owners; PNG written by hand."""

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

GREY, RGB, PALETTE = 0, 2, 3


def png(path: Path, pixels: Any, colour_type: int = GREY, bits: int = 16) -> Path:
    """Write a PNG file as the specification has it: signature, IHDR, IDAT without filters, IEND."""
    array = np.asarray(pixels, ">u2" if bits == 16 else "u1")
    height, width = array.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in array)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))]
    if colour_type == PALETTE:
        chunks.append((b"PLTE", bytes(range(256)) * 3))
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n"
    for name, body in chunks:
        content += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def cityscapes(root: Path, frames: dict[str, Any], split: str = "train", images: bool = True) -> Path:
    """A Cityscapes folder: label images by frame, like aachen_000000_000019."""
    for name, pixels in frames.items():
        city = name.split("_")[0]
        png(root / "gtFine" / split / city / f"{name}_gtFine_instanceIds.png", pixels)
        if images:
            touch(root / "leftImg8bit" / split / city / f"{name}_leftImg8bit.png")
    return root


def viper(root: Path, frames: dict[str, Any], split: str = "train", images: bool = True) -> Path:
    """A VIPER folder: (class, number) by pixel and frame, like 001_00010."""
    for name, pairs in frames.items():
        pixels = [[(kind, number >> 8, number & 255) for kind, number in row] for row in pairs]
        png(root / split / "inst" / name[:3] / f"{name}.png", pixels, RGB, 8)
        if images:
            touch(root / split / "img" / name[:3] / f"{name}.jpg")
    return root


def panoptic(file: Path, frames: dict[int, tuple[Any, list[dict[str, Any]]]], categories: list[dict[str, Any]]) -> Path:
    """A panoptic table with its folder: by image id, the segment of each pixel and the segments."""
    for number, (ids, _) in frames.items():
        pixels = [[(segment & 255, segment >> 8 & 255, segment >> 16) for segment in row] for row in ids]
        png(file.with_suffix("") / f"{number:012}.png", pixels, RGB, 8)
    table = {
        "images": [{"id": number, "file_name": f"{number:012}.jpg", "width": 1, "height": 1} for number in frames],
        "annotations": [
            {"image_id": number, "file_name": f"{number:012}.png", "segments_info": segments}
            for number, (_, segments) in frames.items()
        ],
        "categories": categories,
    }
    file.write_text(json.dumps(table))
    return file


def touch(path: Path) -> Path:
    """An image that nobody opens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def decoded(annotation: dict[str, Any]) -> NDArray[np.uint8]:
    """The mask of an annotation with compressed run lengths, by pycocotools."""
    segmentation = annotation["segmentation"]
    return np.asarray(coco_mask.decode({**segmentation, "counts": segmentation["counts"].encode()}))
