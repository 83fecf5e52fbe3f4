"""Every preset through all that a user does with a dataset: blind, LVIS's lists, other formats, pictures, measures.

On a part of the sample dataset, small enough for two hundred presets.
"""

import contextlib
import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import measure_noise
from annotation_noise.core.presets import FAMILIES, preset, preset_name
from annotation_noise.core.recipe import recipe
from noise_annotations import main
from noisers import load

for package in ("matplotlib", "faster_coco_eval", "jinja2"):
    pytest.importorskip(package, reason=f"needs {package}: pip install -r requirements-measure.txt")

Dataset = dict[str, Any]
IMAGES = 3  # the first ones of train2017
NEGATIVE = 7  # a category that no annotation has, known to be absent from every image


@pytest.fixture(scope="module")
def some(sample: Path) -> Dataset:
    """A few images of the sample dataset; with a crowd region, masks with holes and masks in parts."""
    dataset: Dataset = json.loads((sample / "instances_train2017.json").read_text())
    chosen = {image["id"] for image in dataset["images"][:IMAGES]}
    return {
        **dataset,
        "images": [image for image in dataset["images"] if image["id"] in chosen],
        "annotations": [a for a in dataset["annotations"] if a["image_id"] in chosen],
        "categories": [*dataset["categories"], {"id": NEGATIVE, "name": "ghost", "supercategory": "none"}],
    }


def for_preset(dataset: Dataset, name: str) -> Dataset:
    """The dataset with the classes that a preset needs, by name or number."""
    known = {category["id"]: category for category in dataset["categories"]}
    if name.startswith("noisy-lvis/super"):
        return {**dataset, "categories": [known.get(n, {"id": n, "name": f"c{n}"}) for n in range(1, 1204)]}
    if "flip_pairs" not in preset(name):
        return dataset
    pairs: Any = preset(name)["flip_pairs"]["pairs"]  # type: ignore[index]
    names = list(dict.fromkeys(text for pair in pairs for text in pair))
    used = [number for number in known if number != NEGATIVE]
    renamed = [{**known[number], "name": text} for number, text in zip(used, names, strict=False)]
    more = [{"id": 100 + place, "name": text, "supercategory": "none"} for place, text in enumerate(names[len(used) :])]
    return {
        **dataset,
        "categories": [*renamed, *(known[number] for number in used[len(names) :]), known[NEGATIVE], *more],
    }


def as_lvis(dataset: Dataset) -> Dataset:
    """The same with LVIS's lists and counts."""
    of_class = Counter(a["category_id"] for a in dataset["annotations"])
    images_of = Counter(number for number, _ in {(a["category_id"], a["image_id"]) for a in dataset["annotations"]})
    lists = {"neg_category_ids": [NEGATIVE], "not_exhaustive_category_ids": []}
    counted = [
        {**c, "frequency": "f", "instance_count": of_class[c["id"]], "image_count": images_of[c["id"]]}
        for c in dataset["categories"]
    ]
    return {**dataset, "images": [{**image, **lists} for image in dataset["images"]], "categories": counted}


def noised(folder: Path, dataset: Dataset, name: str, *words: str) -> Dataset:
    """Noise a dataset as a user does: `folder`/some.json into `folder`/out."""
    folder.mkdir(parents=True)
    (folder / "some.json").write_text(json.dumps(dataset))
    out = ["--output_dir", str(folder / "out"), "--workers", "1"]
    with contextlib.redirect_stdout(io.StringIO()):
        assert main([str(folder / "some.json"), "--benchmark", name, *out, *words]) == 0
    result: Dataset = json.loads((folder / "out" / "some.json").read_text())
    return result


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_every_preset_goes_through_everything(family: str, some: Dataset, tmp_path: Path) -> None:
    for level in FAMILIES[family].levels:
        name = preset_name(family, level)
        folder = tmp_path / name.replace("/", "-")
        clean = for_preset(some, name)
        noisy = noised(folder, clean, name, "--to", "yolo", "--preview", "1")
        a_picture_shows_it(folder)
        yolo_has_its_annotations(noisy, folder)
        consumers_read_it(clean, noisy)
        it_is_measured(clean, noisy, folder)
        lvis_lists_follow(as_lvis(clean), folder / "lvis", name)
        if "box" in recipe(preset(name), load()).kinds:
            blind_is_refused(clean, folder, name)
        else:
            blind_says_nothing(clean, noisy, folder / "blind", name)


def a_picture_shows_it(folder: Path) -> None:
    (picture,) = (folder / "out").glob("*.preview-*.png")
    assert picture.stat().st_size > 5_000


def yolo_has_its_annotations(noisy: Dataset, folder: Path) -> None:
    """A line for each annotation with a mask but crowd regions; a mask may be in several parts, which are one line."""
    of_image = Counter(a["image_id"] for a in noisy["annotations"] if not a["iscrowd"])
    stems = {Path(image["file_name"]).stem: image["id"] for image in noisy["images"]}
    files = list((folder / "out").rglob("labels/**/*.txt"))
    assert {path.stem for path in files} == set(stems)
    for path in files:
        lines = path.read_text().splitlines()
        assert len(lines) <= of_image[stems[path.stem]]
        assert bool(lines) == bool(of_image[stems[path.stem]])
        numbers = [np.array(line.split(), float) for line in lines]
        assert all(len(row) >= 7 and len(row) % 2 and (row[1:] >= 0).all() and (row[1:] <= 1).all() for row in numbers)


def indexed(dataset: Dataset) -> COCO:
    index = COCO()
    index.dataset = json.loads(json.dumps(dataset))
    with contextlib.redirect_stdout(io.StringIO()):
        index.createIndex()
    return index


def consumers_read_it(clean: Dataset, noisy: Dataset) -> None:
    """pycocotools decodes every mask, whose area and box stand beside it, and evaluates it as ground truth."""
    index = indexed(noisy)
    assert len(index.anns) == len(noisy["annotations"])
    for annotation in index.dataset["annotations"]:
        mask = index.annToMask(annotation)
        assert mask.any()
        if annotation.get("boundary_type", "none") != "none":
            assert annotation["area"] == mask.sum()
    results = [{**a, "score": 1.0} for a in indexed(clean).dataset["annotations"] if not a["iscrowd"]]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(index, index.loadRes(results), "bbox")
        evaluation.params.catIds = sorted({a["category_id"] for a in noisy["annotations"]})
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    assert len(evaluation.stats) == 12


def it_is_measured(clean: Dataset, noisy: Dataset, folder: Path) -> None:
    report = folder / "report"
    words = [folder / "some.json", folder / "out" / "some.json", "--output_dir", report, "--workers", "1"]
    with contextlib.redirect_stdout(io.StringIO()):
        status = measure_noise.main(list(map(str, words)))
    if not noisy["annotations"]:
        assert status == 2  # nothing to measure
        return
    assert status == 0
    found = json.loads((report / "report.json").read_text())["all"]
    ids = [{a["id"] for a in dataset["annotations"] if not a["iscrowd"]} for dataset in (clean, noisy)]
    assert (found["missing"], found["extra"]) == (len(ids[0] - ids[1]), len(ids[1] - ids[0]))


def lvis_lists_follow(clean: Dataset, folder: Path, name: str) -> None:
    """No annotation gets a class that is known to be absent, and the counts are those of the annotations."""
    noisy = noised(folder, clean, name)
    assert NEGATIVE not in {a["category_id"] for a in noisy["annotations"]}
    assert all(image["neg_category_ids"] == [NEGATIVE] for image in noisy["images"])
    of_class = Counter(a["category_id"] for a in noisy["annotations"])
    assert all(category["instance_count"] == of_class[category["id"]] for category in noisy["categories"])


def blind_says_nothing(clean: Dataset, noisy: Dataset, folder: Path, name: str) -> None:
    """The same annotations in the end, none of which says what it went through; the log lies beside."""
    blind = noised(folder, clean, name, "--blind", "--segmentation", "rle")
    assert "annotation_noise" not in blind
    assert not any({"boundary_type", "class_noise", "box_noise"} & a.keys() for a in blind["annotations"])
    assert signs(blind) == signs(noisy)
    assert not list((folder / "out").rglob("*.noise.csv"))
    with (folder / "out.key" / "some.noise.csv").open() as file:
        assert any(csv.DictReader(file)) or signs(noisy) == signs(clean)


def blind_is_refused(clean: Dataset, folder: Path, name: str) -> None:
    """A box that is not its mask's cannot be hidden."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        assert (
            main([str(folder / "some.json"), "--benchmark", name, "--blind", "--output_dir", str(folder / "no")]) == 2
        )
    assert said.getvalue().startswith("error: --blind cannot hide a box that is not its mask's; leave out box_")
    assert not (folder / "no").exists()


def signs(dataset: Dataset) -> Counter[tuple[int, int, bytes]]:
    """The annotations of a dataset by all that a model learns of them: image, class and mask."""
    index = indexed(dataset)
    return Counter(
        (a["image_id"], a["category_id"], index.annToMask(a).tobytes()) for a in index.dataset["annotations"]
    )
