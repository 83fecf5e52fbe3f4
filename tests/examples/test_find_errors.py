"""The recipes of examples/find_errors find errors, better than a draw would by far."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from annotation_noise.measures.ranking import auroc, curve, ranked
from examples.find_errors import plain
from noise_annotations import main

SPLIT = "val2017"


def noisy_in(folder: Path, annotations: Path, *words: str) -> Path:
    """A blind noisy file of the sample dataset's smaller split."""
    words = (str(annotations), *words, "--splits", "val", "--blind", "--output_dir", str(folder / "out"))
    assert main(list(words)) == 0
    return folder / "out" / f"instances_{SPLIT}.json"


def found(noisy: Path, suspicion: dict[int, float]) -> float:
    """The area under the ROC curve: how often an annotation with a wrong class is above one with the right one."""
    log = (noisy.parent.with_suffix(".key") / f"instances_{SPLIT}.noise.csv").read_text().splitlines()
    columns = log[0].split(",")
    rows = [dict(zip(columns, line.split(","), strict=False)) for line in log[1:]]
    errors = {int(row["annotation_id"]) for row in rows}
    ids = np.array(list(suspicion))
    order, ends = ranked(np.array(list(suspicion.values())))
    return auroc(curve(ends, np.isin(ids, list(errors))[order].astype(float), np.ones(len(ids))))


# 0.5 is chance. The AUROC of a finder that draws spreads by sqrt((179 + 1) / (12 * 54 * 125)) = 0.05, as Mann and
# Whitney's statistic does with three tenths of 179 annotations wrong: 0.8 is six of these away.
@pytest.mark.parametrize("values", ["{'flip_symmetric': 0.3}", "{'dilate': [0.3, 5, disc]}"])
def test_the_plain_one_finds_strong_noise_and_always_the_same(sample: Path, tmp_path: Path, values: str) -> None:
    noisy = noisy_in(tmp_path, sample, "--corruption_values", values)
    suspicion = plain.find(noisy, sample.parent / SPLIT)
    assert found(noisy, suspicion) > 0.8
    assert plain.find(noisy, sample.parent / SPLIT) == suspicion
    annotations = json.loads(noisy.read_text())["annotations"]
    assert set(suspicion) == {annotation["id"] for annotation in annotations if not annotation["iscrowd"]}
    plain.write(tmp_path / "findings.csv", "score", suspicion)
    lines = (tmp_path / "findings.csv").read_text().splitlines()
    assert lines[0] == "annotation_id,score"
    assert {int(line.split(",")[0]): float(line.split(",")[1]) for line in lines[1:]} == suspicion


def test_an_outline_on_the_edge_is_right_and_one_beside_it_is_not() -> None:
    """A bright square on dark ground; masks that are it, or up to 6 px wider on each side."""
    picture = np.full((60, 60, 3), 40, np.uint8)
    picture[20:40, 20:40] = 220
    edges = plain.edges_of(picture)
    doubts = []
    for wider_px in (0, 1, 3, 5):
        mask = np.zeros((60, 60), np.uint8)
        mask[20 - wider_px : 40 + wider_px, 20 - wider_px : 40 + wider_px] = 1
        doubts.append(plain.outline_doubt(mask, edges))
    assert doubts[0] == 0.5  # no outline near it is better
    assert doubts[0] <= doubts[1] < 0.6 < doubts[2] < doubts[3] <= 1


def test_where_there_is_no_outline_nothing_is_doubted() -> None:
    mask, edges = np.ones((30, 30), np.uint8), np.ones((30, 30))
    assert plain.outline_doubt(mask, edges) == pytest.approx(0.5)
    assert plain.outline_doubt(mask, 0 * edges) == 0.5


def test_neighbours_are_of_other_images() -> None:
    """Twelve alike in two images: those of class 2 in image 1 are alone there, but agree with all of image 2."""
    classes, images = np.array([1] * 11 + [2] + [2] * 12), np.array([1] * 12 + [2] * 12)
    doubts = plain.class_doubts(np.zeros((24, 3)), classes, images)
    assert doubts.tolist() == [1.0] * 11 + [0.0] + [1.0] * 12
    assert plain.ranks(np.array([3.0, 1.0, 3.0, 7.0])).tolist() == [0.5, 0.125, 0.5, 0.875]


def test_a_picture_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"a\.png: there is no image, or none that can be read"):
        plain.photograph(tmp_path, {"file_name": "a.png"})
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((2, 3, 3), np.uint8))
    assert plain.photograph(tmp_path, {"file_name": "a.png"}).shape == (2, 3, 3)


@pytest.mark.slow
def test_cleanlab_finds_wrong_classes_and_always_the_same(sample: Path, tmp_path: Path) -> None:
    pytest.importorskip("cleanlab", reason="needs cleanlab: pip install -r requirements-findings.txt")
    from examples.find_errors import with_cleanlab

    noisy = noisy_in(tmp_path, sample, "--corruption_values", "{'flip_symmetric': 0.3}")
    qualities = with_cleanlab.find(noisy, sample.parent / SPLIT)
    assert found(noisy, {id_: -quality for id_, quality in qualities.items()}) > 0.65
    assert with_cleanlab.find(noisy, sample.parent / SPLIT) == qualities
    annotations = json.loads(noisy.read_text())["annotations"]
    assert set(qualities) == {annotation["id"] for annotation in annotations if not annotation["iscrowd"]}
