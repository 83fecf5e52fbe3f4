"""What only a second file, a second call or a second step shows."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation_noise.core.recipe import recipe
from annotation_noise.core.steps import value_of
from annotation_noise.errors import InputError
from noise_annotations import main, noise
from noisers import load

PLUGIN = '''
from noisers import noiser

@noiser("mask", example={{}})
def of_one_call_alone(mask, rng):
    """Leave the mask {how}."""
    return mask
'''


def test_a_table_that_fits_one_file_alone_is_said_before_any_is_noised(
    tiny: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, classes in (
        ("a", tiny["categories"]),
        ("b", [{**c, "name": f"new {c['name']}"} for c in tiny["categories"]]),
    ):
        path = tmp_path / "in" / f"instances_{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({**tiny, "categories": classes}))
    values = {"flip_confusion": [1, {"cat": {"dog": 1.0}}]}
    words = [str(tmp_path / "in"), "--corruption_values", json.dumps(values), "--output_dir", str(tmp_path / "out")]
    assert main(words) == 2
    assert "instances_b.json: flip_confusion: table: there is no category called 'cat'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_plugin_belongs_to_the_call_that_names_it(tiny: dict[str, Any], tmp_path: Path) -> None:
    for how in ("as it is", "alone"):
        path = tmp_path / f"{how[:2].strip()}.py"
        path.write_text(PLUGIN.format(how=how))
        assert noise(tiny, corruption_values={"of_one_call_alone": 1}, plugins=[path]).changes
        assert how in (load((path,))["of_one_call_alone"].function.__doc__ or "")
    with pytest.raises(InputError, match="there is no noise named 'of_one_call_alone'"):
        noise(tiny, corruption_values={"of_one_call_alone": 1})


def test_a_noise_that_meets_an_annotation_twice_counts_once(tiny_file: Path, tmp_path: Path) -> None:
    values = {"all_of": [{"localization": [1, 1]}, {"localization": [1, 2]}]}
    assert main([str(tiny_file), "--corruption_values", json.dumps(values), "--output_dir", str(tmp_path / "out")]) == 0
    (realised,) = json.loads((tmp_path / "out" / "manifest.json").read_text())["realised"].values()
    assert realised["annotations"] == realised["mask_noise"]["localization"] == 5


def test_a_dropped_annotation_changes_no_class(tiny: dict[str, Any]) -> None:
    values = {"all_of": [{"hand": [1, -30, 0]}, {"flip_class": 1}]}
    noisy, changes = noise(tiny, corruption_values=values, on_empty="drop")
    assert noisy["annotations"] == []
    assert [[step.kind for step in row.steps] for row in changes] == [["mask"]] * 5


@pytest.mark.parametrize(("limits", "values"), [({"least": 2.5}, {3, 4, 5, 6}), ({"least": 1, "most": 3.9}, {1, 2, 3})])
def test_whole_numbers_that_are_drawn_keep_to_their_limits(limits: dict[str, float], values: set[int]) -> None:
    # An odd side is all that rand takes, so a noise that takes any whole number stands in.
    made = recipe({"all_of": [{"missing": [{"choice": [0.5]}, {"normal": [3, 1.5], **limits}]}]}, load())
    draw: Any = made.steps[0].strengths["min_instances_per_image"]
    drawn = [value_of(draw, True, np.random.default_rng(seed)) for seed in range(300)]
    assert min(values) == min(drawn)
    assert max(drawn) <= max(values) or "most" not in limits


def test_a_cell_that_csv_cannot_hold_is_said(tmp_path: Path) -> None:
    csv.field_size_limit(131_072)  # as Python has it; previews read longer cells
    (tmp_path / "table.csv").write_text(f",cat\n{'x' * 140_000},1\n")
    with pytest.raises(InputError, match=r"table\.csv: line 2: field larger than field limit"):
        recipe({"flip_confusion": [1, str(tmp_path / "table.csv")]}, load())


def test_the_line_of_a_short_row_counts_blank_ones(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(",cat,dog\n\n\ncat,1\n")
    with pytest.raises(InputError, match=r"line 4 has 2 cells, but the first has 3"):
        recipe({"flip_confusion": [1, str(tmp_path / "table.csv")]}, load())


def test_in_memory_a_list_is_no_dict(tiny: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="corruption_values must be a dict, not a list"):
        noise(tiny, corruption_values=[{"rand": [0.5, 3]}])  # type: ignore[arg-type]


def test_boxes_that_would_be_empty_or_stay_are_counted_as_such(
    tiny_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At 0 a box stays; at a thousand times its size it lies beyond the image, or has no side left."""
    for shares, carried in (([0, 0], 0), ([1000, 0], None)):
        out = tmp_path / str(shares[0])
        words = [str(tiny_file), "--corruption_values", json.dumps({"box_shift_scale": [1, *shares]})]
        assert main([*words, "--output_dir", str(out)]) == 0
        (realised,) = json.loads((out / "manifest.json").read_text())["realised"].values()
        marks = [a["box_noise"] for a in json.loads((out / "instances_tiny.json").read_text())["annotations"]]
        assert marks.count("box_shift_scale") == realised["box_noise"]["box_shift_scale"]
        assert carried is None or marks.count("box_shift_scale") == carried
        empty = realised["left_alone"]["box_would_be_empty"]
        assert empty == (0 if carried == 0 else 5 - marks.count("box_shift_scale"))
    assert "left alone: box would be empty" in capsys.readouterr().out


@pytest.mark.parametrize("where", [{"min_area_px": 5, "max_area_px": 4}, {"categories": []}])
def test_a_filter_that_lets_nothing_pass_is_refused(where: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="rand: where lets nothing pass"):
        recipe({"all_of": [{"rand": {"share": 1, "kernel_px": 3, "where": where}}]}, load())
