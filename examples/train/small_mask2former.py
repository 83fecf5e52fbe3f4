"""From noisy annotations to the benchmark's table: a small Mask2Former, trained on the CPU.

    python examples/train/small_mask2former.py --work_dir small_mask2former

draws a larger sample dataset, noises its training split at every level, trains the same model on
clean, easy, medium and hard, once for each seed, and lets evaluate_models.py say what that does to
mask AP on the clean validation split. A seed sets the noise, the model's first weights and the
order of the images. The model is transformers' Mask2Former with a ResNet of four blocks, 0.6
million weights, none of them pretrained; images are halved to 160 x 120 pixels.

Needs requirements-train.txt, and requirements-measure.txt for the table.
"""

import argparse
import io
import json
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm
from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, ResNetConfig

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # the programs of this project, whatever folder this one is called from

import evaluate_models  # noqa: E402
import noise_annotations  # noqa: E402
from annotation_noise.reports.model_table import LEVELS, markdown  # noqa: E402
from examples.make_sample_dataset import CATEGORIES, HEIGHT, WIDTH, make  # noqa: E402

CATEGORY_IDS = [category["id"] for category in CATEGORIES]
SMALL_HEIGHT, SMALL_WIDTH = HEIGHT // 2, WIDTH // 2
BELOW = -SMALL_HEIGHT % 32  # the model wants sides that 32 divides
BATCH, LEARNING_RATE, QUERIES = 8, 1.5e-3, 20


class Picture(NamedTuple):
    """An image and what it shows.

    pixels: (3, height, width) float32, 0 to 1. masks: (n, height, width) uint8. classes: (n,) index into CATEGORIES.
    """

    image_id: int
    pixels: NDArray[np.float32]
    masks: NDArray[np.uint8]
    classes: NDArray[np.int64]


def load(annotations: Path, images: Path) -> list[Picture]:
    """All images of a COCO file, halved. Crowd regions and what is too small to be seen then are left out."""
    with redirect_stdout(io.StringIO()):
        coco = COCO(str(annotations))
    pictures = []
    for image in coco.imgs.values():
        pixels = cv2.imread(str(images / image["file_name"]))
        assert pixels is not None, image["file_name"]
        small = cv2.resize(pixels, (SMALL_WIDTH, SMALL_HEIGHT), interpolation=cv2.INTER_AREA)
        masks, classes = [], []
        for annotation in coco.imgToAnns[image["id"]]:
            mask = cv2.resize(coco.annToMask(annotation), (SMALL_WIDTH, SMALL_HEIGHT), interpolation=cv2.INTER_NEAREST)
            if mask.any() and not annotation["iscrowd"]:
                masks.append(mask)
                classes.append(CATEGORY_IDS.index(annotation["category_id"]))
        stacked = np.array(masks, np.uint8).reshape(-1, SMALL_HEIGHT, SMALL_WIDTH)
        colours_first = np.ascontiguousarray(small.transpose(2, 0, 1), np.float32) / np.float32(255)
        pictures.append(Picture(image["id"], colours_first, stacked, np.array(classes, np.int64)))
    return pictures


def build() -> Mask2FormerForUniversalSegmentation:
    """The model, with random weights from torch's generator."""
    backbone = ResNetConfig(
        embedding_size=32,
        hidden_sizes=[32, 64, 64, 64],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    config = Mask2FormerConfig(
        backbone_config=backbone,
        feature_size=64,
        mask_feature_size=64,
        hidden_dim=64,
        encoder_feedforward_dim=128,
        dim_feedforward=256,
        encoder_layers=2,
        decoder_layers=4,
        num_attention_heads=4,
        num_queries=QUERIES,
        num_labels=len(CATEGORIES),
        train_num_points=512,
    )
    return Mask2FormerForUniversalSegmentation(config)


def as_input(pictures: Sequence[NDArray[np.float32]]) -> Tensor:
    """Images as the model takes them: centred, and padded at the bottom."""
    stacked = torch.from_numpy(np.stack(pictures))
    return functional.pad((stacked - 0.5) / 0.25, (0, 0, 0, BELOW))


def train(pictures: Sequence[Picture], seed: int, steps: int, title: str) -> Mask2FormerForUniversalSegmentation:
    """Train a new model for so many batches of 8 images, each flipped or not in x and in y."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = build().train()
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    for _ in tqdm(range(steps), desc=title, delay=1, leave=False, disable=None):
        images, masks, classes = [], [], []
        for place in rng.integers(len(pictures), size=BATCH):
            one = pictures[place]
            x, y = 1 - 2 * rng.integers(2, size=2)
            images.append(one.pixels[:, ::y, ::x])
            flipped = torch.from_numpy(one.masks[:, ::y, ::x].copy()).float()
            masks.append(functional.pad(flipped, (0, 0, 0, BELOW)))
            classes.append(torch.from_numpy(one.classes))
        loss = model(pixel_values=as_input(images), mask_labels=masks, class_labels=classes).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()


def predict(model: Mask2FormerForUniversalSegmentation, pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """Detections in COCO's results format at the full size of the images, of each image the best 100.

    The score is the class's probability times the mean probability of the mask's own pixels; a mask may have none.
    """
    found = []
    for picture in pictures:
        with torch.inference_mode():
            output = model(pixel_values=as_input([picture.pixels]))
        classes = output.class_queries_logits[0].softmax(-1)[:, :-1].numpy()
        full = (HEIGHT + 2 * BELOW, WIDTH)
        logits = functional.interpolate(output.masks_queries_logits, full, mode="bilinear", align_corners=False)
        masks = logits[0, :, :HEIGHT].sigmoid().numpy()
        inside = masks > 0.5
        certainty = (masks * inside).sum((1, 2)) / np.maximum(inside.sum((1, 2)), 1)
        scores = classes * certainty[:, None]
        runs = coco_mask.encode(np.asfortranarray(inside.transpose(1, 2, 0).astype(np.uint8)))
        for place in np.argsort(-scores, axis=None, kind="stable")[:100].tolist():
            query, index = divmod(place, len(CATEGORIES))
            segmentation = {"size": runs[query]["size"], "counts": runs[query]["counts"].decode("ascii")}
            detection = {"image_id": picture.image_id, "category_id": CATEGORY_IDS[index]}
            found.append({**detection, "segmentation": segmentation, "score": round(float(scores[query, index]), 5)})
    return found


def run(work_dir: Path, seeds: Sequence[int], steps: int, images: tuple[int, int]) -> None:
    """Everything from the dataset to the table of mean and spread; all files go below `work_dir`."""
    work_dir.mkdir(parents=True)
    started = time.perf_counter()
    torch.set_num_threads(1)  # a second one waits more than it works for so small a model, and sums would depend on it
    transformers.logging.set_verbosity_error()  # it warns of every backbone but Swin
    dataset, clean = work_dir / "dataset", work_dir / "dataset" / "annotations"
    make(dataset, dict(zip(("train2017", "val2017"), images, strict=True)))
    ground_truth = clean / "instances_val2017.json"
    validation = load(ground_truth, dataset / "val2017")
    for seed in seeds:
        predictions = []
        for level in LEVELS:
            begun = time.perf_counter()
            folder = clean if level == "clean" else noisy(clean, level, seed, work_dir)
            pictures = load(folder / "instances_train2017.json", dataset / "train2017")
            model = train(pictures, seed, steps, f"seed {seed}, {level}")
            path = work_dir / f"predictions_{level}_seed_{seed}.json"
            path.write_text(json.dumps(predict(model, validation)), encoding="utf-8")
            predictions.append(f"{level}={path}")
            print(f"seed {seed}, {level}: {time.perf_counter() - begun:.0f} s", flush=True)
        words = ["--ground_truth", str(ground_truth), "--predictions", *predictions]
        name = ["--model", f"seed {seed}", "--backbone", "ResNet, 4 blocks", "--dataset", "sample"]
        if evaluate_models.main([*words, *name, "--add_to", str(work_dir / "results.json")]):
            raise SystemExit(2)
    minutes = (time.perf_counter() - started) / 60
    print(f"\n{summary(work_dir / 'results.json')}\n\n{minutes:.0f} minutes")


def noisy(clean: Path, level: str, seed: int, work_dir: Path) -> Path:
    """The folder with the noisy training split of a level."""
    folder = work_dir / f"noisy_{level}_seed_{seed}"
    words = [str(clean), "--benchmark", level, "--seed", str(seed), "--splits", "train", "--output_dir", str(folder)]
    with redirect_stdout(io.StringIO()):
        if noise_annotations.main(words):
            raise SystemExit(2)
    return folder


def summary(results: Path) -> str:
    """Mask AP per level over all seeds: mean and standard deviation, as a Markdown table."""
    rows = json.loads(results.read_text(encoding="utf-8"))["rows"]
    cells = []
    for level in LEVELS:
        values = [100 * (row["levels"][level]["segm"]["AP"] or 0.0) for row in rows]
        spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
        cells.append(f"{statistics.mean(values):.1f}{spread}")
    return markdown([f"mask AP, {len(rows)} seeds", *LEVELS], [["mean ± standard deviation", *cells]])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--work_dir", metavar="DIR", type=Path, required=True, help="a new folder for everything")
    words.add_argument("--seeds", metavar="SEED", type=int, nargs="+", default=[1, 2, 3], help="(default: 1 2 3)")
    words.add_argument("--steps", metavar="N", type=int, default=400, help="batches of 8 images (default: 400)")
    words.add_argument(
        "--images",
        metavar="N",
        type=int,
        nargs=2,
        default=[400, 100],
        help="for training, validation (default: 400 100)",
    )
    arguments = words.parse_args(argv)
    if arguments.work_dir.exists():
        print(f"error: --work_dir {arguments.work_dir} exists; name a new folder", file=sys.stderr)
        return 2
    run(arguments.work_dir, arguments.seeds, arguments.steps, tuple(arguments.images))
    return 0


if __name__ == "__main__":
    sys.exit(main())
