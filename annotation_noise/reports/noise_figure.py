"""One instance under every noise of the benchmark: rows the noises, columns the levels.

Source: arXiv 2406.10891, the figure of the noises of COCO-N.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from annotation_noise.geometry.masks import Mask
from annotation_noise.reports.drawing import PAPER, area, ground, outline
from annotation_noise.reports.style import CLEAN, colours_of, drawing

_CELL_IN, _GAP_IN, _CAPTION_IN, _LEFT_IN, _TOP_IN, _DPI = 2.6, 0.08, 0.3, 0.35, 0.55, 110


class Cell(NamedTuple):
    """One noise at one level. noisy: None where the noise leaves nothing. caption: what stands beneath."""

    noisy: Mask | None
    caption: str


def draw_noises(
    path: Path,
    title: str,
    clean: Mask,
    cells: Mapping[str, Mapping[str, Cell]],
    photograph: NDArray[np.uint8] | None,
) -> None:
    """Draw the figure and write it as a PNG; the same bytes for the same input.

    clean: the instance, tight, at least one pixel. cells: by noise, then by level; the same levels everywhere.
    photograph: (height, width, 3) uint8 RGB of the whole image, or None for a plain ground. The clean mask
    is filled, the noisy outline is drawn upon it, along the edges of the pixels.
    """
    levels = list(next(iter(cells.values())))
    shown = window([clean, *(cell.noisy for row in cells.values() for cell in row.values() if cell.noisy)])
    left, top, right, bottom = shown
    colours = colours_of(list(cells))
    inches_per_px = _CELL_IN / max(right - left, bottom - top)
    wide, high = inches_per_px * (right - left), inches_per_px * (bottom - top)
    size = (_LEFT_IN + len(levels) * (wide + _GAP_IN), _TOP_IN + len(cells) * (high + _CAPTION_IN))
    with drawing(font_pt=10):
        figure = Figure(size, dpi=_DPI)
        figure.text(_LEFT_IN / size[0], 1 - 0.08 / size[1], title, va="top", fontsize=11)
        for row, (noise, of_level) in enumerate(cells.items()):
            bottom_in = size[1] - _TOP_IN - row * (high + _CAPTION_IN) - high
            middle_in = bottom_in + high / 2
            figure.text(0.1 / size[0], middle_in / size[1], noise, rotation=90, va="center", weight="bold")
            for column, level in enumerate(levels):
                left_in = _LEFT_IN + column * (wide + _GAP_IN)
                rectangle = (left_in / size[0], bottom_in / size[1], wide / size[0], high / size[1])
                axes = figure.add_axes(rectangle)
                ground(axes, photograph, clean.frame_height, clean.frame_width)
                area(axes, clean, CLEAN, alpha=0.55)
                noisy, caption = of_level[level]
                if noisy:
                    outline(axes, noisy, colours[noise], 2.2, halo=PAPER)
                axes.set_xlim(left, right)
                axes.set_ylim(bottom, top)
                axes.text(0.5, -0.02, caption, transform=axes.transAxes, ha="center", va="top", fontsize=9)
                if row == 0:
                    axes.set_title(level, weight="bold", fontsize=10, pad=4)
        figure.savefig(path, format="png", metadata={"Software": None})


def window(masks: Sequence[Mask]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom, in pixels, of what holds all the masks with some space around them.

    masks: tight, one frame, at least one of them not empty. Goes beyond the image where they lie at its border.
    Not much narrower than high nor much flatter than wide, so that a caption and a noise's name fit.
    """
    held = [mask for mask in masks if mask.pixels.size]
    left, top = min(mask.left for mask in held), min(mask.top for mask in held)
    right = max(mask.left + mask.pixels.shape[1] for mask in held)
    bottom = max(mask.top + mask.pixels.shape[0] for mask in held)
    long = 1.24 * max(right - left, bottom - top, 8)
    wide, high = max(1.24 * (right - left), 0.85 * long), max(1.24 * (bottom - top), 0.5 * long)
    x, y = (left + right) / 2, (top + bottom) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2
