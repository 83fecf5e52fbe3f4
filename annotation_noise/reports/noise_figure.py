"""Instances under noises of their mask or box: rows of cells, the clean mask filled and what is noisy drawn upon it.

Source: arXiv 2406.10891, the figure of the noises of COCO-N.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from annotation_noise.geometry.boxes import Box
from annotation_noise.geometry.masks import Mask, box
from annotation_noise.reports.drawing import LONG, PAPER, area, ground, outline, outline_px, rectangle
from annotation_noise.reports.style import CLEAN, VERMILION, drawing

_CELL_IN, _GAP_IN, _CAPTION_IN, _LEFT_IN, _TOP_IN, _LINE_IN, _DPI = 2.6, 0.08, 0.3, 0.35, 0.55, 0.17, 110
Window = tuple[float, float, float, float]  # left, top, right and bottom, in pixels of the image


class Cell(NamedTuple):
    """One noise of one strength. caption: what stands beneath.

    noisy: None where the noise leaves nothing. box: the noisy box, None where it is that of the mask.
    """

    noisy: Mask | None
    caption: str
    box: Box | None = None


class FigureRow(NamedTuple):
    """An instance under some strengths of a noise.

    title: beside the row. colour: of the noisy outlines. clean: tight, at least one pixel. cells: by what stands above
    them. photograph: (height, width, 3) uint8 RGB of the whole image, or None for a plain ground.
    """

    title: str
    colour: str
    clean: Mask
    cells: Mapping[str, Cell]
    photograph: NDArray[np.uint8] | None = None


def draw_noises(path: Path, title: str, rows: Sequence[FigureRow]) -> None:
    """Draw the figure and write it as a PNG; the same bytes for the same input.

    rows: with the same words above their cells; those of one clean mask show one window. The noisy outline is drawn
    along the edges of the pixels; where one is far longer than the clean one, so that it would hide the mask, the noisy
    masks of the row are filled.
    """
    shown = _windows(rows)
    left, top, right, bottom = shown[0]
    inches_per_px = _CELL_IN / max(right - left, bottom - top)
    wide, high = inches_per_px * (right - left), inches_per_px * (bottom - top)
    top_in = _TOP_IN + _LINE_IN * max(head.count("\n") for head in rows[0].cells)
    size = (_LEFT_IN + len(rows[0].cells) * (wide + _GAP_IN), top_in + len(rows) * (high + _CAPTION_IN))
    with drawing(font_pt=10):
        figure = Figure(size, dpi=_DPI)
        figure.text(_LEFT_IN / size[0], 1 - 0.08 / size[1], title, va="top", fontsize=11)
        for place, (row, window_px) in enumerate(zip(rows, shown, strict=True)):
            bottom_in = size[1] - top_in - place * (high + _CAPTION_IN) - high
            middle_in = bottom_in + high / 2
            figure.text(0.1 / size[0], middle_in / size[1], row.title, rotation=90, va="center", weight="bold")
            for column, (head, cell) in enumerate(row.cells.items()):
                left_in = _LEFT_IN + column * (wide + _GAP_IN)
                rectangle_in = (left_in / size[0], bottom_in / size[1], wide / size[0], high / size[1])
                axes = figure.add_axes(rectangle_in)
                _draw(axes, row, cell, window_px)
                if place == 0:
                    axes.set_title(head, weight="bold", fontsize=10, pad=4)
        figure.savefig(path, format="png", metadata={"Software": None})


def _draw(axes: Axes, row: FigureRow, cell: Cell, window_px: Window) -> None:
    ground(axes, row.photograph, row.clean.frame_height, row.clean.frame_width)
    area(axes, row.clean, CLEAN, alpha=0.55)
    if cell.box:
        rectangle(axes, cell.box, VERMILION)
    elif cell.noisy and _has_long_outlines(row):
        area(axes, cell.noisy, row.colour, alpha=0.55)
    elif cell.noisy:
        outline(axes, cell.noisy, row.colour, 2.2, halo=PAPER)
    left, top, right, bottom = window_px
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.text(0.5, -0.02, cell.caption, transform=axes.transAxes, ha="center", va="top", fontsize=9)


def _has_long_outlines(row: FigureRow) -> bool:
    most_px = LONG * outline_px(row.clean)
    return any(outline_px(cell.noisy) > most_px for cell in row.cells.values() if cell.noisy)


def _windows(rows: Sequence[FigureRow]) -> list[Window]:
    """What each row shows: what holds all that is drawn in the rows of its clean mask; all of one form."""
    held = [window(_extents([other for other in rows if other.clean is row.clean])) for row in rows]
    form = max((right - left) / (bottom - top) for left, top, right, bottom in held)
    shown = []
    for left, top, right, bottom in held:
        beside = (form * (bottom - top) - (right - left)) / 2
        shown.append((left - beside, top, right + beside, bottom))
    return shown


def _extents(rows: Sequence[FigureRow]) -> list[Box]:
    cells = [cell for row in rows for cell in row.cells.values()]
    masks = [rows[0].clean, *(cell.noisy for cell in cells if cell.noisy)]
    boxes = [cell.box for cell in cells if cell.box]
    return [*(Box(*box(mask)) for mask in masks if mask.pixels.size), *boxes]


def window(extents: Sequence[Box]) -> Window:
    """What holds all these boxes, at least one, with some space around them.

    Goes beyond the image where they lie at its border. Not much narrower than high nor much flatter than wide, so that
    a caption and a noise's name fit.
    """
    left, top = min(extent.left for extent in extents), min(extent.top for extent in extents)
    right = max(extent.left + extent.width for extent in extents)
    bottom = max(extent.top + extent.height for extent in extents)
    long = 1.24 * max(right - left, bottom - top, 8)
    wide, high = max(1.24 * (right - left), 0.85 * long), max(1.24 * (bottom - top), 0.5 * long)
    x, y = (left + right) / 2, (top + bottom) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2
