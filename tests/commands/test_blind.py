"""--blind: nothing that is passed on tells what was noised, and the key tells all."""

import contextlib
import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import shapely
from pycocotools import mask as coco_mask

from annotation_noise.coco.file import read
from annotation_noise.coco.schema import Annotation
from annotation_noise.core.choose import Clean
from annotation_noise.core.outcome import Options, Outcome
from annotation_noise.core.recipe import recipe
from annotation_noise.geometry.masks import from_frame
from annotation_noise.geometry.segmentations import write
from annotation_noise.running.blind import blind
from annotation_noise.running.rewrite import setting_for
from annotation_noise.running.stretches import edit_stretch, jobs
from noise_annotations import main
from noisers import load
from tests.annotation_files import AnnotationFiles
from tests.commands.test_forms import laid_out, runs
from tests.conftest import Command
from tests.guessing import p_values
from tests.reference import decode
from tests.scattered import scattered

MARKS = ("boundary_type", "class_noise", "box_noise")
CHANGED = ("id", "category_id", "segmentation", "area", "bbox")
COME_AND_GO = (
    "{'all_of': [{'missing': [0.1, 0]}, {'merge': [0.2, 2, false, false]}, {'duplicate': [0.5, 'rand', 1]},"
    " {'rand': [0.3, 3]}, {'flip_class': 0.2}]}"
)


class Written(NamedTuple):
    """An annotation as it stands in a file: what stands before it, its text, and what that says."""

    gap: str
    text: str
    values: dict[str, Any]


def annotations(text: str) -> list[Written]:
    """The annotations of a file, from its text."""
    match = re.search(r'"annotations":\s*\[\s*', text)
    assert match
    at, decoder = match.end(), json.JSONDecoder()
    result: list[Written] = []
    while text[at] != "]":
        start = text.index("{", at)
        values, end = decoder.raw_decode(text, start)
        result.append(Written(text[at:start] if result else "", text[start:end], values))
        at = end + len(text[end:]) - len(text[end:].lstrip()) if text[end:].lstrip()[0] == "]" else end
    return result


KEY = re.compile(r'[{,\s]*"(\w+)"\s*:\s*')
MARK = re.compile(rf'\s*,\s*"({"|".join(MARKS)})"\s*:\s*("[^"]*"|\w+)')


def places_of(text: str) -> dict[str, tuple[int, int]]:
    """Where an object's values stand, by key, in its order."""
    decoder, result, at = json.JSONDecoder(), {}, 0
    while match := KEY.match(text, at):
        at = decoder.raw_decode(text, match.end())[1]
        result[match[1]] = match.end(), at
    return result


def values_of(text: str) -> dict[str, str]:
    """An object's values as they are written, by key, in its order."""
    return {key: text[slice(*place)] for key, place in places_of(text).items()}


def skeleton(text: str) -> str:
    """An object without the values that noise may change and without marks."""
    for key, (start, end) in reversed(places_of(text).items()):
        text = f"{text[:start]}_{text[end:]}" if key in CHANGED else text
    return MARK.sub("", text)


def noised(
    folder: Path, source: str, sources: AnnotationFiles, *words: str
) -> list[tuple[str, str, list[dict[str, str]], dict[int, int]]]:
    """Noise a dataset blindly: of each file the clean text, the noisy one, the log, and by id the one of the log."""
    paths = laid_out(folder, source, sources)
    with contextlib.chdir(folder):
        assert main([*paths, *words, "--blind", "--seed", "5", "--output_dir", "out", "--workers", "1"]) == 0
        result = []
        for path in sorted(Path("out").glob("instances_*.json")):
            clean = Path("in" if len(paths) == 1 else "out.key/clean") / path.name
            with (Path("out.key") / f"{path.stem}.noise.csv").open() as file:
                rows = list(csv.DictReader(file))
            ids = Path("out.key") / f"{path.stem}.ids.csv"
            same = {}
            if ids.exists():
                with ids.open() as file:
                    same = {int(row["id"]): int(row["annotation_id"]) for row in csv.DictReader(file)}
            result.append((clean.read_text(), path.read_text(), rows, same))
    assert result
    return result


@pytest.mark.parametrize("form", ["polygon", "rle"])
@pytest.mark.parametrize("source", ["coco", "lvis", "cityscapes", "panoptic", "scattered"])
def test_an_annotation_follows_from_its_mask_its_class_and_the_keys_it_had(
    tmp_path: Path, annotation_files: AnnotationFiles, source: str, form: str
) -> None:
    """So nothing else can tell: numbers, spacing, order of keys and rings, start and sense of a ring, box, area."""
    for before, after, rows, same in noised(
        tmp_path, source, annotation_files, "--benchmark", "hard", "--segmentation", form
    ):
        dataset = json.loads(after)
        size = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
        clean, noisy = annotations(before), annotations(after)
        assert (len(noisy), same) == (len(clean), {})
        assert len({written.gap for written in noisy[1:]}) == 1
        assert sum(row["mask_outcome"] == "noised" for row in rows) > 0.4 * len(clean) - 4
        for one, other in zip(clean, noisy, strict=True):
            values = values_of(other.text)
            assert skeleton(other.text) == skeleton(one.text)
            assert values["id"] == values_of(one.text)["id"]
            assert values["category_id"] == str(other.values["category_id"])
            segmentation, own = other.values["segmentation"], one.values["segmentation"]
            crowd = bool(one.values.get("iscrowd")) and form == "polygon"
            height, width = size[other.values["image_id"]]
            mask = runs(segmentation, height, width) if segmentation else None
            if mask is None or not coco_mask.area(mask):
                assert [values.get(key) for key in ("area", "bbox")] == [
                    values_of(one.text).get(key) for key in ("area", "bbox")
                ]
                continue
            assert values.get("area", f"{coco_mask.area(mask)}.0") == f"{coco_mask.area(mask)}.0"
            box = json.dumps(coco_mask.toBbox(mask).tolist(), separators=(",", ":"))
            assert values.get("bbox", box) == box
            if isinstance(segmentation, list):
                assert not crowd or isinstance(own, list)
                assert re.fullmatch(r"\[\[\d+\.0(,\d+\.0)*\](,\[\d+\.0(,\d+\.0)*\])*\]", values["segmentation"])
                areas = [shapely.Polygon(np.reshape(ring, (-1, 2))).area for ring in segmentation]
                assert areas == sorted(areas, reverse=True)
                assert sum(areas) == coco_mask.area(mask)
                again = write(from_frame(decode(segmentation, height, width)), "polygon")
                assert json.dumps(again, separators=(",", ":")) == values["segmentation"]
            elif crowd:
                assert type(segmentation["counts"]) is type(own["counts"])
            else:
                counts = mask["counts"].decode().replace("\\", "\\\\")
                assert values["segmentation"] == f'{{"size":[{height},{width}],"counts":"{counts}"}}'


def features(written: list[Written], image_of: list[int]) -> list[dict[str, Any]]:
    """All that might tell something of each annotation, from its text and its place in the file."""
    seen, total = Counter[int](), Counter(image_of)
    result = []
    for place, (one, image) in enumerate(zip(written, image_of, strict=True)):
        seen[image] += 1
        values = values_of(one.text)
        rings = one.values["segmentation"] if isinstance(one.values["segmentation"], list) else []
        numbers = re.findall(r"[\d.]+", values["segmentation"])
        area, box = one.values.get("area", 0.0), one.values.get("bbox", [])
        ring = np.reshape(rings[0], (-1, 2)) if rings else np.zeros((0, 2))
        steps = np.roll(ring, -1, axis=0) - ring
        result.append(
            {
                "keys": tuple(values),
                "spacing": re.sub(r'"[^"]*"|[\d.]+', "_", one.text) if not rings else one.text[:3] + one.text[-3:],
                "gap": one.gap if place else None,
                "form": type(one.values["segmentation"]).__name__,
                "whole numbers": all(number.endswith(".0") for number in numbers),
                "decimals": max((len(number.partition(".")[2]) for number in numbers), default=0),
                "area as written": len(values.get("area", "").partition(".")[2]),
                "box as written": tuple(side.endswith(".0") for side in re.findall(r"[\d.]+", values.get("bbox", ""))),
                "parts": len(rings),
                "largest first": max((len(ring) for ring in rings), default=0) == len(rings[0]) if rings else None,
                "corners odd": sum(map(len, rings)) // 2 % 2,
                "corners": sum(map(len, rings)),
                "first step": tuple(np.sign(steps[0])) if len(steps) else None,
                "sense": np.sign((ring[:, 0] * np.roll(ring[:, 1], -1) - np.roll(ring[:, 0], -1) * ring[:, 1]).sum()),
                "closed": bool(len(ring) and (ring[0] == ring[-1]).all()),
                "begins at its top": bool(len(ring) and ring[0, 1] == ring[:, 1].min()),
                "begins at its left": bool(len(ring) and ring[0, 0] == ring[:, 0].min()),
                "level sides": bool((steps == 0).any(axis=1).all()),
                "box is tight": len(rings) == 1 and box[:2] == ring.min(0).tolist(),
                "area is whole": area == int(area),
                "area": area,
                "area of the polygons": bool(rings) and abs(sum(map(_area, rings)) - area) < 1e-6,
                "length": len(one.text),
                "id": one.values["id"],
                "id from the one before": one.values["id"] - written[place - 1].values["id"] if place else None,
                "id odd": one.values["id"] % 2,
                "place": place,
                "rank in the image": seen[image] / total[image],
                "first of the image": seen[image] == 1,
                "last of the image": seen[image] == total[image],
                "image before": place > 0 and image_of[place - 1] == image,
            }
        )
    return result


def _area(ring: list[float]) -> float:
    return float(shapely.Polygon(np.reshape(ring, (-1, 2))).area)


def told(written: list[Written], labels: list[bool], alike: list[Any]) -> set[str]:
    shown = features(written, [one.values["image_id"] for one in written])
    return {name for name, p in p_values(shown, labels, alike).items() if p < 0.001}


def test_noise_of_strength_0_is_not_told_from_none(coco_tiny: Path) -> None:
    """Half of the masks are called noised, though they are what they were; without --blind the same tries tell."""
    file = read(coco_tiny / "instances_val2017.json")
    noised = set(np.random.default_rng(1).choice(len(file.starts), len(file.starts) // 2, replace=False).tolist())

    def decide(annotation: Annotation, height: int, width: int, place: int) -> Outcome:
        clean = Clean(annotation, height, width)
        if place not in noised:
            return Outcome("not_drawn", annotation.category_id)
        return Outcome("noised", annotation.category_id, (), clean.mask, clean.area_px, 1.0)

    def written(options: Options) -> tuple[list[Written], list[bool]]:
        setting = setting_for(file, recipe({"rand": [0, 3]}, load()), 1, options)
        alike, _ = blind(file, {}, [], setting) if options.blind else (None, {})
        (job,) = jobs(file, len(file.starts), blind=alike)
        part = edit_stretch(file.data[job.start : job.end], job, decide, lambda entry, outcome: None, setting)
        every = annotations(f'"annotations": [{part.annotations.decode().lstrip(", ")}]')
        shown = [place for place, one in enumerate(every) if not one.values["iscrowd"]]
        return [every[place] for place in shown], [place in noised for place in shown]

    for form in ("polygon", "rle"):
        assert told(*written(Options(form, blind=True)), []) == set()
    assert told(*written(Options("polygon")), []) >= {"whole numbers", "decimals", "area as written", "level sides"}
    assert told(*written(Options("rle")), []) >= {"box as written", "area is whole"}


@pytest.mark.parametrize("source", ["coco", "scattered"])
def test_a_copy_is_not_told_from_its_original(tmp_path: Path, annotation_files: AnnotationFiles, source: str) -> None:
    """Of each pair one is new; everything but that is known, and the guess is which."""
    for before, after, rows, same in noised(
        tmp_path, source, annotation_files, "--corruption_values", "{'duplicate': [0.6, 'rand', 1]}"
    ):
        clean, noisy = annotations(before), annotations(after)
        assert [one.values["id"] for one in noisy] == list(range(1, len(noisy) + 1)) == list(same)
        numbers = [same[one.values["id"]] for one in noisy]
        original = {int(row["annotation_id"]): int(row["parents"]) for row in rows if row["mask_outcome"] == "added"}
        assert len(original) > 20
        assert [number for number in numbers if number not in original] == [one.values["id"] for one in clean]
        by_number = dict(zip(numbers, noisy, strict=True))
        assert set(original) <= set(by_number)
        for copy, number in original.items():
            values, other = (values_of(by_number[each].text) for each in (copy, number))
            assert list(values) == list(other)
            assert {**values, "id": ""} == {**other, "id": ""}
            assert skeleton(by_number[copy].text) == skeleton(by_number[number].text)
        pair = {**{number: number for number in original.values()}, **original}
        shown = [place for place, number in enumerate(numbers) if number in pair]
        labels, alike = [numbers[place] in original for place in shown], [pair[numbers[place]] for place in shown]
        every = features(noisy, [one.values["image_id"] for one in noisy])
        found = p_values([every[place] for place in shown], labels, alike)
        assert {name for name, p in found.items() if p < 0.001} == set()


@pytest.mark.parametrize("source", ["coco", "lvis", "cityscapes", "scattered"])
def test_the_key_opens_it(command: Command, tmp_path: Path, annotation_files: AnnotationFiles, source: str) -> None:
    """Masks, classes and logs are those of the run that is not blind, and two workers give the same bytes."""
    paths = laid_out(tmp_path, source, annotation_files)
    words = [*paths, "--corruption_values", COME_AND_GO, "--seed", "5", "--workers"]
    for target, more in {"open": ["1"], "out": ["1", "--blind"], "two": ["2", "--blind"]}.items():
        done = command(*words, *more, "--output_dir", target)
        assert (done.returncode, done.stderr) == (0, "")
    names = {path.name for path in (tmp_path / "open").glob("instances_*.json")}
    assert {path.name for path in (tmp_path / "out").rglob("*")} == {*names, "manifest.json"}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (set(manifest), {entry["file"] for entry in manifest["outputs"]}) == ({"outputs"}, names)
    assert (tmp_path / "out.key" / "clean").exists() == (source == "cityscapes")
    key = json.loads((tmp_path / "out.key" / "manifest.json").read_text())
    assert (key["seed"], key["options"]["blind"], key["noisy"]) == (5, True, manifest["outputs"])
    for name in names:
        stem = Path(name).stem
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
        log = (tmp_path / "open" / f"{stem}.noise.csv").read_bytes()
        assert (tmp_path / "out.key" / f"{stem}.noise.csv").read_bytes() == log
        plain = json.loads((tmp_path / "open" / name).read_text())
        size = {image["id"]: (image["height"], image["width"]) for image in plain["images"]}
        clear = {one["id"]: one for one in plain["annotations"]}
        noisy = json.loads((tmp_path / "out" / name).read_text())["annotations"]
        with (tmp_path / "out.key" / f"{stem}.ids.csv").open() as file:
            same = {int(row["id"]): int(row["annotation_id"]) for row in csv.DictReader(file)}
        assert {same[one["id"]] for one in noisy} == set(clear)
        assert len(noisy) == len(clear)
        for one in noisy:
            other = clear[same[one["id"]]]
            assert not set(MARKS) & set(one)
            assert (one["image_id"], one["category_id"]) == (other["image_id"], other["category_id"])
            if other["segmentation"]:
                assert runs(one["segmentation"], *size[one["image_id"]]) == runs(
                    other["segmentation"], *size[one["image_id"]]
                )


def test_the_lists_of_lvis_follow_from_the_noisy_annotations(tmp_path: Path, annotation_files: AnnotationFiles) -> None:
    ((_, after, _, _),) = noised(tmp_path, "lvis", annotation_files, "--benchmark", "hard")
    noisy = json.loads(after)
    present: dict[int, set[int]] = {image["id"]: set() for image in noisy["images"]}
    for one in noisy["annotations"]:
        present[one["image_id"]].add(one["category_id"])
    for image in noisy["images"]:
        assert image["not_exhaustive_category_ids"] == sorted(present[image["id"]])
        assert not present[image["id"]] & set(image["neg_category_ids"])
    counts = Counter(one["category_id"] for one in noisy["annotations"])
    images = Counter(number for numbers in present.values() for number in numbers)
    for category in noisy["categories"]:
        assert category["instance_count"] == counts[category["id"]]
        assert category["image_count"] == images[category["id"]]
    lists = re.findall(r'"not_exhaustive_category_ids":(\s*)\[([^]]*)\]', after)
    assert len(lists) == len(noisy["images"])
    assert len({space for space, _ in lists}) == 1
    assert not any(" " in numbers for _, numbers in lists)


def test_marks_of_an_earlier_run_go(command: Command, tmp_path: Path) -> None:
    """And the logs of one in the same folder, which --overwrite removes."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "instances_all.json").write_text(json.dumps(scattered(9)))
    assert command("in", "--benchmark", "hard", "--seed", "3", "--output_dir", "marked").returncode == 0
    assert command("in", "--benchmark", "easy", "--seed", "4", "--output_dir", "out").returncode == 0
    words = ("--benchmark", "easy", "--seed", "4", "--blind", "--output_dir", "out")
    assert command("marked", *words, "--overwrite").returncode == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"instances_all.json", "manifest.json"}
    noisy = json.loads((tmp_path / "out" / "instances_all.json").read_text())["annotations"]
    assert not any(set(MARKS) & set(one) for one in noisy)
    again = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    done = command("marked", *words)
    assert (done.returncode, "--overwrite" in done.stderr) == (2, True)
    assert command("marked", *words, "--overwrite").returncode == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == again
    assert {path.name for path in (tmp_path / "out.key").iterdir()} == {"instances_all.noise.csv", "manifest.json"}


PLUGIN = """
from noisers import Add, noiser

@noiser("instances", example={})
def from_nowhere(scene, rng, *, instance):
    return [Add(instance.mask, instance.category_id)]
"""


def test_one_that_comes_from_nowhere_has_the_keys_of_the_others(command: Command, tmp_path: Path, tiny: Any) -> None:
    for annotation in tiny["annotations"]:
        annotation.pop("iscrowd")
        annotation |= {"area": annotation.pop("area"), "note": "seen"}
    (tmp_path / "in.json").write_text(json.dumps(tiny))
    (tmp_path / "plugin.py").write_text(PLUGIN)
    words = ("--plugin", "plugin.py", "--corruption_values", "{'from_nowhere': 1}", "--blind", "--output_dir", "out")
    assert command("in.json", *words, "--seed", "2").returncode == 0
    noisy = annotations((tmp_path / "out" / "in.json").read_text())
    assert len(noisy) == 10
    clean = annotations((tmp_path / "in.json").read_text())
    assert {skeleton(one.text) for one in noisy} == {skeleton(one.text) for one in clean}


def test_sub_folders_a_dry_run_and_labels(command: Command, tmp_path: Path) -> None:
    """Each of several datasets has its key, nothing is written where nothing is to be, and other tools' labels do."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "instances_all.json").write_text(json.dumps(scattered(9)))
    values = "[{'missing': [0.3, 0]}, {'rand': [0.5, 3]}]"
    words = ("in", "--corruption_values", values, "--seed", "3", "--blind")
    assert command(*words, "--dry_run").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert command(*words, "--to", "yolo").returncode == 0
    one, two = sorted(path.name for path in (tmp_path / "noisy_data_custom").iterdir())
    for name in (one, two):
        shown = {path.name for path in (tmp_path / "noisy_data_custom" / name).iterdir()}
        assert shown >= {"instances_all.json", "manifest.json", "data.yaml", "labels"}
        assert not any(path.endswith(".csv") for path in shown)
        listed = json.loads((tmp_path / "noisy_data_custom" / name / "manifest.json").read_text())["outputs"]
        assert {entry["file"] for entry in listed} >= {"instances_all.json", "data.yaml"}
        ids = {"instances_all.ids.csv"} if name.startswith("missing") else set()
        key = {path.name for path in (tmp_path / "noisy_data_custom.key" / name).iterdir()}
        assert key == {"instances_all.noise.csv", "manifest.json", *ids}


def test_a_file_of_sa_1bs_form(command: Command, tmp_path: Path) -> None:
    ring = coco_mask.frPyObjects([[2.0, 2.0, 9.0, 2.0, 9.0, 9.0, 2.0, 9.0]], 20, 20)[0]
    runs_of = {"size": [20, 20], "counts": ring["counts"].decode()}
    own = [{"id": number, "segmentation": runs_of, "bbox": [2, 2, 7, 7], "area": 49} for number in (7, 3, 5)]
    image = {"image_id": 1, "width": 20, "height": 20}
    (tmp_path / "sa_1.json").write_text(json.dumps({"image": image, "annotations": own}))
    words = ("--corruption_values", "{'duplicate': [1, 'rand', 1]}", "--blind", "--seed", "2", "--output_dir")
    done = command("sa_1.json", *words, "out")
    assert (done.returncode, done.stderr) == (0, "")
    noisy = json.loads((tmp_path / "out" / "sa_1.json").read_text())["annotations"]
    assert [one["id"] for one in noisy] == [1, 2, 3, 4, 5, 6]
    assert {json.dumps({**one, "id": 0}) for one in noisy} == {json.dumps({**noisy[0], "id": 0})}
    own[0]["segmentation"] = {"size": [20, 20], "counts": [400]}
    (tmp_path / "sa_1.json").write_text(json.dumps({"image": image, "annotations": own}))
    assert command("sa_1.json", *words, "empty").returncode == 0
    noisy = json.loads((tmp_path / "empty" / "sa_1.json").read_text())["annotations"]
    assert sorted(len(one["segmentation"]) for one in noisy) == [0, 1, 1, 1, 1]


def test_the_default_seed_is_warned_of(command: Command, tiny_file: Path) -> None:
    assert "warning: whoever guesses the seed" in command(tiny_file, "--benchmark", "easy", "--blind").stdout
    done = command(tiny_file, "--benchmark", "easy", "--blind", "--seed", "9", "--output_dir", "other")
    assert "warning" not in done.stdout
    assert "other.key" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--benchmark", "easy", "--boxes", "keep"], "--boxes keep leaves a noised mask in its clean box"),
        (["--benchmark", "easy", "--on_empty", "drop"], "--on_empty drop leaves gaps among the ids"),
        (["--benchmark", "easy", "--preview", "1"], "--preview draws the clean masks beside the noisy ones"),
        (["--benchmark", "easy", "--glob", "*.json"], "--blind hides what was done to COCO files; name them"),
        (["--corruption_values", "{'box_shift_scale': [1, 0.1, 0.1]}"], "leave out box_shift_scale"),
    ],
)
def test_what_cannot_be_hidden_is_refused(command: Command, tiny_file: Path, words: list[str], message: str) -> None:
    done = command(tiny_file.parent, *words, "--blind")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
