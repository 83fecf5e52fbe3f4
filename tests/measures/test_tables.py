"""Sums over rows, by hand."""

import pytest

pytest.importorskip("scipy", reason="needs scipy: pip install -r requirements-measure.txt")
from annotation_noise.measures.rows import Comparison, comparisons, rows_of
from annotation_noise.measures.tables import size_of, summarised

CATEGORIES = {1: "ant", 3: "cat", 7: "dog"}
ROWS = [
    Comparison(1, 11, 11, 1, 1, "rand", 100.0, 0.5, 0.6, 0.4, 3.0, 0.5),
    Comparison(1, 12, 12, 1, 3, "rand", 1024.0, 0.7, 0.8, 0.6, 5.0, -0.5),
    Comparison(1, 13, 13, 3, 3, "none", 9216.0, 1.0, 1.0, 1.0, 0.0, 0.0),
    Comparison(2, 14, 14, 1, 3, "approximation", 50.0, 0.0, 0.0, 0.0, None, -1.0),  # emptied
    Comparison(2, 15, None, 1, None, None, 2000.0),  # missing
    Comparison(2, None, 16, None, 7, "rand", 40.0),  # extra
    Comparison(2, 17, 17, 7, 7, "none", 5000.0),  # the clean annotation has no mask
]


def test_summaries() -> None:
    found = summarised(rows_of(ROWS), CATEGORIES)
    everything = found["all"]
    assert (everything["matched"], everything["share"]) == (5, 1.0)
    assert (everything["missing"], everything["extra"], everything["emptied"]) == (1, 1, 1)
    assert everything["class_changed"] == 2 / 5
    assert everything["iou"] == {"mean": pytest.approx(2.2 / 4), "median": pytest.approx(0.6)}
    assert everything["hausdorff95_px"] == {"mean": pytest.approx(8 / 3), "median": 3.0}
    assert everything["area_change"] == {"mean": -0.25, "median": -0.25}

    names = [row["name"] for row in found["by_noise"]]
    assert names == ["approximation", "rand", "none"]
    rand = found["by_noise"][1]
    assert (rand["matched"], rand["share"], rand["extra"]) == (2, 2 / 5, 1)
    assert rand["iou"] == {"mean": pytest.approx(0.6), "median": pytest.approx(0.6)}
    assert found["by_noise"][0]["hausdorff95_px"] == {"mean": None, "median": None}

    assert {row["name"]: (row["matched"], row["missing"], row["extra"]) for row in found["by_size"]} == {
        "small": (2, 0, 1),
        "medium": (2, 1, 0),
        "large": (1, 0, 0),
    }
    assert {row["name"]: (row["matched"], row["missing"], row["extra"]) for row in found["by_category"]} == {
        "ant": (3, 1, 0),
        "cat": (1, 0, 0),
        "dog": (1, 0, 1),
    }


def test_confusion() -> None:
    found = summarised(rows_of(ROWS), CATEGORIES)["classes"]
    assert found["changed"] == 2 / 5
    assert [(e["clean"], e["noisy"], e["count"]) for e in found["matrix"]] == [
        ("ant", "cat", 2),
        ("ant", "ant", 1),
        ("cat", "cat", 1),
        ("dog", "dog", 1),
    ]


def test_columns_hold_the_rows() -> None:
    columns = summarised(rows_of(ROWS), CATEGORIES)["annotations"]
    assert list(columns) == list(Comparison._fields)
    assert columns["noisy_id"] == [11, 12, 13, 14, None, 16, 17]
    assert columns["iou"] == [0.5, 0.7, 1.0, 0.0, None, None, None]


def test_rows_are_the_comparisons_again() -> None:
    assert comparisons(rows_of(ROWS)) == ROWS
    assert comparisons(rows_of([])) == []


def test_measures_are_rounded_as_what_they_are() -> None:
    """363 / 640 is stored as a little less than 0.5671875; numpy's product with a million is not."""
    rows = rows_of([ROWS[0]._replace(iou=363 / 640)])
    assert summarised(rows, CATEGORIES)["annotations"]["iou"] == [0.567187]


def test_without_noise_marks_there_is_no_table_by_noise() -> None:
    assert summarised(rows_of([row._replace(noise=None) for row in ROWS]), CATEGORIES)["by_noise"] == []


@pytest.mark.parametrize(
    ("area", "size"),
    [(0.0, "small"), (1023.9, "small"), (1024.0, "medium"), (9215.9, "medium"), (9216.0, "large"), (1e9, "large")],
)
def test_sizes(area: float, size: str) -> None:
    assert size_of(area) == size
