"""Annotations with anything in them: the fast way gives the bytes, or the sentence, of the ordinary way."""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

pytest.importorskip("numba", reason="the kernels need numba")

from annotation_noise.coco.schema import Head, decoded
from annotation_noise.coco.source import Source
from annotation_noise.core.outcome import Options, Setting
from annotation_noise.core.recipe import recipe
from annotation_noise.errors import InputError
from annotation_noise.running.compiled.plan import plan_of
from annotation_noise.running.compiled.stretch import noise_alone, noise_compiled, staged
from annotation_noise.running.stretches import Job, Part, noise_stretch
from noisers import load
from noisers.kinds import classes
from tests.strategies import json_values, polygons

VALUES = {"approximation": [0.3, 2], "localization": [0.3, 2], "rand": [0.3, 3], "flip_class": 0.5}
CLASSES = classes({1: 'a "quoted", one', 2: "", 30: "é\nline"}, {})
SIZE = (40, 60)
SOURCE = Source(Path("somewhere"), 0, 0, 0, "")

_NUMBERS = ["0", "-0", "1", "1.0", "-1", "1e1", "1E-400", "1e999", "0.1000000000000000055", "12345678901234567890"]
_OTHERS = ["true", "null", '"1"', "[]", "{}", "[1]", "1.5", "9007199254740993", "999999", "1000001"]
odd_numbers = st.sampled_from([*_NUMBERS, *_OTHERS])
masks = st.one_of(
    polygons.map(json.dumps),
    st.sampled_from(
        ["null", "[]", "[[]]", "[[1, 2]]", "[[1,2,3]]", "[[0,0,30,0,30,30]]", "[ [ 0 , 0,30,0 , 9,30 ] ]", "{}"]
    ),
    st.lists(odd_numbers, max_size=8).map(lambda numbers: f"[[{', '.join(numbers)}]]"),
    st.lists(st.integers(0, 2400), max_size=4).map(lambda counts: f'{{"size": [40, 60], "counts": {counts}}}'),
    st.lists(st.integers(0, 600), min_size=1, max_size=4).map(
        lambda counts: f'{{"counts":{[*counts, 2400 - sum(counts)]},"size":[40,60]}}'
    ),
    st.text("0123456789:;<=>?@ABCDOPQRS`abnoXYZ\\\\", max_size=9).map(
        lambda text: f'{{"size": [40, 60], "counts": {json.dumps(text)}}}'
    ),
    st.sampled_from(['{"size": [40, 60], "counts": "00T2"}', '{"size": [60, 40], "counts": [2400]}']),
)
values: dict[str, st.SearchStrategy[str]] = {
    "segmentation": masks,
    "area": odd_numbers,
    "bbox": st.sampled_from(["[1, 2, 3, 4]", "[1.5,2,3,-4]", "null", "[]", "[1,2,3]", "[1,2,3,4e0]", "[ 0,0, 1,1 ]"]),
    "iscrowd": st.sampled_from(["0", "1", "false", "true", "null", "2", '"0"', "-0"]),
    "boundary_type": st.sampled_from(['"rand"', "null", '"\\u0041"', "[1e999]", "3", '{"a":[]}']),
    "class_noise": st.sampled_from(["true", "false", '"x"', "1e5"]),
    "attributes": json_values.map(json.dumps),
    "caption": json_values.map(json.dumps),
    "image_id": st.sampled_from(["1", "1.0", "-5"]),
    "": st.just("{}"),
}
keys = st.sampled_from([*values, "captio\\u006e", "\\u0061rea", "x"])


@st.composite
def objects(draw: st.DrawFn, number: int) -> str:
    """An annotation as text; most are like real ones but for one value, some have keys twice, escaped or none."""
    pairs = {"id": f"{number}", "image_id": "1", "category_id": draw(st.sampled_from(["1", "2", "30"]))}
    pairs |= {"segmentation": draw(polygons.map(json.dumps)), "area": "3.5", "bbox": "[1, 2, 3, 4]", "iscrowd": "0"}
    for key in draw(st.lists(st.sampled_from([*values]), max_size=2)):
        pairs[key] = draw(values[key])
    for key in draw(st.lists(st.sampled_from([*pairs]), max_size=1)):
        pairs.pop(key if key not in ("id", "image_id", "category_id") else "area", None)
    more = [(key, draw(values.get(key, st.just("0")))) for key in draw(st.lists(keys, max_size=1))]
    items = draw(st.permutations([*pairs.items(), *more]))
    comma, colon = draw(st.sampled_from([(", ", ": "), (",", ":"), (" ,\n", "\t: ")]))
    return "{" + comma.join(f'"{key}"{colon}{value}' for key, value in items) + "}"


def setting_of(options: Options) -> Setting:
    return Setting(recipe(VALUES, load()), CLASSES, 3, options, unannotated=frozenset({30}))


def result(way: Any, stretch: bytes, job: Job, setting: Setting) -> Any:
    try:
        part: Part = way(stretch, job, setting)
    except InputError as error:
        return str(error)
    classes = part.classes and (
        part.classes.category_ids.tolist(),
        part.classes.is_kept.tolist(),
        part.classes.kept_out,
    )
    return part.annotations, part.log, list(part.counts.items()), classes


options = st.builds(
    Options,
    segmentation=st.sampled_from(["same", "rle", "polygon"]),
    boxes=st.sampled_from(["refit", "keep"]),
    crowd=st.sampled_from(["keep", "noise"]),
    on_empty=st.sampled_from(["keep", "drop"]),
    flip_to=st.sampled_from(["all", "annotated"]),
    attributes=st.just(False),
    blind=st.just(False),
)


def _is_read(text: bytes) -> bool:
    """Whether `coco.file.read` lets annotations pass, which looks at all of the JSON but at the types of ids alone."""
    try:
        decoded(text, list[Head], "annotations")
    except (InputError, msgspec.DecodeError):
        return False
    return True


@given(data=st.data(), options=options, count=st.integers(1, 5), has_lists=st.booleans())
def test_any_annotation(data: st.DataObject, options: Options, count: int, has_lists: bool) -> None:
    texts = [data.draw(objects(number)) for number in range(1, count + 1)]
    stretch = ("" if data.draw(st.booleans()) else ", ") + data.draw(st.sampled_from([", ", ",", " ,\n "])).join(texts)
    excluded = [(1,), (2, 30), ()] * count if has_lists else None
    sizes = np.array([SIZE] * count, np.int64)
    job = Job(SOURCE, 0, len(stretch), 10, sizes, excluded[:count] if excluded else None)
    with_ids = b"[" + ", ".join(texts).encode() + b"]"
    assume(_is_read(with_ids))
    ways = [result(way, stretch.encode(), job, setting_of(options)) for way in (noise_stretch, noise_compiled)]
    assert ways[0] == ways[1]


def test_most_of_what_is_drawn_is_known() -> None:
    text = '{"id": 4, "image_id": 1, "category_id": 2, "segmentation": [[1, 1, 30.5, 1, 30, 30]], "x": {"}": "]"}}'
    plan = plan_of(setting_of(Options()))
    assert plan
    stages = staged(text.encode(), np.array([SIZE]), [()], plan)
    assert stages and stages.known.tolist() == [True]


def test_kernels_alone_refuse_what_only_the_libraries_read() -> None:
    text = '{"id": 4, "image_id": 1, "category_id": 2, "segmentation": [[1, 1, 30.12345678901234567, 1, 30, 30]]}'
    job = Job(SOURCE, 0, len(text), 7, np.array([SIZE]))
    with pytest.raises(InputError, match=r"annotations\[7\]: --geometry kernels does not read all"):
        noise_alone(text.encode(), job, setting_of(Options()))
    bad = text.replace("[[1,", '[["1",')
    with pytest.raises(InputError, match=r"annotations\[7\].segmentation\[0\]\[0\]: expected float, got str"):
        noise_alone(bad.encode(), job, setting_of(Options()))
