"""Fewer vertices: shapely's `simplify(tolerance, preserve_topology=True)` of one closed ring of whole numbers.

Source: GEOS's TopologyPreservingSimplifier, which is Douglas and Peucker's algorithm with a test for crossings.
Its rules, to the last vertex:

1.  A ring of fewer than four points stays. The point that closes it is added, unless it is there already.
2.  A *section* from one vertex to another is first the whole ring. It is either *flattened*, its inner vertices left
    out, or split in two, of which the first is done first. An edge of the ring cannot be split and stays.
3.  It is split at the vertex farthest from the segment between its ends, of several the first. The distance is to the
    segment, not to the line, and computed as the square root of a whole number beyond its ends, and otherwise as
    |cross product / length²| · √(length²).
4.  It is not flattened if the vertex is farther than the tolerance; if the result has fewer than three edges so far and
    the section comes from fewer than two splits, so that a ring remains; or if the new edge would meet, in a way that
    changes the topology, any edge that is there outside the section: one that stays, one that was flattened, or one
    that still waits.
5.  Edges may share one end. They may not cross, be the same, touch elsewhere, or share more than a point.
6.  At the end the vertex that the ring began with is left out by the same rules if at least four edges are left, but
    that *all* edges count for the test, and none does if the vertex lies on the line between its neighbours.

Whole numbers make every comparison exact that GEOS makes of doubles, as long as no coordinate is 2^24 or more: unlike
products then differ by more than their quotients and roots are rounded by. Only the two kinds of distance are compared
as doubles, as GEOS does.

The edges that are there are a table, by the vertex at which they begin. To find those near a new edge quickly, each
`BLOCK` vertices one after the other have a box around their edges, which never shrinks.
"""

import math

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.compiled import compiled

Whole = NDArray[np.int64]

BLOCK = 16
GONE = 0  # no edge ends at the vertex that the ring begins with, but as its last, whose end is the ring's length


@compiled
def simplified(points: Whole, tolerance_px: float) -> Whole:
    """The ring with fewer vertices.

    points: (n, 2) x and y, the first not repeated at the end, each below 2^24 in size. tolerance_px: 0 or more.
    Returns (m, 2), m <= n; `points` itself where n is less than 4.
    """
    count = len(points)
    if count < 4:
        return points
    if points[0, 0] == points[-1, 0] and points[0, 1] == points[-1, 1]:
        count -= 1
    x, y = np.empty(count + 1, np.int64), np.empty(count + 1, np.int64)
    for vertex in range(count + 1):
        x[vertex], y[vertex] = points[vertex % count, 0], points[vertex % count, 1]
    edge_end = np.arange(1, count + 1)
    boxes = _boxes(x, y)
    _flatten_sections(x, y, edge_end, boxes, tolerance_px)
    return _kept(x, y, edge_end, boxes, tolerance_px)


@compiled
def simplified_rings(points: Whole, ends: Whole, tolerance_px: float) -> tuple[Whole, Whole]:
    """Rings one after the other, each simplified; ends: (k,), where in `points` each ends. Returns both anew."""
    kept, new_ends = np.empty_like(points), np.empty_like(ends)
    start = end = 0
    for ring in range(len(ends)):
        for x, y in simplified(points[start : ends[ring]], tolerance_px):
            kept[end, 0], kept[end, 1] = x, y
            end += 1
        start, new_ends[ring] = ends[ring], end
    return kept[:end], new_ends


@compiled
def _flatten_sections(x: Whole, y: Whole, edge_end: Whole, boxes: Whole, tolerance_px: float) -> None:
    """Rules 2 to 4. The sections that wait lie one after the other, so that each begins where the one before ends."""
    ends, splits = np.empty(len(edge_end), np.int64), np.empty(len(edge_end), np.int64)
    ends[0], splits[0] = len(edge_end), 0
    waiting, first, edges = 1, 0, 0
    while waiting:
        last = ends[waiting - 1]
        if last > first + 1:
            farthest, distance_px = _farthest(x, y, first, last)
            if (
                distance_px > tolerance_px
                or (edges < 3 and splits[waiting - 1] < 2)
                or _meets_others(x, y, edge_end, boxes, first, last, first, last)
            ):
                splits[waiting - 1] += 1
                ends[waiting], splits[waiting] = farthest, splits[waiting - 1]
                waiting += 1
                continue
            _flatten(x, y, edge_end, boxes, first, last)
        edges += 1
        first = last
        waiting -= 1


@compiled
def _kept(x: Whole, y: Whole, edge_end: Whole, boxes: Whole, tolerance_px: float) -> Whole:
    """Rule 6, and the vertices that are left."""
    kept = np.empty((len(edge_end), 2), np.int64)
    edges, last = 0, 0
    for vertex in range(len(edge_end)):
        if edge_end[vertex] != GONE:
            kept[edges, 0], kept[edges, 1] = x[vertex], y[vertex]
            edges, last = edges + 1, vertex
    after = edge_end[0]
    if edges < 4 or _distance_px(x, y, 0, last, after) > tolerance_px:
        return kept[:edges]
    on_line = _turn(x[last], y[last], x[after], y[after], x[0], y[0]) == 0
    if not on_line and _meets_others(x, y, edge_end, boxes, last, after, 0, 0):
        return kept[:edges]
    kept[0, 0], kept[0, 1] = x[last], y[last]
    return kept[: edges - 1]


@compiled
def _farthest(x: Whole, y: Whole, first: int, last: int) -> tuple[int, float]:
    """The first of the vertices between two that are farthest from the segment between these, and how far it is."""
    along_x, along_y = x[last] - x[first], y[last] - y[first]
    length2 = along_x * along_x + along_y * along_y
    beside, beside_cross, beyond, beyond_distance2 = first, -1, first, -1
    for vertex in range(first + 1, last):
        from_x, from_y = x[vertex] - x[first], y[vertex] - y[first]
        dot = from_x * along_x + from_y * along_y
        if 0 < dot < length2:
            cross = abs(from_x * along_y - from_y * along_x)
            if cross > beside_cross:
                beside, beside_cross = vertex, cross
        else:
            if dot > 0:
                from_x, from_y = x[vertex] - x[last], y[vertex] - y[last]
            distance2 = from_x * from_x + from_y * from_y
            if distance2 > beyond_distance2:
                beyond, beyond_distance2 = vertex, distance2
    beside_px = beyond_px = -1.0
    if beside_cross >= 0:
        beside_px = float(beside_cross) / float(length2) * math.sqrt(float(length2))
    if beyond_distance2 >= 0:
        beyond_px = math.sqrt(float(beyond_distance2))
    if beside_px > beyond_px or (beside_px == beyond_px and beside < beyond):
        return beside, beside_px
    return beyond, beyond_px


@compiled
def _distance_px(x: Whole, y: Whole, vertex: int, begin: int, end: int) -> float:
    """How far a vertex is from the segment between two others."""
    along_x, along_y = x[end] - x[begin], y[end] - y[begin]
    from_x, from_y = x[vertex] - x[begin], y[vertex] - y[begin]
    length2 = along_x * along_x + along_y * along_y
    dot = from_x * along_x + from_y * along_y
    if 0 < dot < length2:
        return float(abs(from_x * along_y - from_y * along_x)) / float(length2) * math.sqrt(float(length2))
    if dot > 0:
        from_x, from_y = x[vertex] - x[end], y[vertex] - y[end]
    return math.sqrt(float(from_x * from_x + from_y * from_y))


@compiled
def _boxes(x: Whole, y: Whole) -> Whole:
    """Of each block of edges the least x, most x, least y, most y."""
    edges = len(x) - 1
    boxes = np.empty(((edges + BLOCK - 1) // BLOCK, 4), np.int64)
    for block in range(len(boxes)):
        start, stop = block * BLOCK, min(block * BLOCK + BLOCK, edges)
        boxes[block, 0] = boxes[block, 1] = x[stop]
        boxes[block, 2] = boxes[block, 3] = y[stop]
        for vertex in range(start, stop):
            _include(boxes[block], x[vertex], y[vertex])
    return boxes


@compiled
def _include(box: Whole, x: int, y: int) -> None:
    """Enlarge a box to a point."""
    box[0], box[1] = min(box[0], x), max(box[1], x)
    box[2], box[3] = min(box[2], y), max(box[3], y)


@compiled
def _flatten(x: Whole, y: Whole, edge_end: Whole, boxes: Whole, first: int, last: int) -> None:
    """Replace the edges of a section by one."""
    edge_end[first] = last
    edge_end[first + 1 : last] = GONE
    _include(boxes[first // BLOCK], x[last], y[last])


@compiled
def _meets_others(
    x: Whole, y: Whole, edge_end: Whole, boxes: Whole, begin: int, end: int, first: int, last: int
) -> bool:
    """Whether a new edge between two vertices changes the topology by meeting another, outside the section given."""
    least_x, most_x = min(x[begin], x[end]), max(x[begin], x[end])
    least_y, most_y = min(y[begin], y[end]), max(y[begin], y[end])
    for block in range(len(boxes)):
        box = boxes[block]
        if box[0] > most_x or box[1] < least_x or box[2] > most_y or box[3] < least_y:
            continue
        for start in range(block * BLOCK, min(block * BLOCK + BLOCK, len(edge_end))):
            stop = edge_end[start]
            if stop == GONE or first <= start < last:
                continue
            if max(x[start], x[stop]) < least_x or min(x[start], x[stop]) > most_x:
                continue
            if max(y[start], y[stop]) < least_y or min(y[start], y[stop]) > most_y:
                continue
            if _meet(x[start], y[start], x[stop], y[stop], x[begin], y[begin], x[end], y[end]):
                return True
    return False


@compiled
def _meet(ax: int, ay: int, bx: int, by: int, cx: int, cy: int, dx: int, dy: int) -> bool:
    """Rule 5 for the edges from a to b and from c to d: whether they meet, but not in one end of both."""
    turn_c, turn_d = _turn(ax, ay, bx, by, cx, cy), _turn(ax, ay, bx, by, dx, dy)
    if (turn_c > 0 and turn_d > 0) or (turn_c < 0 and turn_d < 0):
        return False
    turn_a, turn_b = _turn(cx, cy, dx, dy, ax, ay), _turn(cx, cy, dx, dy, bx, by)
    if (turn_a > 0 and turn_b > 0) or (turn_a < 0 and turn_b < 0):
        return False
    a_is_end, b_is_end = _is_end(ax, ay, cx, cy, dx, dy), _is_end(bx, by, cx, cy, dx, dy)
    if turn_a != 0 or turn_b != 0 or turn_c != 0 or turn_d != 0:
        return not (a_is_end or b_is_end)
    c_is_end, d_is_end = _is_end(cx, cy, ax, ay, bx, by), _is_end(dx, dy, ax, ay, bx, by)
    if a_is_end and b_is_end and c_is_end and d_is_end:
        return True
    return (
        (not a_is_end and _in_box(ax, ay, cx, cy, dx, dy))
        or (not b_is_end and _in_box(bx, by, cx, cy, dx, dy))
        or (not c_is_end and _in_box(cx, cy, ax, ay, bx, by))
        or (not d_is_end and _in_box(dx, dy, ax, ay, bx, by))
    )


@compiled
def _turn(ax: int, ay: int, bx: int, by: int, cx: int, cy: int) -> int:
    """On which side of the line from a to b the point c lies, as the sign; 0 on it."""
    return (ax - cx) * (by - cy) - (ay - cy) * (bx - cx)


@compiled
def _is_end(x: int, y: int, ax: int, ay: int, bx: int, by: int) -> bool:
    """Whether a point is an end of the edge from a to b."""
    return (x == ax and y == ay) or (x == bx and y == by)


@compiled
def _in_box(x: int, y: int, ax: int, ay: int, bx: int, by: int) -> bool:
    """Whether a point is in the closed box around the edge from a to b."""
    return min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)
