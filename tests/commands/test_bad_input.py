"""What cannot be read, is no text, has no sensible size or never ends: one sentence, status 2, and nothing written."""

import json
import os
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation_noise.commands import evaluate_options, measure_options, show_options, wan_options
from noise_annotations import main as noise
from tests.folders import RGB, cityscapes, panoptic, png, viper

Main = Callable[[list[str]], int]


def wan(words: list[str]) -> int:
    from tests.wan.fake import load

    return wan_options.main("create_gt_plus_sam_noise.py", "wan_easy", words, load)


# Every command that reads a file, with the file in question as FILE.
READERS: dict[str, tuple[Main, str]] = {
    "noise": (noise, "FILE --benchmark hard"),
    "noise, a label for each image": (noise, "FILE --benchmark hard --to yolo"),
    "measure, clean": (measure_options.main, "FILE good.json --output_dir out"),
    "measure, noisy": (measure_options.main, "good.json FILE --output_dir out"),
    "show": (show_options.main, "none FILE --annotation 5"),
    "evaluate, truth": (evaluate_options.main, "--ground_truth FILE --predictions clean=found.json"),
    "evaluate, found": (evaluate_options.main, "--ground_truth good.json --predictions clean=FILE"),
    "evaluate, rows": (evaluate_options.main, "--add_to FILE"),
    "wan": (wan, "--annotations_path FILE --data_path . --sam_path fake"),
}
readers = pytest.mark.parametrize("reader", READERS)


@pytest.fixture
def folder(tmp_path: Path, tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.json").write_text(json.dumps(tiny))
    (tmp_path / "found.json").write_text(
        json.dumps([{"image_id": 1, "category_id": 3, "score": 1, "bbox": [0, 0, 9, 9]}])
    )
    return tmp_path


def refused(main: Main, words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence that a command ends with; it must write nothing."""
    before = sorted(Path().rglob("*"))
    try:
        status = main(words)
    except SystemExit as error:
        status = int(str(error.code))
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1
    assert sorted(Path().rglob("*")) == before
    return err.removeprefix("error: ").removesuffix("\n")


def read_by(reader: str, name: str, capsys: pytest.CaptureFixture[str]) -> str:
    main, words = READERS[reader]
    return refused(main, words.replace("FILE", name).split(), capsys)


@readers
@pytest.mark.parametrize("depth", [1100, 100_000])
def test_json_nested_too_deeply(folder: Path, reader: str, depth: int, capsys: pytest.CaptureFixture[str]) -> None:
    depth = depth if sys.version_info < (3, 12) else 100_000  # from where on C code has a limit of its own
    text = (folder / "good.json").read_text()
    (folder / "deep.json").write_text(text.replace('"iscrowd": 0', f'"iscrowd": 0, "x": {"[" * depth}{"]" * depth}', 1))
    assert "nested too deeply" in read_by(reader, "deep.json", capsys)


def test_what_can_be_read_where_it_is_checked_can_be_noised(folder: Path) -> None:
    text = (folder / "good.json").read_text()
    ends = []
    for depth in range(700, 1000, 10):
        name = f"{depth}.json"
        Path(name).write_text(text.replace('"iscrowd": 0', f'"iscrowd": 0, "x": {"[" * depth}{"]" * depth}'))
        ends.append(noise([name, "--benchmark", "hard", "--output_dir", f"out{depth}", "--workers", "1"]))
    assert set(ends) <= {0, 2}


@readers
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"images"', b'{"\xff": 1, "images"'),
        (b'{"images"', b'{"x": "\xff", "images"'),
        (b'"iscrowd": 0', b'"iscrowd": 0, "x": "\xff"'),
        (b'"iscrowd"', b'"is\xffcrowd"'),
        (b'"width"', b'"x": "\xed\xa0\x80", "width"'),  # half of a pair, in UTF-8's manner
    ],
)
def test_text_that_is_not_utf_8(
    folder: Path, reader: str, old: bytes, new: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also in keys and values that nobody looks at, since they stand in the output as they are."""
    broken = (folder / "good.json").read_bytes().replace(old, new, 1)
    (folder / "text.json").write_bytes(broken)
    place = next(place for place, byte in enumerate(broken) if byte in (0xFF, 0xED))
    assert read_by(reader, "text.json", capsys) == f"text.json: is not UTF-8 text, as JSON must be (byte {place})"


def test_a_sign_that_lies_on_the_border_of_what_is_checked_at_a_time_is_text(
    folder: Path, tiny: dict[str, Any]
) -> None:
    for length in range(2**20 - 30, 2**20):
        tiny["info"] = "a" * length
        tiny = {"info": tiny["info"], "more": "😀" * 10, **tiny}
        (folder / "large.json").write_text(json.dumps(tiny, ensure_ascii=False))
        assert noise(["large.json", "--benchmark", "easy", "--dry_run", "--workers", "1"]) == 0


@readers
@pytest.mark.parametrize("name", ["pipe", "/dev/zero", "/dev/null", "folder.json", "loop", "loop/x", "n" * 300])
def test_what_is_no_file_is_not_waited_for(
    folder: Path, reader: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    Path("folder.json").mkdir()
    message = read_by(reader, name, capsys)
    assert name in message
    assert "cannot write" not in message


@pytest.mark.parametrize(
    "words",
    [
        "good.json --corruption_values @NAME",
        "good.json --corruption_values {'flip_confusion':[1,'NAME']}",
        "good.json --benchmark easy --plugin NAME",
        "NAME --from panoptic --benchmark easy",
        "NAME --from viper --benchmark easy",
    ],
)
@pytest.mark.parametrize("name", ["pipe.py", "/dev/zero", "loop"])
def test_no_other_file_is_waited_for_either(
    folder: Path, words: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo("pipe.py")
    Path("loop").symlink_to("loop")
    assert name in refused(noise, words.replace("NAME", name).split(), capsys)


def test_an_image_that_is_a_pipe_is_not_waited_for(folder: Path, tiny: dict[str, Any]) -> None:
    from annotation_noise.wan.images import ImageFault, read_image

    os.mkfifo("pipe.jpg")
    with pytest.raises(ImageFault, match="is not a regular file"):
        read_image(Path("pipe.jpg"), 64, 48)


@pytest.mark.parametrize(
    "words", ["bad\udcff.json", "good.json --output_dir bad\udcff", "good.json --method_name bad\udcff", "in"]
)
def test_a_name_that_is_no_text(folder: Path, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("in").mkdir()
    for place in ("bad\udcff.json", "in/instances_\udcff.json"):
        Path(place).write_bytes(Path("good.json").read_bytes())
    message = refused(noise, [*words.split(), "--benchmark", "easy"], capsys)
    assert "\\udcff" in message
    assert message.endswith("is not UTF-8 text, which logs and manifests are; give it another name")


def test_a_method_with_a_nul_in_its_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(noise, ["good.json", "--benchmark", "easy", "--method_name", "a\0b"], capsys)
    assert message == "--method_name becomes part of a folder's name, so it cannot be 'a\\x00b'"


def test_names_that_are_no_text_in_another_dataset(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cityscapes(folder / "in", {"ulm\udcff_000000_000019": np.full((4, 4), 26000)})
    assert "not UTF-8 text" in refused(noise, ["in", "--from", "cityscapes", "--benchmark", "easy"], capsys)


@pytest.mark.parametrize("name", ["a\0b.jpg", "a\nb.jpg", "a\rb.jpg", "a\u2028b.jpg", "a\x1cb.jpg", "a.jpg\n"])
@pytest.mark.parametrize("to", ["yolo", "cityscapes"])
def test_an_image_that_no_list_can_name(
    folder: Path, tiny: dict[str, Any], name: str, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """ultralytics would take a list's line for two images."""
    tiny["images"] = [{**image, "file_name": f"{image['id']}{name}"} for image in tiny["images"]]
    Path("named.json").write_text(json.dumps(tiny))
    message = refused(noise, ["named.json", "--benchmark", "easy", "--to", to], capsys)
    assert message.startswith("named.json: images[0].file_name: no file can be named after ")


@pytest.mark.parametrize("name", ["instances_a\nb.json", "a\u2028b.json", "a\n.json"])
@pytest.mark.parametrize("to", ["yolo", "cityscapes"])
def test_a_split_that_no_list_can_name(
    folder: Path, tiny: dict[str, Any], name: str, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each line of a list is `images/SPLIT/NAME`."""
    Path(name).write_text(json.dumps(tiny))
    split = name.removeprefix("instances_").removesuffix(".json")
    message = refused(noise, [name, "--benchmark", "easy", "--to", to], capsys)
    assert message.endswith(f"no line of a list can name the split {split!r}; rename the file")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (f"{{'rand': [0.5, {'1' * 400}]}}", "rand: kernel_px must be below 2^63, not 111"),
        (f"{{'rand': [0.5, {'1' * 5000}]}}", "--corruption_values cannot be read"),
        ("{'rand': {'share': 1, 'kernel_px': {'uniform': [1, 1e300]}}}", "rand: kernel_px: uniform must be below 2^63"),
        ("{'rand': {'share': 1, 'kernel_px': {'normal': [1, 1e308]}}}", "rand: kernel_px: normal must be below 2^63"),
        (
            "{'rand': {'share': 1, 'kernel_px': {'choice': [3]}, 'per': 'annotator', 'annotators': 1e20}}",
            "rand: annotators must be below 2^63",
        ),
        ("{'rand': [0.2, 2020-13-45]}", "--corruption_values cannot be read"),
    ],
)
def test_numbers_that_nobody_can_mean(
    folder: Path, values: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(noise, ["good.json", "--corruption_values", values], capsys)


@pytest.mark.parametrize(("width", "height"), [(0, 40), (60, 0), (-4, 40), (10**6, 10**6), (10**30, 1)])
def test_a_polygon_file_of_no_sensible_size(
    folder: Path, width: int, height: int, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("PIL")
    place = folder / "in" / "gtFine" / "train" / "ulm" / "ulm_000000_000019_gtFine_polygons.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"imgWidth": width, "imgHeight": height, "objects": []}))
    words = ["in", "--from", "cityscapes", "--cityscapes_source", "polygons", "--benchmark", "easy"]
    message = refused(noise, words, capsys)
    assert str(place.relative_to(folder)) in message
    assert message.endswith(f"at most 178,956,970 pixels (--max_image_pixels), not {width} x {height}")


def bomb(path: Path, width: int, height: int) -> None:
    """Let the header of a PNG file claim another size, with a right checksum."""
    data = path.read_bytes()
    header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
    path.write_bytes(data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:])


def test_label_images_that_are_bombs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused by their header, whatever the dataset, with the limit and the option that raises it."""
    cityscapes(folder / "cityscapes", {"ulm_000000_000019": np.full((4, 4), 26000)})
    viper(folder / "viper", {"001_00010": [[(24, 0)] * 4] * 4})
    segments = [{"id": 1, "category_id": 1, "iscrowd": 0}]
    Path("panoptic").mkdir()
    panoptic(folder / "panoptic" / "panoptic_val.json", {1: ([[1] * 4] * 4, segments)}, [{"id": 1, "name": "cat"}])
    for name in ("cityscapes", "viper", "panoptic"):
        (path,) = (path for path in Path(name).rglob("*.png") if path.stat().st_size)
        words = [name, "--from", name, "--benchmark", "easy", "--workers", "1", "--dry_run"]
        assert noise([*words, "--max_image_pixels", "16"]) == 0
        capsys.readouterr()
        assert "at most 15 pixels" in refused(noise, [*words, "--max_image_pixels", "15"], capsys)
        bomb(path, 30_000, 30_000)
        assert f"{path}: width and height must be" in refused(noise, words, capsys)


def test_a_photograph_that_is_a_bomb_is_not_decoded(folder: Path) -> None:
    pytest.importorskip("PIL")
    from annotation_noise.coco.photographs import read_photograph
    from annotation_noise.wan.images import ImageFault, read_image

    path = png(folder / "a.png", np.zeros((4, 4, 3)), RGB, 8)
    assert read_photograph(path, 4, 4) is not None
    bomb(path, 30_000, 30_000)
    assert read_photograph(path, 4, 4) is None  # of another size
    assert read_photograph(path, 30_000, 30_000) is None
    with pytest.raises(ImageFault, match="has more than 178,956,970 pixels"):
        read_image(path, 30_000, 30_000)


def test_a_label_image_that_no_camera_makes_is_not_written(
    folder: Path, tiny: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    tiny["images"] = [{**image, "file_name": f"{image['id']}.jpg"} for image in tiny["images"]]
    tiny["images"][1] |= {"width": 2**20, "height": 2000}
    flat = "large.json"
    Path(flat).write_text(json.dumps(tiny))
    message = refused(noise, [flat, "--benchmark", "easy", "--to", "cityscapes"], capsys)
    assert message == "large.json: images[1]: a label image has at most 178,956,970 pixels, not 1048576 x 2000"


def test_a_crowd_that_is_no_truth_value(folder: Path, tiny: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    tiny["annotations"][2]["iscrowd"] = 10**20
    Path("crowd.json").write_text(json.dumps(tiny))
    words = ["--ground_truth", "crowd.json", "--predictions", "clean=found.json", "--kinds", "bbox"]
    assert refused(evaluate_options.main, words, capsys).startswith("crowd.json: annotations[2].iscrowd: ")


@pytest.mark.parametrize(
    ("main", "words", "message"),
    [
        (noise, "good.json --seed one", "--seed: must be a whole number, not 'one'"),
        (noise, "good.json --workers 1.5", "--workers: must be a whole number, not '1.5'"),
        (noise, "good.json --no_such_option", "unrecognized arguments: --no_such_option"),
        (wan, "--scale_bbox wide", "--scale_bbox: must be a number, not 'wide'"),
        (show_options.main, "none good.json --annotation 5 --seed one", "--seed: must be a whole number, not 'one'"),
        (evaluate_options.main, "--kinds mask", "--kinds: invalid choice: 'mask'"),
        (measure_options.main, "good.json", "the following arguments are required: NOISY"),
    ],
)
def test_usage_is_one_sentence(
    folder: Path, main: Main, words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(main, words.split(), capsys).startswith(message)


def test_a_sentence_is_one_line_whatever_it_quotes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(noise, ["a\nerror: \x1b[31mb", "--benchmark", "easy"], capsys)
    assert message == "a\\nerror: \\x1b[31mb does not exist"


def test_a_note_comes_after_the_work_not_before_an_error(
    folder: Path, tiny: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    tiny["images"][0]["neg_category_ids"] = []
    Path("lvis.json").write_text(json.dumps(tiny))
    words = ["--ground_truth", "lvis.json", "--predictions", "clean=found.json"]
    assert "no segmentation" in refused(evaluate_options.main, words, capsys)


def test_steps_far_beyond_the_frame_end(folder: Path) -> None:
    begun = time.process_time()
    assert noise(["good.json", "--corruption_values", "{'localization': [1, 1e7]}", "--workers", "1"]) == 0
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("command", ["preview", "show"])
def test_pictures_of_a_mask_of_random_pixels_do_not_take_minutes(
    folder: Path, tiny: dict[str, Any], command: str
) -> None:
    pytest.importorskip("matplotlib")
    flat = np.random.default_rng(1).random(400 * 300) < 0.5
    borders = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), len(flat)]
    counts = np.diff(borders).tolist()
    tiny["images"] = [{"id": 1, "width": 300, "height": 400}]
    segmentation = {"size": [400, 300], "counts": [0, *counts] if flat[0] else counts}
    tiny["annotations"] = [{**tiny["annotations"][0], "image_id": 1, "segmentation": segmentation}]
    Path("random.json").write_text(json.dumps(tiny))
    begun = time.process_time()
    if command == "preview":
        assert (
            noise(["random.json", "--corruption_values", "{'rand': [1, 3]}", "--workers", "1", "--preview", "1"]) == 0
        )
    else:
        assert show_options.main(["none", "random.json", "--annotation", "5"]) == 0
    assert time.process_time() - begun < 30


def test_a_carriage_return_in_a_name_does_not_end_a_row_of_the_log(folder: Path, tiny: dict[str, Any]) -> None:
    import csv

    tiny["categories"] = [{**category, "name": f"{category['name']}\rx"} for category in tiny["categories"]]
    Path("named.json").write_text(json.dumps(tiny))
    assert (
        noise(["named.json", "--corruption_values", "{'flip_class': 1}", "--output_dir", "out", "--workers", "1"]) == 0
    )
    with Path("out/named.noise.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert all(row["category"] == "cat\rx" and row["noisy_category"].endswith("\rx") for row in rows)
