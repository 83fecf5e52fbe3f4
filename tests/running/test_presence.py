"""Instances that come and go in a file: whoever does the work, and however it is shared out."""

import csv
import inspect
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from annotation_noise.coco.file import CocoFile, read
from annotation_noise.core import in_memory
from annotation_noise.core.log import cells, realised
from annotation_noise.core.outcome import Options, Setting
from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.core.recipe import recipe
from annotation_noise.core.requested import setting_of
from annotation_noise.running import rewrite
from annotation_noise.running.rewrite import noise_file, noise_quietly
from annotation_noise.running.workers import processes
from noise_annotations import noise
from noisers import load
from tests.coco.test_splice import STYLES
from tests.conftest import unstated
from tests.scattered import OTHERS, STEPS, Dataset, scattered

MORE: list[Dataset] = [
    {"copy_from": {"share": {"exact": 0.4}}},
    {"bogus": {"share": 0.5, "shape": "box", "same_class": False, "iou_below": 0.2}},
    {"split": {"share": 0.3, "way": "seeds", "least_share": 0.5}},
]
ALL = {"all_of": [*STEPS, *MORE, *OTHERS]}


@pytest.fixture(scope="module")
def clean() -> Dataset:
    return scattered(40)  # two stretches of images


@pytest.fixture
def file(clean: Dataset, tmp_path: Path) -> CocoFile:
    return written(tmp_path, clean)


def written(folder: Path, dataset: Dataset, **style: Any) -> CocoFile:
    (folder / "file.json").write_text(json.dumps(dataset, **style))
    return read(folder / "file.json", lone=True)


def setting_for(file: CocoFile, values: Any = ALL, noises: Any = None, **options: Any) -> Setting:
    return setting_of(file.tables, recipe(values, {**load(), **(noises or {})}), 1, Options(**options))


def made(file: CocoFile, setting: Setting, **how: Any) -> tuple[bytes, bytes, Counter[str]]:
    noisy, log = io.BytesIO(), io.BytesIO()
    counts = noise_file(file, setting, noisy, log, **how)
    return noisy.getvalue(), log.getvalue(), counts


def rows_of(log: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(log.decode())))


@pytest.mark.parametrize("annotations_per_job", [1, 2, 7, 100_000])
def test_any_size_of_job_gives_the_same_bytes(
    file: CocoFile, annotations_per_job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = made(file, setting_for(file))
    monkeypatch.setattr("annotation_noise.coco.by_image.IMAGES_PER_STRETCH", annotations_per_job)
    assert made(file, setting_for(file), annotations_per_job=annotations_per_job) == expected


def covered(mask: Any, rng: Any, *, scene: Any, instance: Any) -> Any:
    """The mask without what a neighbour's box covers, or what is left of it."""
    pixels = mask.pixels.copy()
    for other in scene.instances:
        if other.id != instance.id:
            top, left = int(other.box.top) - mask.top, int(other.box.left) - mask.left
            bottom, right = top + int(other.box.height), left + int(other.box.width)
            pixels[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = 0
    return mask._replace(pixels=pixels)


def test_any_workers_give_the_same_bytes(file: CocoFile, tmp_path: Path) -> None:
    """With a noise of the user's own that looks at its neighbours, too."""
    plugin = tmp_path / "mine.py"
    head = "from typing import Any\n\nfrom noisers import noiser\n\n\n@noiser('mask', example={})\n"
    plugin.write_text(head + inspect.getsource(covered))
    setting = setting_for(file, {"all_of": [*STEPS, *MORE, {"covered": 0.9}, *OTHERS]}, load((plugin,)))
    expected = made(file, setting)
    assert expected[2]["mask_noise covered"] > 20
    for workers in (1, 2):
        with processes(workers) as those:
            assert made(file, setting, workers=those, annotations_per_job=11) == expected


@pytest.mark.parametrize("style", STYLES)
def test_on_file_as_in_memory(clean: Dataset, tmp_path: Path, style: dict[str, Any]) -> None:
    file = written(tmp_path, clean, **style)
    noisy, log, _ = made(file, setting_for(file))
    expected = noise(clean, corruption_values=ALL)
    assert json.loads(noisy) == unstated(expected.dataset)
    header, *lines = csv.reader(io.StringIO(log.decode()))
    assert header[-3:] == ["steps", "parents", "annotation"]
    for line, row in zip(lines, expected.changes, strict=True):
        shown = ["" if cell is None else str(cell) for cell in cells(row, len(header))]
        assert line[:-1] == shown[:-1]
        assert (line[-1] and json.loads(line[-1])) == (shown[-1] and json.loads(shown[-1]))
        assert style or line[-1] == shown[-1]
        assert line[-2] == " ".join(str(parent) for parent in row.parents)


def test_what_stays_stays_to_the_byte_and_what_goes_is_told_to_the_byte(clean: Dataset, tmp_path: Path) -> None:
    file = written(tmp_path, clean, indent=3)
    noisy, log, _ = made(file, setting_for(file, {"missing": [0.5, 0]}))
    gone = {int(row["annotation_id"]): row["annotation"] for row in rows_of(log) if row["mask_outcome"] == "removed"}
    assert 0 < len(gone) < len(clean["annotations"])
    for annotation, start, end in zip(clean["annotations"], file.starts, file.ends, strict=True):
        source = file.data[start:end].decode()
        if annotation["id"] in gone:
            assert gone[annotation["id"]] == source
        else:
            assert source.removesuffix("\n      }").encode() in noisy


def test_counts_agree_with_file_and_log(file: CocoFile, clean: Dataset) -> None:
    setting = setting_for(file)
    noisy, log, counts = made(file, setting)
    result: Any = realised(counts, setting.recipe.names)
    rows, annotations = rows_of(log), json.loads(noisy)["annotations"]
    of = {
        outcome: Counter(row["noise"] for row in rows if row["mask_outcome"] == outcome)
        for outcome in ("removed", "added")
    }
    assert result["annotations"] == len(clean["annotations"])
    names = ("bogus", "copy_from", "duplicate", "merge", "missing", "split")
    assert result["removed"] == {name: of["removed"][name] for name in names}
    assert result["added"] == {name: of["added"][name] for name in names}
    assert [name for name in names if of["removed"][name]] == ["merge", "missing", "split"]
    assert [name for name in names if of["added"][name]] == ["bogus", "copy_from", "duplicate", "merge", "split"]
    steps = [step for row in rows for step in json.loads(row["steps"] or "[]") if row["mask_outcome"] != "removed"]
    assert Counter(result["unable"]) == Counter(step["noise"] for step in steps if step["outcome"] == "unable")
    assert result["unable"]["split"]
    assert len(annotations) == len(clean["annotations"]) - of["removed"].total() + of["added"].total()
    assert result["class_noise"] == sum(annotation["class_noise"] for annotation in annotations)
    assert result["mask_noise"] == {"rand": sum(a["boundary_type"] == "rand" for a in annotations)}
    assert result["box_noise"]["box_shift_scale"] == sum(a["box_noise"] != "none" for a in annotations)


RECIPES: list[Any] = [
    BENCHMARKS["hard"],
    {"all_of": [{"rand": [0.5, 3]}, {"flip_class": 0.2}]},
    {"box_shift_scale": [0.5, 0.1, 0.1]},
]


@pytest.mark.parametrize("values", RECIPES)
def test_who_asks_for_nothing_of_it_pays_nothing(
    file: CocoFile, clean: Dataset, values: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(rewrite, "presence_in", refused)
    monkeypatch.setattr(in_memory, "_by_image", refused)
    monkeypatch.setattr("annotation_noise.running.stretches.by_image", refused)
    monkeypatch.setattr("annotation_noise.running.stretches.annotation_ids", refused)
    made(file, setting_for(file, values))
    noise_quietly(file, setting_for(file, values), io.BytesIO(), io.BytesIO())
    noise(clean, corruption_values=values)
    for other in ({"missing": [0.1, 0]}, {"rand": {"share": {"exact": 0.1}, "kernel_px": 3}}):
        with pytest.raises(AssertionError):
            made(file, setting_for(file, other))
        with pytest.raises(AssertionError):
            noise(clean, corruption_values=other)
