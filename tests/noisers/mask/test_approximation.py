import numpy as np

from annotation_noise.geometry.masks import from_frame, to_frame
from noisers.mask.approximation import approximation

RNG = np.random.default_rng(0)


def test_a_bump_lower_than_the_tolerance_is_flattened() -> None:
    frame = np.zeros((20, 30), np.uint8)
    frame[5:15, 5:25] = 1
    box = frame.copy()
    frame[3:5, 14:16] = 1  # two pixels high
    assert np.array_equal(to_frame(approximation(from_frame(frame), RNG, tolerance_px=3)), box)


def test_no_tolerance_changes_nothing() -> None:
    frame = np.pad(np.tri(9, dtype=np.uint8), 3)
    frame[9, 5] = 0
    assert np.array_equal(to_frame(approximation(from_frame(frame), RNG, tolerance_px=0)), frame)


def test_it_leaves_contours_of_fewer_than_four_vertices_alone() -> None:
    frame = np.zeros((20, 30), np.uint8)
    frame[2, 2] = frame[5, 5:9] = 1  # one vertex, two vertices
    assert np.array_equal(to_frame(approximation(from_frame(frame), RNG, tolerance_px=15)), frame)


def test_a_hole_is_kept_and_simplified() -> None:
    frame = np.zeros((40, 40), np.uint8)
    frame[2:38, 2:38] = 1
    frame[10:30, 10:30] = 0
    frame[8:10, 19:21] = 0  # a notch in the rim of the hole
    noisy = to_frame(approximation(from_frame(frame), RNG, tolerance_px=4))
    assert noisy[8, 19:21].all()
    assert not noisy[12:28, 12:28].any()
    assert noisy[2:8, 2:38].all()
