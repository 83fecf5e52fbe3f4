"""The mask of one instance, cropped to it.

An instance covers a small part of its image, the *frame*. A `Mask` holds the pixels of a window
of the frame and where that window lies; outside the window there is background. All operations
keep the window inside the frame, so that what happens at the image border is what would happen
on the whole image.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


class Mask(NamedTuple):
    """A window of a binary image.

    pixels: (height, width) uint8 in C order, 1 on the instance and 0 elsewhere; may be 0 x 0.
    left, top: column and row of the window's first pixel in the frame, in pixels from 0.
    frame_height, frame_width: size of the whole image in pixels; the window lies within it.
    """

    pixels: Pixels
    left: int
    top: int
    frame_height: int
    frame_width: int


def from_frame(frame: NDArray[np.generic]) -> Mask:
    """The mask of a whole image.

    frame: (height, width), any dtype; what is not zero is the instance. Returns a tight mask.
    """
    height, width = frame.shape
    return tight(Mask(np.ascontiguousarray(frame != 0).astype(np.uint8), 0, 0, height, width))


def to_frame(mask: Mask) -> Pixels:
    """The whole image of a mask: (frame_height, frame_width) uint8 of 0 and 1."""
    frame = np.zeros((mask.frame_height, mask.frame_width), np.uint8)
    height, width = mask.pixels.shape
    frame[mask.top : mask.top + height, mask.left : mask.left + width] = mask.pixels
    return frame


def tight(mask: Mask) -> Mask:
    """The same mask with its window cut down to the instance; 0 x 0 at (0, 0) where it is empty."""
    left, top, width, height = cv2.boundingRect(mask.pixels) if mask.pixels.size else (0, 0, 0, 0)
    if not width:
        return Mask(np.zeros((0, 0), np.uint8), 0, 0, mask.frame_height, mask.frame_width)
    if (height, width) == mask.pixels.shape:
        return mask
    pixels = np.ascontiguousarray(mask.pixels[top : top + height, left : left + width])
    return Mask(pixels, mask.left + left, mask.top + top, mask.frame_height, mask.frame_width)


def padded(mask: Mask, margin_px: int) -> Mask:
    """The same mask with its window grown by up to `margin_px` on each side, stopping at the frame."""
    height, width = mask.pixels.shape
    left, top = max(mask.left - margin_px, 0), max(mask.top - margin_px, 0)
    right = min(mask.left + width + margin_px, mask.frame_width)
    bottom = min(mask.top + height + margin_px, mask.frame_height)
    pixels = np.zeros((bottom - top, right - left), np.uint8)
    y, x = mask.top - top, mask.left - left
    pixels[y : y + height, x : x + width] = mask.pixels
    return Mask(pixels, left, top, mask.frame_height, mask.frame_width)


def dilate(mask: Mask, kernel_px: int) -> Mask:
    """The mask grown by a square of `kernel_px` x `kernel_px` ones, once; `kernel_px` odd and positive.

    The same pixels as cv2.dilate on the whole image; the window may be loose.
    """
    if not mask.pixels.size:
        return mask
    kernel = _square(mask, kernel_px)
    grown = padded(mask, len(kernel) // 2)
    return grown._replace(pixels=_u8(cv2.dilate(grown.pixels, kernel)))


def erode(mask: Mask, kernel_px: int) -> Mask:
    """The mask shrunk by a square of `kernel_px` x `kernel_px` ones, once; `kernel_px` odd and positive.

    The same pixels as cv2.erode on the whole image: what lies beyond the image counts as
    instance, so a mask does not shrink away from the border. May come out empty; the window is loose.
    """
    if not mask.pixels.size:
        return mask
    framed = padded(mask, 1)  # a rim of background where the window is not at the image border
    return framed._replace(pixels=_u8(cv2.erode(framed.pixels, _square(mask, kernel_px))))


def _square(mask: Mask, kernel_px: int) -> Pixels:
    # A square that reaches over the whole frame from every pixel does all that a larger one would.
    side = min(kernel_px, 2 * max(mask.frame_height, mask.frame_width) + 1)
    return np.ones((side, side), np.uint8)


def is_sound(mask: Mask) -> bool:
    """Whether a mask is what it says: pixels of the right type, order and values, a window within the frame."""
    pixels, left, top, frame_height, frame_width = mask
    if type(pixels) is not np.ndarray or pixels.dtype.char != "B" or pixels.ndim != 2 or not pixels.flags.c_contiguous:
        return False
    rows, columns = pixels.shape
    if not type(left) is type(top) is type(frame_height) is type(frame_width) is int:
        return False
    inside = 0 <= left <= frame_width - columns and 0 <= top <= frame_height - rows
    return inside and (not pixels.size or cv2.minMaxLoc(pixels)[1] <= 1)


def area_px(mask: Mask) -> int:
    """How many pixels the mask has."""
    return int(cv2.countNonZero(mask.pixels)) if mask.pixels.size else 0


def box(mask: Mask) -> list[float]:
    """The box [left, top, width, height] of a tight mask in pixels, as COCO has it; four zeros if empty."""
    height, width = mask.pixels.shape
    return [float(mask.left), float(mask.top), float(width), float(height)]


def overlap_px(a: Mask, b: Mask) -> int:
    """How many pixels two masks of one frame have in common."""
    left, top = max(a.left, b.left), max(a.top, b.top)
    right = min(a.left + a.pixels.shape[1], b.left + b.pixels.shape[1])
    bottom = min(a.top + a.pixels.shape[0], b.top + b.pixels.shape[0])
    if right <= left or bottom <= top:
        return 0
    return cv2.countNonZero(
        a.pixels[top - a.top : bottom - a.top, left - a.left : right - a.left]
        & b.pixels[top - b.top : bottom - b.top, left - b.left : right - b.left]
    )


def union(*masks: Mask) -> Mask:
    """The pixels of any of some masks of one frame, of which there is at least one; the smallest window of them all."""
    there = [mask for mask in masks if mask.pixels.size]
    if len(there) < 2:
        return (there or masks)[0]
    left, top = min(mask.left for mask in there), min(mask.top for mask in there)
    right = max(mask.left + mask.pixels.shape[1] for mask in there)
    bottom = max(mask.top + mask.pixels.shape[0] for mask in there)
    pixels = np.zeros((bottom - top, right - left), np.uint8)
    for mask in there:
        height, width = mask.pixels.shape
        window = pixels[mask.top - top : mask.top - top + height, mask.left - left : mask.left - left + width]
        window |= mask.pixels
    return Mask(pixels, left, top, masks[0].frame_height, masks[0].frame_width)


def parts(mask: Mask) -> list[Mask]:
    """The parts of a mask whose pixels touch by a side or a corner, by their first pixels, row by row; each tight."""
    if not mask.pixels.size:
        return []
    _, labels, windows, _ = cv2.connectedComponentsWithStats(mask.pixels, connectivity=8)
    values, first = np.unique(labels, return_index=True)
    result = []
    for label in values[np.argsort(first)].tolist():
        if label:  # 0 is the background
            x, y, width, height = windows[label, :4].tolist()
            pixels = (labels[y : y + height, x : x + width] == label).astype(np.uint8)
            result.append(mask._replace(pixels=pixels, left=mask.left + x, top=mask.top + y))
    return result


def _u8(image: object) -> Pixels:
    return np.asarray(image, np.uint8)
