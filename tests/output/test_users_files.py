"""What is the user's stays as it is: inputs, and files that no earlier run has made or that are the user's by now."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from noise_annotations import main
from tests.folders import panoptic

EASY = ["--benchmark", "easy", "--workers", "1"]
MASKS = ["--corruption_values", "{'rand': [0.5, 3]}", "--workers", "1"]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def scene() -> None:
    """A panoptic dataset of one image in pan/."""
    segments = [{"id": 7, "category_id": 1, "iscrowd": 0}, {"id": 8, "category_id": 1, "iscrowd": 0}]
    categories = [{"id": 1, "name": "person", "isthing": 1}]
    panoptic(Path("pan/panoptic_val.json"), {12: ([[7, 7, 8], [0, 7, 8]], segments)}, categories)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a sentence that says so, and no file changed."""
    before = digests(Path())
    capsys.readouterr()
    assert main(words) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert digests(Path()) == before


def test_a_clean_file_of_an_earlier_conversion_is_no_victim(capsys: pytest.CaptureFixture[str]) -> None:
    scene()
    assert main(["pan", "--from", "panoptic", *EASY]) == 0
    words = ["noisy_data_easy/clean", *EASY, "--seed", "2", "--overwrite"]
    refused(words, "was made by an earlier run in noisy_data_easy", capsys)


def test_files_that_glob_made_are_no_victims(tiny_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("in/sub").mkdir(parents=True)
    Path("in/sub/a.json").write_bytes(tiny_file.read_bytes())
    assert main(["in", "--glob", "**/*.json", *MASKS, "--output_dir", "out"]) == 0
    words = ["out/sub", "--glob", "*.json", *MASKS, "--output_dir", "out", "--overwrite"]
    refused(words, "out/sub lies in the output folder out", capsys)


def test_the_file_behind_a_link(tiny_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("real").mkdir()
    Path("real/instances_a.json").write_bytes(tiny_file.read_bytes())
    Path("links").mkdir()
    Path("links/instances_a.json").symlink_to("../real/instances_a.json")
    words = ["links", *EASY, "--output_dir", "real", "--overwrite"]
    refused(words, "the output folder real is the folder of the input", capsys)


def test_the_dataset_that_is_converted(capsys: pytest.CaptureFixture[str]) -> None:
    scene()
    words = ["pan", "--from", "panoptic", *EASY, "--output_dir", "pan", "--overwrite"]
    refused(words, "the output folder pan is the folder of the input pan", capsys)


@pytest.mark.parametrize("name", ["instances_tiny.json", "instances_tiny.noise.csv", "manifest.json"])
def test_files_of_the_users_own(tiny_file: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("out").mkdir()
    Path("out", name).write_text("{}")
    words = [str(tiny_file), *EASY, "--output_dir", "out", "--overwrite"]
    refused(words, f"{Path('out', name)} was not made by an earlier run", capsys)


def test_files_of_the_users_own_are_found_before_a_conversion(capsys: pytest.CaptureFixture[str]) -> None:
    scene()
    Path("out").mkdir()
    Path("out/instances_val.json").write_text("{}")
    words = ["pan", "--from", "panoptic", *EASY, "--output_dir", "out", "--dry_run"]
    refused(words, "out/instances_val.json was not made by an earlier run", capsys)


def test_a_file_that_the_user_put_in_place_of_ours(sample: Path) -> None:
    assert main([str(sample), *EASY, "--output_dir", "out"]) == 0
    clean = (sample / "instances_val2017.json").read_bytes()
    Path("out/instances_val2017.json").write_bytes(clean)
    assert main([str(sample), *EASY, "--output_dir", "out", "--splits", "train", "--overwrite"]) == 0
    assert Path("out/instances_val2017.json").read_bytes() == clean
    assert not Path("out/instances_val2017.noise.csv").exists()  # ours, as we left it


def test_a_link_to_nowhere(tiny_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("out").symlink_to("nowhere")
    refused([str(tiny_file), *EASY, "--output_dir", "out", "--overwrite"], "out is a link to nowhere", capsys)


def test_a_folder_in_a_folder_that_may_not_be_written(tiny_file: Path, tmp_path: Path) -> None:
    """Nothing is made beside an output folder that is there."""
    assert main([str(tiny_file), *EASY, "--output_dir", "out"]) == 0
    seen = []
    original = Path.mkdir

    def mkdir(path: Path, *arguments: object, **options: object) -> None:
        seen.append(path.absolute())
        original(path, *arguments, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "mkdir", mkdir)
        assert main([str(tiny_file), *EASY, "--output_dir", "out", "--overwrite"]) == 0
    assert seen
    assert [path for path in seen if path != tmp_path / "out" and tmp_path / "out" not in path.parents] == []


@pytest.mark.parametrize("names", [("a.json", "a.coco"), ("sub/a.b.json", "sub/a.b.txt")])
def test_two_files_do_not_share_a_log(
    tiny_file: Path, names: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in names:
        path = Path("in", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tiny_file.read_bytes())
    words = ["in", "--glob", "**/*", *MASKS, "--output_dir", "out"]
    refused(words, "differ in their ending alone, so their logs would have one name", capsys)


def test_a_file_that_a_pattern_finds_twice_is_one(tiny_file: Path) -> None:
    Path("in/x").mkdir(parents=True)
    Path("in/x/a.json").write_bytes(tiny_file.read_bytes())
    assert main(["in", "--glob", "**/**/*.json", *MASKS, "--output_dir", "out"]) == 0
    assert [json.loads(line)["file"] for line in Path("out/files.jsonl").read_text().splitlines()] == ["x/a.json"]


@pytest.mark.parametrize("name", ["images/1.jpg", "a/images/b/1.jpg"])
def test_labels_that_ultralytics_would_not_find(
    tiny: dict[str, Any], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It replaces the last folder images of a path by labels: images/train/images/1.jpg, images/train/labels/1.txt."""
    for image in tiny["images"]:
        image["file_name"] = f"{image['id']}.jpg"
    tiny["images"][0]["file_name"] = name
    Path("tiny.json").write_text(json.dumps(tiny))
    refused(["tiny.json", *EASY, "--to", "yolo"], f"the file_name {name} has a folder called images", capsys)


def named(tiny_file: Path) -> None:
    """Give the images names: one on top, one in a folder."""
    dataset = json.loads(tiny_file.read_text())
    for image, name in zip(dataset["images"], ("a.jpg", "zoo/b.jpg"), strict=True):
        image["file_name"] = name
    tiny_file.write_text(json.dumps(dataset))


def test_caches_of_replaced_labels_go_with_them(tiny_file: Path) -> None:
    named(tiny_file)
    labels = [str(tiny_file), *EASY, "--to", "yolo", "--output_dir", "out"]
    assert main(labels) == 0
    of_numpy, of_torch = b"\x93NUMPY\x01\0", b"PK\x03\x04archive"
    stale = {"labels/tiny.cache": of_numpy, "labels/tiny/zoo.cache": of_numpy, "tiny.cache": of_torch}
    kept = {
        "labels/other.cache": of_numpy,  # beside no folder and no list of labels
        "data.cache": of_numpy,
        "labels/tiny/a.cache": b"my notes",  # nothing that a trainer saves
    }
    for name, content in {**stale, **kept}.items():
        Path("out", name).write_bytes(content)
    assert main([*labels, "--seed", "2", "--overwrite"]) == 0
    assert [name for name in stale if Path("out", name).exists()] == []
    assert {name: Path("out", name).read_bytes() for name in kept} == kept


def test_caches_go_where_the_labels_go_for_good(tiny_file: Path) -> None:
    named(tiny_file)
    assert main([str(tiny_file), *EASY, "--to", "yolo", "--output_dir", "out"]) == 0
    cache = Path("out/labels/tiny.cache")
    cache.write_bytes(b"\x93NUMPY\x01\0")
    assert main([str(tiny_file), *EASY, "--output_dir", "out", "--overwrite"]) == 0
    assert not cache.exists()
