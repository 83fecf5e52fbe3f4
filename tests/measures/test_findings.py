"""Findings as they are read, and their figures by group, by hand."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")
from annotation_noise.errors import InputError
from annotation_noise.measures.findings import groups_of, read_findings, scored, scores_of
from annotation_noise.measures.label_errors import Labels
from annotation_noise.measures.resampling import REPLICATES


def flags(*places: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.isin(np.arange(8), places)


# Eight annotations on three images; 0, 1 and 5 have another mask, 1 and 7 another class.
LABELS = Labels(
    "annotation",
    np.arange(100, 108),
    np.array([0, 0, 0, 1, 1, 1, 1, 2]),
    3,
    {"class changed": flags(1, 7), "rand": flags(0, 1, 5)},
    np.array([0.4, 0.8, np.nan, np.nan, np.nan, 0.5, np.nan, np.nan]),
    np.array([1023.0, 1024, 9216, 5, 5, 9215, np.nan, 5]),
    0,
    0,
)
SCORES = np.array([8.0, 7, 6, 5, 4, 3, 2, 1])


def written(folder: Path, text: str) -> Path:
    path = folder / "finder.csv"
    path.write_text(text)
    return path


def test_scores_and_qualities(tmp_path: Path) -> None:
    score = read_findings(written(tmp_path, "annotation_id,score\n101,0.5\n107,-inf\n"))
    assert (score.what, score.suspicion) == ("annotation", {101: 0.5, 107: -np.inf})
    quality = read_findings(written(tmp_path, "\ufeffquality,comment,image_id\n0.25,x,7\n"))
    assert (quality.what, quality.suspicion) == ("image", {7: -0.25})
    numbered = read_findings(written(tmp_path, ",annotation_id,score\n0,101,0.5\n"))  # as pandas writes by default
    assert numbered.suspicion == {101: 0.5}
    scores, silent = scores_of(score, LABELS)
    assert silent == 6
    np.testing.assert_array_equal(scores, [-np.inf, 0.5, *[-np.inf] * 6])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no findings in it"),
        ("annotation_id,score\n", "there are no findings in it"),
        ("id,score\n1,2\n", "must have a header with annotation_id or image_id, and score or quality"),
        (
            "annotation_id,image_id,score\n1,2,3\n",
            "must have a header with annotation_id or image_id, and score or quality, one of each",
        ),
        (
            "annotation_id,score,quality\n1,2,3\n",
            "must have a header with annotation_id or image_id, and score or quality, one of each",
        ),
        ("annotation_id,score\n1,high\n", "line 2: annotation_id must be a whole number and the score a number, not"),
        ("annotation_id,score\n1.5,1\n", "line 2: annotation_id must be a whole number and the score a number, not"),
        ("annotation_id,score\n1,nan\n", "line 2: the score is not a number"),
        ("annotation_id,score\n1,2\n3,4\n1,5\n", "line 4: annotation 1 is there already, in line 2"),
        (
            "annotation_id;score\n1;2\n",
            "must have a header with annotation_id or image_id, and score or quality, one of each, separated by commas",
        ),
        ("annotation_id,score,score\n1,2,3\n", "has the column score twice"),
        ("annotation_id,score\n1,2,3\n", "line 2 has not as many cells as the header"),
        ("annotation_id,score\n1\n", "line 2 has not as many cells as the header"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as raised:
        read_findings(path)
    assert str(raised.value).startswith(f"{path}: {message}")


def test_ids_that_are_not_there(tmp_path: Path) -> None:
    some = read_findings(written(tmp_path, "annotation_id,score\n101,1\n55,1\n"))
    with pytest.raises(InputError, match=r"line 3: there is no annotation 55 in the noisy file$"):
        scores_of(some, LABELS)
    assert scores_of(some, LABELS, others=[55])[1] == 7
    all_of_them = read_findings(written(tmp_path, "annotation_id,score\n56,1\n55,1\n"))
    with pytest.raises(InputError, match=r"line 2: there is no annotation 56 .*; are these findings of another file\?"):
        scores_of(all_of_them, LABELS)


def test_groups() -> None:
    groups = {(group.by, group.name): group for group in groups_of(LABELS)}
    expected = {
        ("all", "all"): ((0, 1, 5, 7), range(8)),
        ("kind", "class changed"): ((1, 7), (1, 2, 3, 4, 6, 7)),
        ("kind", "rand"): ((0, 1, 5), (0, 1, 2, 3, 4, 5, 6)),
        ("size", "small"): ((0, 7), (0, 3, 4, 7)),
        ("size", "medium"): ((1, 5), (1, 5)),
        ("iou", "0 to 0.5"): ((0,), (0, 2, 3, 4, 6)),
        ("iou", "0.5 to 0.75"): ((5,), (5, 2, 3, 4, 6)),
        ("iou", "0.75 to 0.9"): ((1,), (1, 2, 3, 4, 6)),
    }
    assert groups.keys() == expected.keys()
    for key, (wrong, counted) in expected.items():
        np.testing.assert_array_equal(groups[key].wrong, flags(*wrong))
        np.testing.assert_array_equal(groups[key].counted, flags(*counted))


def test_figures() -> None:
    """The order is 0 to 7; wrong are 0, 1, 5 and 7."""
    drawn = list[int]()
    report = scored(LABELS, {"a": SCORES, "b": -SCORES}, [3], lambda: drawn.append(1))
    assert len(drawn) == 2 * REPLICATES
    values = {
        (row["by"], row["name"]): {key: each["value"] for key, each in row["figures"].items()}
        for row in report["figures"]
        if row["finder"] == "a"
    }
    assert values["all", "all"] == pytest.approx(
        {
            "auroc": (4 + 4 + 1 + 0) / 16,
            "average_precision": (1 + 1 + 3 / 6 + 4 / 8) / 4,
            "found": 2 / 4,  # of the first four
            "precision@3": 2 / 3,
            "recall@3": 2 / 4,
        }
    )
    of_classes = {"auroc": (4 + 0) / 8, "average_precision": (1 / 1 + 2 / 6) / 2, "found": 1 / 2}
    assert values["kind", "class changed"] == pytest.approx(of_classes)
    assert values["size", "medium"] == {"auroc": None, "average_precision": 1.0, "found": 1 / 2}
    chance = report["by_chance"]
    assert (chance["auroc"], chance["found"], chance["precision@3"], chance["recall@3"]) == (0.5, 0.5, 0.5, 3 / 8)
    assert chance["average_precision"][1] == {"by": "kind", "name": "class changed", "value": 2 / 6}
    (difference,) = report["differences"]
    assert (difference["finder"], difference["from"]) == ("b", "a")
    assert difference["figures"]["auroc"]["value"] == pytest.approx((16 - 9) / 16 - 9 / 16)


def test_an_interval_is_that_of_images_drawn_anew() -> None:
    """Two images whose labels are alike: whichever are drawn, the figures stay; a third one moves them."""
    labels = LABELS._replace(images=np.array([0, 0, 0, 0, 1, 1, 1, 1]), image_count=2)
    alike = labels._replace(kinds={"x": flags(0, 4)}, ious=np.full(8, np.nan))
    scores = np.array([3.0, 4, 2, 1, 3, 4, 2, 1])
    figures = scored(alike, {"a": scores}, [])["figures"][0]["figures"]
    assert figures["auroc"]["value"] == pytest.approx(2 / 3)
    assert figures["auroc"]["interval"] == pytest.approx([2 / 3, 2 / 3])
    unlike = alike._replace(kinds={"x": flags(0, 5)})
    low, high = scored(unlike, {"a": scores}, [])["figures"][0]["figures"]["auroc"]["interval"]
    assert (low, high) == pytest.approx((2 / 3, 1.0))  # either image alone
