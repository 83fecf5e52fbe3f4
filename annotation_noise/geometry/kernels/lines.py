"""Lines of pixels, 8-connected, as cv2.line and the outlines of cv2.fillPoly draw them.

Source: clipLine and LineIterator in OpenCV's imgproc/src/drawing.cpp, from 4.11 on. Their rules:

1. A line with an end beyond the canvas is clipped: rows first, at the first end and then at the second, then columns,
   likewise, each with what the one before has changed. Quotients are cut towards zero.
2. It runs from left to right, one step at a time along its longer direction. An error begins at longer - 2 shorter; at
   each step, where it is below 0, the line goes along the shorter direction too, and the error grows by 2 longer; then
   it shrinks by 2 shorter.
"""

import numpy as np

from annotation_noise.geometry.kernels.bits import (
    BOTTOM,
    LEFT,
    ONE,
    RIGHT,
    STRIDE,
    TOP,
    Grid,
    Words,
    X,
    Y,
    set_span,
)
from annotation_noise.geometry.kernels.compiled import compiled


@compiled
def quotient(a: int, b: int) -> int:
    """The quotient a / b, cut towards zero."""
    whole = abs(a) // abs(b)
    return whole if (a < 0) == (b < 0) else -whole


@compiled
def beyond(canvas: Grid, x: int, y: int) -> bool:
    """Whether a place lies outside the box of a canvas."""
    return bool(x < canvas[LEFT] or x >= canvas[RIGHT] or y < canvas[TOP] or y >= canvas[BOTTOM])


@compiled
def clipped(canvas: Grid, x0: int, y0: int, x1: int, y1: int) -> tuple[bool, int, int, int, int]:
    """Whether any of a line may lie in the box of a canvas, and its ends as far as they have been clipped."""
    left, top, right, bottom = canvas[LEFT], canvas[TOP], canvas[RIGHT] - 1, canvas[BOTTOM] - 1
    if (y0 < top and y1 < top) or (y0 > bottom and y1 > bottom):
        return False, x0, y0, x1, y1
    if (x0 < left and x1 < left) or (x0 > right and x1 > right):
        return False, x0, y0, x1, y1
    if y0 < top or y0 > bottom:
        border = top if y0 < top else bottom
        x0 += quotient((border - y0) * (x1 - x0), y1 - y0)
        y0 = border
    if y1 < top or y1 > bottom:
        border = top if y1 < top else bottom
        x1 += quotient((border - y1) * (x1 - x0), y1 - y0)
        y1 = border
    if (x0 < left and x1 < left) or (x0 > right and x1 > right):
        return False, x0, y0, x1, y1
    if x0 < left or x0 > right:
        border = left if x0 < left else right
        y0 += quotient((border - x0) * (y1 - y0), x1 - x0)
        x0 = border
    if x1 < left or x1 > right:
        border = left if x1 < left else right
        y1 += quotient((border - x1) * (y1 - y0), x1 - x0)
        x1 = border
    return True, x0, y0, x1, y1


@compiled
def draw_line(words: Words, grid: Grid, canvas: Grid, x0: int, y0: int, x1: int, y1: int) -> None:
    """Set the pixels of a line, cut to the box of a canvas, which lies within the image where the line does.

    x0, y0, x1, y1: the ends in pixels of the frame.
    """
    if beyond(canvas, x0, y0) or beyond(canvas, x1, y1):
        inside, x0, y0, x1, y1 = clipped(canvas, x0, y0, x1, y1)
        if not inside:
            return
    if x1 < x0:
        x0, y0, x1, y1 = x1, y1, x0, y0
    bit, last = x0 - grid[X], x1 - grid[X]
    row = (y0 - grid[Y]) * grid[STRIDE]
    if y0 == y1:
        set_span(words, row, bit, last)
        return
    row_step = grid[STRIDE] if y1 > y0 else -grid[STRIDE]
    width, height = x1 - x0, abs(y1 - y0)
    steep = height > width
    longer, shorter = (height, width) if steep else (width, height)
    error = longer - 2 * shorter
    for _ in range(longer + 1):
        words[row + (bit >> 6)] |= ONE << np.uint64(bit & 63)
        if error < 0:
            error += 2 * longer
            bit += 1
            row += row_step
        elif steep:
            row += row_step
        else:
            bit += 1
        error -= 2 * shorter
