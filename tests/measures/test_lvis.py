"""LVIS's AP, and the noisy files that it reads, against numbers worked out by hand."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

pytest.importorskip("hotcoco", reason="LVIS's AP needs hotcoco: requirements-measure.txt")

from annotation_noise.errors import InputError
from annotation_noise.measures.lvis import AveragePrecision, lvis_average_precision
from noise_annotations import main

RARE, COMMON, FREQUENT, ABSENT, CROWDED = 1, 2, 3, 4, 5
HEIGHT, WIDTH = 100, 200


def square(left: int) -> list[list[float]]:
    return [[left, 0, left + 20, 0, left + 20, 20, left, 20]]


def lvis(annotations: list[tuple[int, int, int]]) -> dict[str, Any]:
    """Annotations (image, category, left edge of a square of 20 x 20 pixels) on six images."""
    lists = {1: ([COMMON], []), 2: ([], [RARE]), 3: ([RARE, ABSENT], []), 4: ([], []), 5: ([], []), 6: ([ABSENT], [])}
    groups = {RARE: "r", COMMON: "c", FREQUENT: "f", ABSENT: "f", CROWDED: "f"}
    return {
        "images": [
            {"id": n, "width": WIDTH, "height": HEIGHT, "neg_category_ids": absent, "not_exhaustive_category_ids": some}
            for n, (absent, some) in lists.items()
        ],
        "categories": [{"id": n, "name": f"{n}", "frequency": group} for n, group in groups.items()],
        "annotations": [
            {
                "id": place + 1,
                "image_id": image,
                "category_id": category,
                "segmentation": square(left),
                "bbox": [left, 0, 20, 20],
                "area": 400.0,
            }
            for place, (image, category, left) in enumerate(annotations)
        ],
    }


def detection(image: int, category: int, left: int, score: float) -> dict[str, Any]:
    runs = coco_mask.merge(coco_mask.frPyObjects(square(left), HEIGHT, WIDTH))
    segmentation = {"size": [HEIGHT, WIDTH], "counts": runs["counts"].decode()}
    return {"image_id": image, "category_id": category, "segmentation": segmentation, "score": score}


ANNOTATIONS = [(1, RARE, 0), (2, RARE, 0), (2, COMMON, 50), (3, FREQUENT, 0), (5, CROWDED, 0)]
DETECTIONS = [
    detection(1, RARE, 0, 0.90),  # right
    detection(2, RARE, 100, 0.80),  # matches nothing, but there may be more of them in image 2: not counted
    detection(3, RARE, 50, 0.75),  # wrong: known to be absent from image 3
    detection(2, RARE, 0, 0.70),  # right
    detection(4, RARE, 50, 0.95),  # dropped: nobody has looked for it in image 4
    detection(3, FREQUENT, 0, 0.50),  # right
    detection(1, FREQUENT, 0, 0.60),  # dropped
    detection(6, ABSENT, 0, 0.90),  # wrong, of a category without annotations, which has no AP
    *(detection(5, CROWDED, 100, 0.9 - place / 10_000) for place in range(150)),  # wrong
    detection(5, CROWDED, 0, 0.10),  # right, the 151st of its image
]
# Precision 1 up to recall 1/2, which are 51 of the 101 points, then 2/3.
RARE_AP = (51 + 50 * 2 / 3) / 101


def test_by_hand() -> None:
    """Of the common category nothing is found; of the frequent ones one is perfect, one found at 1 in 151."""
    found = lvis_average_precision(lvis(ANNOTATIONS), DETECTIONS)
    expected = AveragePrecision((RARE_AP + 0 + 1 + 1 / 151) / 4, RARE_AP, 0, (1 + 1 / 151) / 2)
    assert found == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated:DeprecationWarning")  # of the LVIS API
def test_the_lvis_apis_own_evaluator_agrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On what is worked out by hand, with more than 300 detections in an image; given the np.float it wants."""
    theirs = pytest.importorskip("lvis", reason="needs the LVIS API: pip install --no-deps lvis")
    monkeypatch.setattr(np, "float", float, raising=False)
    truth = lvis([*ANNOTATIONS, (6, FREQUENT, 0)])
    detections = [*DETECTIONS, *[detection(6, ABSENT, 100, 0.9)] * 299, detection(6, FREQUENT, 0, 0.2)]
    path = tmp_path / "lvis.json"
    path.write_text(json.dumps(truth))
    dataset = theirs.LVIS(str(path))
    evaluation = theirs.LVISEval(dataset, theirs.LVISResults(dataset, detections), "segm")
    evaluation.run()
    results = evaluation.get_results()
    expected = AveragePrecision(*(results[key] for key in ("AP", "APr", "APc", "APf")))
    assert lvis_average_precision(path, detections) == pytest.approx(expected)
    assert expected.APr == pytest.approx(RARE_AP)


def test_noisy_files_load_in_the_lvis_api(lvis_sample: Path, tmp_path: Path) -> None:
    theirs = pytest.importorskip("lvis", reason="needs the LVIS API: pip install --no-deps lvis")
    for form in ("same", "rle"):
        words = [str(lvis_sample), "--benchmark", "hard", "--segmentation", form, "--output_dir", str(tmp_path / form)]
        assert main(words) == 0
        noisy = theirs.LVIS(str(tmp_path / form / lvis_sample.name))
        numbers = noisy.get_ann_ids()
        assert len(numbers) == 977
        with (tmp_path / form / lvis_sample.with_suffix(".noise.csv").name).open() as log:
            noised = [int(row["annotation_id"]) for row in csv.DictReader(log) if row["mask_outcome"] == "noised"]
        for annotation in noisy.load_anns(noised):
            assert noisy.ann_to_mask(annotation).sum() == annotation["area"]
        assert len(noised) > 500


def test_three_hundred_detections_an_image_over_all_categories() -> None:
    """The frequent category is there once more, and its detection is the 301st of that image."""
    above = [detection(6, ABSENT, 100, 0.9)] * 299
    found = lvis_average_precision(
        lvis([*ANNOTATIONS, (6, FREQUENT, 0)]), [*DETECTIONS, *above, detection(6, FREQUENT, 0, 0.2)]
    )
    assert found.APf == pytest.approx((51 / 101 + 1 / 151) / 2)
    with_room = lvis_average_precision(
        lvis([*ANNOTATIONS, (6, FREQUENT, 0)]), [*DETECTIONS, *above[1:], detection(6, FREQUENT, 0, 0.2)]
    )
    assert with_room.APf == pytest.approx((1 + 1 / 151) / 2)


def test_a_group_without_annotations_has_no_number(tmp_path: Path) -> None:
    path = tmp_path / "lvis.json"
    path.write_text(json.dumps(lvis([(1, RARE, 0)])))
    found = lvis_average_precision(path, [detection(1, RARE, 0, 0.5)])
    assert found == pytest.approx(AveragePrecision(1, 1, None, None))


def as_detections(dataset: dict[str, Any]) -> list[dict[str, Any]]:
    size = {image["id"]: (image["height"], image["width"]) for image in dataset["images"]}
    found = []
    for a in dataset["annotations"]:
        runs = coco_mask.merge(coco_mask.frPyObjects(a["segmentation"], *size[a["image_id"]]))
        segmentation = {"size": runs["size"], "counts": runs["counts"].decode()}
        found.append({**{k: a[k] for k in ("image_id", "category_id")}, "segmentation": segmentation, "score": 1.0})
    return found


def test_a_noisy_file_is_read_and_is_worse_than_the_clean_one(
    lvis_sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    levels: list[AveragePrecision] = []
    clean = json.loads(lvis_sample.read_text())
    for level in ("easy", "hard"):
        assert main([str(lvis_sample), "--benchmark", level, "--output_dir", str(tmp_path / level)]) == 0
        capsys.readouterr()
        levels.append(
            lvis_average_precision(
                lvis_sample, as_detections(json.loads((tmp_path / level / lvis_sample.name).read_text()))
            )
        )
    easy, hard = levels
    perfect = lvis_average_precision(lvis_sample, as_detections(clean))
    assert perfect == pytest.approx(AveragePrecision(1, 1, 1, 1))
    assert capsys.readouterr().out == ""
    for group in AveragePrecision._fields:
        assert 1 > getattr(easy, group) > getattr(hard, group) > 0
    noisy = lvis_average_precision(tmp_path / "hard" / lvis_sample.name, as_detections(clean))
    assert noisy.AP is not None
    assert 0 < noisy.AP < 1


@pytest.mark.parametrize("option", [[], ["--no_boundary"]])
def test_measure_noise_reports_it(
    lvis_sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    """The same numbers as for detections that are made of the noisy file with pycocotools."""
    for package in ("faster_coco_eval", "matplotlib", "scipy"):
        pytest.importorskip(package, reason=f"needs {package}: pip install -r requirements-measure.txt")
    import measure_noise

    assert main([str(lvis_sample), "--benchmark", "easy", "--output_dir", str(tmp_path / "easy")]) == 0
    noisy = tmp_path / "easy" / lvis_sample.name
    words = [lvis_sample, noisy, *option, "--output_dir", tmp_path / "report"]
    assert measure_noise.main(list(map(str, words))) == 0
    found = json.loads((tmp_path / "report" / "report.json").read_text())["lvis"]
    expected = lvis_average_precision(lvis_sample, as_detections(json.loads(noisy.read_text())))
    assert found == pytest.approx(expected._asdict(), abs=1e-9)
    row = "  ".join(f"{100 * value:.1f}" for value in expected if value is not None)
    assert row in capsys.readouterr().out.replace("   ", "  ")


def test_what_a_file_says_beyond_what_is_needed_is_not_looked_at() -> None:
    """hotcoco would end over a license that is a text."""
    content = lvis(ANNOTATIONS)
    plain = lvis_average_precision(content, DETECTIONS)
    content["images"] = [{**image, "license": "1"} for image in content["images"]]
    assert lvis_average_precision({**content, "licenses": 5}, DETECTIONS) == plain


def test_what_the_library_does_not_take_is_said() -> None:
    content = lvis(ANNOTATIONS)
    content["categories"][1]["frequency"] = 5
    with pytest.raises(InputError, match=r"^LVIS's AP cannot be computed: .*categories\[1\].*frequency"):
        lvis_average_precision(content, DETECTIONS)
