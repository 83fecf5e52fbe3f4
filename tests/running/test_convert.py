import errno
import functools
import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO

from annotation_noise.coco.file import read as read_coco
from annotation_noise.datasets.cityscapes import read
from annotation_noise.datasets.split import Frame, Records, Split
from annotation_noise.errors import InputError
from annotation_noise.running import convert
from annotation_noise.running.convert import Converted, convert_split, skipped_text
from annotation_noise.running.workers import processes
from tests.folders import cityscapes, decoded

CATEGORIES = [{"id": 1, "name": "ant"}]


def many(root: Path, count: int) -> Split:
    rng = np.random.default_rng(1)
    frames = {f"{city}_{place:06}_000019": rng.choice([7, 26, 26000, 26001, 33002], (12, 20)) for place in range(count)
              for city in ("ulm", "bonn")}  # fmt: skip
    return read(cityscapes(root, frames))[0]


def test_a_split_becomes_a_coco_file(tmp_path: Path) -> None:
    split = many(tmp_path, 3)
    done = convert_split(split, tmp_path / "instances_train.json")
    expected = [split.records(frame) for frame in split.frames()]
    content = json.loads(done.path.read_text())
    assert content["info"] == {"description": "Cityscapes, gtFine/train"}
    assert content["categories"] == split.categories
    assert content["images"] == [records.image for records in expected]
    assert content["annotations"] == [annotation for records in expected for annotation in records.annotations]
    assert done.counts == {"images": 6, "annotations": 24}
    coco = COCO(done.path)
    for annotation in content["annotations"]:
        assert np.array_equal(coco.annToMask(annotation), decoded(annotation))
    assert len(read_coco(done.path).starts) == 24


def test_the_bytes_are_the_same_whoever_does_the_work_and_wherever_the_folder_is(tmp_path: Path) -> None:
    expected = convert_split(many(tmp_path / "a", 20), tmp_path / "one.json").path.read_bytes()
    with processes(2) as workers:
        split = many(tmp_path / "elsewhere", 20)
        assert convert_split(split, tmp_path / "two.json", workers).path.read_bytes() == expected


def test_images_without_annotations_make_a_whole_file(tmp_path: Path) -> None:
    cityscapes(tmp_path, {"ulm_000000_000019": np.zeros((2, 2)), "ulm_000001_000019": np.zeros((2, 2))})
    done = convert_split(read(tmp_path)[0], tmp_path / "x.json")
    content = json.loads(done.path.read_text())
    assert (len(content["images"]), content["annotations"]) == (2, [])


def test_what_does_not_belong_together_is_said_before_any_work(tmp_path: Path) -> None:
    split = many(tmp_path, 2)
    (tmp_path / "leftImg8bit/train/ulm/ulm_000001_000019_leftImg8bit.png").unlink()
    with pytest.raises(InputError, match=r"ulm_000001_000019_leftImg8bit\.png is missing"):
        convert_split(split, tmp_path / "x.json")
    assert not (tmp_path / "x.json").exists()


def _frames(count: int) -> Iterator[Frame]:
    return (Frame(number, f"{number}.jpg", Path("none")) for number in range(count))


def _records(frame: Frame) -> Records:
    image = {"id": frame.image_id, "width": 1, "height": 1, "file_name": frame.file_name}
    box = {"id": frame.image_id, "image_id": frame.image_id, "category_id": 1, "note": "x" * 1000}
    return Records(image, [box], Counter())


def test_memory_does_not_grow_with_the_number_of_frames(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        split = Split("x", "here", "X", CATEGORIES, functools.partial(_frames, count), _records)
        tracemalloc.start()
        convert_split(split, tmp_path / "x.json")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    few = peak(500)
    assert peak(5000) < 2 * few
    assert (tmp_path / "x.json").stat().st_size > 5_000_000


def test_what_was_skipped_is_told_by_reason() -> None:
    done = Converted(
        Path("x"), "here/train", Counter(), Counter({"of the unknown class 9": 1200, "without a pixel": 1})
    )
    assert skipped_text([done]) == [
        "here/train: skipped 1,200 instances of the unknown class 9",
        "here/train: skipped 1 instance without a pixel",
    ]


def test_a_dry_run_that_fills_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(convert, "convert_split", refuse)
    with pytest.raises(OSError, match=r"No space left on device .this is the temporary folder; TMPDIR names another"):
        convert.converted([many(tmp_path, 1)], None, None).__enter__()
    (tmp_path / "out").mkdir()
    with pytest.raises(OSError, match=r"No space left on device$"):
        convert.converted([many(tmp_path, 1)], tmp_path / "out", None).__enter__()
