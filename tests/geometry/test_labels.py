import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from rlemasklib import RLEMask

from annotation_noise.geometry.labels import instances
from tests.strategies import sizes


@given(hnp.arrays(np.uint32, sizes, elements=st.sampled_from([0, 1, 7, 255, 24000, 2**24 + 5])), st.data())
def test_every_wanted_label_gets_its_pixels(labels: NDArray[np.uint32], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.sampled_from([1, 7, 255, 24000, 2**24 + 5, 99]), unique=True))
    found = instances(labels, wanted)
    assert list(found) == sorted(set(wanted) & set(labels.ravel().tolist()))
    for label, mask in found.items():
        assert np.array_equal(mask.to_array(), labels == label)


@given(hnp.arrays(np.uint16, sizes, elements=st.integers(0, 4)))
def test_small_labels_are_the_librarys(labels: NDArray[np.uint16]) -> None:
    expected = RLEMask.from_label_map(labels.astype(np.uint8))
    found = instances(labels, range(1, 256))
    assert {label: mask.to_dict() for label, mask in found.items()} == {
        label: mask.to_dict() for label, mask in expected.items()
    }


@pytest.mark.parametrize("label", [1, 2])
def test_pieces_holes_and_single_pixels_by_hand(label: int) -> None:
    labels = np.array([[1, 1, 1, 0, 2], [1, 2, 1, 0, 0], [1, 1, 1, 0, 1]], np.uint16)
    mask = instances(labels, [1, 2])[label]
    assert mask.counts.tolist() == {1: [0, 4, 1, 4, 5, 1], 2: [4, 1, 7, 1, 2]}[label]
