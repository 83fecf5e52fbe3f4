import numpy as np
import shapely
from hypothesis import example, given
from numpy.typing import NDArray

from annotation_noise.geometry.masks import from_frame
from annotation_noise.geometry.outlines import outlines
from annotation_noise.geometry.polygons import Corners
from tests.strategies import frames

Frame = NDArray[np.uint8]
Edge = tuple[int, int, int, int]

ISLAND = np.pad(np.pad(np.pad(np.ones((1, 1), np.uint8), 1), 1, constant_values=1), 1)  # within a hole
DIAGONAL = np.eye(5, dtype=np.uint8)[::-1] | np.eye(5, dtype=np.uint8)


def border(frame: Frame) -> list[Edge]:
    """All unit sides between an instance pixel and another one or the outside, by looking at each pixel."""
    framed, found = np.pad(frame, 1), []
    for y, x in np.argwhere(frame):
        sides = {(0, 1): (x, y, x + 1, y), (2, 1): (x, y + 1, x + 1, y + 1)}
        sides |= {(1, 0): (x, y, x, y + 1), (1, 2): (x + 1, y, x + 1, y + 1)}
        found += [side for (down, right), side in sides.items() if not framed[y + down, x + right]]
    return sorted(found)


def unit_sides(ring: Corners) -> list[Edge]:
    """The sides of a ring, cut into sides of one pixel."""
    found = []
    for (x, y), (to_x, to_y) in zip(ring.tolist(), np.roll(ring, -1, axis=0).tolist(), strict=True):
        assert (x == to_x) != (y == to_y)
        (x, to_x), (y, to_y) = sorted((x, to_x)), sorted((y, to_y))
        along_x = [(place, y, place + 1, y) for place in range(x, to_x)]
        found += along_x or [(x, place, x, place + 1) for place in range(y, to_y)]
    return found


@given(frames)
@example(ISLAND)
@example(DIAGONAL)
def test_the_rings_are_the_border_each_side_once(frame: Frame) -> None:
    rings = outlines(from_frame(frame))
    assert sorted(side for ring in rings for side in unit_sides(ring)) == border(frame)


@given(frames)
@example(ISLAND)
def test_the_signed_areas_add_up_to_the_mask(frame: Frame) -> None:
    """Holes run the other way round than what they are in, so that they count against it."""
    areas = [shapely.Polygon(ring).area * (1 if shapely.LinearRing(ring).is_ccw else -1) for ring in rings_of(frame)]
    assert abs(sum(areas)) == frame.sum()


def rings_of(frame: Frame) -> list[Corners]:
    return outlines(from_frame(frame))


def test_a_hole_is_not_cut_open() -> None:
    rings = rings_of(ISLAND)
    assert sorted(sorted(set(ring.ravel().tolist())) for ring in rings) == [[1, 6], [2, 5], [3, 4]]
