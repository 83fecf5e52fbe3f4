"""Instances that come and go in files that are empty, broken or odd, and noises that return rubbish."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.file import CocoFile, read
from annotation_noise.core.draws import stream
from noise_annotations import main, noise
from tests.coco.test_splice import STYLES
from tests.conftest import unstated, unstated_text
from tests.scattered import Dataset, instance_of, scattered

REMOVE, COPY, MERGE = {"missing": [1, 0]}, {"duplicate": [1, "rand", 1]}, {"merge": [1, 99, False, False]}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dataset(count: int, **fields: Any) -> Dataset:
    """An image with so many instances, of which the first has some other fields."""
    clean = scattered(1, 3)
    able = [a for a in clean["annotations"] if not a.get("iscrowd") and a["segmentation"]]
    clean["annotations"] = [{**a, **fields} if not place else a for place, a in enumerate(able[:count])]
    assert len(clean["annotations"]) == count
    return clean


def run(content: Any, values: Any, *words: str, **style: Any) -> int:
    data = content if isinstance(content, bytes) else json.dumps(content, **style).encode()
    Path("x.json").write_bytes(data)
    return main(["x.json", "--corruption_values", json.dumps(values), "--output_dir", "out", *words])


def refused(content: Any, values: Any, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is said of an input that is refused: one sentence, and nothing is written."""
    before = {path.name for path in Path().iterdir()} | {"x.json"}
    capsys.readouterr()
    assert run(content, values, *words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert {path.name for path in Path().iterdir()} == before
    return said.err.removeprefix("error: ").replace(f"{Path.cwd()}/", "").rstrip("\n")


def result() -> Dataset:
    return json.loads(Path("out/x.json").read_text())  # type: ignore[no-any-return]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("values", [REMOVE, COPY, MERGE])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_annotations(count: int, values: Any, style: dict[str, Any]) -> None:
    clean = dataset(count)
    assert run(clean, values, **style) == 0
    noisy = result()
    assert unstated(noisy) == unstated(noise(clean, corruption_values=values).dataset)
    expected = {"missing": 0, "duplicate": 2 * count, "merge": (count + 1) // 2}
    assert len(noisy["annotations"]) == expected[next(iter(values))]
    if values is REMOVE:  # what stands around the annotations stays
        before, after = Path("x.json").read_bytes(), Path("out/x.json").read_bytes()
        start, end = before.index(b"[", before.index(b'"annotations"')) + 1, before.index(b'"categories"')
        assert after.startswith(before[:start])
        assert unstated_text(after.decode()).endswith(before[end:].decode())


@pytest.mark.parametrize("style", STYLES)
def test_what_is_added_is_spaced_like_the_others(style: dict[str, Any]) -> None:
    """Between the annotations, and between the keys of one."""
    assert run(dataset(3), COPY, **style) == 0
    before, after = read(Path("x.json")), read(Path("out/x.json"))
    assert gaps(after) == gaps(before)
    assert len(after.starts) == 6
    for start, end in zip(after.starts, after.ends, strict=True):
        raw = after.data[start:end]
        spaces = [re.search(rb'["0-9]([^"0-9]*)"%b"' % key, raw) for key in (b"image_id", b"class_noise")]
        assert len({match and match[1] for match in spaces}) == 1


def gaps(file: CocoFile) -> set[bytes]:
    return {file.data[end:start] for end, start in zip(file.ends[:-1], file.starts[1:], strict=True)}


@pytest.mark.parametrize(
    ("largest", "others", "ids"),
    [(2**63 - 3, 2, [2**63 - 2, 2**63 - 1]), (-7, 2, [-6, -5]), (-(2**63), 1, [-(2**63) + 1]), (0, 1, [1])],
)
def test_ids_as_far_as_they_go(largest: int, others: int, ids: list[int]) -> None:
    clean = dataset(others)
    for place, annotation in enumerate(clean["annotations"]):
        annotation["id"] = largest - 5 * place
    assert run(clean, COPY) == 0
    assert [a["id"] for a in result()["annotations"][others:]] == ids


def test_no_room_for_new_ids(capsys: pytest.CaptureFixture[str]) -> None:
    clean = dataset(2, id=2**63 - 2)
    assert refused(clean, COPY, capsys) == (
        f"x.json: annotations that are added get ids above the largest, {2**63 - 2}, but there is no room left"
    )
    assert run(clean, REMOVE) == 0


def test_image_and_category_ids_that_need_more_than_64_bits() -> None:
    clean = dataset(2, image_id=2**70, category_id=-(2**80))
    clean["images"].append({**clean["images"][0], "id": 2**70})
    clean["categories"].append({"id": -(2**80), "name": "far"})
    assert run(clean, COPY) == 0
    assert unstated(result()) == unstated(noise(clean, corruption_values=COPY).dataset)


@pytest.mark.parametrize("values", [COPY, MERGE])
def test_what_an_annotation_lacks_and_has_beside(values: Any) -> None:
    clean = dataset(2)
    clean["annotations"] = [
        {
            "id": a["id"],
            "score": 0.5,
            "image_id": 1,
            "segmentation": a["segmentation"],
            "category_id": 3,
            'é"': [None, {}],
        }
        for a in clean["annotations"]
    ]
    assert run(clean, values, ensure_ascii=False) == 0
    (*_, added) = result()["annotations"]
    assert list(added) == [*clean["annotations"][0], "boundary_type", "class_noise"]
    assert (added["score"], added['é"']) == (0.5, [None, {}])


def test_text_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    content = json.dumps(dataset(2, seen_by="?")).encode().replace(b'"?"', b'"\xe9"')
    assert refused(content, REMOVE, capsys) == "x.json: annotations[0]: is not UTF-8 text, as JSON must be"


def test_a_parent_with_a_key_twice(capsys: pytest.CaptureFixture[str]) -> None:
    clean = dataset(2, seen_by="?")
    content = json.dumps(clean).encode().replace(b'"?"', b'1, "seen_by": 2')
    number = clean["annotations"][0]["id"]
    said = f"x.json: image 1, annotation {number}: a key is there twice in one object"
    assert refused(content, COPY, capsys) == said


RUBBISH = """
import numpy as np
from typing import Literal
from noisers import Add, Mask, Noised, Remove, noiser

@noiser("instances", example={"what": "nothing"})
def rubbish(scene, rng, *, instance, what: Literal[%s]):
    if scene.height == 16:  # a trial
        return []
    mask = instance.mask
    return {%s}[what]()
"""
WHAT: dict[str, tuple[str, str]] = {
    "nothing": ("None", "returned nothing, but an instances noise returns a list of Add and Remove"),
    "alone": ("Remove(instance.id)", "returned a Remove, but an instances noise returns a list of Add and Remove"),
    "class": ("[Add(mask, 77)]", "gave category 77, which does not exist"),
    "stranger": ("[Remove(5)]", "named instance 5, which is not in the scene"),
    "parent": ("[Add(mask, 1, (instance.id, 6))]", "named instance 6, which is not in the scene"),
    "twice": ("[Remove(instance.id)] * 2", "removed instance {id} twice"),
    "all": ("[Remove(i.id) for i in scene.instances]", "removed instance {id} twice"),
    "empty": ("[Add(mask._replace(pixels=mask.pixels * 0), 1)]", "added an instance without a pixel"),
    "outside": (
        "[Add(mask._replace(left=59), 1)]",
        "returned a window of {width} x {height} at (59, {top}), which does",
    ),
    "text": ("[Remove('1')]", "named an instance by something else than its id"),
    "float": ("[Remove(np.float64(instance.id))]", "named an instance by something else than its id"),
    "error": ("1 / 0", "failed: ZeroDivisionError: division by zero"),
    "drawn": ("[Remove(instance.id, {'a': None})]", "returned a as nothing; what is drawn is a plain string or number"),
}
FINE = {
    "numpy": "[Remove(np.int64(instance.id), {'a': np.float32(0.5), 'b': np.bool_(True)})]",
    "yielded": "(Remove(number) for number in [instance.id])",
    "copied": "[Add(mask, np.int16(1), [np.int64(instance.id)]), Remove(instance.id)]",
}


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("plugin") / "rubbish.py"
    made = {name: text for name, (text, _) in WHAT.items()} | FINE
    path.write_text(
        RUBBISH % (", ".join(map(repr, made)), ", ".join(f"{name!r}: lambda: {text}" for name, text in made.items()))
    )
    return str(path)


@pytest.mark.parametrize("what", WHAT)
def test_a_noise_that_returns_rubbish(plugin: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    clean = dataset(2)
    able = [a for a in clean["annotations"] if a["image_id"] == 1 and not a.get("iscrowd")]
    by_coin = min(able, key=lambda a: stream(1, "choose instances", a["id"]).random())  # whom the noise is called for
    first = min(able, key=lambda a: a["id"]) if what == "all" else by_coin
    top, height, width = (lambda mask: (mask.top, *mask.pixels.shape))(instance_of(first).mask)
    said = refused(clean, {"rubbish": [1, what]}, capsys, "--plugin", plugin)
    fault = WHAT[what][1].format(id=first["id"], top=top, width=width, height=height)
    assert said.startswith(f"x.json: image 1: the noise rubbish {fault}")
    with pytest.raises(ValueError, match=r"^image 1: the noise rubbish"):
        noise(clean, corruption_values={"rubbish": [1, what]}, plugins=[plugin])


@pytest.mark.parametrize("what", FINE)
def test_what_numpy_has_made_is_plain_in_the_log(plugin: str, what: str) -> None:
    clean = dataset(2)
    assert run(clean, {"rubbish": [1, what]}, "--plugin", plugin) == 0
    with Path("out/x.noise.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["mask_outcome"] == "removed"]
    assert {int(row["annotation_id"]) for row in rows} == {a["id"] for a in clean["annotations"]}
    assert len(result()["annotations"]) == (2 if what == "copied" else 0)
    if what == "numpy":
        assert [json.loads(row["parameters"]) for row in rows] == [{"what": "numpy", "a": 0.5, "b": True}] * 2
