"""The skeleton of a mask: a line, one pixel wide, that runs along its middle.

Needs scikit-image, which only scribbles need.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask

_NEIGHBOURS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]  # rows and columns

Pixel = tuple[int, int]


def skeleton_path(mask: Mask) -> NDArray[np.int64]:
    """The longest stretch along the skeleton of a mask that is not empty, from one of its ends to another.

    Returns (n, 2) int64, n >= 1: x and y in pixels of the frame, each a neighbour of the one before.
    In a skeleton with rings it is a long stretch, not always the longest. The image border counts as
    the mask's border.

    Source: skimage.morphology.skeletonize (Zhang and Suen, CACM 27, 1984).
    """
    from skimage.morphology import skeletonize

    framed = np.pad(mask.pixels, 1)
    line = {(row, column) for row, column in np.argwhere(skeletonize(framed > 0)).tolist()}
    longest: list[Pixel] = []
    while line:
        reached = _walk(min(line), line)
        end = next(reversed(reached))
        path = _way_back(_walk(end, line))
        longest = max(longest, path, key=len)
        line -= set(reached)
    return np.array([(column - 1 + mask.left, row - 1 + mask.top) for row, column in longest], np.int64)


def _walk(start: Pixel, line: set[Pixel]) -> dict[Pixel, Pixel]:
    """Every pixel that can be reached, nearest first, with the one that it was reached from."""
    came_from = {start: start}
    waiting = deque([start])
    while waiting:
        row, column = waiting.popleft()
        for down, right in _NEIGHBOURS:
            there = (row + down, column + right)
            if there in line and there not in came_from:
                came_from[there] = (row, column)
                waiting.append(there)
    return came_from


def _way_back(came_from: dict[Pixel, Pixel]) -> list[Pixel]:
    """The way from the pixel reached last to the start."""
    at = next(reversed(came_from))
    path = [at]
    while came_from[at] != at:
        at = came_from[at]
        path.append(at)
    return path
