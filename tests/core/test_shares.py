"""Over many annotations, what is realised is what was asked for."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.presets import BENCHMARKS
from noise_annotations import noise

COPIES = 64


@pytest.fixture(scope="module")
def large(sample: Path) -> Any:
    """The sample dataset again and again, with new ids; crowd regions, which are left alone, taken out."""
    dataset = json.loads((sample / "instances_train2017.json").read_text())
    instances = [a for a in dataset["annotations"] if not a["iscrowd"]]
    copies = [{**a, "id": a["id"] + 1_000_003 * copy} for copy in range(COPIES) for a in instances]
    assert len(copies) >= 20_000
    return {**dataset, "annotations": copies}


@pytest.mark.slow
@pytest.mark.parametrize("level", ["easy", "medium", "hard", "wan_hard"])
def test_shares_are_those_of_the_preset(large: Any, level: str) -> None:
    count, categories = len(large["annotations"]), len(large["categories"])
    changes = noise(large, benchmark=level, seed=1).changes
    drawn = Counter(row.noise for row in changes)
    for name in ("approximation", "localization", "rand"):
        share = BENCHMARKS[level][name][0] if name in BENCHMARKS[level] else 0  # type: ignore[index]
        assert abs(drawn[name] / count - share) <= 4 * np.sqrt(share * (1 - share) / count)

    rate = BENCHMARKS[level]["flip_class"] * (1 - 1 / categories)  # type: ignore[operator]
    flipped = [row for row in changes if row.class_noise]
    assert abs(len(flipped) / count - rate) < 4 * np.sqrt(rate * (1 - rate) / count)

    for true in {row.category_id for row in flipped}:
        wrong = Counter(row.noisy_category_id for row in flipped if row.category_id == true)
        assert set(wrong) == {c["id"] for c in large["categories"]} - {true}
        assert chisquare(list(wrong.values())).pvalue > 1e-5


@pytest.mark.slow
def test_mask_noise_and_class_noise_are_independent(large: Any) -> None:
    changes = noise(large, benchmark="medium", seed=1).changes
    count = len(large["annotations"])
    noised = sum(bool(row.noise) for row in changes) / count
    flipped = sum(row.class_noise for row in changes) / count
    both = sum(bool(row.noise) and row.class_noise for row in changes) / count
    assert abs(both - noised * flipped) < 4 * np.sqrt(both * (1 - both) / count)
