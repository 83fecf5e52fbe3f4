"""The first stage: where in the bytes of a stretch each annotation has its values, and which annotations are odd.

An annotation is known here where its keys are written plainly, none is there twice, and its values have the types that
`coco.schema.Annotation` asks for, in their plainest form. What the masks stage reads, the segmentation, it checks.
"""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.running.compiled.text import (
    BACKSLASH,
    COLON,
    COMMA,
    LIST,
    LIST_END,
    MINUS,
    MOST_DIGITS,
    NINE,
    OBJECT,
    OBJECT_END,
    QUOTE,
    ZERO,
    Bytes,
    Places,
    after_space,
    after_string,
    after_value,
    number,
    whole_number,
)

NAMES = [
    *("segmentation", "area", "bbox", "category_id", "boundary_type", "class_noise"),  # in the order of `core.edits`
    *("id", "image_id", "iscrowd", "box_noise", "attributes"),
]
SEGMENTATION, AREA, BBOX, CATEGORY_ID, BOUNDARY_TYPE, CLASS_NOISE, ID, IMAGE_ID, ISCROWD, *_ = range(len(NAMES))
CROWD = 3  # column of the ids
ANY_VALUE = [NAMES.index(name) for name in ("boundary_type", "class_noise", "box_noise", "attributes")]

# Columns of the places. The gap before the object, the object, the comma after its first key and the colon after its
# second, each up to where the next begins; the end of the last value; and from FIRST on, of each name where its value
# begins and ends, -1 where it is missing.
GAP, BEGIN, END, COMMA_AT, COMMA_END, COLON_AT, COLON_END, LAST_END, FIRST = range(9)
COLUMNS = FIRST + 2 * len(NAMES)

MOST_STRANGERS = 16  # keys of other names, which are compared with each other
MOST_DEPTH = 20

_LENGTHS = np.array([len(name) for name in NAMES])
_LETTERS = np.array([list(name.encode().ljust(max(map(len, NAMES)))) for name in NAMES], np.uint8)
_ANY_VALUE = np.array(ANY_VALUE)
_ONE, _CAPITAL_E, _E, _F, _T = b"1Eeft"


@compiled
def fields(text: Bytes, count: int) -> tuple[Places, Places, NDArray[np.bool_]]:
    """Where each of `count` annotations has its values.

    text: of a stretch, from the end of one annotation to the end of a later one. Returns places, (n, COLUMNS) int64;
    ids, (n, 4) int64, of annotation, image and category, 0 where one is missing, and 1 for a crowd region; and which
    annotations are known.
    n is less than `count` where the text is not what it should be.
    """
    places, ids = np.full((count, COLUMNS), -1, np.int64), np.zeros((count, 4), np.int64)
    known = np.zeros(count, np.bool_)
    at = 0
    for index in range(count):
        of_object = places[index]
        of_object[GAP] = at
        at = after_space(text, at)
        if at < len(text) and text[at] == COMMA:
            at = after_space(text, at + 1)
        if at == len(text) or text[at] != OBJECT:
            return places[:index], ids[:index], known[:index]
        of_object[BEGIN] = at
        at, is_plain = _keys(text, at, of_object)
        if at < 0:
            return places[:index], ids[:index], known[:index]
        of_object[END] = at
        known[index] = is_plain and _has_types(text, of_object, ids[index])
    return places, ids, known


@compiled
def _keys(text: Bytes, at: int, of_object: Places) -> tuple[int, bool]:
    """Note the places of an object's values; where it ends, -1 where it does not, and whether its keys are plain."""
    strangers = np.empty((MOST_STRANGERS, 2), np.int64)
    keys, strange, is_plain = 0, 0, True
    at = after_space(text, at + 1)
    while at < len(text) and text[at] == QUOTE:
        start = at + 1
        end = after_string(text, at) - 1
        at = after_space(text, end + 1)
        if at == len(text) or text[at] != COLON:
            return -1, False
        at = after_space(text, at + 1)
        if keys == 1:
            of_object[COLON_AT], of_object[COLON_END] = end + 1, at
        name = _name(text, start, end)
        value = at
        at = after_value(text, at)
        if name >= 0:
            is_plain &= of_object[FIRST + 2 * name] < 0
            of_object[FIRST + 2 * name], of_object[FIRST + 2 * name + 1] = value, at
        elif strange == MOST_STRANGERS:
            is_plain = False
        else:
            strangers[strange] = start, end
            is_plain &= _is_new(text, strangers, strange)
            strange += 1
        keys += 1
        of_object[LAST_END] = at
        at = after_space(text, at)
        if at < len(text) and text[at] == COMMA:
            at = after_space(text, at + 1)
            if keys == 1:
                of_object[COMMA_AT], of_object[COMMA_END] = of_object[LAST_END], at
    if at == len(text) or text[at] != OBJECT_END:
        return -1, False
    return at + 1, is_plain and keys > 1


@compiled
def _name(text: Bytes, start: int, end: int) -> int:
    """Which of the names a key is, -1 for none."""
    for name in range(len(_LENGTHS)):
        if _LENGTHS[name] == end - start:
            same = True
            for place in range(end - start):
                same &= text[start + place] == _LETTERS[name, place]
            if same:
                return name
    return -1


@compiled
def _is_new(text: Bytes, strangers: Places, count: int) -> bool:
    """Whether the key after the first `count` is none of them, and has no escape, by which it might be any."""
    start, end = strangers[count]
    for place in range(start, end):
        if text[place] == BACKSLASH:
            return False
    for other in range(count):
        if strangers[other, 1] - strangers[other, 0] == end - start:
            same = True
            for place in range(end - start):
                same &= text[start + place] == text[strangers[other, 0] + place]
            if same:
                return False
    return True


@compiled
def _has_types(text: Bytes, of_object: Places, ids: Places) -> bool:
    """Whether the values are known to have their types; notes the ids, and whether it is a crowd region."""
    for place, name in enumerate((ID, IMAGE_ID, CATEGORY_ID)):
        start, end = of_object[FIRST + 2 * name], of_object[FIRST + 2 * name + 1]
        if start >= 0:
            ids[place], at = whole_number(text, start)
            if at != end:
                return False
        elif name == ID:
            return False
    start, end = of_object[FIRST + 2 * ISCROWD], of_object[FIRST + 2 * ISCROWD + 1]
    if start >= 0:
        if text[start] not in (ZERO, _ONE, _F, _T):  # 0, 1, false, true
            return False
        if text[start] in (ZERO, _ONE) and end - start > 1:
            return False
        ids[CROWD] = text[start] in (_ONE, _T)
    start, end = of_object[FIRST + 2 * AREA], of_object[FIRST + 2 * AREA + 1]
    if start >= 0 and (text[start] == MINUS or number(text, start)[1] != end):
        return False
    start, end = of_object[FIRST + 2 * BBOX], of_object[FIRST + 2 * BBOX + 1]
    if start >= 0 and not _is_box(text, start, end):
        return False
    for name in _ANY_VALUE:
        start, end = of_object[FIRST + 2 * name], of_object[FIRST + 2 * name + 1]
        if start >= 0 and not _is_plain(text, start, end):
            return False
    return True


@compiled
def _is_box(text: Bytes, start: int, end: int) -> bool:
    """Whether a value is a list of four numbers, the last two of which are not negative."""
    if text[start] != LIST:
        return False
    at = after_space(text, start + 1)
    for place in range(4):
        if place > 1 and text[at] == MINUS:
            return False
        _, at, _ = number(text, at)
        if at < 0:
            return False
        at = after_space(text, at)
        if place < 3:
            if text[at] != COMMA:
                return False
            at = after_space(text, at + 1)
    return text[at] == LIST_END and at + 1 == end


@compiled
def _is_plain(text: Bytes, start: int, end: int) -> bool:
    """Whether nothing in a value may be refused: no escapes, not deep, no number that is long or has an exponent."""
    depth, digits, in_string = 0, 0, False
    for at in range(start, end):
        byte = text[at]
        if byte == BACKSLASH:
            return False
        if byte == QUOTE:
            in_string = not in_string
        elif not in_string:
            depth += (byte in (LIST, OBJECT)) - (byte in (LIST_END, OBJECT_END))
            exponent = digits and (byte in (_E, _CAPITAL_E))
            digits = digits + 1 if ZERO <= byte <= NINE else 0
            if exponent or digits > MOST_DIGITS or depth > MOST_DEPTH:
                return False
    return True
