import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from annotation_noise.geometry.masks import from_frame, to_frame
from annotation_noise.geometry.polygons import exact_polygons
from annotation_noise.geometry.segmentations import Form, RunLengths, encoded, form_of, read_mask, write
from tests.reference import decode
from tests.strategies import frames, full_frames, polygons, sizes

Frame = NDArray[np.uint8]
FORMS: tuple[Form, ...] = ("polygon", "rle", "uncompressed")


def from_json(value: Any) -> Any:
    """A segmentation as the program meets it: through JSON."""
    return msgspec.json.decode(json.dumps(value), type=list[list[float]] | RunLengths)


@given(polygons, sizes)
def test_polygons_are_read_as_pycocotools_reads_them(rings: list[list[float]], size: tuple[int, int]) -> None:
    assert np.array_equal(to_frame(read_mask(rings, *size)), decode(rings, *size))


@given(frames)
def test_run_lengths_are_read_as_pycocotools_reads_them(frame: Frame) -> None:
    runs = coco_mask.encode(np.asfortranarray(frame))
    compressed = from_json({"size": runs["size"], "counts": runs["counts"].decode()})
    assert np.array_equal(to_frame(read_mask(compressed, *frame.shape)), frame)


@given(full_frames, st.sampled_from(FORMS))
def test_what_is_written_reads_back_equal(frame: Frame, form: Form) -> None:
    written = json.loads(json.dumps(write(from_frame(frame), form)))
    assert form_of(from_json(written)) == form
    assert np.array_equal(to_frame(read_mask(from_json(written), *frame.shape)), frame)
    assert np.array_equal(decode(written, *frame.shape), frame)


@given(full_frames, st.sampled_from(FORMS))
def test_a_mask_that_nobody_may_change_is_written_like_any_other(frame: Frame, form: Form) -> None:
    expected, mask = write(from_frame(frame), form), from_frame(frame)
    mask.pixels.setflags(write=False)
    assert write(mask, form) == expected


@given(st.lists(st.tuples(full_frames, st.sampled_from(FORMS)), max_size=6))
def test_as_json_it_is_the_same(several: list[tuple[Frame, Form]]) -> None:
    masks, forms = [from_frame(frame) for frame, _ in several], [form for _, form in several]
    texts = [text.decode() for text in encoded(masks, forms)]
    expected = [write(mask, form) for mask, form in zip(masks, forms, strict=True)]
    assert texts == [json.dumps(segmentation, separators=(",", ":")) for segmentation in expected]


@given(full_frames)
def test_the_largest_ring_comes_first_and_so_on(frame: Frame) -> None:
    rings = [np.reshape(ring, (-1, 2)) for ring in write(from_frame(frame), "polygon")]
    areas = [shapely.Polygon(ring).area for ring in rings]
    assert areas == sorted(areas, reverse=True)


def test_rings_of_one_size_stay_in_their_order() -> None:
    """Of four pieces the largest, which is found third, is written first, and nothing else moves."""
    frame = np.zeros((9, 9), np.uint8)
    frame[7, 7] = frame[4, 0] = frame[0, 4] = 1
    frame[4:6, 4:7] = 1
    (rings,) = exact_polygons([from_frame(frame)])
    found = [ring.ravel().tolist() for ring in np.split(rings.corners, rings.ends[:-1])]
    (large,) = (ring for ring in found if min(ring) == 4)
    assert write(from_frame(frame), "polygon") == [large, *(ring for ring in found if ring != large)]


def test_run_lengths_by_hand() -> None:
    frame = np.array([[0, 1, 1], [0, 0, 1]], np.uint8)  # column by column: 0 0 | 1 0 | 1 1
    assert write(from_frame(frame), "uncompressed") == {"size": [2, 3], "counts": [2, 1, 1, 2]}
    assert np.array_equal(to_frame(read_mask(RunLengths((2, 3), [2, 1, 1, 2]), 2, 3)), frame)


def test_every_annotation_is_read_as_pycocotools_reads_it(coco_tiny: Path) -> None:
    count = 0
    for path in coco_tiny.glob("*.json"):
        dataset = json.loads(path.read_text())
        size = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
        for annotation in dataset["annotations"]:
            mask = read_mask(from_json(annotation["segmentation"]), *size[annotation["image_id"]])
            assert np.array_equal(to_frame(mask), decode(annotation["segmentation"], *size[annotation["image_id"]]))
            count += 1
    assert count > 1400


@pytest.mark.parametrize("nothing", [None, [], [[]], [[1.0, 2.0]], [[1.0, 2.0, 3.0, 4.0]], [[5.0, 5.0] * 4]])
def test_what_encloses_nothing_is_an_empty_mask(nothing: Any) -> None:
    assert not to_frame(read_mask(nothing, 20, 20)).any()


def test_a_ring_of_two_points_beside_a_real_one_adds_nothing() -> None:
    square = [2.0, 2.0, 6.0, 2.0, 6.0, 6.0, 2.0, 6.0]
    assert np.array_equal(to_frame(read_mask([[1.0, 1.0, 9.0, 9.0], square], 20, 20)), decode([square], 20, 20))


@pytest.mark.parametrize(
    ("segmentation", "message"),
    [
        ([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0]], r"\[1\] has 3 numbers"),
        (RunLengths((5, 4), [20]), r"\.size is 5 x 4, but the image has height x width 4 x 5"),
        (RunLengths((4, 5), [10, 9]), r"\.counts are no run lengths that add up"),
        (RunLengths((4, 5), [30, -10]), r"\.counts are no run lengths"),
        (RunLengths((4, 5), [2**70]), r"\.counts are no run lengths"),
        (RunLengths((4, 5), "garbage"), r"\.counts are no run lengths"),
        (RunLengths((4, 5), "hé"), r"\.counts are no run lengths"),
        (RunLengths((4, 5), ""), r"\.counts are no run lengths"),
    ],
)
def test_a_malformed_segmentation_says_where(segmentation: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        read_mask(segmentation, 4, 5)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12))
def test_any_text_as_counts_is_read_or_refused(counts: str) -> None:
    try:
        mask = read_mask(RunLengths((4, 5), counts), 4, 5)
    except ValueError:
        return
    assert to_frame(mask).shape == (4, 5)
