"""A noisy file says that it is one, wherever it comes from, and its readers do not mind."""

import hashlib
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pycocotools.coco import COCO

from annotation_noise.coco.file import read
from annotation_noise.commands import VERSION
from annotation_noise.core.presets import BENCHMARKS
from noise_annotations import main, noise
from tests.coco.test_splice import STYLES
from tests.conftest import unstated, unstated_text
from tests.output.test_users_files import scene
from tests.scattered import lone_files, scattered
from tests.test_pinned import lvis_like

EASY = ["--benchmark", "easy", "--workers", "1"]
NAMED = {
    "approximation": {"share": 0.2, "tolerance_px": 5.0},
    "flip_class": {"share": 0.2},
    "localization": {"share": 0.2, "std_px": 2.0},
    "rand": {"share": 0.2, "kernel_px": 3},
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def loaded(path: str | Path) -> Any:
    return json.loads(Path(path).read_text())


def sha256(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def easy(path: str | Path, seed: int = 1, **more: Any) -> dict[str, Any]:
    """What the easy version of a file says."""
    said = {"version": VERSION, "benchmark": "easy", "corruption_values": NAMED, "seed": seed}
    return {**said, "input_sha256": sha256(path), **more}


def test_a_folder(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(sample), *EASY, "--output_dir", "out", "--seed", "7"]) == 0
    assert capsys.readouterr().err == ""
    for path in sample.iterdir():
        assert loaded(Path("out", path.name))["annotation_noise"] == easy(path, seed=7)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("is_lvis", [False, True])
def test_what_stands_around_the_annotations_stays(sample: Path, style: dict[str, Any], is_lvis: bool) -> None:
    """Without the key the text is the input's, but for the annotations, and in LVIS the lists and counts."""
    lvis_like(sample.parent, "clean.json")
    clean = loaded("clean.json" if is_lvis else sample / "instances_val2017.json")
    Path("clean.json").write_text(json.dumps(clean, **style) + "\n")
    values = "{'rand': [0, 3]}"  # which changes no list and no count
    assert main(["clean.json", "--corruption_values", values, "--workers", "1", "--output_dir", "out"]) == 0
    text = unstated_text(Path("out/clean.json").read_text())
    Path("unstated.json").write_text(text)
    before, after = read(Path("clean.json")), read(Path("unstated.json"))
    assert after.data[: after.starts[0]] == before.data[: before.starts[0]]
    assert after.data[after.ends[-1] :] == before.data[before.ends[-1] :]
    assert len(after.data[after.ends[-1] :]) > 20  # the categories, for instance


def test_noise_upon_noise_is_told_and_kept(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clean = sample / "instances_val2017.json"
    assert main([str(clean), *EASY, "--output_dir", "once"]) == 0
    capsys.readouterr()
    once = Path("once", clean.name)
    assert main([str(once), *EASY, "--output_dir", "twice", "--seed", "2"]) == 0
    assert capsys.readouterr().err == (
        f"warning: {once} says that it is noisy already (benchmark easy, seed 1); this noise comes on top of that\n"
    )
    said = loaded(Path("twice", clean.name))["annotation_noise"]
    assert said == easy(once, seed=2, input_noise=easy(clean))
    with pytest.warns(UserWarning, match=r"the dataset says that it is noisy already \(benchmark easy, seed 1\)"):
        noise(loaded(once), benchmark="easy")


def test_many_files(capsys: pytest.CaptureFixture[str]) -> None:
    clean = scattered(3)
    alone = {"categories": clean["categories"], "annotations": [], "images": []}
    Path("in").mkdir()
    Path("in/coco.json").write_text(json.dumps(alone))
    for name, content in list(lone_files(clean).items())[:3]:
        Path("in", Path(name).name).write_text(json.dumps(content))
    words = ["--glob", "*.json", "--corruption_values", "{'rand': [0.5, 3]}", "--workers", "1"]
    assert main(["in", *words, "--output_dir", "once"]) == 0
    assert capsys.readouterr().err == ""
    for path in Path("in").iterdir():
        noisy = loaded(Path("once", path.name))
        assert noisy["annotation_noise"] == {
            "version": VERSION,
            "benchmark": None,
            "corruption_values": {"rand": {"share": 0.5, "kernel_px": 3}},
            "seed": 1,
            "input_sha256": sha256(path),
        }
        assert list(unstated(noisy)) == list(loaded(path))
    (Path("once") / "coco.json").write_text(json.dumps(alone))
    assert main(["once", *words, "--glob", "[cs]*.json", "--output_dir", "twice"]) == 0
    assert capsys.readouterr().err == (
        "warning: 3 of the 4 files say that they are noisy already; this noise comes on top of that\n"
    )


def test_another_dataset_and_its_labels() -> None:
    scene()
    assert main(["pan", "--from", "panoptic", "--to", "yolo", *EASY, "--output_dir", "out"]) == 0
    said = loaded("out/instances_val.json")["annotation_noise"]
    assert said == easy("out/clean/instances_val.json")
    assert "annotation_noise" not in loaded("out/clean/instances_val.json")
    first, *others = Path("out/data.yaml").read_text().splitlines()
    assert json.loads(first.removeprefix("# annotation_noise: ")) == said
    assert yaml.safe_load("\n".join([first, *others])) == yaml.safe_load("\n".join(others))


def test_in_memory(sample: Path) -> None:
    clean = loaded(sample / "instances_val2017.json")
    said = noise(clean, benchmark="easy", seed=4).dataset["annotation_noise"]
    assert said == unhashed(easy(sample / "instances_val2017.json", seed=4))
    assert "annotation_noise" not in clean


def unhashed(said: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key != "input_sha256"}


def test_class_noise_on_masks_of_coco_wan_is_meant_to_be(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = loaded(sample / "instances_val2017.json")
    dataset["annotation_noise"] = {"benchmark": "wan_medium", "prompt": {"box_centre": {}}, "seed": 1}
    Path("x.json").write_text(json.dumps(dataset))
    assert main(["x.json", "--benchmark", "wan_hard", "--output_dir", "classes"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["x.json", *EASY, "--output_dir", "masks"]) == 0
    assert "noisy already (benchmark wan_medium, seed 1)" in capsys.readouterr().err
    assert list(BENCHMARKS["wan_hard"]) == ["flip_class"]


def of_pycocotools(path: str) -> Any:
    coco = COCO(path)
    return coco.dataset["images"], coco.anns, coco.imgs, coco.cats


def of_faster_coco_eval(path: str) -> Any:
    coco = importlib.import_module("faster_coco_eval").COCO(path)
    return coco.anns, coco.imgs, coco.cats


def of_lvis(path: str) -> Any:
    lvis = importlib.import_module("lvis").LVIS(path)
    return lvis.anns, lvis.imgs, lvis.cats


def of_hotcoco(path: str) -> Any:
    coco = importlib.import_module("hotcoco").COCO(path)
    ids = coco.get_ann_ids()
    return coco.load_anns(ids), coco.load_cats(coco.get_cat_ids()), coco.load_imgs(coco.get_img_ids())


def of_measuring(path: str) -> Any:
    file = read(Path(path))
    return file.tables.images, file.tables.categories, file.tables.owners.tolist()


READERS = [of_pycocotools, of_faster_coco_eval, of_lvis, of_hotcoco, of_measuring]


@pytest.mark.parametrize("reader", READERS)
def test_readers_pass_over_it(reader: Callable[[str], Any], sample: Path) -> None:
    package = reader.__name__.removeprefix("of_")
    if package != "measuring":
        pytest.importorskip(package)
    lvis_like(sample.parent, "in/instances_lvis.json")
    assert main(["in", *EASY, "--output_dir", "out"]) == 0
    noisy = loaded("out/instances_lvis.json")
    assert "annotation_noise" in noisy
    Path("unstated.json").write_text(json.dumps(unstated(noisy)))
    assert repr(reader("out/instances_lvis.json")) == repr(reader("unstated.json"))
