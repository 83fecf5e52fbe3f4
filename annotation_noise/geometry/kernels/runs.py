"""Run lengths: a mask as lengths of runs down the columns, one after the other, of background and instance in turn.

Source: rleDecode, rleEncode, rleFrString and rleToString in pycocotools' common/maskApi.c. Their rules:

1. The first run is background, and may have no length; so may others that somebody else has written.
2. Compressed, of the fourth run and each after it stands what it has more than the one two before it. A number is
   written in groups of 5 bits, the lowest first, each as the character 48 + group, + 32 where another follows. The last
   group's highest bit is the sign.

In a bit image a run that begins toggles the bit where it begins, and the bit where it ends, in every column that it
meets; once each row is XORed with the row above it, the bits are the mask. Backwards, the bits that differ from those
of the row above are where runs begin and end; they are counted by column, and so put into order.
"""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.bits import (
    ONE,
    ROWS,
    STRIDE,
    ZERO,
    Grid,
    Words,
    X,
    Y,
    blank,
    layout,
    lowest,
    nowhere,
)
from annotation_noise.geometry.kernels.compiled import compiled

Counts = NDArray[np.int64]
Text = NDArray[np.uint8]

LONGEST = 12  # groups of a number that fits in 64 bits
BACKSLASH = 92


@compiled
def decompressed(text: Text) -> Counts:
    """The counts of a compressed text without escapes; none where it is not sound.

    They may still be negative, or not add up to the frame: see `are_sound`.
    """
    counts = np.empty(len(text), np.int64)
    count, number, group = 0, 0, 0
    for place in range(len(text)):
        bits = int(text[place]) - 48
        if bits < 0 or bits > 63 or group > LONGEST:
            return counts[:0]
        number |= (bits & 31) << (5 * group)
        group += 1
        if bits & 32:
            continue
        if bits & 16:
            number -= 1 << (5 * group)
        counts[count] = number + counts[count - 2] if count > 2 else number
        count += 1
        number, group = 0, 0
    return counts[: 0 if group else count]


@compiled
def are_sound(counts: Counts, frame_height: int, frame_width: int) -> bool:
    """Whether counts are those of a frame: none negative, and as many pixels in all."""
    total, size = 0, frame_height * frame_width
    for count in counts:
        if count < 0 or count > size - total:
            return False
        total += count
    return total == size


@compiled
def decoded(counts: Counts, frame_height: int, frame_width: int) -> tuple[Words, Grid]:
    """The bit image of sound counts; its box may be loose only in height, and is 0, 0, 0, 0 for an empty mask."""
    grid = _grid(counts, frame_height, frame_width)
    words = blank(grid)
    stride, x, y = grid[STRIDE], 0, 0
    for place in range(1, len(counts), 2):
        y += counts[place - 1]
        x, y = x + y // frame_height, y % frame_height
        left = counts[place]
        while left:
            length = min(left, frame_height - y)
            bit = x - grid[X]
            word, toggle = (y - grid[Y]) * stride + (bit >> 6), ONE << np.uint64(bit & 63)
            words[word] ^= toggle
            words[word + length * stride] ^= toggle
            left -= length
            y += length
            if y == frame_height:
                x, y = x + 1, 0
    for word in range(stride, len(words)):
        words[word] ^= words[word - stride]
    return words, grid


@compiled
def _grid(counts: Counts, frame_height: int, frame_width: int) -> Grid:
    """The box of counts."""
    left, top, right, bottom = -1, frame_height, 0, 0
    x, y = 0, 0
    for place in range(1, len(counts), 2):
        y += counts[place - 1]
        x, y = x + y // frame_height, y % frame_height
        if not counts[place]:
            continue
        left = x if left < 0 else left
        end = y + counts[place]
        if end > frame_height:
            top, bottom = 0, frame_height
        else:
            top, bottom = min(top, y), max(bottom, end)
        right = x + (end - 1) // frame_height + 1
        x, y = x + end // frame_height, end % frame_height
    return nowhere() if left < 0 else layout(left, top, right, bottom, 1)


@compiled
def encoded(words: Words, grid: Grid, frame_height: int, frame_width: int) -> Counts:
    """The counts of a bit image; no run but the first is without length."""
    stride, columns = grid[STRIDE], 64 * grid[STRIDE]
    places_before = np.zeros(columns + 1, np.int64)  # by column
    for word in range(stride, len(words)):
        changes, column = words[word] ^ words[word - stride], 64 * (word % stride)
        while changes:
            places_before[column + lowest(changes) + 1] += 1
            changes &= changes - ONE
    for column in range(columns):
        places_before[column + 1] += places_before[column]
    places = np.empty(places_before[columns] + 1, np.int64)  # and one more for the frame's end
    for row in range(1, grid[ROWS]):
        for word in range(stride):
            changes = words[row * stride + word] ^ words[(row - 1) * stride + word]
            while changes != ZERO:
                column = 64 * word + lowest(changes)
                places[places_before[column]] = (grid[X] + column) * frame_height + grid[Y] + row
                places_before[column] += 1
                changes &= changes - ONE
    return _lengths(places, frame_height * frame_width)


@compiled
def _lengths(places: Counts, size: int) -> Counts:
    """Lengths between places in order, of which the last is to be set; in the same array.

    A run that ends where the next begins, at the top of a column, goes on.
    """
    count, at, place = 0, 0, 0
    while place < len(places) - 1:
        if place < len(places) - 2 and places[place] == places[place + 1]:
            place += 2
            continue
        length = places[place] - at
        at = places[place]
        places[count] = length
        count += 1
        place += 1
    if at < size:
        places[count] = size - at
        count += 1
    return places[:count]


@compiled
def put_compressed(text: Text, at: int, counts: Counts, escaped: bool) -> int:
    """Write compressed counts into a text, which needs room for 14 bytes a count; returns where they end.

    escaped: as in JSON, with a backslash before each backslash.
    """
    for place in range(len(counts)):
        number = counts[place] - counts[place - 2] if place > 2 else counts[place]
        more = True
        while more:
            bits = number & 31
            number >>= 5
            more = number != (-1 if bits & 16 else 0)
            character = 48 + bits + (32 if more else 0)
            if escaped and character == BACKSLASH:
                text[at] = BACKSLASH
                at += 1
            text[at] = character
            at += 1
    return at


@compiled
def compressed(counts: Counts) -> Text:
    """The compressed text of counts, without escapes."""
    text = np.empty(14 * len(counts), np.uint8)
    return text[: put_compressed(text, 0, counts, False)]


@compiled
def put_numbers(text: Text, at: int, counts: Counts) -> int:
    """Write counts as numbers with commas between them, for 20 bytes each; returns where they end."""
    for place in range(len(counts)):
        if place:
            text[at] = 44
            at += 1
        digits, rest = 1, counts[place]
        while rest >= 10:
            digits += 1
            rest //= 10
        rest = counts[place]
        for digit in range(digits - 1, -1, -1):
            text[at + digit] = 48 + rest % 10
            rest //= 10
        at += digits
    return at
