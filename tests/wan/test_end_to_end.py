"""The real way, from JPEG to annotation file: the two scripts with a tiny SAM of random weights, in both forms."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT

pytest.importorskip("torch", reason="COCO-WAN needs torch: pip install -r requirements-wan.txt")
pytest.importorskip("transformers", reason="COCO-WAN needs transformers: pip install -r requirements-wan.txt")
import torch
from PIL import Image

from tests.commands.test_wan import BOTH, decoded, rows_of
from tests.wan.meta import TINY
from tests.wan.test_sam import published, save_both

FOLDERS = {BOTH[0]: "noisy_data_gt_plus_sam", BOTH[1]: "noisy_data_gt_plus_sam_point"}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return save_both(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def photographed(coco_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The annotations of a few images that are there."""
    folder = tmp_path_factory.mktemp("photographed") / "annotations"
    folder.mkdir()
    for split in ("train2017", "val2017"):
        dataset = json.loads((coco_tiny / f"instances_{split}.json").read_text())
        images = [i for i in dataset["images"] if (coco_tiny.parent / split / i["file_name"]).exists()][:8]
        ids = {image["id"] for image in images}
        annotations = [a for a in dataset["annotations"] if a["image_id"] in ids]
        text = json.dumps({**dataset, "images": images, "annotations": annotations})
        (folder / f"instances_{split}.json").write_text(text)
    return folder


def run(name: str, annotations: Path, data: Path, weights: Path, cwd: Path) -> Path:
    words = [f"--annotations_path={annotations}", f"--data_path={data}", f"--sam_path={weights}", "--device=cpu"]
    done = subprocess.run(
        [sys.executable, str(ROOT / name), *words],
        cwd=cwd,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # on a loaded machine the threads of a tiny network only wait
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return cwd / FOLDERS[name]


def expected(network: Any, pixels: Any, mask: Any, name: str) -> tuple[Any, float]:
    """The best of the three masks, by transformers' own preprocessing and postprocessing."""
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

    side = TINY.side
    processor = SamImageProcessorPil(size={"longest_edge": side}, pad_size={"height": side, "width": side})
    inputs = processor(pixels, return_tensors="pt")
    height, width = pixels.shape[:2]
    new_height, new_width = inputs["reshaped_input_sizes"][0].tolist()
    down, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = np.array([across[0], down[0], across[-1] + 1, down[-1] + 1], float)
    scale = np.array([new_width / width, new_height / height])
    if name == BOTH[0]:
        given = {"input_boxes": torch.tensor(box * np.tile(scale, 2), dtype=torch.float32)[None, None]}
    else:
        point = (box[:2] + box[2:]) / 2 * scale
        given = {"input_points": torch.tensor(point, dtype=torch.float32)[None, None, None]}
    with torch.no_grad():
        found = network(inputs["pixel_values"], **given)
    (masks,) = processor.post_process_masks(found.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"])
    best = int(found.iou_scores[0, 0].argmax())
    return masks[0, best].numpy(), float(found.iou_scores[0, 0, best])


@pytest.mark.slow
@pytest.mark.parametrize("name", BOTH)
def test_photographs_go_all_the_way(
    name: str, photographed: Path, coco_tiny: Path, weights: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = run(name, photographed, coco_tiny.parent, weights[0], tmp_path)
    network = published(weights[1])
    compared = 0
    for split in ("train2017", "val2017"):
        clean = json.loads((photographed / f"instances_{split}.json").read_text())
        noisy = json.loads((folder / f"instances_{split}.json").read_text())
        rows = rows_of(folder / f"instances_{split}.noise.csv")
        images = {image["id"]: image for image in clean["images"]}
        for before, after in zip(clean["annotations"], noisy["annotations"], strict=True):
            if before["iscrowd"]:
                continue
            image = images[before["image_id"]]
            size = (image["height"], image["width"])
            with Image.open(coco_tiny.parent / split / image["file_name"]) as opened:
                pixels = np.asarray(opened.convert("RGB"))
            mask, score = expected(network, pixels, decoded(before, size), name)
            row = rows[before["id"]]
            assert float(row["predicted_iou"]) == pytest.approx(score, abs=1e-3)
            if row["mask_outcome"] == "noised":
                compared += 1
                drawn = decoded(after, size)
                assert (drawn != mask).mean() < 2e-3  # logits as good as 0 fall either way
                assert (after["area"], after["boundary_type"]) == (drawn.sum(), rows[before["id"]]["noise"])
    assert compared > 30


@pytest.mark.slow
@pytest.mark.parametrize("name", BOTH)
def test_the_sample_dataset_is_the_same_by_either_form(
    name: str, sample: Path, weights: tuple[Path, Path], tmp_path: Path
) -> None:
    folders = []
    for place, path in zip(("file", "folder"), weights, strict=True):
        (tmp_path / place).mkdir()
        folders.append(run(name, sample, sample.parent, path, tmp_path / place))
    contents = [{p.name: p.read_bytes() for p in f.iterdir() if p.name != "manifest.json"} for f in folders]
    assert contents[0].keys() == contents[1].keys()
    for file in contents[0]:
        if file.endswith(".json"):
            assert contents[0][file] == contents[1][file]
    manifest = json.loads((folders[0] / "manifest.json").read_text())
    assert manifest["benchmark"] == {BOTH[0]: "wan_easy", BOTH[1]: "wan_medium"}[name]
    assert manifest["model"]["weights"][0]["file"] == "tiny_sam.pth"
    assert {"torch", "transformers", "pillow"} <= set(manifest["versions"])
