import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from annotation_noise.geometry.masks import from_frame, to_frame
from tests.strategies import full_frames

pytest.importorskip("skimage", reason="skeletons need scikit-image: pip install -r requirements-wan.txt")
from annotation_noise.geometry.skeletons import skeleton_path


def test_a_t_gives_its_longest_way() -> None:
    """Of three arms of 30, 10 and 3 pixels, those of 30 and 10."""
    frame = np.zeros((40, 60), np.uint8)
    frame[20, 5:46] = 1  # 30 to the left of column 35, 10 to the right
    frame[21:24, 35] = 1
    path = skeleton_path(from_frame(frame)).tolist()
    ends = sorted([path[0], path[-1]])
    assert ends == [[5, 20], [45, 20]]
    assert len(path) == 41


@given(full_frames)
def test_it_is_a_way_through_the_mask(frame: NDArray[np.uint8]) -> None:
    mask = from_frame(frame)
    path = skeleton_path(mask)
    assert len(path) >= 1
    assert to_frame(mask)[path[:, 1], path[:, 0]].all()
    assert (np.abs(np.diff(path, axis=0)).max(axis=1) == 1).all() if len(path) > 1 else True
    assert len({tuple(p) for p in path.tolist()}) == len(path)
