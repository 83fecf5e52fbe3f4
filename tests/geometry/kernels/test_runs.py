"""Run lengths become bit images, and bit images run lengths, as pycocotools and rlemasklib do it."""

import json

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray
from rlemasklib import RLEMask

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from annotation_noise.geometry import segmentations
from annotation_noise.geometry.kernels import bits, runs
from annotation_noise.geometry.masks import Mask, to_frame
from tests.geometry.kernels.shapes import LONG_PX, many_holes, some_mask
from tests.geometry.kernels.trials import Trial, same_pixels, trial


@trial
def decoded(rng: Generator) -> Trial:
    """Compressed text to bit images."""
    mask = some_mask(rng)
    size, text = mask[3:], segmentations.compressed(mask)
    characters = np.frombuffer(text, np.uint8)
    form = segmentations.RunLengths(size, text.decode("ascii"))

    def kernel() -> tuple[bits.Words, bits.Grid]:
        counts = runs.decompressed(characters)
        assert runs.are_sound(counts, *size)
        return runs.decoded(counts, *size)

    return Trial(kernel, lambda: segmentations.read_mask(form, *size), same_pixels)


@trial
def encoded(rng: Generator) -> Trial:
    """Bit images to compressed text."""
    mask = some_mask(rng)
    image = bits.from_mask(mask)

    def same(ours: NDArray[np.uint8], theirs: bytes) -> bool:
        return ours.tobytes() == theirs

    return Trial(lambda: runs.compressed(runs.encoded(*image, *mask[3:])), lambda: segmentations.compressed(mask), same)


@trial
def encoded_counts(rng: Generator) -> Trial:
    """Bit images to counts, and counts that somebody else wrote, with runs without length, to bit images."""
    mask = some_mask(rng)
    image = bits.from_mask(mask)

    def same(ours: NDArray[np.int64], theirs: dict[str, list[int]]) -> bool:
        cut = np.array(theirs["counts"])
        places = rng.integers(0, len(cut), 3)
        longer = np.insert(cut, np.repeat(places, 2), 0)
        at = rng.integers(0, len(cut))
        part = rng.integers(0, cut[at] + 1)
        parted = np.concatenate((cut[:at], [part, 0, cut[at] - part], cut[at + 1 :]))
        back = [same_pixels(runs.decoded(counts, *mask[3:]), mask) for counts in (cut, longer, parted)]
        return ours.tolist() == theirs["counts"] and all(back)

    return Trial(lambda: runs.encoded(*image, *mask[3:]), lambda: segmentations.write(mask, "uncompressed"), same)


def test_counts_by_hand() -> None:
    frame = np.array([[0, 1, 1], [0, 1, 0]], np.uint8)
    image = bits.from_mask(Mask(frame, 0, 0, 2, 3))
    assert runs.encoded(*image, 2, 3).tolist() == [2, 3, 1]
    assert runs.encoded(*bits.from_mask(Mask(frame[:0, :0], 0, 0, 2, 3)), 2, 3).tolist() == [6]
    assert runs.encoded(*bits.from_mask(Mask(np.ones((2, 3), np.uint8), 0, 0, 2, 3)), 2, 3).tolist() == [0, 6]


@pytest.mark.parametrize(
    "text",
    [b"", b"~", b"0 ", b"12\xc3\xa4", b"P", b"oooooooooooooo0"],
    ids=["none", "character too high", "too low", "not ASCII", "no last group", "too long"],
)
def test_unsound_text_has_no_counts(text: bytes) -> None:
    assert not runs.decompressed(np.frombuffer(text, np.uint8)).size


@pytest.mark.parametrize(
    ("counts", "sound"), [([6], True), ([0, 6], True), ([1, 0, 5], True), ([7, -1], False), ([5], False), ([], False)]
)
def test_counts_must_add_up(counts: list[int], sound: bool) -> None:
    assert runs.are_sound(np.array(counts, np.int64), 2, 3) == sound


def test_numbers_and_escapes_are_json() -> None:
    counts = np.array([0, 7, 10, 99, 100, 123_456_789_012], np.int64)
    text = np.zeros(200, np.uint8)
    assert json.loads(b"[" + text[: runs.put_numbers(text, 0, counts)].tobytes() + b"]") == counts.tolist()
    counts = np.arange(44, 2_000, dtype=np.int64) ** 2 % 1_999
    text = np.zeros(14 * len(counts), np.uint8)
    escaped = text[: runs.put_compressed(text, 0, counts, True)].tobytes()
    plain = runs.compressed(counts).tobytes()
    assert b"\\" in plain and json.loads(b'"' + escaped + b'"').encode() == plain


def test_ten_thousand_holes() -> None:
    mask = many_holes()
    image = bits.from_mask(mask)
    counts = runs.encoded(*image, *mask[3:])
    assert len(counts) > 20_000 and runs.compressed(counts).tobytes() == segmentations.compressed(mask)
    assert same_pixels(runs.decoded(counts, *mask[3:]), mask)


def test_a_side_of_20000_px() -> None:
    size = LONG_PX, LONG_PX
    circle = RLEMask.from_circle((9_000.0, 11_000.0), 8_990.0, imshape=size)
    counts = runs.decompressed(np.frombuffer(circle.to_dict()["counts"], np.uint8))
    image = runs.decoded(counts, *size)
    assert bits.area(image[0]) == circle.area()
    assert runs.encoded(*image, *size).tolist() == counts.tolist()


def test_the_frames_corners() -> None:
    """Runs that go on from one column to the next, in the first and in the last."""
    frame = np.zeros((3, 70), np.uint8)
    frame[2, 0] = frame[0, 1] = frame[2, 68] = frame[:, 69] = 1
    counts = runs.encoded(*bits.from_mask(Mask(frame, 0, 0, 3, 70)), 3, 70)
    assert counts.tolist() == [2, 2, 202, 4]
    image = runs.decoded(counts, 3, 70)
    assert np.array_equal(to_frame(bits.to_mask(*image, 3, 70)), frame)
