import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install -r requirements-measure.txt")

from itertools import combinations

from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from annotation_noise.geometry.masks import from_frame
from annotation_noise.reports.drawing import PLAIN, Name, area, ground, names, outline
from annotation_noise.reports.style import NOISE_COLOURS, colours_of
from tests.strategies import full_frames

Frame = NDArray[np.uint8]
SIDE = 8  # pixels of the picture for a pixel of the image


def panel(height: int, width: int) -> tuple[Figure, Axes]:
    """Axes that show exactly the image, each of its pixels as a square."""
    figure = Figure((width * SIDE / 100, height * SIDE / 100), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    ground(axes, None, height, width)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    return figure, axes


def pixels(figure: Figure) -> NDArray[np.uint8]:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3]


@given(full_frames)
@settings(max_examples=30)
def test_an_area_covers_the_pixels_of_the_mask_and_no_other(frame: Frame) -> None:
    """Holes and islands included: seen at the middle of each pixel."""
    figure, axes = panel(*frame.shape)
    area(axes, from_frame(frame), "#000000", alpha=1)
    middles = pixels(figure)[SIDE // 2 :: SIDE, SIDE // 2 :: SIDE]
    assert np.array_equal(middles[:, :, 0] == 0, frame == 1)
    plain = [int(PLAIN[place : place + 2], 16) for place in (1, 3, 5)]
    assert (middles[frame == 0] == plain).all()


def test_an_outline_runs_along_the_edges_of_the_pixels() -> None:
    frame = np.zeros((9, 12), np.uint8)
    frame[3:6, 4:10] = 1
    figure, axes = panel(*frame.shape)
    outline(axes, from_frame(frame), "#FF0000", width_pt=1, halo="#FF0000")
    red = (pixels(figure) == (255, 0, 0)).all(axis=2)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    for found, edges in ((rows, (3, 6)), (columns, (4, 10))):
        assert abs((found[0] + found[-1] + 1) / 2 - SIDE * sum(edges) / 2) <= 1
        assert abs((found[-1] - found[0]) - SIDE * (edges[1] - edges[0])) <= 4  # the line has a width
    assert not red[SIDE * 4 : SIDE * 5, SIDE * 5 : SIDE * 9].any()


boxes = st.tuples(st.integers(0, 550), st.integers(0, 400), st.integers(1, 300), st.integers(1, 200))


@given(st.lists(boxes, max_size=14))
@settings(max_examples=15)
def test_no_name_hides_another_or_leaves_the_image(found: list[tuple[int, int, int, int]]) -> None:
    figure = Figure((7, 5), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    ground(axes, None, 500, 700)
    left_out = names(axes, [Name("baseball glove", *box, "#000000", box[0] % 3 == 0) for box in found])
    renderer = FigureCanvasAgg(figure).get_renderer()
    extents = [text.get_window_extent(renderer) for text in axes.texts]
    assert len(extents) + left_out == len(found)
    assert not any(a.overlaps(b) for a, b in combinations(extents, 2))
    assert all(e.x0 >= 0 and e.y0 >= 0 and e.x1 <= 700 and e.y1 <= 500 for e in extents)
    assert left_out == 0  # there is room for fourteen


def test_names_without_room_are_counted() -> None:
    figure = Figure((1.5, 0.6), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    ground(axes, None, 60, 150)
    assert names(axes, [Name("baseball glove", 10, 10, 20, 20, "#000000") for _ in range(6)]) >= 4


def test_a_noise_has_its_colour_whatever_seed_stands_behind_it() -> None:
    colours = colours_of(["rand", "rand, seed 2", "mine", "mine, seed 2", "other"])
    assert colours["rand"] == colours["rand, seed 2"] == NOISE_COLOURS["rand"]
    assert colours["mine"] == colours["mine, seed 2"]
    assert len(set(colours.values())) == 3
