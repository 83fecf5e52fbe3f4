"""The prompts, one function each: what a hurried annotator would give a promptable model to draw from.

    @prompt(example={"points": 3})
    def random_points(mask: Mask, rng: Generator, *, points: int) -> Prompt: ...

As for the noises, the function's name is the prompt's name, its keyword-only parameters are its
strengths, and it holds no default. `mask` is the clean mask, tight and not empty; `rng` belongs to
this annotation and this prompt.

Coordinates are x and y in pixels of the image, as SAM takes them: a point with whole coordinates is
the pixel of that column and row, counted from 0. A box is [left, top, right, bottom] with COCO's
edges, left + width and top + height.

Source: arXiv 2406.10891, COCO-WAN, has `box` and `box_centre`; the others are ours.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple

import cv2
import numpy as np
from msgspec import Meta
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.errors import InputError, how_to_install
from annotation_noise.geometry.masks import Mask, padded
from annotation_noise.geometry.skeletons import skeleton_path
from noisers import Noiser
from noisers.registry import described as description
from noisers.strengths import Strength

Box = tuple[float, float, float, float]

TRIAL = Mask(np.ones((8, 8), np.uint8), 4, 4, 16, 16)


class Prompt(NamedTuple):
    """What the model is given for one instance: points, a box, or both.

    points: x and y of each. labels: 1 on the instance, 0 on the background, for each point.
    """

    points: tuple[tuple[float, float], ...] = ()
    labels: tuple[int, ...] = ()
    box: Box | None = None


PROMPTS: dict[str, Noiser] = {}

Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0)]


def prompt(example: Mapping[str, Strength]) -> Callable[[Callable[..., Prompt]], Callable[..., Prompt]]:
    """Register a function as the prompt of its own name and return it unchanged."""

    def register(function: Callable[..., Prompt]) -> Callable[..., Prompt]:
        described = description(function, "prompt", example)
        PROMPTS[described.name] = described
        return function

    return register


@prompt(example={"scale": 1.0})
def box(mask: Mask, rng: Generator, *, scale: Share) -> Prompt:
    """The box around the mask, scaled about its centre and clipped to the image.

    scale: factor on both sides, above 0; 1 is the tight box.

    Source: arXiv 2406.10891, COCO-WAN easy (`--scale_bbox`).
    """
    if scale <= 0:
        raise ValueError(f"scale must be above 0, not {scale:g}")
    return Prompt(box=_placed(mask, *_centre(mask), _width(mask) * scale, _height(mask) * scale))


@prompt(example={})
def box_centre(mask: Mask, rng: Generator) -> Prompt:
    """The centre of the box around the mask; it may lie beside the mask.

    Source: arXiv 2406.10891, COCO-WAN medium.
    """
    return Prompt((_centre(mask),), (1,))


@prompt(example={})
def random_point(mask: Mask, rng: Generator) -> Prompt:
    """One pixel of the mask, each as likely as any other."""
    return random_points(mask, rng, points=1)


@prompt(example={"points": 3})
def random_points(mask: Mask, rng: Generator, *, points: Count) -> Prompt:
    """Pixels of the mask, no pixel twice.

    points: how many, 1 or more; a smaller mask gives all it has.
    """
    drawn = _drawn(_inside(mask), points, rng)
    return Prompt(drawn, (1,) * len(drawn))


@prompt(example={})
def deepest_point(mask: Mask, rng: Generator) -> Prompt:
    """The pixel of the mask that is farthest from its border, of several the first, row by row.

    The image border counts as the mask's border.
    """
    framed = np.pad(mask.pixels, 1)
    depth = np.asarray(cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return Prompt(((float(column - 1 + mask.left), float(row - 1 + mask.top)),), (1,))


@prompt(example={"points": 2, "background_points": 2, "margin_share": 0.2})
def points_and_background(
    mask: Mask, rng: Generator, *, points: Count, background_points: Count, margin_share: Share
) -> Prompt:
    """Pixels of the mask, and pixels around it that are not the instance.

    points: how many on the mask, 1 or more. background_points: how many beside it, 0 or more; fewer
        where there are not as many.
    margin_share: how far from the box around the mask these may lie, as a share of its longer side;
        at least a pixel.
    """
    on = _drawn(_inside(mask), points, rng)
    window = padded(mask, max(1, round(margin_share * max(mask.pixels.shape))))
    around = _inside(window._replace(pixels=1 - window.pixels))
    off = _drawn(around, background_points, rng) if background_points else ()
    return Prompt(on + off, (1,) * len(on) + (0,) * len(off))


@prompt(example={"shift_share": 0.1, "scale_share": 0.1})
def sloppy_box(mask: Mask, rng: Generator, *, shift_share: Share, scale_share: Share) -> Prompt:
    """The box around the mask, shifted and scaled by normal steps, clipped to the image.

    shift_share: standard deviation of the shift of its centre, in x as a share of its width and in y of its height.
    scale_share: standard deviation of the factor on its width and on its height, around 1.

    The four steps are independent. A side stays at least a pixel long, and the box within the image.
    """
    shift_x, shift_y, scale_x, scale_y = rng.normal(size=4).tolist()
    x, y = _centre(mask)
    width = max(1.0, _width(mask) * (1 + scale_share * scale_x))
    height = max(1.0, _height(mask) * (1 + scale_share * scale_y))
    x += shift_share * shift_x * _width(mask)
    y += shift_share * shift_y * _height(mask)
    return Prompt(box=_placed(mask, x, y, width, height))


@prompt(example={"points": 5, "length_share": 0.7})
def scribble(mask: Mask, rng: Generator, *, points: Count, length_share: Share) -> Prompt:
    """Points along a stretch of the mask's skeleton, as far from each other as it allows.

    points: how many, 1 or more; a shorter stretch gives all it has.
    length_share: length of the stretch, as a share of the longest way along the skeleton, above 0 and
        at most 1; where it begins is drawn.
    """
    _at_least_one(points)
    if not 0 < length_share <= 1:
        raise ValueError(f"length_share must be above 0 and at most 1, not {length_share:g}")
    path = skeleton_path(mask)
    length = max(1, round(length_share * len(path)))
    start = int(rng.integers(len(path) - length + 1))
    places = np.unique(np.linspace(start, start + length - 1, points).round().astype(int))
    return Prompt(tuple((float(x), float(y)) for x, y in path[places].tolist()), (1,) * len(places))


@prompt(example={"scale": 1.0, "points": 2})
def box_and_points(mask: Mask, rng: Generator, *, scale: Share, points: Count) -> Prompt:
    """The box as of `box`, and pixels of the mask as of `random_points`.

    scale: factor on both sides of the box, above 0. points: how many, 1 or more.
    """
    return random_points(mask, rng, points=points)._replace(box=box(mask, rng, scale=scale).box)


def tried(name: str, strengths: Mapping[str, Strength]) -> Noiser:
    """The prompt of that name, tried once with these strengths. Raises InputError."""
    if name not in PROMPTS:
        raise InputError(f"--prompt must be one of {', '.join(PROMPTS)}; not {name!r}")
    kind = PROMPTS[name]
    needed, given = set(kind.strengths), set(strengths)
    for fault, keys in (("lacks", needed - given), ("takes no", given - needed)):
        if keys:
            form = " ".join(f"{key}={kind.example[key]}" for key in kind.strengths)
            raise InputError(f"the prompt {name} {fault} {', '.join(sorted(keys))}; an example: --prompt {name} {form}")
    try:
        kind.function(TRIAL, np.random.default_rng(0), **strengths)
    except ValueError as error:
        raise InputError(f"the prompt {name}: {error}") from error
    except ModuleNotFoundError as error:
        raise InputError(f"the prompt {name} needs {error.name}: {how_to_install('wan')}") from error
    return kind


def listing() -> str:
    """All prompts with their strengths and a sentence each, as `--list_prompts` prints them."""
    lines = []
    for kind in PROMPTS.values():
        lines.append(" ".join([kind.name, *(f"{name}={value}" for name, value in kind.example.items())]))
        lines.append(f"    {(kind.function.__doc__ or '').strip().splitlines()[0]}")
    return "\n".join(lines)


def _width(mask: Mask) -> int:
    return int(mask.pixels.shape[1])


def _height(mask: Mask) -> int:
    return int(mask.pixels.shape[0])


def _centre(mask: Mask) -> tuple[float, float]:
    return mask.left + _width(mask) / 2, mask.top + _height(mask) / 2


def _placed(mask: Mask, x: float, y: float, width: float, height: float) -> Box:
    """The box of that size around (x, y), clipped to the image; of one beyond it, a pixel at the border is left."""
    left, right = _clipped(x - width / 2, x + width / 2, mask.frame_width)
    top, bottom = _clipped(y - height / 2, y + height / 2, mask.frame_height)
    return left, top, right, bottom


def _clipped(low: float, high: float, length: int) -> tuple[float, float]:
    low, high = (min(max(edge, 0.0), float(length)) for edge in (low, high))
    if low < high:
        return low, high
    return (0.0, 1.0) if low == 0 else (length - 1.0, float(length))


def _inside(mask: Mask) -> NDArray[np.int64]:
    """Column and row in the frame of every pixel of the mask, row by row: (n, 2)."""
    return np.argwhere(mask.pixels)[:, ::-1] + (mask.left, mask.top)


def _drawn(pixels: NDArray[np.int64], count: int, rng: Generator) -> tuple[tuple[float, float], ...]:
    _at_least_one(count)
    chosen = pixels[rng.choice(len(pixels), count, replace=False)] if count < len(pixels) else pixels
    return tuple((float(x), float(y)) for x, y in chosen.tolist())


def _at_least_one(count: int) -> None:
    if count < 1:
        raise ValueError(f"points must be 1 or more, not {count}")
