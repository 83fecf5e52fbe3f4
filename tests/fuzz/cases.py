"""Input n of seed s: a command, its words, and the files that they name."""

import json
import math
import os
import shutil
import struct
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml

from noisers import load
from noisers.strengths import plain
from tests.fuzz import inputs
from tests.fuzz.mutations import NUMBERS, TEXTS, changed, changed_bytes, changed_geometry, odd, written

WAYS = ("as it is", "as it is", "bytes", "structure", "geometry", "geometry", "structure and geometry")
NAMES = (
    "a b",
    "é",
    "日本",
    "-x",
    "=1",
    "a\nb",
    "a;b",
    "%s{0}",
    "a" * 240,
    "a" * 300,
    ".hidden",
    "a.b.c",
    "\udcff",
    "x\0y",
    "con",
    "a'b\"c",
)
WEIRD_FILES = ("pipe", "/dev/zero", "/dev/null", "loop", "nowhere", ".", "")


class Case(NamedTuple):
    """What is run in a folder. inputs: by their paths from there, the COCO files that it reads, for who compares."""

    command: str
    words: list[str]
    inputs: list[Path]


def make(seed: int, number: int) -> Case:
    """Lay an input out in the working folder."""
    rng = Random(f"{seed}/{number}")
    kinds = (
        noise,
        noise,
        noise,
        noise,
        noise,
        values,
        values,
        plugin,
        names,
        other,
        other,
        measure,
        show,
        evaluate,
        evaluate,
        wan,
    )
    Path("loop").symlink_to("loop")
    os.mkfifo("pipe")
    return rng.choice(kinds)(rng)


def coco_file(rng: Random, path: Path, content: Mapping[str, Any] | None = None) -> Path:
    """A COCO file that is broken in one of the ways, or not."""
    way, dataset = rng.choice(WAYS), dict(content or inputs.dataset(rng))
    for _ in range(rng.choice((1, 1, 2))):
        if "geometry" in way:
            dataset = changed_geometry(rng, dataset)
    if "structure" in way:
        broken = changed(rng, dataset)
        dataset = broken if isinstance(broken, dict) or rng.random() < 0.2 else dataset
    data = written(rng, dataset)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(changed_bytes(rng, data) if way == "bytes" else data)
    return path


def options(rng: Random, **choices: tuple[str, ...]) -> list[str]:
    """Some of these options, each with one of its values."""
    return [
        word for name, values in choices.items() if rng.random() < 0.3 for word in (f"--{name}", rng.choice(values))
    ]


FORMS = {
    "segmentation": ("same", "rle", "polygon"),
    "boxes": ("refit", "keep"),
    "on_empty": ("keep", "drop"),
}
SEEDS = (*map(str, range(20)), str(2**64 - 1), "-1", "one", str(2**64), "1" * 5000)


def noise(rng: Random) -> Case:
    path = coco_file(rng, Path("in/instances_a.json"))
    words = ["in" if rng.random() < 0.5 else str(path), "--output_dir", "out", "--workers", "1"]
    words += (
        ["--benchmark", rng.choice(("easy", "medium", "hard"))]
        if rng.random() < 0.4
        else ["--corruption_values", json.dumps(right_values(rng))]
    )
    words += options(rng, **FORMS, crowd=("keep", "noise"), seed=SEEDS, to=("yolo", "cityscapes", "hf"))
    words += ["--preview", "1"] if rng.random() < 0.05 else []
    words += ["--dry_run"] if rng.random() < 0.05 else []
    if rng.random() < 0.1:
        words[0:1] = ["in", "--glob", rng.choice(("*", "**/*.json", "instances_*"))]
    return Case("noise", words, [path])


def right_values(rng: Random) -> dict[str, Any]:
    """Corruption values that are right: some noises with strengths near their examples."""
    noises = {name: noise for name, noise in load().items() if noise.plugin is None and name != "flip_confusion"}
    chosen = rng.sample(sorted(noises), rng.choice((1, 1, 2, 3)))
    steps: list[dict[str, Any]] = [
        {
            name: {
                "share": rng.choice((0.3, 0.5, 1)),
                **{key: plain(value) for key, value in noises[name].example.items()},
            }
        }
        for name in chosen
    ]
    if len(steps) == 1 and rng.random() < 0.5:
        return steps[0]
    return {"all_of": steps}


def values(rng: Random) -> Case:
    """Right files and odd values: of other types and sizes, as Python, JSON or YAML, cut and doubled, in a file."""
    path = Path("in/instances_a.json")
    path.parent.mkdir()
    path.write_text(json.dumps(inputs.dataset(rng)))
    chosen: Any = right_values(rng)
    for _ in range(rng.choice((1, 1, 2, 3))):
        chosen = _odd_values(rng, chosen) if rng.random() < 0.7 else changed(rng, chosen)
    try:
        text = rng.choice((repr, json.dumps, lambda value: yaml.safe_dump(value, default_flow_style=True)))(chosen)
    except (yaml.YAMLError, ValueError):
        text = repr(chosen)
    data = text.encode(errors="surrogatepass")
    if rng.random() < 0.2:
        data = changed_bytes(rng, data)
    word = os.fsdecode(data.replace(b"\0", b"0"))
    if rng.random() < 0.3:
        Path("values.yaml").write_bytes(data)
        word = "@values.yaml"
    if rng.random() < 0.05:
        word = "@" + rng.choice(WEIRD_FILES)
    return Case("noise", [str(path), "--corruption_values", word, "--output_dir", "out", "--workers", "1"], [path])


def _odd_values(rng: Random, value: Any) -> Any:
    """The same with a number, a distribution or an option that may be too much."""
    if isinstance(value, dict) and "all_of" in value and isinstance(value["all_of"], list) and value["all_of"]:
        at = rng.randrange(len(value["all_of"]))
        return {"all_of": [*value["all_of"][:at], _odd_values(rng, value["all_of"][at]), *value["all_of"][at + 1 :]]}
    if not isinstance(value, dict) or not value:
        return value
    name = rng.choice(sorted(value, key=str))
    if not isinstance(value[name], dict) or not value[name]:
        return value
    key = rng.choice([*sorted(value[name], key=str), "per", "draws_per", "annotators", "where", "table"])
    number = rng.choice((*NUMBERS, 1e7, 1e5, 100, 3, math.nan))
    new = rng.choice(
        (
            number,
            {rng.choice(("uniform", "normal", "choice", "beta")): [number, rng.choice(NUMBERS)]},
            {"uniform": [0, number], "least": rng.choice(NUMBERS), "most": rng.choice(NUMBERS)},
            {"exact": number},
            rng.choice(("image", "annotator", "annotation", "/dev/zero", "pipe")),
            {"min_area_px": number, "categories": rng.choice(([], ["person"], [1], [number], "person"))},
            odd(rng),
        )
    )
    return {**value, name: {**value[name], key: new}}


def plugin(rng: Random) -> Case:
    path = Path("in/instances_a.json")
    path.parent.mkdir()
    path.write_text(json.dumps(inputs.dataset(rng)))
    data = inputs.PLUGIN.replace("RESULT", rng.choice(inputs.RESULTS)).encode()
    name = rng.choice(("mine.py", "mine.py", "mine.py", "mine.txt", "a b.py", "é.py", "noisers.py"))
    Path(name).write_bytes(changed_bytes(rng, data) if rng.random() < 0.4 else data)
    named = name if rng.random() < 0.95 else rng.choice(WEIRD_FILES)
    values = rng.choice(
        (
            "{'fuzzed': [0.5, 3]}",
            "{'fuzzed': [1, 0], 'flip_class': 0.5}",
            "{'fuzzed': [0.5, 9999]}",
            "{'rand': [0.5, 3]}",
        )
    )
    words = [str(path), "--plugin", named, "--corruption_values", values, "--output_dir", "out", "--workers", "1"]
    return Case("noise", words, [path])


def names(rng: Random) -> Case:
    """Names of files, of folders and of images that are odd."""
    content = inputs.dataset(rng)
    if rng.random() < 0.5:
        content["images"] = [{**image, "file_name": rng.choice((*NAMES, *TEXTS))} for image in content["images"]]
    if rng.random() < 0.3:
        content["categories"] = [{**entry, "name": rng.choice((*NAMES, *TEXTS))} for entry in content["categories"]]
    path = Path("in/instances_a.json")
    path.parent.mkdir()
    path.write_bytes(json.dumps(content).encode())
    if rng.random() < 0.4:
        with suppress(OSError, ValueError):
            path = path.rename(f"in/instances_{rng.choice(NAMES)}.json")
    target = rng.choice((*NAMES, *WEIRD_FILES)) if rng.random() < 0.4 else "out"
    named = rng.choice(("in", str(path), *WEIRD_FILES)) if rng.random() < 0.4 else "in"
    words = [
        named,
        "--output_dir",
        target,
        "--benchmark",
        "hard",
        "--workers",
        "1",
        *options(rng, to=("yolo", "cityscapes", "hf")),
    ]
    words += ["--preview", "1", *options(rng, images=("in", "/dev", "loop"))] if rng.random() < 0.1 else []
    if rng.random() < 0.2:
        words[1:3] = ["--method_name", rng.choice(NAMES)]
    return Case("noise", words, [path])


def other(rng: Random) -> Case:
    """Another dataset, one of its files broken."""
    kind = rng.choice(("cityscapes", "viper", "panoptic"))
    inputs.other_dataset(rng, kind, Path("in"))
    files = sorted(path for path in Path("in").rglob("*") if path.is_file() and path.stat().st_size)
    path = rng.choice(files)
    data, way = path.read_bytes(), rng.random()
    if way < 0.3:
        path.write_bytes(changed_bytes(rng, data))
    elif path.suffix == ".json" and way < 0.9:
        path.write_bytes(written(rng, changed(rng, json.loads(data))))
    elif path.suffix == ".png" and way < 0.9:
        path.write_bytes(bomb(rng, data))
    elif way < 0.95:
        path.unlink()
        rng.choice((os.mkfifo, os.mkdir, lambda place: place.symlink_to("loop")))(path)
    words = ["in", "--from", kind, "--output_dir", "out", "--benchmark", "hard", "--workers", "1"]
    if kind == "cityscapes" and (path.suffix == ".json" or rng.random() < 0.3):
        words += ["--cityscapes_source", "polygons"]
    words += options(rng, max_image_pixels=("1", "0", "2400", "one", str(10**30)))
    return Case("noise", words, [])


def bomb(rng: Random, data: bytes) -> bytes:
    """A PNG file whose header, with a right checksum, claims another size or form."""
    sizes = (0, 1, 20, 60, 2000, 13_000, 13_378, 32_768, 2**20, 2**31 - 1, 2**31, 2**32 - 1)
    bits, colour = rng.choice((data[24:26], data[24:26], bytes([rng.choice((1, 8, 16)), rng.choice((0, 2, 3, 6))])))
    header = b"IHDR" + struct.pack(">IIBB", rng.choice(sizes), rng.choice(sizes), bits, colour) + data[26:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def measure(rng: Random) -> Case:
    clean = inputs.dataset(rng)
    noisy = {
        **clean,
        "annotations": [
            {**each, "category_id": rng.choice(clean["categories"])["id"]} for each in clean["annotations"]
        ],
    }
    paths = [coco_file(rng, Path("in/clean.json"), clean), coco_file(rng, Path("in/noisy.json"), noisy)]
    named = [str(path) if rng.random() < 0.97 else rng.choice(WEIRD_FILES) for path in paths]
    words = [*named, "--output_dir", "out", "--workers", "1", *(["--no_boundary"] if rng.random() < 0.5 else [])]
    return Case("measure", [*words, *(["--per_category"] if rng.random() < 0.3 else [])], paths)


def show(rng: Random) -> Case:
    content = inputs.dataset(rng)
    path = coco_file(rng, Path("in/a.json"), content)
    ids = [str(each["id"]) for each in content["annotations"]] or ["1"]
    number = rng.choice((*ids, *ids, *ids, "0", "-1", "x", str(2**70)))
    image = rng.choice(("none", "none", "none", "in/a.json", *WEIRD_FILES))
    target = rng.choice(("a.png", "a.png", "a.png", "a.jpg", "nowhere/a.png", "/dev/null", "é.png", "loop"))
    return Case(
        "show", [image, str(path), "--annotation", number, "--output", target, *options(rng, seed=SEEDS)], [path]
    )


def evaluate(rng: Random) -> Case:
    truth = inputs.dataset(rng)
    found: Any = inputs.detections(rng, truth)
    path = coco_file(rng, Path("truth.json"), truth) if rng.random() < 0.5 else Path("truth.json")
    path.write_bytes(written(rng, truth)) if not path.exists() else None
    if rng.random() < 0.6:
        found = changed(rng, found)
    data = written(rng, found)
    Path("found.json").write_bytes(changed_bytes(rng, data) if rng.random() < 0.2 else data)
    level = rng.choice(("clean", "clean", "easy", "hard", "none", ""))
    words = ["--ground_truth", str(path) if rng.random() < 0.95 else rng.choice(WEIRD_FILES)]
    words += ["--predictions", f"{level}={'found.json' if rng.random() < 0.95 else rng.choice(WEIRD_FILES)}"]
    words += options(
        rng, kinds=("segm", "bbox", "boundary"), format=("csv", "latex", "markdown"), model=("m", "a\nb", "=1|", "")
    )
    if rng.random() < 0.3:
        rows = {
            "rows": [
                {
                    "dataset": "",
                    "model": "m",
                    "backbone": "",
                    "ground_truth": "a" * 64,
                    "levels": {"clean": {"segm": {"AP": 0.5}}},
                }
            ]
        }
        data = written(rng, changed(rng, rows)) if rng.random() < 0.8 else changed_bytes(rng, written(rng, rows))
        Path("rows.json").write_bytes(data)
        words += ["--add_to", rng.choice(("rows.json", "rows.json", "new.json", *WEIRD_FILES)), "--model", "m"]
    return Case("evaluate", words, [path])


def wan(rng: Random) -> Case:
    """The sample dataset, its file or one of its images broken; a model whose masks are known draws."""
    content, _ = inputs.whole(3)
    split = "val2017"
    images = rng.sample(content["images"], 2)
    ids = {image["id"] for image in images}
    small = {
        **content,
        "images": images,
        "annotations": [each for each in content["annotations"] if each["image_id"] in ids],
    }
    path = coco_file(rng, Path(f"in/instances_{split}.json"), small)
    Path("images").mkdir()
    for image in images:
        place = shutil.copy(inputs.sample() / split / image["file_name"], Path("images") / image["file_name"])
        if rng.random() < 0.3:
            Path(place).write_bytes(changed_bytes(rng, Path(place).read_bytes()))
        elif rng.random() < 0.1:
            Path(place).write_bytes(bomb(rng, Path(place).read_bytes()))
    words = [
        "--annotations_path",
        str(path),
        "--data_path",
        "images" if rng.random() < 0.95 else rng.choice(WEIRD_FILES),
    ]
    words += ["--sam_path", "fake", "--output_dir", "out", "--workers", "1"]
    words += ["--strict"] if rng.random() < 0.5 else []
    words += options(
        rng, **FORMS, seed=SEEDS, shard=("1/2", "3/2", "x"), scale_bbox=("1", "0", "-1", "nan", "1e308", "x")
    )
    words += options(rng, prompt=("box_centre", "sloppy_box", "scribble", "no_such"))
    return Case(rng.choice(("wan_box", "wan_point")), words, [path])
