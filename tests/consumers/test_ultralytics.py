"""ultralytics: our labels in its dataset and an epoch on them, and its own conversion of our COCO files."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.consumers.conftest import HARD, SPLIT, noised
from tests.consumers.expected import (
    BoolMask,
    ByImage,
    Files,
    Instance,
    annotations_by_image,
    assert_drawn_within_a_pixel,
    assert_same_labels,
    from_corners,
    in_pixels,
    read,
    without_crowds,
)

NAMES = ["ball", "ring", "box", "star", "leaf", "flower"]


@pytest.fixture(scope="module", autouse=True)
def _library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The library, with its settings in a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOLO_CONFIG_DIR", str(tmp_path_factory.mktemp("settings")))
        pytest.importorskip("ultralytics", reason="needs ultralytics: make consumers")
        yield


@pytest.fixture(scope="module")
def labels(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders noisy/ and clean/ with labels, and with the images at images/."""
    folder = tmp_path_factory.mktemp("labels")
    noised(sample, folder / "noisy", *HARD, "--segmentation", "polygon", "--to", "yolo")
    noised(sample, folder / "clean", "--corruption_values", "{'rand': [0, 3]}", "--to", "yolo")
    for name in ("noisy", "clean"):
        (folder / name / "images").symlink_to(sample.parent)
    return folder


def read_theirs(folder: Path) -> ByImage:
    """The labels as it reads them, with the masks that it trains on, cut out of the square that an image is put in."""
    from ultralytics.cfg import get_cfg
    from ultralytics.data.dataset import YOLODataset

    settings = get_cfg(overrides={"mask_ratio": 1, "overlap_mask": False})
    data = {"names": dict(enumerate(NAMES)), "nc": len(NAMES), "channels": 3}
    dataset = YOLODataset(
        img_path=str(folder / f"{SPLIT}.txt"), data=data, task="segment", imgsz=320, augment=False, hyp=settings
    )
    return {
        Path(item["im_file"]).name: [
            Instance(NAMES[int(number)], False, in_pixels(*box), mask[40:280].astype(bool))
            for number, box, mask in zip(
                item["cls"][:, 0], label["bboxes"].tolist(), item["masks"].numpy(), strict=True
            )
        ]
        for item, label in zip(dataset, dataset.labels, strict=True)
    }


def box_of(segmentation: list[list[float]], mask: BoolMask) -> tuple[float, float, float, float]:
    """What stands for a box in our labels: the bounds of the polygon where it is one, which stays, else of the mask."""
    points = np.reshape(segmentation[0], (-1, 2))
    if len(segmentation) > 1:
        rows, columns = np.nonzero(mask)
        points = np.array([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]])
    return from_corners(*points.min(0).tolist(), *points.max(0).tolist())


def test_masks_boxes_classes_and_counts(labels: Path, sample: Path) -> None:
    name = f"instances_{SPLIT}.json"
    files = Files("polygon", labels / "noisy" / name, sample / name, sample.parent / SPLIT)
    seen, expected = read_theirs(labels / "noisy"), without_crowds(read(files.noisy))
    for image, annotations in annotations_by_image(files.noisy).items():
        segmentations = [annotation["segmentation"] for annotation in annotations if not annotation["iscrowd"]]
        expected[image] = [
            instance._replace(box=box_of(segmentation, instance.mask))
            for segmentation, instance in zip(segmentations, expected[image], strict=True)
        ]
    assert_same_labels(seen, expected)
    assert_drawn_within_a_pixel(seen, read_theirs(labels / "clean"), files, joined=True)


def test_an_epoch(labels: Path, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the noisy labels, all of them, with the clean ones to validate on; the losses are finite."""
    from ultralytics import YOLO

    monkeypatch.chdir(tmp_path)
    data = yaml.safe_load((labels / "noisy" / "data.yaml").read_text())
    data |= {"path": str(labels / "noisy"), "val": str(labels / "clean" / "val2017.txt")}
    (tmp_path / "data.yaml").write_text(yaml.safe_dump(data))
    model = YOLO("yolo11n-seg.yaml", verbose=False)
    words: dict[str, Any] = {"epochs": 1, "imgsz": 96, "batch": 16, "workers": 0, "device": "cpu", "plots": False}
    model.train(data=str(tmp_path / "data.yaml"), project=str(tmp_path / "runs"), verbose=False, **words)
    trainer = model.trainer
    lines = (labels / "noisy" / "labels" / SPLIT).glob("*.txt")
    trained_on = Counter(np.concatenate([label["cls"] for label in trainer.train_loader.dataset.labels])[:, 0].tolist())
    assert trained_on == Counter(float(line.split()[0]) for path in lines for line in path.read_text().splitlines())
    assert "seg_loss" in trainer.tloss and all(np.isfinite(float(loss)) for loss in trainer.tloss.values())
    assert Path(trainer.last).is_file()


def test_its_own_conversion(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts are kept; classes are ids less one, gaps and all; run lengths need faster-coco-eval."""
    from ultralytics.data import converter

    needed: list[str] = []
    monkeypatch.setattr(converter, "check_requirements", needed.append)
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / files.noisy.name).symlink_to(files.noisy)
    converter.convert_coco(str(tmp_path / "alone"), str(tmp_path / "yolo"), use_segments=True, cls91to80=False)
    assert [word.partition(">")[0] for word in needed] == (["faster-coco-eval"] if files.form == "rle" else [])
    for name, annotations in annotations_by_image(files.noisy).items():
        lines = (tmp_path / "yolo" / "labels" / SPLIT / name).with_suffix(".txt").read_text().splitlines()
        classes = [annotation["category_id"] - 1 for annotation in annotations if not annotation["iscrowd"]]
        assert [int(line.split()[0]) for line in lines] == classes


def test_its_own_conversion_takes_every_json_file_for_a_coco_file(files: Files, tmp_path: Path) -> None:
    from ultralytics.data.converter import convert_coco

    assert (files.noisy.parent / "manifest.json").is_file()
    with pytest.raises(KeyError, match="images"):
        convert_coco(str(files.noisy.parent), str(tmp_path / "yolo"), use_segments=True, cls91to80=False)
