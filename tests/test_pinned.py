"""Every file that the program writes, pinned: what published results rest on.

A digest may change only with an entry under "Changed results" in CHANGELOG.md that says whose results change. A
library that draws other pixels is a reason to pin that library (requirements.txt), not to change a digest.

    python -m tests.test_pinned

writes the table, tests/pinned.json, anew: by run and file, the first 16 hex digits of a sha256. Runs whose data or
libraries are not there keep their entries. `git diff` then shows which files have changed.
"""

import contextlib
import hashlib
import json
import shlex
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import cv2
import numpy as np
import pytest

from annotation_noise.commands import statement
from annotation_noise.core.log import Row, cells
from examples.make_sample_dataset import make
from noise_annotations import main, noise
from tests.annotation_files import VARIABLE, AnnotationFiles, drawn, real
from tests.commands.test_other_datasets import street
from tests.folders import cityscapes, panoptic, viper
from tests.running.test_many_files import as_rle

TABLE = Path(__file__).parent / "pinned.json"
WORKERS = "1"  # any number gives the same files, but the manifest has the command

MASK_NOISES = "\"{'rand': [0.3, 5], 'localization': [0.3, 3], 'approximation': [0.3, 10]}\""
TWO_DICTS = "\"[{'rand': [0.5, 3], 'flip_class': 0.2}, {'localization': [0.5, 4]}]\""

PLUGIN = '''
from noisers import Noised, noiser

@noiser("mask", example={"most_rows": 3})
def pinned_cut(mask, rng, *, most_rows: int):
    """Cut off some rows at the top."""
    rows = int(rng.integers(1, most_rows + 1))
    pixels = mask.pixels.copy()
    pixels[:rows] = 0
    return Noised(mask._replace(pixels=pixels), {"rows": rows})

@noiser("category", example={})
def pinned_next(category_id, rng, *, classes):
    """Take the next category, or the one after it."""
    return classes.ids[(classes.ids.index(category_id) + int(rng.integers(1, 3))) % len(classes.ids)]
'''


class Run(NamedTuple):
    """A run in an empty working folder.

    lay_out: puts the input there, from the folder of its source. work: writes the folder `out`.
    source: a dataset of `folders`.
    """

    lay_out: Callable[[Path], object]
    work: Callable[[], None]
    source: str = "sample"


def command(words: str) -> Callable[[], None]:
    """Noise what lies in the folder `in`, by noise_annotations.py."""

    def work() -> None:
        assert main(["in", *shlex.split(words), "--output_dir", "out", "--workers", WORKERS]) == 0

    return work


def wan(program: str, preset: str, words: str = "") -> Callable[[], None]:
    """Draw the masks of the sample dataset anew, with the model of tests/wan/fake.py in SAM's place."""

    def work() -> None:
        from annotation_noise.commands.wan_options import main as draw
        from tests.wan.fake import load

        paths = "--annotations_path in/annotations --data_path in --sam_path fake --output_dir out --workers"
        assert draw(program, preset, [*paths.split(), WORKERS, *words.split()], load) == 0

    return work


def in_memory(name: str, **options: Any) -> Callable[[], None]:
    """Noise a file's dataset by `noise()`, and write down what it returns."""

    def work() -> None:
        noisy = noise(load("in/" + name), **options)
        # As the log has them, but the class noise as the truth value that it is.
        rows = [
            {**dict(zip(Row._fields, cells(row, 11), strict=False)), "class_noise": row.class_noise}
            for row in noisy.changes
        ]
        save("out/dataset.json", noisy.dataset)
        save("out/changes.json", rows)

    return work


def load(path: str | Path) -> Any:
    return json.loads(Path(path).read_text())


def save(path: str, content: object) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(content))


def annotations(sample: Path) -> None:
    shutil.copytree(sample / "annotations", "in")


def annotations_and_plugin(sample: Path) -> None:
    annotations(sample)
    Path("plugin.py").write_text(PLUGIN)


def annotations_and_images(sample: Path) -> None:
    pytest.importorskip("PIL", reason="COCO-WAN needs pillow: pip install -r requirements-wan.txt")
    shutil.copytree(sample, "in")


def lvis(folder: Path) -> None:
    (path,) = folder.glob("lvis_val*.json")
    Path("in").mkdir()
    shutil.copy(path, "in/instances_lvis.json")


def lvis_like(sample: Path, path: str = "in/instances_lvis.json") -> None:
    """The sample's training split with LVIS's lists and counts, and without what LVIS has not."""
    dataset = load(sample / "annotations" / "instances_train2017.json")
    alone = [annotation for annotation in dataset["annotations"] if not annotation.pop("iscrowd")]
    pairs = Counter((annotation["category_id"], annotation["image_id"]) for annotation in alone)
    for category in dataset["categories"]:
        counts = [count for (number, _), count in pairs.items() if number == category["id"]]
        category |= {"frequency": "f", "instance_count": sum(counts), "image_count": len(counts)}
    for place, image in enumerate(dataset["images"]):
        image["coco_url"] = f"http://images.cocodataset.org/train2017/{image.pop('file_name')}"
        ids = [category["id"] for category in dataset["categories"]]
        present = [number for number in ids if (number, image["id"]) in pairs]
        image["not_exhaustive_category_ids"] = present[: place % 3]
        image["neg_category_ids"] = [number for number in ids if number not in present][place % 2 :]
    save(path, {**dataset, "annotations": alone})


def many_files(sample: Path) -> None:
    """Two COCO files, a file with LVIS's lists and one of SA-1B's form, in three folders."""
    shutil.copytree(sample / "annotations", "in/coco")
    lvis_like(sample, "in/lvis/train.json")
    dataset = load(sample / "annotations" / "instances_val2017.json")
    image = dataset["images"][1]
    keys = ("id", "bbox", "area")
    mine = [a for a in dataset["annotations"] if a["image_id"] == image["id"] and not a["iscrowd"]]
    of_sa_1b = [
        {**{key: a[key] for key in keys}, "segmentation": as_rle(a, image), "stability_score": 0.9} for a in mine
    ]
    frame = {"image_id": image["id"], **{key: image[key] for key in ("width", "height", "file_name")}}
    save("in/sa_1.json", {"image": frame, "annotations": of_sa_1b})


def streets(sample: Path) -> None:
    frames = {f"{city}_{number:06}_000019": street(number) for number in range(3) for city in ("ulm", "bonn")}
    cityscapes(Path("in"), frames, "train")
    cityscapes(Path("in"), {"lindau_000000_000019": street(9)}, "val")


def blocks(seed: int, count: int) -> Any:
    """A frame of 40 x 60 pixels of which each block of 5 x 5 has a number below `count`."""
    return np.kron(np.random.default_rng(seed).integers(count, size=(8, 12)), np.ones((5, 5), int))


def viper_frames(sample: Path) -> None:
    pairs = [(2, 0), (20, 700), (20, 3), (24, 5), (24, 6), (23, 1), (17, 2)]
    frames = {
        f"00{scene}_0001{scene}": [[pairs[place] for place in row] for row in blocks(scene, len(pairs))]
        for scene in range(4)
    }
    viper(Path("in"), frames, "train")
    viper(Path("in"), {"007_00010": frames["000_00010"]}, "val")


def panoptic_frames(sample: Path) -> None:
    names = {3: "car", 5: "cat", 9: "dog"}
    categories = [{"id": number, "name": name, "isthing": 1} for number, name in names.items()]
    categories.append({"id": 200, "name": "rug", "isthing": 0})
    kinds = [3, 5, 9, 3, 5, 200]
    segments = [
        {"id": place, "category_id": kind, "iscrowd": int(place == 4)} for place, kind in enumerate(kinds, start=1)
    ]
    Path("in").mkdir()
    frames: dict[int, tuple[Any, list[dict[str, Any]]]] = {
        number: (blocks(number, len(segments) + 1), segments) for number in (12, 13, 40)
    }
    panoptic(Path("in/panoptic_val2017.json"), frames, categories)


LEVELS = ("easy", "medium", "hard")
RUNS = {
    **{
        f"{level}, {form}": Run(annotations, command(f"--benchmark {level} --segmentation {form}"))
        for level in LEVELS
        for form in ("same", "rle", "polygon")
    },
    "boxes keep": Run(annotations, command("--benchmark hard --boxes keep")),
    "crowd noise": Run(annotations, command("--benchmark hard --crowd noise")),
    "on_empty drop": Run(annotations, command("--benchmark hard --on_empty drop")),
    "two dicts": Run(annotations, command(f"--corruption_values {TWO_DICTS}")),
    "wan_hard": Run(annotations, command("--benchmark wan_hard")),
    **{f"real COCO, {level}": Run(annotations, command(f"--benchmark {level}"), "real COCO") for level in LEVELS},
    "real LVIS": Run(lvis, command("--benchmark hard"), "real LVIS"),
    "real LVIS, on_empty drop": Run(lvis, command("--benchmark hard --on_empty drop"), "real LVIS"),
    **{f"drawn COCO, {level}": Run(annotations, command(f"--benchmark {level}"), "drawn COCO") for level in LEVELS},
    "drawn LVIS": Run(lvis, command("--benchmark hard"), "drawn LVIS"),
    "drawn LVIS, on_empty drop": Run(lvis, command("--benchmark hard --on_empty drop"), "drawn LVIS"),
    "LVIS-like": Run(lvis_like, command("--benchmark hard")),
    "LVIS-like, on_empty drop": Run(lvis_like, command("--benchmark hard --on_empty drop")),
    "glob": Run(many_files, command(f"--glob '**/*.json' --corruption_values {MASK_NOISES}")),
    "from cityscapes": Run(streets, command("--from cityscapes --benchmark hard")),
    "from viper": Run(viper_frames, command("--from viper --benchmark hard")),
    "from panoptic": Run(panoptic_frames, command("--from panoptic --benchmark hard")),
    "to yolo": Run(annotations, command("--to yolo --benchmark hard")),
    "to cityscapes": Run(streets, command("--from cityscapes --to cityscapes --benchmark hard")),
    "wan_easy": Run(annotations_and_images, wan("create_gt_plus_sam_noise.py", "wan_easy")),
    "wan_medium": Run(annotations_and_images, wan("create_gt_plus_sam_point_noise.py", "wan_medium")),
    "sloppy_box": Run(
        annotations_and_images,
        wan("create_gt_plus_sam_noise.py", "wan_easy", "--prompt sloppy_box shift_share=0.1 scale_share=0.2"),
    ),
    "in memory": Run(annotations, in_memory("instances_train2017.json", benchmark="medium")),
    "in memory, LVIS-like": Run(lvis_like, in_memory("instances_lvis.json", benchmark="hard", on_empty="drop")),
    "in memory, plugin": Run(
        annotations_and_plugin,
        in_memory(
            "instances_val2017.json",
            corruption_values={"pinned_cut": [0.6, 4], "pinned_next": 0.5},
            plugins=["plugin.py"],
        ),
    ),
}


def lasting(path: Path) -> bytes:
    """What a file holds wherever and whenever it is written.

    That is its very bytes, but: the manifest is without the versions of the libraries; a PNG file has its form
    and its pixels, as its compression is cv2's own; and so the list of such files' checksums has only their names.
    """
    content = path.read_bytes()
    if path.suffix == ".png":
        pixels: Any = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        return content[:29] + bytes(pixels)  # signature and IHDR: size, bits, colour type
    if path.suffix == ".sha256" and path.name.startswith("gtFine"):
        return b"".join(line.partition(b"  ")[2] for line in content.splitlines(keepends=True))
    if path.name == "manifest.json":
        manifest = json.loads(content)
        assert content.decode() == json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        del manifest["versions"]
        for entry in manifest["outputs"]:
            if entry["file"].startswith("gtFine"):
                del entry["sha256"]
        return json.dumps(manifest).encode()
    return content


def folders(sample: Path, drawn: AnnotationFiles) -> dict[str, Path]:
    """The folders of the datasets, by source; the real ones only where they are there."""
    found = {"sample": sample, "drawn COCO": drawn.coco.parent, "drawn LVIS": drawn.lvis.parent}
    if files := real():
        found |= {"real COCO": files.coco.parent, "real LVIS": files.lvis.parent}
    return found


def digests(run: Run, folder: Path, source: Path) -> dict[str, str]:
    """Do a run in an empty folder; the digests of all files that it has written, by name."""
    with contextlib.chdir(folder), mock.patch.object(statement, "VERSION", "pinned"):  # or each version had its own
        run.lay_out(source)
        run.work()
    written = sorted(path for path in (folder / "out").rglob("*") if path.is_file())
    return {
        path.relative_to(folder / "out").as_posix(): hashlib.sha256(lasting(path)).hexdigest()[:16] for path in written
    }


OF_REAL = [name for name, run in RUNS.items() if run.source.startswith("real")]


@pytest.mark.parametrize("name", [name for name in RUNS if name not in OF_REAL])
def test_every_file(name: str, tmp_path: Path, sample: Path, drawn: AnnotationFiles) -> None:
    run = RUNS[name]
    assert digests(run, tmp_path, folders(sample.parent, drawn)[run.source]) == load(TABLE)[name]


REAL_FILES = {
    "real COCO": {"instances_train2017.json": "22baee945a98720d", "instances_val2017.json": "13b12c79e3b30e43"},
    "real LVIS": {"lvis_val_100.json": "f32e54e92c8d1f4f"},
}


@pytest.mark.real
@pytest.mark.parametrize("name", OF_REAL)
def test_every_file_from_real_annotations(name: str, tmp_path: Path, sample: Path, drawn: AnnotationFiles) -> None:
    source = folders(sample.parent, drawn)[RUNS[name].source]
    for file, digest in REAL_FILES[RUNS[name].source].items():
        (path,) = source.rglob(file)
        if digest_of(path)[:16] != digest:
            pytest.skip(f"{path} is another file than that of the digests: see tests/select_real.py")
    test_every_file(name, tmp_path, sample, drawn)


def test_the_table_has_these_runs_and_no_others() -> None:
    assert list(load(TABLE)) == list(RUNS)


IN_MEMORY = {
    "easy": "6ef457bc55039fcbc4c84041a6eb89a925c0de8004b380eb7401a577320fadda",
    "medium": "9661a9f1ccb2eb8ad49e72fe2d4066a72f27dff8b8608dced7ec01f52313ec5c",
    "hard": "5ad2e88d554d1eeead3c92d762af9c4374d65d45e0133f29fbd2ef0b526076ef",
}


@pytest.mark.parametrize("level", IN_MEMORY)
def test_pinned(sample: Path, level: str) -> None:
    dataset = json.loads((sample / "instances_val2017.json").read_text())
    noisy = noise(dataset, benchmark=level, seed=1).dataset["annotations"]
    assert hashlib.sha256(json.dumps(noisy).encode()).hexdigest() == IN_MEMORY[level]


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_sample_dataset_is_pinned_too(sample: Path) -> None:
    digest = digest_of(sample / "instances_val2017.json")
    assert digest == "e4887ce7dc4a4b7e8263a62785b92f1855552f1e1c5da726fe77b7760089c16f"


def test_the_rough_dataset_is_pinned_too(drawn: AnnotationFiles) -> None:
    found = {path.name: digest_of(path)[:16] for path in (*drawn.coco.iterdir(), drawn.lvis)}
    assert found == {
        "instances_train2017.json": "6a6a55a4a65e2197",
        "instances_val2017.json": "818b58340d5e568a",
        "lvis_val.json": "6d5279e5e79736b9",
    }


def write_table() -> None:
    """Write the table anew; runs that cannot be done here keep their entries."""
    old: dict[str, dict[str, str]] = load(TABLE) if TABLE.exists() else {}
    table: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as root:
        make(Path(root) / "sample")
        source = folders(Path(root) / "sample", drawn(Path(root) / "drawn"))
        for place, (name, run) in enumerate(RUNS.items()):
            folder = Path(root) / str(place)
            folder.mkdir()
            if run.source not in source:
                print(f"{name} stays as it was: {VARIABLE} is not set")
                table |= {name: old[name]} if name in old else {}
                continue
            try:
                table[name] = digests(run, folder, source[run.source])
            except pytest.skip.Exception as reason:
                print(f"{name} stays as it was: {reason}")
                table |= {name: old[name]} if name in old else {}
    TABLE.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    write_table()
