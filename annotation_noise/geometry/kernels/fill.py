"""Filled rings, as cv2.fillPoly fills them, and the mask that contours enclose, as `geometry.contours.fill` has it.

Source: FillEdgeCollection and CollectPolyEdges in OpenCV's imgproc/src/drawing.cpp, from 4.11 on, for 8-connected lines
and whole coordinates. Their rules:

1. The edges of a ring begin with the one from its last point to its first. Each is drawn as a line (`lines`), so that a
   filled ring includes its outline. A level edge does no more.
2. Any other crosses the rows from its upper end to just before its lower end. x is in 65,536ths; from row to row it
   changes by a slope, a quotient that is cut towards zero. Where an end is beyond the canvas, the clipped ends give
   slope and x: their rows only where they differ, their columns always, even where clipping says that nothing is
   inside. From the clipped row, x is carried back to the edge's own first row.
3. Row by row there is a list of the edges that cross it. An edge that ends leaves it; one that begins, in order of
   (first row, x, slope), goes before the first in the list whose x is at least its own. They are paired as they follow
   on each other: from the smaller x, rounded up, to the larger, rounded down, is filled, and both go to their next x.
   An edge without a pair stays at its x. Then the list is sorted by x, and equal ones keep their order. Rows above the
   canvas are gone through likewise.

A canvas is a grid; its box is what OpenCV calls the image, and clipping depends on it. What is drawn may be an image of
its own, with a smaller box, for a ring that lies within it: there may be thousands.
"""

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.bits import (
    BOTTOM,
    LEFT,
    RIGHT,
    STRIDE,
    TOP,
    Grid,
    Words,
    X,
    Y,
    blank,
    layout,
    nowhere,
    set_span,
    take_out,
    unite,
)
from annotation_noise.geometry.kernels.compiled import compiled, inlined
from annotation_noise.geometry.kernels.lines import beyond, clipped, draw_line, quotient

FRACTION = 16  # bits after the point
FIRST, AFTER, AT, SLOPE = range(
    4
)  # an edge: its first row, the row after its last, x in the present row, and its slope

Points = NDArray[np.int64]
Edges = NDArray[np.int64]


@compiled
def filled(
    points: Points, ends: NDArray[np.int64], pieces: NDArray[np.int64], frame_height: int, frame_width: int
) -> tuple[Words, Grid]:
    """The bit image of what contours enclose; its box is that of the points in the frame, and may be loose.

    points: (n, 2) int64, x and y in pixels of the frame, ring after ring. ends: (rings,) where each ring ends.
    pieces: (rings,) of each ring the number of its outer contour, its own where it is one.
    """
    canvas = _canvas(points, layout(0, 0, frame_width, frame_height, 1))
    words = blank(canvas)
    if not canvas[RIGHT]:
        return words, canvas
    rings = len(ends)
    first_hole = np.empty(rings, np.int64)  # of a piece; -1 where it has none
    next_hole = np.empty(rings, np.int64)  # of the same piece, after a hole; -1 after the last
    for ring in range(rings):
        first_hole[ring] = -1
    for ring in range(rings):
        if pieces[ring] != ring:
            next_hole[ring] = first_hole[pieces[ring]]
            first_hole[pieces[ring]] = ring
    for ring in range(rings):
        if pieces[ring] != ring:
            continue
        outer = points[ends[ring - 1] if ring else 0 : ends[ring]]
        if first_hole[ring] < 0:
            fill_ring(words, canvas, canvas, outer)
            continue
        piece_grid = _canvas(outer, canvas)
        piece = blank(piece_grid)
        fill_ring(piece, piece_grid, canvas, outer)
        hole = first_hole[ring]
        while hole >= 0:
            _take_out_inside(piece, piece_grid, canvas, points[ends[hole - 1] if hole else 0 : ends[hole]])
            hole = next_hole[hole]
        unite(words, canvas, piece, piece_grid)
    return words, canvas


@compiled
def _canvas(points: Points, canvas: Grid) -> Grid:
    """The grid of the box of some points, cut to another's box; 0, 0, 0, 0 where nothing is left."""
    left = right = points[0, 0] if len(points) else 0
    top = bottom = points[0, 1] if len(points) else 0
    for place in range(1, len(points)):
        left, right = min(left, points[place, 0]), max(right, points[place, 0])
        top, bottom = min(top, points[place, 1]), max(bottom, points[place, 1])
    left, right = max(left, canvas[LEFT]), min(right + 1, canvas[RIGHT])
    top, bottom = max(top, canvas[TOP]), min(bottom + 1, canvas[BOTTOM])
    if not len(points) or right <= left or bottom <= top:
        return nowhere()
    return layout(left, top, right, bottom, 1)


@compiled
def _take_out_inside(piece: Words, piece_grid: Grid, canvas: Grid, points: Points) -> None:
    """Take what lies strictly inside a ring out of a piece."""
    grid = _canvas(points, canvas)
    if not grid[RIGHT]:
        return
    hole = blank(grid)
    fill_ring(hole, grid, canvas, points)
    outline = blank(grid)
    draw_ring(outline, grid, canvas, points)
    take_out(hole, grid, outline, grid)
    take_out(piece, piece_grid, hole, grid)


@compiled
def draw_ring(words: Words, grid: Grid, canvas: Grid, points: Points) -> None:
    """Set the outline of a ring, as cv2.polylines draws it."""
    x0, y0 = points[-1, 0], points[-1, 1]
    for place in range(len(points)):
        x1, y1 = points[place, 0], points[place, 1]
        draw_line(words, grid, canvas, x0, y0, x1, y1)
        x0, y0 = x1, y1


@compiled
def fill_ring(words: Words, grid: Grid, canvas: Grid, points: Points) -> None:
    """Set the pixels of a filled ring, of at least one point, on a canvas."""
    draw_ring(words, grid, canvas, points)
    edges = _edges(points, canvas)
    _sort(edges)
    active = np.empty(len(edges), np.int64)  # numbers of the edges that cross the row, of which `crossing` count
    crossing, begun = 0, 0
    y = change = edges[0, FIRST] if len(edges) else canvas[BOTTOM]  # the row, and the next at which the list changes
    while y < canvas[BOTTOM] and (crossing or begun < len(edges)):
        if y == change:
            crossing, begun = _list_edges(edges, active, crossing, begun, y)
            change = edges[begun, FIRST] if begun < len(edges) else canvas[BOTTOM]
            for place in range(crossing):
                change = min(change, edges[active[place], AFTER])
        _fill_pairs(words, grid, edges, active, crossing, y)
        _sort_crossing(edges, active, crossing)
        y += 1


@inlined
def _list_edges(edges: Edges, active: Edges, crossing: int, begun: int, y: int) -> tuple[int, int]:
    """Take the edges that end at a row out of the sorted list, and put in those that begin.

    begun: how many edges had begun. Returns `crossing` and `begun` anew.
    """
    kept = 0
    for place in range(crossing):
        active[kept] = active[place]
        kept += 0 if edges[active[place], AFTER] == y else 1
    old = begun  # edges of a smaller number; of those that begin here, the earlier number stays before the later
    while begun < len(edges) and edges[begun, FIRST] == y:
        place, at = kept, edges[begun, AT]
        while place and edges[active[place - 1], AT] >= at and active[place - 1] < old:
            active[place] = active[place - 1]
            place -= 1
        active[place] = begun
        kept += 1
        begun += 1
    return kept, begun


@inlined
def _fill_pairs(words: Words, grid: Grid, edges: Edges, active: Edges, crossing: int, y: int) -> None:
    """Fill between the first edge and the second, the third and the fourth, ..., and take them to their next x."""
    for place in range(1, crossing, 2):
        a, b = active[place - 1], active[place]
        if grid[TOP] <= y < grid[BOTTOM]:
            _fill_span(words, grid, min(edges[a, AT], edges[b, AT]), max(edges[a, AT], edges[b, AT]), y)
        edges[a, AT] += edges[a, SLOPE]
        edges[b, AT] += edges[b, SLOPE]


@inlined
def _sort_crossing(edges: Edges, active: Edges, crossing: int) -> None:
    """Sort a list of edges by x; what is equal keeps its order."""
    for place in range(1, crossing):
        edge, before = active[place], place
        while before and edges[active[before - 1], AT] > edges[edge, AT]:
            active[before] = active[before - 1]
            before -= 1
        active[before] = edge


@inlined
def _fill_span(words: Words, grid: Grid, begin: int, end: int, y: int) -> None:
    """Set the pixels of a row between two x in 65,536ths, as far as they lie in the grid's box."""
    first = max((begin + (1 << FRACTION) - 1) >> FRACTION, grid[LEFT])
    last = min(end >> FRACTION, grid[RIGHT] - 1)
    if first <= last:
        set_span(words, (y - grid[Y]) * grid[STRIDE], first - grid[X], last - grid[X])


@compiled
def _edges(points: Points, canvas: Grid) -> Edges:
    """The edges of a ring that are not level: (edges, 4)."""
    edges = np.empty((len(points), 4), np.int64)
    count = 0
    x0, y0 = points[-1, 0], points[-1, 1]
    for place in range(len(points)):
        x1, y1 = points[place, 0], points[place, 1]
        if y0 != y1:
            begin_x, begin_y, end_x, end_y = x0, y0, x1, y1
            if beyond(canvas, x0, y0) or beyond(canvas, x1, y1):
                _, begin_x, clipped_y0, end_x, clipped_y1 = clipped(canvas, x0, y0, x1, y1)
                if clipped_y0 != clipped_y1:
                    begin_y, end_y = clipped_y0, clipped_y1
            slope = quotient((end_x - begin_x) << FRACTION, end_y - begin_y)
            edges[count, FIRST], edges[count, AFTER] = min(y0, y1), max(y0, y1)
            edges[count, AT] = (begin_x << FRACTION) + (y0 - begin_y) * slope
            if y1 < y0:
                edges[count, AT] = (end_x << FRACTION) + (y1 - end_y) * slope
            edges[count, SLOPE] = slope
            count += 1
        x0, y0 = x1, y1
    return edges[:count]


@compiled
def _sort(edges: Edges) -> None:
    """Sort edges by first row, x and slope; Shell's way. The order of others does not matter."""
    gap = len(edges) // 2
    while gap:
        for place in range(gap, len(edges)):
            first, after, at, slope = edges[place, FIRST], edges[place, AFTER], edges[place, AT], edges[place, SLOPE]
            lower = place - gap
            while lower >= 0 and _is_after(edges, lower, first, at, slope):
                for column in range(4):
                    edges[lower + gap, column] = edges[lower, column]
                lower -= gap
            edges[lower + gap, FIRST], edges[lower + gap, AFTER] = first, after
            edges[lower + gap, AT], edges[lower + gap, SLOPE] = at, slope
        gap = 1 if gap == 2 else gap * 5 // 11


@compiled
def _is_after(edges: Edges, place: int, first: int, at: int, slope: int) -> bool:
    """Whether an edge comes after one with these values."""
    if edges[place, FIRST] != first:
        return bool(edges[place, FIRST] > first)
    if edges[place, AT] != at:
        return bool(edges[place, AT] > at)
    return bool(edges[place, SLOPE] > slope)
