"""The command on datasets in other formats, in and out, as its users meet it."""

import csv
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from pycocotools.coco import COCO

from tests.conftest import ROOT, Command
from tests.folders import GREY, cityscapes, decoded, panoptic, png, touch, viper

NO_NOISE = "{'rand': [0, 3]}"
EVALUATED = (24, 25, 26, 27, 28, 31, 32, 33)


def street(seed: int) -> NDArray[np.int64]:
    """A frame of 40 x 60 pixels with blocks of instances, groups and background."""
    rng = np.random.default_rng(seed)
    blocks = rng.choice([7, 11, 26, 26000, 26001, 24000, 24001, 25002, 33007, 29000, 32], (8, 12))
    return np.kron(blocks, np.ones((5, 5), int))


@pytest.fixture
def streets(tmp_path: Path) -> Path:
    """A Cityscapes folder of two splits."""
    root = tmp_path / "cityscapes"
    cityscapes(root, {f"{city}_{n:06}_000019": street(n) for n in range(3) for city in ("ulm", "bonn")}, "train")
    return cityscapes(root, {"lindau_000000_000019": street(9)}, "val")


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def tree(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_cityscapes_ends_in_noisy_files_a_log_a_manifest_and_the_clean_files(
    command: Command, streets: Path, tmp_path: Path
) -> None:
    before = tree(streets)
    done = command("cityscapes", "--from", "cityscapes", "--benchmark", "hard")
    assert (done.returncode, done.stderr) == (0, "")
    out = tmp_path / "noisy_data_hard"
    found = tree(out)
    assert set(found) == {
        *(f"instances_{split}{end}" for split in ("train", "val") for end in (".json", ".noise.csv")),
        *(f"clean/instances_{split}.json" for split in ("train", "val")),
        "manifest.json",
    }
    assert tree(streets) == before
    manifest = load(out / "manifest.json")
    assert {entry["file"]: entry["sha256"] for entry in manifest["outputs"]} == {
        name: digest for name, digest in found.items() if name != "manifest.json"
    }
    first = manifest["inputs"][0]
    assert (first["converted_from"], first["images"], first["skipped"]) == ("cityscapes/gtFine/train", 6, {})
    assert hashlib.sha256((tmp_path / first["file"]).read_bytes()).hexdigest() == first["sha256"]

    # The clean file noised by itself gives the same noisy file.
    assert command(out / "clean", "--benchmark", "hard", "--output_dir", "again").returncode == 0
    for name in ("instances_train.json", "instances_val.json", "instances_train.noise.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes()
    clean, noisy = COCO(out / "clean/instances_train.json"), COCO(out / "instances_train.json")
    assert set(clean.anns) == set(noisy.anns)
    assert all(noisy.anns[n]["boundary_type"] == "none" for n in noisy.anns if noisy.anns[n]["iscrowd"])
    assert any(noisy.anns[n]["category_id"] != clean.anns[n]["category_id"] for n in noisy.anns)


def test_a_split_and_a_dry_run(command: Command, streets: Path, tmp_path: Path) -> None:
    done = command(streets, "--from", "cityscapes", "--benchmark", "easy", "--splits", "val", "--dry_run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[2].split() == ["instances_val"]
    assert list(tmp_path.iterdir()) == [streets]


def test_several_recipes_share_the_clean_files(command: Command, streets: Path, tmp_path: Path) -> None:
    values = "[{'rand': [1, 3]}, {'flip_class': 0.5}]"
    done = command(
        streets, "--from", "cityscapes", "--corruption_values", values, "--output_dir", "out", "--splits", "val"
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"clean", "rand-1-3", "flip_class-0.5"}
    inputs = [load(tmp_path / "out" / name / "manifest.json")["inputs"] for name in ("rand-1-3", "flip_class-0.5")]
    assert inputs[0] == inputs[1]
    assert inputs[0][0]["file"] == "out/clean/instances_val.json"


def test_viper_and_every(command: Command, tmp_path: Path) -> None:
    frame = [[(24, 5)] * 9, [(2, 0)] * 9, [(20, 700)] * 9]
    viper(tmp_path / "viper", {f"00{s}_000{n:02}": frame for s in (0, 1) for n in (1, 10, 11, 20)}, "val")
    assert command("viper", "--from", "viper", "--benchmark", "easy", "--output_dir", "all").returncode == 0
    done = command("viper", "--from", "viper", "--benchmark", "easy", "--output_dir", "some", "--every", "10")
    assert done.returncode == 0, done.stderr
    every, some = load(tmp_path / "all/instances_val.json"), load(tmp_path / "some/instances_val.json")
    assert [image["file_name"] for image in some["images"]] == [
        f"img/00{s}/00{s}_000{n}.jpg" for s in (0, 1) for n in (10, 20)
    ]
    known = {annotation["id"]: annotation for annotation in every["annotations"]}
    assert all(known[annotation["id"]] == annotation for annotation in some["annotations"])  # the same noise
    assert (len(every["annotations"]), len(some["annotations"])) == (16, 8)


def test_panoptic_by_file_and_by_folder(command: Command, tmp_path: Path) -> None:
    categories = [{"id": 3, "name": "car", "isthing": 1}, {"id": 200, "name": "rug", "isthing": 0}]
    segments = [{"id": 7, "category_id": 3, "iscrowd": 0}, {"id": 8, "category_id": 200, "iscrowd": 0}]
    (tmp_path / "coco").mkdir()
    panoptic(tmp_path / "coco/panoptic_val2017.json", {12: ([[7, 7, 8], [0, 7, 8]], segments)}, categories)
    for path in ("coco", "coco/panoptic_val2017.json"):
        done = command(path, "--from", "panoptic", "--corruption_values", NO_NOISE, "--overwrite")
        assert done.returncode == 0, done.stderr
        (annotation,) = load(tmp_path / "noisy_data_custom/instances_val2017.json")["annotations"]
        assert decoded(annotation).tolist() == [[1, 1, 0], [0, 1, 0]]
        assert (annotation["category_id"], annotation["image_id"], annotation["id"]) == (3, 12, 12 * 2**24 + 7)


def break_missing(streets: Path) -> None:
    (streets / "gtFine/val/lindau/lindau_000000_000019_gtFine_instanceIds.png").unlink()


def break_extra(streets: Path) -> None:
    (streets / "leftImg8bit/val/lindau/lindau_000000_000019_leftImg8bit.png").unlink()


def break_bits(streets: Path) -> None:
    png(streets / "gtFine/val/lindau/lindau_000000_000019_gtFine_instanceIds.png", street(9) % 256, GREY, 8)


def break_split(streets: Path) -> None:
    for kind, end in (("gtFine", "gtFine_instanceIds"), ("leftImg8bit", "leftImg8bit")):
        (streets / f"{kind}/val/lindau/lindau_000000_000019_{end}.png").unlink()


def break_file(streets: Path) -> None:
    path = streets / "gtFine/val/lindau/lindau_000000_000019_gtFine_instanceIds.png"
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (break_missing, "lindau_000000_000019_gtFine_instanceIds.png is missing"),
        (break_extra, "lindau_000000_000019_leftImg8bit.png is missing"),
        (break_bits, "must be 16-bit grey, but is 8-bit grey"),
        (break_split, "gtFine/val is empty"),
        (break_file, "the PNG file is damaged or incomplete"),
    ],
)
def test_errors_are_one_sentence_and_leave_nothing(
    command: Command, streets: Path, tmp_path: Path, break_it: Any, message: str
) -> None:
    break_it(streets)
    done = command(streets, "--from", "cityscapes", "--benchmark", "easy")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [streets]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "cityscapes"], "has no gtFine/train and no gtFine/val"),
        (["--from", "viper"], "has no train/inst and no val/inst"),
        (["--from", "panoptic"], "has no panoptic_*.json"),
        (["--every", "10"], "give it with --from viper"),
        (["--from", "viper", "--every", "0"], "--every must be 1 or more, not 0"),
        (["--cityscapes_source", "polygons"], "--cityscapes_source needs --from cityscapes"),
        (["--from", "cityscapes", "--splits", "test"], "has no gtFine/train"),
    ],
)
def test_words_that_do_not_fit_are_said(command: Command, tmp_path: Path, words: list[str], message: str) -> None:
    (tmp_path / "data").mkdir()
    done = command("data", "--benchmark", "easy", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert command("nowhere", "--benchmark", "easy", "--from", "viper").stderr == "error: nowhere does not exist\n"
    touch(tmp_path / "file")
    assert command("file", "--benchmark", "easy", "--from", "viper").stderr == "error: file is not a folder\n"


def test_unknown_classes_are_said(command: Command, tmp_path: Path) -> None:
    cityscapes(tmp_path / "c", {"ulm_000000_000019": [[26000, 40001, 40002, 35]]})
    done = command("c", "--from", "cityscapes", "--corruption_values", NO_NOISE)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-3:] == [
        "",
        "c/gtFine/train: skipped 1 instance of the unknown class 35",
        "c/gtFine/train: skipped 2 instances of the unknown class 40",
    ]
    (entry,) = load(tmp_path / "noisy_data_custom/manifest.json")["inputs"]
    assert entry["skipped"] == {"of the unknown class 35": 1, "of the unknown class 40": 2}


def test_pairs_are_swapped_by_the_example(command: Command, streets: Path, tmp_path: Path) -> None:
    plugin = ROOT / "examples" / "swap_pairs.py"
    done = command(streets, "--from", "cityscapes", "--plugin", plugin, "--corruption_values", "{'swap_pairs': 1}")
    assert done.returncode == 0, done.stderr
    out = tmp_path / "noisy_data_custom"
    clean = {a["id"]: a for a in load(out / "clean/instances_train.json")["annotations"]}
    swapped = {24: 25, 25: 24, 33: 32, 26: 26}
    noisy = [a for a in load(out / "instances_train.json")["annotations"] if not a["iscrowd"]]
    assert {a["category_id"] for a in noisy} == set(swapped.values())
    assert all(a["category_id"] == swapped[clean[a["id"]]["category_id"]] for a in noisy)


def test_what_others_have_converted_is_plain_coco(command: Command, tmp_path: Path) -> None:
    """mmdetection keeps Cityscapes' ids and has run lengths, Detectron counts from 1 and has polygons."""
    images = [{"id": 0, "file_name": "ulm/a_leftImg8bit.png", "width": 60, "height": 40, "segm_file": "ulm/a.png"}]
    shared = {"id": 0, "image_id": 0, "iscrowd": 0, "area": 2, "bbox": [1, 0, 1, 2]}
    mmdetection = {
        "images": images,
        "annotations": [{**shared, "category_id": 26, "segmentation": {"size": [40, 60], "counts": "X12V21"}}],
        "categories": [{"id": n, "name": str(n)} for n in EVALUATED],
    }
    detectron = {
        "images": [{**images[0], "seg_file_name": "a.png"}],
        "annotations": [{**shared, "category_id": 1, "instance_id": 26000, "segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]]}],
        "categories": [{"id": n, "name": str(n)} for n in range(1, 9)],
    }
    runs: Any = mmdetection["annotations"][0]["segmentation"]
    from pycocotools import mask as coco_mask

    runs["counts"] = coco_mask.encode(np.asfortranarray(street(1) == 26000).astype(np.uint8))["counts"].decode()
    for name, content in (("mmdetection", mmdetection), ("detectron", detectron)):
        file = tmp_path / name / "instancesonly_filtered_gtFine_val.json"
        file.parent.mkdir()
        file.write_text(json.dumps(content))
        done = command(
            file, "--corruption_values", "{'rand': [1, 3], 'flip_class': 1}", "--output_dir", f"{name}_noisy"
        )
        assert done.returncode == 0, done.stderr
        (noisy,) = load(tmp_path / f"{name}_noisy" / file.name)["annotations"]
        assert noisy["boundary_type"] == "rand"
        assert noisy["category_id"] in {c["id"] for c in content["categories"]}


def test_labels_for_ultralytics(command: Command, coco_tiny: Path, tmp_path: Path) -> None:
    done = command(coco_tiny, "--benchmark", "medium", "--to", "yolo")
    assert (done.returncode, done.stderr) == (0, "")
    out = tmp_path / "noisy_data_medium"
    table = yaml.safe_load((out / "data.yaml").read_text())
    assert (table["train"], table["val"]) == ("train2017.txt", "val2017.txt")
    for split in ("train2017", "val2017"):
        coco = load(out / f"instances_{split}.json")
        names = {c["id"]: c["name"] for c in coco["categories"]}
        assert list(table["names"]) == list(range(len(names)))
        assert [table["names"][index] for index in range(len(names))] == [names[number] for number in sorted(names)]
        listed = (out / f"{split}.txt").read_text().splitlines()
        assert listed == [f"./images/{split}/{image['file_name']}" for image in coco["images"]]
        crowds, instances = 0, 0
        for image, line in zip(coco["images"], listed, strict=True):
            text = (out / line.replace("/images/", "/labels/").replace(".jpg", ".txt")).read_text()
            ours = [a for a in coco["annotations"] if a["image_id"] == image["id"]]
            rows = [np.array(row.split(), float) for row in text.splitlines()]
            shown = [a for a in ours if not a["iscrowd"]]
            crowds, instances = crowds + len(ours) - len(shown), instances + len(shown)
            for row, annotation in zip(rows, shown, strict=True):
                assert table["names"][int(row[0])] == names[annotation["category_id"]]
                points = row[1:].reshape(-1, 2)
                assert ((points >= 0) & (points <= 1)).all()
                assert len(points) >= 3
                if annotation["boundary_type"] == "none":
                    continue
                x, y = (points * (image["width"], image["height"])).T
                area = abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2
                left, top, width, height = annotation["bbox"]
                assert (x.min(), y.min(), np.ptp(x), np.ptp(y)) == pytest.approx((left, top, width, height), abs=0.1)
                if len(annotation["segmentation"]) > 1:
                    assert area == pytest.approx(annotation["area"], rel=1e-3)
        assert f"labels/{split}: {instances:,} instances, {crowds:,} crowd regions left out" in done.stdout
        check = subprocess.run(
            ["sha256sum", "--check", f"labels-{split}.sha256"], cwd=out, capture_output=True, check=False
        )
        assert check.returncode == 0
    assert {entry["file"] for entry in load(out / "manifest.json")["outputs"]} == {
        path.name for path in out.iterdir() if path.is_file() and path.name != "manifest.json"
    }


def test_lvis_images_are_named_by_their_address(command: Command, lvis_sample: Path, tmp_path: Path) -> None:
    """Version 1 has no file_name."""
    content = load(lvis_sample)
    for image in content["images"]:
        image.pop("file_name", None)
    (tmp_path / "lvis_v1_train.json").write_text(json.dumps(content))
    done = command("lvis_v1_train.json", "--benchmark", "easy", "--to", "yolo")
    assert done.returncode == 0, done.stderr
    first = content["images"][0]["coco_url"].rsplit("/", 1)[1]
    out = tmp_path / "noisy_data_easy"
    assert (out / "lvis_v1_train.txt").read_text().splitlines()[0] == f"./images/lvis_v1_train/val2017/{first}"
    assert len(list((out / "labels/lvis_v1_train/val2017").glob("*.txt"))) == len(content["images"])
    with (out / "lvis_v1_train.lists.csv").open() as file:
        rows = list(csv.DictReader(file))
    told = load(out / "manifest.json")["realised"]["lvis_v1_train.json"]["lists"]
    counts = [sum(row["change"] == change for row in rows) for change in ("kept_out", "added", "removed")]
    assert list(told.values()) == counts
    assert counts[1] > 0
    shown = [line.split() for line in done.stdout.splitlines()]
    assert ["listed", "as", "not", "exhaustive", str(counts[1])] in shown
    assert "lvis_v1_train.lists.csv" in {entry["file"] for entry in load(out / "manifest.json")["outputs"]}


def label_images(root: Path) -> dict[str, NDArray[Any]]:
    found = {}
    for path in sorted(root.glob("gtFine/*/*/*_instanceIds.png")):
        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert pixels is not None
        found[path.relative_to(root).as_posix()] = np.asarray(pixels)
    return found


def test_cityscapes_without_noise_comes_back(command: Command, streets: Path, tmp_path: Path) -> None:
    """Numbers of instances may change, which pixels belong together and their class do not."""
    done = command(streets, "--from", "cityscapes", "--corruption_values", NO_NOISE, "--to", "cityscapes")
    assert done.returncode == 0, done.stderr
    clean, written = label_images(streets), label_images(tmp_path / "noisy_data_custom")
    assert list(clean) == list(written)
    for name, before in clean.items():
        after = written[name]
        kinds = np.where(before < 1000, before, before // 1000)
        shown = np.isin(kinds, EVALUATED)
        assert np.array_equal(np.where(after < 1000, after, after // 1000), np.where(shown, kinds, 0))
        together = set(zip(before[shown].tolist(), after[shown].tolist(), strict=True))
        assert len(together) == len({one for one, _ in together}) == len({other for _, other in together})
    assert " 0 overlapped" in done.stdout


def test_noisy_cityscapes_is_a_cityscapes_folder(command: Command, streets: Path, tmp_path: Path) -> None:
    done = command(
        streets, "--from", "cityscapes", "--benchmark", "hard", "--to", "cityscapes", "--output_dir", "noisy"
    )
    assert done.returncode == 0, done.stderr
    coco = load(tmp_path / "noisy/instances_train.json")
    alone = [a for a in coco["annotations"] if not a["iscrowd"]]
    pixels = sum(int(decoded(a).sum()) for a in alone)
    line = next(line for line in done.stdout.splitlines() if line.startswith("gtFine/train"))
    assert line.startswith(f"gtFine/train: {len(alone)} instances, of whose {pixels:,} pixels ")
    assert (
        command("noisy", "--from", "cityscapes", "--corruption_values", NO_NOISE, "--output_dir", "back").returncode
        == 0
    )
    back = load(tmp_path / "back/clean/instances_train.json")
    shown = sum(int(decoded(a).sum()) for a in back["annotations"] if not a["iscrowd"])
    assert f" {pixels - shown:,} overlapped" in line
    assert pixels > shown
    names = [image["file_name"] for image in coco["images"]]
    assert [image["file_name"] for image in back["images"]] == names


def test_overwriting_takes_away_what_is_out_of_date_and_nothing_else(
    command: Command, streets: Path, tmp_path: Path
) -> None:
    words = (streets, "--from", "cityscapes", "--benchmark", "easy", "--to", "yolo", "--output_dir", "out")
    assert command(*words).returncode == 0
    own = touch(tmp_path / "out/images/train/ulm/mine.png")
    note = touch(tmp_path / "out/labels/train/ulm/mine.cache")
    assert command(*words, "--splits", "val", "--overwrite").returncode == 0
    assert own.exists()
    assert note.exists()
    left = {name for name in tree(tmp_path / "out") if "mine" not in name}
    assert command(*words[:-1], "fresh", "--splits", "val").returncode == 0
    assert left == set(tree(tmp_path / "fresh"))


def test_files_that_no_earlier_run_has_made_are_not_replaced(command: Command, streets: Path, tmp_path: Path) -> None:
    before = tree(streets)
    words = (streets, "--from", "cityscapes", "--benchmark", "easy", "--to", "cityscapes", "--overwrite")
    done = command(*words, "--output_dir", streets)
    assert done.returncode == 2
    assert f"the output folder {streets} is the folder of the input" in done.stderr
    assert tree(streets) == before
    label = touch(tmp_path / "out/gtFine/train/ulm/mine_gtFine_instanceIds.png")
    done = command(*words, "--output_dir", "out")
    assert (done.returncode, label.exists()) == (2, True)
    assert "was not made by an earlier run; name another folder" in done.stderr


def test_what_cannot_be_written_is_said(command: Command, tmp_path: Path, tiny: dict[str, Any]) -> None:
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    done = command("tiny.json", "--benchmark", "easy", "--to", "yolo")
    assert (done.returncode, done.stderr) == (
        2,
        "error: tiny.json: images[0] has no `file_name` that files could be named after\n",
    )
    for image in tiny["images"]:
        image["file_name"] = f"{image['id']}.jpg"
    tiny["categories"][0]["id"] = 90
    tiny["annotations"] = []
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    done = command("tiny.json", "--benchmark", "easy", "--to", "cityscapes")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "between 1 and 64, not 90" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.json"}


def test_plain_coco_is_what_it_was(command: Command, tiny_file: Path, tmp_path: Path) -> None:
    assert command(tiny_file, "--benchmark", "easy").returncode == 0
    assert set(tree(tmp_path / "noisy_data_easy")) == {
        "instances_tiny.json",
        "instances_tiny.noise.csv",
        "manifest.json",
    }
    assert set(load(tmp_path / "noisy_data_easy/manifest.json")["inputs"][0]) == {"file", "bytes", "sha256"}
