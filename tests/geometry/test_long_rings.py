import resource
import time

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from annotation_noise.geometry.long_rings import LONG_PX, is_long, rasterised_long
from annotation_noise.geometry.segmentations import read_mask
from tests.strategies import rings

far = st.integers(-40_000, 40_000).map(lambda number: number / 4)


@given(
    st.one_of(
        rings(),
        st.lists(far, min_size=6, max_size=20).filter(lambda ring: len(ring) % 2 == 0),
        st.lists(st.floats(-300, 300), min_size=6, max_size=200).filter(lambda ring: len(ring) % 2 == 0),
    ),
    st.integers(1, 70),
    st.integers(1, 70),
)
@example([0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 5, 5)
@example([3.0, 1.0, 3.0, 9.0, 8.0, 9.0, 8.0, 1.0], 10, 10)
def test_the_pixels_are_those_of_pycocotools(ring: list[float], height: int, width: int) -> None:
    expected = coco_mask.decode(coco_mask.frPyObjects([ring], height, width))[:, :, 0]
    found = rasterised_long(np.array(ring).reshape(-1, 2), height, width)
    assert np.array_equal(found.to_array(), expected)


def test_many_crossings_are_computed_some_at_a_time() -> None:
    ring = (np.random.default_rng(1).random((20_000, 2)) * (640, 480)).round(2)
    expected = coco_mask.decode(coco_mask.frPyObjects([ring.ravel().tolist()], 480, 640))[:, :, 0]
    assert np.array_equal(rasterised_long(ring, 480, 640).to_array(), expected)


def test_an_outline_of_an_instance_is_not_long() -> None:
    circle = [(300 + 200 * np.cos(a), 240 + 200 * np.sin(a)) for a in np.linspace(0, 6.28, 1000)]
    assert not is_long(np.array(circle).ravel().tolist())
    assert is_long([0.0, 0.0, LONG_PX, 0.0, 0.0, LONG_PX])


def test_vertices_far_out_take_neither_time_nor_memory() -> None:
    """Step by step these are 400 times 7 million: 20 GB."""
    ring = (np.random.default_rng(1).random(800) * 2e6 - 1e6).tolist()
    begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read_mask([ring], 480, 640)
    assert time.process_time() - begun < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB
