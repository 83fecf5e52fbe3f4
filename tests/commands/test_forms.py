"""In which form masks are written: by real files, through the whole command, read back by pycocotools."""

import contextlib
import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pycocotools import mask as coco_mask

from noise_annotations import main, noise
from tests.annotation_files import AnnotationFiles
from tests.scattered import scattered
from tests.test_pinned import panoptic_frames, streets, viper_frames

Dataset = dict[str, Any]
DATA = ("coco", "lvis")


def files(data: str, sources: AnnotationFiles) -> list[Path]:
    return [sources.lvis] if data == "lvis" else sorted(sources.coco.glob("instances_val*.json"))


def runs(segmentation: Any, height: int, width: int) -> Any:
    """A mask by pycocotools, as the run lengths that it has for no other."""
    if isinstance(segmentation, dict) and isinstance(segmentation["counts"], str):
        return {**segmentation, "counts": segmentation["counts"].encode()}
    found = coco_mask.frPyObjects(segmentation, height, width)
    return found if isinstance(segmentation, dict) else coco_mask.merge(found)


def run(folder: Path, data: str, sources: AnnotationFiles, *words: str) -> list[tuple[Dataset, str]]:
    """Noise the files of some data; the noisy datasets, each with its log."""
    source, target = folder / "in", folder / "_".join(["out", *words]).replace("--", "")
    source.mkdir(exist_ok=True)
    for path in files(data, sources):
        shutil.copy(path, source / f"instances_{path.name}")
    assert main([str(source), *words, "--workers", "1", "--output_dir", str(target)]) == 0
    names = sorted(path.name for path in source.iterdir())
    return [
        (json.loads((target / name).read_text()), (target / name).with_suffix(".noise.csv").read_text())
        for name in names
    ]


@pytest.mark.parametrize("data", DATA)
def test_in_polygons_the_largest_part_is_first_and_nothing_but_the_form_differs(
    tmp_path: Path, annotation_files: AnnotationFiles, data: str
) -> None:
    """Run lengths have no parts: what their file has must be in the other, and the logs must be the same."""
    several = 0
    words = ("--benchmark", "hard", "--segmentation")
    polygon, rle = (run(tmp_path, data, annotation_files, *words, form) for form in ("polygon", "rle"))
    for (polygons, log), (run_lengths, same_log) in zip(polygon, rle, strict=True):
        assert log == same_log
        size = {image["id"]: (image["height"], image["width"]) for image in polygons["images"]}
        rows = csv.DictReader(log.splitlines())
        noised = {int(row["annotation_id"]) for row in rows if row["mask_outcome"] == "noised"}
        for annotation, same in zip(polygons["annotations"], run_lengths["annotations"], strict=True):
            height, width = size[annotation["image_id"]]
            rings, mask = annotation.pop("segmentation"), runs(same.pop("segmentation"), height, width)
            assert annotation == same
            assert runs(rings, height, width) == mask
            if annotation["id"] in noised:
                areas = [shapely.Polygon(np.reshape(ring, (-1, 2))).area for ring in rings]
                assert areas == sorted(areas, reverse=True)
                assert sum(areas) == annotation["area"] == coco_mask.area(mask)
                several += len(rings) > 1
    assert several > 60


Span = tuple[int, int]
SOURCES = ("coco", "lvis", "cityscapes", "viper", "panoptic", "scattered")
COME_AND_GO = "{'all_of': [{'merge': [0.3, 2, false, false]}, {'duplicate': [0.5, 'rand', 3]}, {'rand': [0.3, 3]}]}"


def laid_out(folder: Path, source: str, sources: AnnotationFiles) -> list[str]:
    """Put a dataset of each kind into the folder `in`; the words that ask for it."""
    lay_out = {"cityscapes": streets, "viper": viper_frames, "panoptic": panoptic_frames}
    with contextlib.chdir(folder):
        if source in lay_out:
            lay_out[source](folder)
        else:
            Path("in").mkdir()
            dataset = scattered(30) if source == "scattered" else json.loads(files(source, sources)[0].read_text())
            Path("in/instances_all.json").write_text(json.dumps(dataset))
    return ["in", *(["--from", source] if source in ("cityscapes", "viper", "panoptic") else [])]


def masks_in(text: str) -> list[Span]:
    """Where the values of `segmentation` stand in a JSON text."""
    decoder, starts = json.JSONDecoder(), [match.end() for match in re.finditer(r'"segmentation":\s*', text)]
    return [(start, decoder.raw_decode(text, start)[1]) for start in starts]


def around(text: str, spans: list[Span]) -> list[str]:
    borders = [0, *(border for span in spans for border in span), len(text)]
    return [text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True)]


def form(segmentation: Any) -> str:
    if not isinstance(segmentation, dict):
        return "polygon"
    return "rle" if isinstance(segmentation["counts"], str) else "uncompressed"


@pytest.mark.parametrize("values", ["hard", COME_AND_GO])
@pytest.mark.parametrize("wanted", ["polygon", "rle"])
@pytest.mark.parametrize("source", SOURCES)
def test_no_other_form_is_left_and_nothing_else_changes(
    tmp_path: Path, annotation_files: AnnotationFiles, source: str, wanted: str, values: str
) -> None:
    """Against the file in which each mask has its own form: the same masks, and around them the same bytes."""
    paths = laid_out(tmp_path, source, annotation_files)
    noise = ["--benchmark", "hard"] if values == "hard" else ["--corruption_values", values]
    with contextlib.chdir(tmp_path):
        for each in ("same", wanted):
            assert main([*paths, *noise, "--segmentation", each, "--output_dir", each, "--workers", "1"]) == 0
    names = [path.name for path in (tmp_path / "same").glob("instances_*.json")]
    assert names
    for name in names:
        own, text = ((tmp_path / each / name).read_text() for each in ("same", wanted))
        spans, own_spans = masks_in(text), masks_in(own)
        assert around(text, spans) == around(own, own_spans)
        dataset = json.loads(text)
        assert len(spans) == len(dataset["annotations"]) > 0
        size = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
        for annotation, span, own_span in zip(dataset["annotations"], spans, own_spans, strict=True):
            mask, own_mask = text[slice(*span)], own[slice(*own_span)]
            own_form = form(json.loads(own_mask))
            stays = wanted == "polygon" and bool(annotation.get("iscrowd"))
            assert form(annotation["segmentation"]) == (own_form if stays else wanted)
            if own_form == form(annotation["segmentation"]):
                assert mask == own_mask
            elif json.loads(own_mask) and annotation["segmentation"]:
                first, second = (runs(json.loads(each), *size[annotation["image_id"]]) for each in (mask, own_mask))
                assert first == second
    if values != "hard":
        logs = [(tmp_path / wanted / name).with_suffix(".noise.csv").read_text() for name in names]
        assert any(",added," in log for log in logs)


def test_what_has_no_pixel_has_none_in_the_other_form(tiny: Dataset) -> None:
    """And where there is no mask at all, none is made up."""
    tiny["annotations"][0]["segmentation"] = []
    tiny["annotations"][1]["segmentation"] = {"size": [48, 64], "counts": [3072]}
    tiny["annotations"][2]["segmentation"] = None
    del tiny["annotations"][3]["segmentation"]
    values, sizes = {"rand": [0, 3]}, [(40, 40), (48, 64)]
    both = (noise(tiny, corruption_values=values, segmentation=wanted).dataset for wanted in ("rle", "polygon"))
    run_lengths, polygons = ([a.get("segmentation", "missing") for a in noisy["annotations"]] for noisy in both)
    assert [coco_mask.area(runs(mask, *size)) for mask, size in zip(run_lengths, sizes, strict=False)] == [0, 0]
    assert polygons[:2] == [[], []]
    assert run_lengths[2:4] == polygons[2:4] == [None, "missing"]
