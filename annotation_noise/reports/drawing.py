"""What the pictures are made of: a ground, masks upon it, and names that do not hide each other.

Everything is in the coordinates of the image, in which the pixel of column x and row y covers the
square from (x, y) to (x + 1, y + 1).
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask, Pixels
from annotation_noise.geometry.outlines import outlines
from annotation_noise.geometry.polygons import Corners

MANY_CORNERS = 20_000
PLAIN, INK, PAPER = "#E8E8E8", "#222222", "#FFFFFF"
DASHES = (0, (4, 3))
LONG = 3  # times as long as that of the clean mask, an outline would hide the mask


class Name(NamedTuple):
    """A name to be written beside an instance.

    left, top, width, height: the instance's box in pixels of the image.
    marked: whether it stands out from the others.
    """

    text: str
    left: float
    top: float
    width: float
    height: float
    colour: str
    marked: bool = False


def ground(axes: Axes, photograph: NDArray[np.uint8] | None, height: int, width: int) -> None:
    """What everything else lies on: the photograph, (height, width, 3) uint8 RGB, or a plain ground.

    The axes then show the whole image and a little of what is around it, so that an outline along
    the border of the image is not cut off.
    """
    if photograph is None:
        photograph = np.full((1, 1, 3), [int(PLAIN[place : place + 2], 16) for place in (1, 3, 5)], np.uint8)
    axes.imshow(photograph, extent=(0, width, height, 0))
    rim = max(height, width) / 200
    axes.set_xlim(-rim, width + rim)
    axes.set_ylim(height + rim, -rim)
    axes.axis("off")


def area(axes: Axes, mask: Mask, colour: str, alpha: float = 0.38) -> None:
    """Fill a mask, pixel for pixel; `alpha` from 0, invisible, to 1, which hides what is beneath."""
    rings = outlines(mask)
    if _are_many(rings):
        _pixels(axes, mask, mask.pixels, colour, alpha)
    elif rings:
        axes.add_patch(PathPatch(_path(rings), facecolor=colour, edgecolor="none", alpha=alpha))


def outline(axes: Axes, mask: Mask, colour: str, width_pt: float = 1.6, halo: str = INK, dashed: bool = False) -> None:
    """Draw the border of a mask along the edges of its pixels, with a thin line in `halo` on both its sides.

    The halo, dark or light, sets the line off from a ground of its own colour. Of masks of thousands of parts the
    pixels at the border are drawn instead: lines would cover all else, and take minutes.
    """
    rings = outlines(mask)
    if _are_many(rings):
        inner = cv2.erode(mask.pixels, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
        _pixels(axes, mask, mask.pixels - np.asarray(inner, np.uint8), colour, 1)
    elif rings:
        for line, line_colour, style in (
            (width_pt + 1.4, halo, "solid"),
            (width_pt, colour, DASHES if dashed else "solid"),
        ):
            look: dict[str, Any] = {"edgecolor": line_colour, "linewidth": line, "linestyle": style}
            axes.add_patch(PathPatch(_path(rings), facecolor="none", joinstyle="round", **look))


def outline_px(mask: Mask) -> int:
    """How long the border of a mask is, along the edges of its pixels."""
    return sum(int(np.abs(ring - np.roll(ring, 1, axis=0)).sum()) for ring in outlines(mask))


def rectangle(axes: Axes, box: Sequence[float] | None, colour: str) -> None:
    """Draw a box, [left, top, width, height] in pixels, as a dashed line with a dark one beneath it."""
    if box:
        left, top, width, height = box
        for line, line_colour, style in ((2.4, INK, "solid"), (1.6, colour, DASHES)):
            look: dict[str, Any] = {
                "facecolor": "none",
                "edgecolor": line_colour,
                "linewidth": line,
                "linestyle": style,
            }
            axes.add_patch(Rectangle((left, top), width, height, **look))


def names(axes: Axes, wanted: Sequence[Name]) -> int:
    """Write names, each as near to its instance as may be and none over another or beyond the axes.

    Small instances choose first, as they have the fewest places, and are not hidden where that can be
    helped. Returns how many names found no place and were left out.
    """
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    frame, taken = axes.get_window_extent(renderer), list[Bbox]()
    wanted = sorted(wanted, key=lambda name: name.width * name.height)
    boxes = [_on_screen(axes, name) for name in wanted]
    for index, (name, box) in enumerate(zip(wanted, boxes, strict=True)):
        text = _written(axes, name)
        extent = text.get_window_extent(renderer)
        width, height = extent.width + 10, extent.height + 8
        small = [
            other for other in boxes[:index] + boxes[index + 1 :] if other.width * other.height < 4 * width * height
        ]
        free = [place for place in _places(box, width, height) if _fits(place, frame, taken)]
        place = next((place for place in free if _fits(place, frame, small)), free[0] if free else None)
        if place is None:
            text.remove()
            continue
        taken.append(place)
        middle = (place.x0 + width / 2, place.y0 + height / 2)
        text.set_position(_in_image(axes, *middle))
        if not place.overlaps(box.padded(8)):
            nearest = np.clip(middle, box.min, box.max)
            line = zip(_in_image(axes, *middle), _in_image(axes, *nearest), strict=True)
            axes.plot(*line, color=name.colour, linewidth=1.2, zorder=text.get_zorder() - 1)
    return len(wanted) - len(taken)


def _written(axes: Axes, name: Name) -> Text:
    face, ink, weight = (PAPER, INK, "bold") if name.marked else (INK, PAPER, "normal")
    box = {"boxstyle": "round,pad=0.2", "facecolor": face, "edgecolor": name.colour, "linewidth": 1.5, "alpha": 0.9}
    return axes.text(0, 0, name.text, color=ink, bbox=box, ha="center", va="center", weight=weight)


def _on_screen(axes: Axes, name: Name) -> Bbox:
    """The box of an instance in pixels of the picture, whose y goes up."""
    corners = axes.transData.transform([(name.left, name.top + name.height), (name.left + name.width, name.top)])
    return Bbox(corners)


def _in_image(axes: Axes, x: float, y: float) -> tuple[float, float]:
    x, y = axes.transData.inverted().transform((x, y))
    return float(x), float(y)


def _places(box: Bbox, width: float, height: float) -> list[Bbox]:
    """Where a name of this size may stand: above the box, below, beside, on it, and farther and farther off."""
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    above, below, left, right = box.y1 + height / 2, box.y0 - height / 2, box.x0 - width / 2, box.x1 + width / 2
    near = [(x, above), (x, below), (right, y), (left, y), (x, y)]
    steps = [(x + width * across / 2, y + height * up / 2) for across, up in product(range(-6, 7), range(-16, 17))]
    far = sorted(steps, key=lambda place: (place[0] - x) ** 2 + (place[1] - y) ** 2)
    return [Bbox.from_bounds(cx - width / 2, cy - height / 2, width, height) for cx, cy in near + far]


def _fits(place: Bbox, frame: Bbox, taken: Sequence[Bbox]) -> bool:
    inside = frame.x0 <= place.x0 and place.x1 <= frame.x1 and frame.y0 <= place.y0 and place.y1 <= frame.y1
    return inside and not any(place.overlaps(other) for other in taken)


def _path(rings: Sequence[Corners]) -> Path:
    return Path.make_compound_path(*(Path(np.vstack((ring, ring[:1])), closed=True) for ring in rings))


def _are_many(rings: Sequence[Corners]) -> bool:
    return sum(map(len, rings)) > MANY_CORNERS


def _pixels(axes: Axes, mask: Mask, pixels: Pixels, colour: str, alpha: float) -> None:
    """Colour some pixels of a mask's window."""
    (height, width), left, top = pixels.shape, mask.left, mask.top
    coloured = np.full((height, width, 4), to_rgba(colour, alpha))
    coloured[:, :, 3] *= pixels
    axes.imshow(coloured, extent=(left, left + width, top + height, top), interpolation="nearest", zorder=1)
