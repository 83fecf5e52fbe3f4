"""Boxes as COCO has them, and what noises of boxes and of instances do with them alike."""

import math
from typing import NamedTuple


class Box(NamedTuple):
    """A box as COCO has it: left, top, width and height in pixels of the frame, not necessarily whole."""

    left: float
    top: float
    width: float
    height: float


def clipped(box: Box, height: int, width: int) -> Box | None:
    """A box cut to the frame; None where nothing is left."""
    left, top = max(box.left, 0.0), max(box.top, 0.0)
    right, bottom = min(box.left + box.width, width), min(box.top + box.height, height)
    if right <= left or bottom <= top:
        return None
    if (left, top, right, bottom) == (box.left, box.top, box.left + box.width, box.top + box.height):
        return box  # not by way of its corners, which would round
    return Box(left, top, right - left, bottom - top)


def box_iou(a: Box, b: Box) -> float:
    """Common area of two boxes by the area of either; 0 where neither has any."""
    across = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    down = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    common = max(across, 0.0) * max(down, 0.0)
    return common / ((a.width * a.height + b.width * b.height - common) or 1.0)


def resized(box: Box, size_change: float, frame_height: int, frame_width: int) -> Box:
    """The box with another area, both sides multiplied by the same factor and rounded to two decimals.

    size_change: by what share the area changes, at least -1; 0 leaves the box as it is. The upper left corner stays,
    and what would reach over the right or lower border is cut off.
    """
    if not size_change:
        return box
    factor = math.sqrt(1 + size_change)
    width = min(round(box.width * factor, 2), max(frame_width - box.left, 0.0))
    height = min(round(box.height * factor, 2), max(frame_height - box.top, 0.0))
    return box._replace(width=width, height=height)


def a_step_away(box: Box, step_share: float, frame_height: int, frame_width: int) -> list[Box]:
    """The box moved by a step in x, in y or in both, wherever it then lies in the frame; not where it is.

    step_share: length of a step, forward or back, as a share of the frame's width in x and of its height in y.
    """

    def places(start: float, length: float, frame: int) -> list[float]:
        beside = [start + step_share * frame, start - step_share * frame]
        return [start, *(place for place in beside if 0 <= place <= frame - length and place != start)]

    lefts, tops = places(box.left, box.width, frame_width), places(box.top, box.height, frame_height)
    return [box._replace(left=left, top=top) for left in lefts for top in tops][1:]
