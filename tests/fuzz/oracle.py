"""Running a case, and what is wrong with what came of it."""

import contextlib
import csv
import hashlib
import io
import json
import math
import os
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

import noise_annotations
from annotation_noise.commands import evaluate_options, measure_options, show_options, wan_options
from annotation_noise.geometry.long_rings import is_long
from noisers import load
from tests.fuzz.cases import Case
from tests.wan import fake

Tree = dict[str, str]


class End(NamedTuple):
    """How a command ended: its exit status, or the exception that came through; and what it said."""

    status: int | None
    exception: BaseException | None
    out: str
    err: str


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "noise": noise_annotations.main,
    "measure": measure_options.main,
    "show": show_options.main,
    "evaluate": evaluate_options.main,
    "wan_box": lambda words: wan_options.main("create_gt_plus_sam_noise.py", "wan_easy", words, fake.load),
    "wan_point": lambda words: wan_options.main("create_gt_plus_sam_point_noise.py", "wan_medium", words, fake.load),
}


def tree(folder: Path = Path()) -> Tree:
    """All that lies in a folder: of files a digest of the content, of all else what it is."""
    found: Tree = {}
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place) / name
            is_file = path.is_file() and not path.is_symlink()
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest() if is_file else str(path.is_dir())
    return found


def ended(case: Case) -> End:
    """Run a case in this process, as if it were the first there."""
    load.cache_clear()  # by name alone, the plugin of an earlier case would be taken for this one's
    out, err = io.StringIO(), io.StringIO()
    status: int | None = None
    exception: BaseException | None = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = COMMANDS[case.command](case.words)
        except SystemExit as error:  # of argparse, for usage
            status = error.code if isinstance(error.code, int) else None
            exception = None if isinstance(error.code, int) else error
        except BaseException as error:
            exception = error
    return End(status, exception, out.getvalue(), err.getvalue())


def fault(case: Case, end: End, before: Tree, after: Tree) -> str | None:
    """What is wrong with an end; None where nothing is. before, after: what lay in the folder."""
    if end.exception is not None:
        frames = traceback.extract_tb(end.exception.__traceback__)
        places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[:-6:-1])
        return f"traceback: {type(end.exception).__name__}: {str(end.exception)[:150]} ({places})"
    if "Warning" in end.err:
        return f"warning: {end.err[:200]!r}"
    if end.status == 0:
        try:
            return next(_untrue(case, end), None)
        except Exception as error:
            line = traceback.extract_tb(error.__traceback__)[-1].line
            return f"output: {type(error).__name__}: {str(error)[:150]} ({line})"
    if end.status == 3 and case.command.startswith("wan") and "images were missing or broken" in end.out:
        return next(_untrue(case, end), None)
    if end.status != 2:
        return f"status {end.status}: {end.err[:200]!r}"
    lines = end.err.removesuffix("\n").split("\n")
    if len(lines) != 1 or not lines[0].startswith("error: ") or len(lines[0]) > 10_000:
        return f"no sentence: {end.err[:200]!r}"
    new = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    if case.command.startswith("wan"):  # what is drawn so far is kept
        new = [path for path in new if not path.startswith("out.parts")]
    if new:
        return f"written in spite of status 2: {new[:3]}"
    return None


def _untrue(case: Case, end: End) -> Iterator[str]:
    """What is not true of the output of a run that ended well."""
    if "--shard" in case.words:
        yield from () if Path("out.parts").is_dir() else ("no part",)
    elif case.command.startswith("wan"):
        yield from _untrue_files(case, Path("out"))
    elif case.command == "noise" and "--dry_run" not in case.words:
        yield from _untrue_files(case, Path(_target(case.words)))
    elif case.command == "measure":
        report = strict_json(Path("out/report.json").read_bytes())
        for kind in ("iou", "dice"):
            mean = report.get(kind, {}).get("mean") if isinstance(report.get(kind), dict) else None
            if mean is not None and not 0 <= mean <= 1:
                yield f"report: {kind} {mean}"
        Path("out/report.html").read_bytes().decode()
        Path("out/report.md").read_bytes().decode()
    elif case.command == "show":
        if not Path(case.words[case.words.index("--output") + 1]).read_bytes().startswith(b"\x89PNG"):
            yield "the picture is no PNG"
    elif case.command == "evaluate":
        if not end.out.strip():
            yield "no table"
        if "--add_to" in case.words:
            strict_json(Path(case.words[case.words.index("--add_to") + 1]).read_bytes())


def _target(words: list[str]) -> str:
    if "--method_name" in words:
        return f"noisy_data_{words[words.index('--method_name') + 1]}"
    return words[words.index("--output_dir") + 1]


def strict_json(data: bytes) -> Any:
    """JSON as everybody reads it: UTF-8, no NaN."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    return json.loads(data.decode(), parse_constant=refuse)


def _untrue_files(case: Case, target: Path) -> Iterator[str]:
    manifests = sorted(target.rglob("manifest.json"))
    if not manifests:
        yield "no manifest"
    for manifest in manifests:
        content, folder = strict_json(manifest.read_bytes()), manifest.parent
        for made in content["outputs"]:
            if hashlib.sha256((folder / made["file"]).read_bytes()).hexdigest() != made["sha256"]:
                yield f"manifest: the sha256 of {made['file']}"
    inputs = {path.name: path for path in case.inputs}
    for log in sorted(target.rglob("*.noise.csv")):
        noisy = log.with_name(log.name.replace(".noise.csv", ".json"))
        source = inputs.get(noisy.name) or target / "clean" / noisy.name
        if noisy.is_file():
            yield from (f"{noisy.name}: {sentence}" for sentence in _untrue_file(source, noisy, log, case))
    for list_of_images in target.glob("*.txt"):
        split = list_of_images.stem
        labels = list((target / "labels" / split).rglob("*.txt"))
        if len(list_of_images.read_text().split("\n")) - 1 != len(labels):
            yield f"{list_of_images}: lines and labels"
        for label in labels:
            for line in label.read_text().splitlines():
                numbers = [float(word) for word in line.split()]
                if len(numbers) < 7 or len(numbers) % 2 == 0 or not all(0 <= number <= 1 for number in numbers[1:]):
                    yield f"{label}: {line[:50]}"


def _untrue_file(source: Path, noisy: Path, log: Path, case: Case) -> Iterator[str]:
    """What is not true of a noisy file and its log."""
    content = strict_json(noisy.read_bytes())
    clean = {each["id"]: each for each in json.loads(source.read_bytes())["annotations"]}
    csv.field_size_limit(2**31 - 1)
    with log.open(encoding="utf-8", newline="") as file:
        rows = {int(row["annotation_id"]): row for row in csv.DictReader(file)}
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(noisy)) if "images" in content else None
    annotations = content["annotations"]
    if len({each["id"] for each in annotations}) < len(annotations):
        yield "an id is there twice"
    images = {image["id"]: image for image in content.get("images", ())}
    categories = {category["id"] for category in content.get("categories", ())}
    refit = "keep" not in case.words[case.words.index("--boxes") :][1:2] if "--boxes" in case.words else True
    present = set()
    for each in annotations:
        present.add(each["id"])
        row, before = rows.get(each["id"]), clean.get(each["id"])
        if coco and (each["image_id"] not in images or each["category_id"] not in categories):
            yield f"annotation {each['id']}: of no image or no category"
        if before is None and (row is None or row["mask_outcome"] != "added"):
            yield f"annotation {each['id']}: is in neither the clean file nor the log"
        if before is not None and coco:
            changed = each["category_id"] != before["category_id"]
            told = row is not None and row["class_noise"] == "true"
            if changed != told or (row and int(row["noisy_category_id"]) != each["category_id"]):
                yield f"annotation {each['id']}: the class and the log"
            outcome = row["mask_outcome"] if row else "not_drawn"
            moved = outcome in ("noised", "added")
            if not moved and not _same_mask(coco, before, each, case):
                yield f"annotation {each['id']}: the mask has changed, but is {outcome}"
            if outcome in ("dropped", "removed"):
                yield f"annotation {each['id']}: is there, but is {outcome}"
        if coco and row and row["mask_outcome"] in ("noised", "added"):
            runs = coco.annToRLE(each)  # not decoded: an image may have two billion pixels
            image = images[each["image_id"]]
            if list(runs["size"]) != [image["height"], image["width"]]:
                yield f"annotation {each['id']}: {runs['size']} is not the image's size"
            if not coco_mask.area(runs):
                yield f"annotation {each['id']}: has no pixel"
            elif refit and "box_noise" not in each and row["mask_outcome"] == "noised":
                yield from _unfit(each, runs)
    for number in clean.keys() - present:
        if number not in rows or rows[number]["mask_outcome"] not in ("dropped", "removed"):
            yield f"annotation {number}: is gone, but the log does not say so"


def _same_mask(coco: COCO, before: dict[str, Any], after: dict[str, Any], case: Case) -> bool:
    """Whether the mask has stayed: as it is written, or, where every mask is written anew, its pixels."""
    texts = [msgspec.json.encode(each.get("segmentation")) for each in (before, after)]
    if texts[0] == texts[1] or "--segmentation" not in case.words:
        return texts[0] == texts[1]
    rings = before["segmentation"] if isinstance(before["segmentation"], list) else []
    if any(is_long(ring) for ring in rings):  # which would take pycocotools minutes
        return True
    try:
        runs = [coco.annToRLE({**each, "image_id": after["image_id"]}) for each in (before, after)]
    except Exception:  # pycocotools does not read rings of two points
        return True
    common = coco_mask.merge(runs, intersect=True)
    return len({int(coco_mask.area(each)) for each in (*runs, common)}) == 1


def _unfit(annotation: dict[str, Any], runs: dict[str, Any]) -> Iterator[str]:
    """Where box and area are not those of a mask."""
    area, box = int(coco_mask.area(runs)), coco_mask.toBbox(runs).tolist()
    if "area" in annotation and annotation["area"] != area:
        yield f"annotation {annotation['id']}: area {annotation['area']} of {area} pixels"
    if "bbox" in annotation and not all(map(math.isclose, annotation["bbox"], box)):
        yield f"annotation {annotation['id']}: bbox {annotation['bbox']} of {box}"
