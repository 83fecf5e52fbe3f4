"""Calling a noise: what it asks for by name is filled in, what it gets is read-only, what it returns is checked.

It must be of the right type, inside the frame and of a class that exists, or the run ends with a sentence that begins
with `: the noise`, to follow the place.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn

import numpy as np

from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Mask, is_sound
from noisers import Add, Box, Classes, Noised, Noiser, Remove, Scene, Unable
from noisers.kinds import NOTHING, Plain

Context = Mapping[str, Callable[[], object]]  # what each name that a noise may ask for stands for, made when it asks


def called(
    noise: Noiser, subject: object, rng: np.random.Generator, strengths: Mapping[str, Any], context: Context
) -> Any:
    """What a noise makes of its subject, not checked. Raises InputError where it fails or tries to end the program."""
    filled = {name: context[name]() for name in noise.context} if noise.context else {}
    try:
        result = noise.function(subject, rng, **strengths, **filled)
        # One that yields does its work here.
        return list(result) if noise.kind != "mask" and isinstance(result, Iterator) else result
    except (Exception, SystemExit) as error:
        words = " ".join(str(error).split())  # OpenCV's are several lines
        raise InputError(f": the noise {noise.name} failed: {type(error).__name__}: {words}") from error


def frozen(mask: Mask) -> Mask:
    """A mask whose pixels nobody can change."""
    mask.pixels.setflags(write=False)
    return mask


def noised(result: object, clean: Mask, noise: Noiser) -> Noised:
    """What a mask noise has returned: a mask of uint8 in C order, in the frame of the clean one. Raises InputError."""
    mask, drawn = result if type(result) is Noised else (result, NOTHING)
    if not (type(mask) is Mask and is_sound(mask) and mask[3:] == clean[3:]):
        mask = _mask(mask, clean.frame_height, clean.frame_width, noise)
    return Noised(mask, drawn if drawn is NOTHING else _plain(drawn, noise))


def category(result: object, classes: Classes, noise: Noiser) -> int:
    """What a category noise has returned: the id of a class, one that there is if there are any. Raises InputError."""
    try:
        category_id = operator.index(result)  # type: ignore[arg-type]
    except TypeError:
        category_id = None
    if category_id is None or isinstance(result, bool):
        _fault(noise, f"returned {_named(result)}, but a category noise returns the id of a category")
    if classes.names and category_id not in classes.names:
        _fault(noise, f"gave category {category_id}, which does not exist")
    return category_id


def box(result: object, noise: Noiser) -> Box:
    """What a box noise has returned: four finite numbers, not yet cut to the frame. Raises InputError."""
    try:
        left, top, width, height = map(float, result)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        _fault(noise, f"returned {_named(result)}, but a box noise returns left, top, width and height")
    if not np.isfinite((left, top, width, height)).all() or width < 0 or height < 0:
        numbers = f"{left:g}, {top:g}, {width:g}, {height:g}"
        _fault(noise, f"returned the box {numbers}; they must be finite, and its sides not negative")
    return Box(left, top, width, height)


def edits(result: object, scene: Scene, classes: Classes, noise: Noiser) -> list[Add | Remove | Unable]:
    """What an instances noise has returned, with plain values. Raises InputError."""
    if isinstance(result, (Add, Remove, Unable)) or not isinstance(result, Iterable):
        _fault(noise, f"returned {_named(result)}, but an instances noise returns a list of Add and Remove")
    known = {instance.id for instance in scene.instances}
    checked: list[Add | Remove | Unable] = []
    for edit in result:
        if not isinstance(edit, (Add, Remove, Unable)):
            _fault(noise, f"returned a list with {_named(edit)}, but an instances noise returns Add and Remove")
        try:
            named = tuple(map(operator.index, edit.parents if isinstance(edit, Add) else (edit.id,)))
        except TypeError:
            _fault(noise, "named an instance by something else than its id")
        if strangers := [number for number in named if number not in known]:
            _fault(noise, f"named instance {strangers[0]}, which is not in the scene")
        if isinstance(edit, Remove):
            checked.append(Remove(named[0], _plain(edit.drawn, noise)))
            continue
        if isinstance(edit, Unable):
            checked.append(Unable(named[0], str(edit.why)))
            continue
        mask = _mask(edit.mask, scene.height, scene.width, noise)
        if not mask.pixels.any():
            _fault(noise, "added an instance without a pixel")
        checked.append(Add(mask, category(edit.category_id, classes, noise), named, _plain(edit.drawn, noise)))
    return checked


def _mask(mask: object, height: int, width: int, noise: Noiser) -> Mask:
    if type(mask) is not Mask:
        _fault(noise, f"returned {_named(mask)}, but a mask noise returns a Mask, or Noised with one")
    pixels = mask.pixels
    if not isinstance(pixels, np.ndarray) or pixels.ndim != 2 or pixels.dtype.kind not in "buif":
        shape = f"an array of shape {pixels.shape}" if isinstance(pixels, np.ndarray) else _named(pixels)
        _fault(noise, f"returned {shape} as pixels; they are an array of height and width, of 0 and 1")
    if pixels.size and (pixels.dtype != np.uint8 or pixels.max() > 1):
        odd = pixels[(pixels != 0) & (pixels != 1)]
        if odd.size:
            _fault(noise, f"returned pixels of the value {odd[0]:g}; they are 0 or 1")
    if pixels.dtype != np.uint8 or not pixels.flags.c_contiguous:
        pixels = np.ascontiguousarray(pixels, np.uint8)
    try:
        left, top, frame_height, frame_width = map(operator.index, mask[1:])
    except TypeError:
        frame = f"({mask.left}, {mask.top}) in a frame of {mask.frame_width} x {mask.frame_height}"
        _fault(noise, f"returned a mask at {frame}, which are not all whole numbers")
    rows, columns = pixels.shape
    if (frame_height, frame_width) != (height, width):
        _fault(noise, f"returned a mask of a frame of {frame_width} x {frame_height}, not {width} x {height}")
    if not (0 <= left <= width - columns and 0 <= top <= height - rows):
        _fault(
            noise,
            f"returned a window of {columns} x {rows} at ({left}, {top}), which does not lie in the frame of "
            f"{width} x {height}",
        )
    return Mask(pixels, left, top, height, width)


def _plain(drawn: object, noise: Noiser) -> Mapping[str, Plain]:
    """What was drawn, numpy's scalars as Python's."""
    if drawn is NOTHING:
        return NOTHING
    if not isinstance(drawn, Mapping):
        _fault(noise, f"returned {_named(drawn)} as drawn; that is a dict of names and plain values")
    plain = {str(key): value.item() if isinstance(value, np.generic) else value for key, value in drawn.items()}
    for key, value in plain.items():
        if not isinstance(value, (str, int, float, bool)):
            _fault(noise, f"returned {key} as {_named(value)}; what is drawn is a plain string or number")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            _fault(noise, f"returned {key} as a number of more than 64 bits, which the log cannot hold")
        try:
            f"{key}{value}".encode()
        except UnicodeEncodeError:
            _fault(noise, f"returned {key!r} with text that is not UTF-8, which the log is")
    return plain


def _named(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _fault(noise: Noiser, text: str) -> NoReturn:
    raise InputError(f": the noise {noise.name} {text}")
