"""Single instances, clean and noisy outline on the crop of the photograph or on a plain ground."""

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask
from annotation_noise.reports.style import CLEAN, VERMILION

SIDE_PX = 320  # of the picture
LEAST_MARGIN_PX = 4
PLAIN, BEYOND = 236, 150  # grey of the ground, and of what lies beyond the image
NOISY = VERMILION

Picture = NDArray[np.uint8]


def picture_of(clean: Mask, noisy: Mask, photo: Picture | None) -> bytes:
    """A square picture of an instance as the bytes of a file: JPEG on a photograph, else PNG.

    clean, noisy: tight masks of one frame, neither empty. photo: the whole image, (height, width, 3) RGB.
    """
    left, top, side = _window(clean, noisy)
    areas = [_cut(mask.pixels, left - mask.left, top - mask.top, side, 0) for mask in (clean, noisy)]
    frame = np.full((clean.frame_height, clean.frame_width, 3), PLAIN, np.uint8) if photo is None else photo[:, :, ::-1]
    picture = _cut(frame, left, top, side, BEYOND)
    if photo is None:
        picture[areas[0] > 0] = 0.75 * PLAIN + 0.25 * np.array(_bgr(CLEAN))
    enlarging = cv2.INTER_NEAREST if photo is None else cv2.INTER_CUBIC
    picture = _scaled(picture, cv2.INTER_AREA if side > SIDE_PX else enlarging)
    for area, colour in zip(areas, (CLEAN, NOISY), strict=True):
        outlines, _ = cv2.findContours(_scaled(area, cv2.INTER_NEAREST), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.polylines(picture, outlines, True, (255, 255, 255), 5, cv2.LINE_AA)
        cv2.polylines(picture, outlines, True, _bgr(colour), 2, cv2.LINE_AA)
    if photo is None:
        return bytes(cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1])
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


def _window(clean: Mask, noisy: Mask) -> tuple[int, int, int]:
    """Left, top and side in pixels of a square with both masks and a margin; it may reach beyond the frame."""
    left, top = min(clean.left, noisy.left), min(clean.top, noisy.top)
    right = max(clean.left + clean.pixels.shape[1], noisy.left + noisy.pixels.shape[1])
    bottom = max(clean.top + clean.pixels.shape[0], noisy.top + noisy.pixels.shape[0])
    extent = max(right - left, bottom - top)
    side = extent + 2 * max(LEAST_MARGIN_PX, extent // 6)
    return (left + right - side) // 2, (top + bottom - side) // 2, side


def _cut(pixels: Picture, left: int, top: int, side: int, beyond: int) -> Picture:
    """A square of an array; what lies beyond the array is filled."""
    height, width = pixels.shape[:2]
    result = np.full((side, side, *pixels.shape[2:]), beyond, np.uint8)
    y, x, bottom, right = max(top, 0), max(left, 0), min(top + side, height), min(left + side, width)
    if y < bottom and x < right:
        result[y - top : bottom - top, x - left : right - left] = pixels[y:bottom, x:right]
    return result


def _scaled(picture: Picture, method: int) -> Picture:
    return np.asarray(cv2.resize(picture, (SIDE_PX, SIDE_PX), interpolation=method), np.uint8)


def _bgr(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return blue, green, red
