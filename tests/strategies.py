"""What hypothesis draws: frames, masks and polygons of every kind."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))


def _blocky(pixels: NDArray[np.bool_], factor: int) -> NDArray[np.uint8]:
    return np.kron(pixels, np.ones((factor, factor), bool)).astype(np.uint8)


# Single pixels, lines, noise with holes and islands in holes, coarse blobs, empty and full frames.
frames = st.one_of(
    hnp.arrays(bool, sizes).map(lambda p: p.astype(np.uint8)),
    st.builds(_blocky, hnp.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))), st.integers(2, 4)),
    sizes.map(lambda size: np.ones(size, np.uint8)),
)
full_frames = frames.filter(lambda frame: bool(frame.any()))

# Corners anywhere in and around a small image, in halves and tenths so that rounding is met.
coordinates = st.one_of(
    st.integers(-30, 70).map(float), st.integers(-300, 700).map(lambda c: c / 10), st.floats(-50, 90)
)


@st.composite
def rings(draw: st.DrawFn) -> list[float]:
    """A ring of 3 to 12 points: self-crossing, flat, repeating points, over the border, all of it."""
    return draw(st.lists(coordinates, min_size=6, max_size=24).filter(lambda ring: len(ring) % 2 == 0))


polygons = st.lists(rings(), min_size=1, max_size=4)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)
