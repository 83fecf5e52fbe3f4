"""Bit images: masks with 64 pixels a word, the form in which all kernels take and give them.

A bit image is two arrays.

words: (stride * rows,) uint64, row after row. Bit b (1 << b) of word w of a row is its pixel 64 * w + b.
grid: (8,) int64, where the image lies in its frame and where in the image the mask lies:

    STRIDE, ROWS               words a row, and rows
    X, Y                       frame column of a row's first bit, a multiple of 64, and frame row of the first row
    LEFT, TOP, RIGHT, BOTTOM   a box of the frame, RIGHT and BOTTOM just after it; no pixel is set outside it

Around the box at least one row above, one below and one column at each side are there and empty, also at the border of
the frame, so that X and Y may be negative: whoever follows a contour or looks at neighbours needs no case for the
border. The box may be loose until `tighten` makes it tight; an empty mask has the box 0, 0, 0, 0.

As rows begin at multiples of 64, words of any two images lie upon each other: what two masks have in common is an AND.
"""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.masks import Mask

Words = NDArray[np.uint64]
Grid = NDArray[np.int64]

STRIDE, ROWS, X, Y, LEFT, TOP, RIGHT, BOTTOM = range(8)

# Constants of the words' type: an int64 and a uint64 would make a float.
ZERO, ONE, ALL = np.uint64(0), np.uint64(1), np.uint64(2**64 - 1)


@compiled
def layout(left: int, top: int, right: int, bottom: int, margin_px: int) -> Grid:
    """The grid of an image of this box with at least `margin_px`, 1 or more, empty columns at each side."""
    grid = np.empty(8, np.int64)
    grid[X] = ((left - margin_px) >> 6) << 6
    grid[Y] = top - 1
    grid[STRIDE] = (right + margin_px - grid[X] + 63) >> 6
    grid[ROWS] = bottom - top + 2
    grid[LEFT], grid[TOP], grid[RIGHT], grid[BOTTOM] = left, top, right, bottom
    return grid


@compiled
def nowhere() -> Grid:
    """The grid of an empty mask."""
    return layout(0, 0, 0, 0, 1)


@compiled
def blank(grid: Grid) -> Words:
    """The words of an empty image."""
    return np.zeros(grid[STRIDE] * grid[ROWS], np.uint64)


@compiled
def ones(word: np.uint64) -> int:
    """How many bits of a word are set."""
    word = word - ((word >> ONE) & np.uint64(0x5555555555555555))  # of each 2, then 4, then 8 bits; LLVM knows it
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int(np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56)))


@compiled
def lowest(word: np.uint64) -> int:
    """The place of the lowest bit that is set; 64 where none is."""
    return ones(~word & (word - ONE))


@compiled
def highest(word: np.uint64) -> int:
    """The place of the highest bit that is set; -1 where none is."""
    for shift in (1, 2, 4, 8, 16, 32):
        word |= word >> np.uint64(shift)
    return ones(word) - 1


@compiled
def span_mask(word: int, first: int, last: int) -> np.uint64:
    """The bits first..last of a row that are in its word of this number, which lies between theirs."""
    mask = ALL
    if word == first >> 6:
        mask &= ALL << np.uint64(first & 63)
    if word == last >> 6:
        mask &= ALL >> np.uint64(63 - (last & 63))
    return mask


@compiled
def set_span(words: Words, row: int, first: int, last: int) -> None:
    """Set the bits first..last, at least one, of the row that begins at the word `row`."""
    for word in range(first >> 6, (last >> 6) + 1):
        words[row + word] |= span_mask(word, first, last)


@compiled
def clear_span(words: Words, row: int, first: int, last: int) -> None:
    """Clear the bits first..last, at least one, of the row that begins at the word `row`."""
    for word in range(first >> 6, (last >> 6) + 1):
        words[row + word] &= ~span_mask(word, first, last)


@compiled
def fill_box(words: Words, grid: Grid) -> None:
    """Set all pixels of the grid's box."""
    for row in range(grid[TOP] - grid[Y], grid[BOTTOM] - grid[Y]):
        set_span(words, row * grid[STRIDE], grid[LEFT] - grid[X], grid[RIGHT] - grid[X] - 1)


@compiled
def clear_beside_box(words: Words, grid: Grid) -> None:
    """Clear the bits to the left and right of the grid's box."""
    stride, first, last = grid[STRIDE], grid[LEFT] - grid[X], grid[RIGHT] - grid[X] - 1
    for start in range(0, len(words), stride):
        for word in range(stride):
            if 64 * word < first or 64 * word + 63 > last:
                inside = first >> 6 <= word <= last >> 6
                words[start + word] &= span_mask(word, first, last) if inside else ZERO


@compiled
def area(words: Words) -> int:
    """How many pixels are set."""
    count = 0
    for word in words:
        count += ones(word)
    return count


@compiled
def shared(grid: Grid, other: Grid) -> tuple[int, int, int, int]:
    """The rows and words that two images share: first and after last row, first and after last word of the frame.

    Word w of the frame begins at its column 64 * w; it is word w - X // 64 of a row.
    """
    first = max(grid[X], other[X]) >> 6
    after = min((grid[X] >> 6) + grid[STRIDE], (other[X] >> 6) + other[STRIDE])
    return max(grid[Y], other[Y]), min(grid[Y] + grid[ROWS], other[Y] + other[ROWS]), first, after


@compiled
def row_start(grid: Grid, y: int) -> int:
    """Where a row of the frame has its word 0 of the frame, which may be outside the image; see `shared`."""
    return int((y - grid[Y]) * grid[STRIDE] - (grid[X] >> 6))


@compiled
def common(words: Words, grid: Grid, other: Words, other_grid: Grid) -> int:
    """How many pixels two masks of one frame have in common."""
    count = 0
    top, bottom, first, after = shared(grid, other_grid)
    for y in range(top, bottom):
        here, there = row_start(grid, y), row_start(other_grid, y)
        for word in range(first, after):
            count += ones(words[here + word] & other[there + word])
    return count


@compiled
def unite(words: Words, grid: Grid, other: Words, other_grid: Grid) -> None:
    """Set the pixels of another mask too, whose box lies within the first one's."""
    top, bottom, first, after = shared(grid, other_grid)
    for y in range(top, bottom):
        here, there = row_start(grid, y), row_start(other_grid, y)
        for word in range(first, after):
            words[here + word] |= other[there + word]


@compiled
def take_out(words: Words, grid: Grid, other: Words, other_grid: Grid) -> None:
    """Clear the pixels of another mask of the frame."""
    top, bottom, first, after = shared(grid, other_grid)
    for y in range(top, bottom):
        here, there = row_start(grid, y), row_start(other_grid, y)
        for word in range(first, after):
            words[here + word] &= ~other[there + word]


@compiled
def tighten(words: Words, grid: Grid) -> bool:
    """Make the grid's box tight; returns whether a pixel is set. The words stay where they are."""
    stride = grid[STRIDE]
    leftmost, rightmost, first_row, last_row = 64 * stride, -1, -1, -1
    for row in range(grid[ROWS]):
        start = row * stride
        word = 0
        while word < stride and not words[start + word]:
            word += 1
        if word == stride:
            continue
        if first_row < 0:
            first_row = row
        last_row = row
        leftmost = min(leftmost, 64 * word + lowest(words[start + word]))
        word = stride - 1
        while not words[start + word]:
            word -= 1
        rightmost = max(rightmost, 64 * word + highest(words[start + word]))
    if first_row < 0:
        grid[LEFT] = grid[TOP] = grid[RIGHT] = grid[BOTTOM] = 0
        return False
    grid[LEFT], grid[RIGHT] = grid[X] + leftmost, grid[X] + rightmost + 1
    grid[TOP], grid[BOTTOM] = grid[Y] + first_row, grid[Y] + last_row + 1
    return True


@compiled
def recropped(words: Words, grid: Grid) -> tuple[Words, Grid]:
    """The same mask with a grid no larger than its box needs."""
    new_grid = layout(grid[LEFT], grid[TOP], grid[RIGHT], grid[BOTTOM], 1)
    new_words = blank(new_grid)
    unite(new_words, new_grid, words, grid)
    return new_words, new_grid


def from_mask(mask: Mask) -> tuple[Words, Grid]:
    """The bit image of a mask; its box is the mask's window."""
    height, width = mask.pixels.shape
    if not mask.pixels.size:
        grid = layout(0, 0, 0, 0, 1)
        return blank(grid), grid
    grid = layout(mask.left, mask.top, mask.left + width, mask.top + height, 1)
    pixels = np.zeros((grid[ROWS], 64 * grid[STRIDE]), np.uint8)
    left, top = mask.left - grid[X], mask.top - grid[Y]
    pixels[top : top + height, left : left + width] = mask.pixels
    return np.packbits(pixels, bitorder="little").view(np.uint64), grid


def to_mask(words: Words, grid: Grid, frame_height: int, frame_width: int) -> Mask:
    """The mask of a bit image; its window is the grid's box, and 0 x 0 at (0, 0) where that is empty."""
    left, top, right, bottom = grid[LEFT:].tolist()
    rows = words.view(np.uint8).reshape(grid[ROWS], 8 * grid[STRIDE])[top - grid[Y] : bottom - grid[Y]]
    pixels = np.unpackbits(rows, axis=1, bitorder="little")[:, left - grid[X] : right - grid[X]]
    return Mask(np.ascontiguousarray(pixels), left, top, frame_height, frame_width)
