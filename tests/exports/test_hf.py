"""What Hugging Face's own library makes of the folder, without a network, held to pycocotools and to values by hand."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from annotation_noise.coco.file import read
from annotation_noise.exports.hf_card import _split_name, card
from annotation_noise.reports.summary import markdown
from noise_annotations import main
from tests.conftest import ROOT

NEEDS = "needs datasets: pip install -r requirements-share.txt"
VALUES = """{"rand": [0.4, 3], "flip_class": 0.3, "missing": [0.2, 0], "duplicate": [0.2, "rand", 3],
"box_shift_scale": [0.3, 0.1, 0.1]}"""
SQUARE = [[2.0, 1.0, 6.0, 1.0, 6.0, 4.0, 2.0, 4.0]]


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The library, told that there is no network, with its cache in a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf")))
        library = pytest.importorskip("datasets", reason=NEEDS)
    library.disable_progress_bars()
    return library


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def noised(path: Path | str, *words: str, out: str = "out") -> Path:
    """The folder hf/ of a run on a file or folder; of the preset easy where no other noise is asked for."""
    noise = [] if {"--corruption_values", "--benchmark"} & set(words) else ["--benchmark", "easy"]
    assert main([str(path), *noise, *words, "--to", "hf", "--output_dir", out]) == 0
    return Path(out, "hf")


def written(name: str, **keys: Any) -> Path:
    """A COCO file with these keys; images of 8 x 6 pixels, annotations of a square where they have no mask."""
    keys["images"] = [{"width": 8, "height": 6, "file_name": f"{image['id']}.png", **image} for image in keys["images"]]
    Path(name).write_text(json.dumps(keys), encoding="utf-8")
    return Path(name)


def link_pictures(hf: Path, pictures: Path) -> None:
    for split in hf.iterdir():
        if split.is_dir():
            (split / "images").symlink_to(pictures / split.name)


def pixels(image: dict[str, Any]) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    size = [image["height"], image["width"]]
    return [coco_mask.decode({"size": size, "counts": text}) for text in image["objects"]["segmentation"]]


@pytest.mark.parametrize("with_pictures", [False, True])
def test_both_splits_are_what_pycocotools_reads(sample: Path, datasets: Any, with_pictures: bool) -> None:
    """Noise of all kinds, instances that are gone, and such that came, crowds among them."""
    hf = noised(sample, "--corruption_values", VALUES)
    if with_pictures:
        link_pictures(hf, sample.parent)
    loaded = datasets.load_dataset(str(hf))
    assert set(loaded) == {"train", "validation"}
    for split, name in (("train", "train2017"), ("validation", "val2017")):
        coco, clean = COCO(f"out/instances_{name}.json"), json.loads((sample / f"instances_{name}.json").read_text())
        assert set(coco.anns) - {a["id"] for a in clean["annotations"]}  # some came
        assert {a["id"] for a in clean["annotations"]} - set(coco.anns)  # some are gone
        assert [image["image_id"] for image in loaded[split]] == [image["id"] for image in clean["images"]]
        names = {category["id"]: category["name"] for category in clean["categories"]}
        labels = loaded[split].features["objects"]["category"].feature
        for image in loaded[split]:
            ours, objects = coco.imgToAnns[image["image_id"]], image["objects"]
            assert (image["width"], image["height"]) == (320, 240)
            for key in ("id", "category_id", "bbox", "area", "iscrowd", "boundary_type", "class_noise", "box_noise"):
                assert objects[key] == [a[key] for a in ours], key
            assert [labels.int2str(index) for index in objects["category"]] == [names[a["category_id"]] for a in ours]
            for mask, annotation in zip(pixels(image), ours, strict=True):
                assert np.array_equal(mask, coco.annToMask(annotation))
            file_name = coco.imgs[image["image_id"]]["file_name"]
            if with_pictures:
                drawn = cv2.imread(str(sample.parent / name / file_name))
                assert image["file_name"] is None and drawn is not None
                assert np.array_equal(np.asarray(image["image"].convert("RGB")), drawn[:, :, ::-1])
            else:
                assert image["image"] is None and image["file_name"] == f"images/{file_name}"


def test_the_columns(datasets: Any) -> None:
    """By hand: what is missing comes from the mask, an image may have no annotation, names are in any script."""
    names = ["zwölf: ja", "true", "犬 'n' #1"]
    hole = {"size": [6, 8], "counts": [7, 4, 2, 1, 2, 1, 2, 4, 25]}  # columns 1 to 3 of rows 1 to 4, less the middle
    annotations: list[dict[str, Any]] = [
        {"category_id": 9, "segmentation": SQUARE, "area": 12, "bbox": [2, 1, 4, 3], "iscrowd": 0},
        {"category_id": 2, "segmentation": hole, "iscrowd": 1},
        {"category_id": 4, "segmentation": None, "area": 7.5, "bbox": []},
        {"category_id": 4, "segmentation": [], "bbox": None, "area": None, "iscrowd": None},
    ]
    path = written(
        "instances_val.json",
        images=[{"id": 5, "file_name": "ä/ö b.png"}, {"id": 3}],
        categories=[{"id": number, "name": name} for number, name in zip((9, 2, 4), names, strict=True)],
        annotations=[{"id": 2**62 + i, "image_id": 3, **a} for i, a in enumerate(annotations)],
    )
    hf = noised(path, "--corruption_values", "{'rand': [0, 3]}")
    split = datasets.load_dataset(str(hf), split="validation")
    value, a_list = datasets.Value, datasets.List
    assert split.features == datasets.Features(
        image=datasets.Image(),
        file_name=value("string"),
        image_id=value("int64"),
        width=value("int64"),
        height=value("int64"),
        objects={
            "id": a_list(value("int64")),
            "category": a_list(datasets.ClassLabel(names=["true", "犬 'n' #1", "zwölf: ja"])),  # by ascending id
            "category_id": a_list(value("int64")),
            "bbox": a_list(a_list(value("float64"))),
            "area": a_list(value("float64")),
            "iscrowd": a_list(value("int64")),
            "segmentation": a_list(value("string")),
            "boundary_type": a_list(value("string")),
            "class_noise": a_list(value("bool")),
            "box_noise": a_list(value("string")),
        },
    )
    empty, full = split
    assert (empty["image_id"], empty["file_name"]) == (5, "images/ä/ö b.png")
    assert set(map(str, empty["objects"].values())) == {"[]"}
    objects = full["objects"]
    assert objects["id"] == [2**62, 2**62 + 1, 2**62 + 2, 2**62 + 3]
    assert objects["category"] == [2, 0, 1, 1]
    assert objects["category_id"] == [9, 2, 4, 4]
    assert objects["bbox"] == [[2, 1, 4, 3], [1, 1, 3, 4], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert objects["area"] == [12, 10, 7.5, 0]
    assert objects["iscrowd"] == [0, 1, 0, 0]
    assert objects["boundary_type"] == objects["box_noise"] == ["none"] * 4
    assert objects["class_noise"] == [False] * 4
    expected = np.zeros((4, 6, 8), np.uint8)
    expected[0, 1:4, 2:6] = 1
    expected[1, 1:5, 1:4], expected[1, [2, 3], [2, 2]] = 1, 0
    assert np.array_equal(pixels(full), expected)


def test_an_image_whose_line_is_longer_than_what_is_read_at_a_time(datasets: Any, sample: Path) -> None:
    """And first images without annotations, from which no type can be guessed."""
    rng = np.random.default_rng(1)
    noisy = [coco_mask.encode(np.asfortranarray(rng.random((200, 200)) < 0.5, np.uint8)) for _ in range(60)]
    path = written(
        "instances_train.json",
        images=[{"id": number, "width": 200, "height": 200} for number in range(3)],
        categories=[{"id": 1, "name": "x"}],
        annotations=[
            {"id": i, "image_id": 2, "category_id": 1, "segmentation": {**rle, "counts": rle["counts"].decode()}}
            for i, rle in enumerate(noisy)
        ],
    )
    hf = noised(path, "--corruption_values", "{'rand': [0, 3]}")
    assert (hf / "train" / "metadata.jsonl").stat().st_size > 1_000_000
    for with_pictures in (False, True):
        if with_pictures:
            shutil.copytree(sample.parent / "val2017", hf / "train" / "images")
        *_, last = datasets.load_dataset(str(hf), split="train").remove_columns("image")
        assert last["objects"]["id"] == list(range(60))
        assert np.array_equal(pixels(last), [coco_mask.decode(rle) for rle in noisy])


def test_no_list_holds_a_null(sample: Path) -> None:
    """pyarrow reads such lists wrongly, without a word."""
    for blind in ([], ["--blind"]):
        for path in noised(sample, *blind, out=f"out{len(blind)}").glob("*/metadata.jsonl"):
            assert not re.search(r"[\[,]null", path.read_text())


def test_the_cache_does_not_take_one_noise_for_another(datasets: Any, sample: Path) -> None:
    """It is found by the folder's name, hf for all, and the head of the card."""
    areas = []
    for out, seed in (("one", "1"), ("two", "2"), ("one", "3")):
        hf = noised(sample, "--splits", "val", "--seed", seed, "--overwrite", out=out)
        noisy = COCO(str(hf.parent / "instances_val2017.json"))
        areas.append(
            [area for image in datasets.load_dataset(str(hf))["validation"] for area in image["objects"]["area"]]
        )
        assert sorted(areas[-1]) == sorted(a["area"] for a in noisy.anns.values())
    assert areas[0] != areas[1] != areas[2] != areas[0]


def test_overwriting_leaves_the_link_to_the_pictures(sample: Path) -> None:
    hf = noised(sample)
    link_pictures(hf, sample.parent)
    noised(sample, "--seed", "2", "--overwrite")
    assert (hf / "val2017" / "images").resolve() == sample.parent / "val2017"
    listed = [entry["file"] for entry in json.loads(Path("out/manifest.json").read_text())["outputs"]]
    assert {"hf-train2017.sha256", "hf-val2017.sha256", "hf/README.md"} <= set(listed)
    for split in ("train2017", "val2017"):
        subprocess.run(["sha256sum", "--check", "--quiet", f"hf-{split}.sha256"], cwd="out", check=True)


def test_the_command_of_the_card_makes_the_same_again(sample: Path, tmp_path: Path) -> None:
    words = [str(sample), "--benchmark", "medium", "--seed", "7", "--to", "hf"]
    program = [sys.executable, str(ROOT / "noise_annotations.py")]
    subprocess.run([*program, *words], check=True, capture_output=True)
    before = {path: path.read_bytes() for path in Path("noisy_data_medium/hf").rglob("*") if path.is_file()}
    shutil.rmtree("noisy_data_medium")
    text = before[Path("noisy_data_medium/hf/README.md")].decode()
    command = shlex.split(text.split("```sh\n")[1].split("\n```")[0])
    assert command[:2] == ["python", "noise_annotations.py"]
    subprocess.run([*program, *command[2:]], check=True, capture_output=True)
    assert {path: path.read_bytes() for path in Path("noisy_data_medium/hf").rglob("*") if path.is_file()} == before


def test_the_commands_of_the_page(sample: Path, datasets: Any) -> None:
    """In a folder as the clone's, with the sample dataset in it."""
    page = (ROOT / "docs" / "datasets.md").read_text().split("### Hugging Face\n")[1]
    commands, program = (re.findall(f"```{language}\n(.*?)```", page, re.DOTALL)[0] for language in ("sh", "python"))
    Path("noise_annotations.py").symlink_to(ROOT / "noise_annotations.py")
    Path("examples").mkdir()
    Path("examples/sample_dataset").symlink_to(sample.parent)
    python = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}\n'
    subprocess.run(["bash", "-euc", python + commands], check=True, capture_output=True)
    names: dict[str, Any] = {}
    exec(program, names)
    assert [mask.shape for mask in names["masks"]] == [(240, 320)] * len(names["wrong"])
    assert names["image"]["image"].size == (320, 240)


def test_the_card_tells_what_was_done(sample: Path, datasets: Any) -> None:
    hub = pytest.importorskip("huggingface_hub", reason=NEEDS)
    hf = noised(sample, "--benchmark", "hard", "--seed", "5")
    loaded = hub.DatasetCard.load(hf / "README.md")
    assert loaded.data.task_categories == ["image-segmentation"]
    assert loaded.data.license == "unknown"
    text = loaded.text
    assert "its preset `hard`, seed 5." in text
    for split in ("train2017", "val2017"):
        digest = subprocess.run(["sha256sum", sample / f"instances_{split}.json"], capture_output=True, text=True)
        assert f"- {digest.stdout.split()[0]}  `{split}`\n" in text
    clean, noisy = (COCO(str(place / "instances_val2017.json")).anns for place in (sample, Path("out")))
    counts = {"annotations": f"{len(noisy)}"}
    for noise in ("approximation", "localization", "rand"):
        count = sum(a["boundary_type"] == noise for a in noisy.values())
        counts[noise] = f"{count} ({count / len(noisy):.1%})"
    count = sum(clean[number]["category_id"] != a["category_id"] for number, a in noisy.items())
    counts["class changed"] = f"{count} ({count / len(noisy):.1%})"
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:2] == "| "]
    assert rows[0] == ["", "instances_train2017", "instances_val2017"]
    assert counts.items() <= {row[0]: row[2] for row in rows}.items()


def test_blind_files_tell_nothing(sample: Path, datasets: Any) -> None:
    hf = noised(sample, "--blind", "--seed", "735108344")
    for image in datasets.load_dataset(str(hf))["train"]:
        assert image["objects"]["id"]
        assert all(image["objects"][mark] is None for mark in ("boundary_type", "class_noise", "box_noise"))
    for path in hf.rglob("*"):
        assert path.is_dir() or not re.search("735108344|easy|0\\.2|localization", path.read_text())


@pytest.mark.parametrize(
    ("info", "licence", "sentence"),
    [
        ({"description": "COCO 2017 Dataset", "url": "http://cocodataset.org"}, "cc-by-4.0", "under cc-by-4.0, and so"),
        ({"description": "LVIS", "url": "https://www.lvisdataset.org/"}, "cc-by-4.0", "under cc-by-4.0, and so"),
        ({"description": "Mine", "url": "http://notcocodataset.org"}, "unknown", "have no licence that the file would"),
        ({"description": ["odd"], "url": 5}, "unknown", "says of itself: nothing."),
        ("odd", "unknown", "says of itself: nothing."),
    ],
)
def test_the_licence_of_the_source(info: Any, licence: str, sentence: str) -> None:
    path = written("x.json", info=info, licenses=[{"name": "BY"}, 5], images=[{"id": 1}], categories=[], annotations=[])
    text = card({"x": read(path)}, None)
    assert f"\nlicense: {licence}\n" in text
    assert sentence in text
    assert text.endswith("Its list of licences, which COCO's files have for the pictures: `BY`.\n")


def test_texts_of_others_stay_texts() -> None:
    """They cannot end the head, begin a heading, or leave the code that they stand in."""
    odd = "a`b\n---\n# c | d"
    path = written(
        "x.json", info={"description": odd}, images=[{"id": 1}], categories=[{"id": 1, "name": odd}], annotations=[]
    )
    _, body = card({"x": read(path)}, None).removeprefix("---\n").split("\n---\n")
    assert "# Noisy annotations of `a'b --- # c | d`\n" in body
    assert "a\\|b" in markdown({"a|b.json": COUNTS})


COUNTS: dict[str, Any] = {
    "annotations": 0,
    "mask_noise": {},
    "class_noise": 0,
    "to_unannotated_class": 0,
    "left_alone": {"crowd": 0, "no_mask": 0, "would_be_empty": 0},
    "dropped": 0,
    "unmoved": 0,
    "mean_iou": None,
}


@pytest.mark.parametrize(
    ("split", "name"),
    [
        ("train2017", "train"),
        ("lvis_v1_val", "validation"),
        ("test-dev", "test"),
        ("all", "whole"),
        ("", "whole"),
        ("my set [1]", "my_set_1_"),
        ("trän.x", "trän.x"),
    ],
)
def test_names_of_splits(split: str, name: str, datasets: Any) -> None:
    assert _split_name(split) == name
    path = written(f"instances_{split}.json", images=[{"id": 1}], categories=[], annotations=[])
    assert list(datasets.load_dataset(str(noised(path)))) == [name]


def test_what_cannot_be_a_dataset_there(capsys: pytest.CaptureFixture[str]) -> None:
    twice = [{"id": 3, "name": "x"}, {"id": 7, "name": "x"}]
    path = written("x.json", images=[{"id": 1}], categories=twice, annotations=[])
    assert main([str(path), "--benchmark", "easy", "--to", "hf"]) == 2
    assert "x.json: --to hf needs a name of its own for each category, but 3 and 7 are both" in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["x.json"]
    path = written("x.json", images=[], categories=[], annotations=[])
    assert not noised(path).exists()


def test_worker_processes_write_the_same(sample: Path) -> None:
    lone, many = (noised(sample, "--workers", count, out=count) for count in ("1", "2"))
    for path in lone.glob("*/metadata.jsonl"):
        assert (many / path.relative_to(lone)).read_bytes() == path.read_bytes()
